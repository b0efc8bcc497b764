import type { Language } from '../app/preferences.js';
import type { Standing } from '../present/standing.js';
import { reasonKey, stateTexts } from '../texts/state.js';
import { translator } from '../texts/translate.js';
import { proseMoment } from './dates.js';
import { el, icon } from './element.js';

/** The state in shape, word and colour; `data-state` names it for machines. */
export function stateLine(standing: Exclude<Standing, { kind: 'none' }>, language: Language): HTMLElement {
  const t = translator(stateTexts, language);
  const line = (kind: string, tone: string, sign: string, text: string) =>
    el('span', { class: `pill ${tone}`, 'data-testid': 'state', 'data-state': kind }, icon(sign), el('span', {}, text));
  if (standing.kind === 'suspended') return line('suspended', 'pill-bad', 'pause', t('suspended'));
  if (standing.kind === 'revoked') return line('revoked', 'pill-bad', 'bad', t('revoked'));
  if (!standing.registered) return line('not-registered', 'pill-warn', 'warn', t('not-registered-now'));
  return line('registered', 'pill-ok', 'ok', t('registered', { date: standing.registeredUntil ?? '' }));
}

/** What happened, since when, and the way back. */
export function holdBanner(
  standing: Extract<Standing, { kind: 'suspended' | 'revoked' }>,
  language: Language,
): HTMLElement {
  const t = translator(stateTexts, language);
  const reason = t(reasonKey(standing.reason));
  return el(
    'section',
    { class: 'banner banner-bad', 'data-testid': 'hold' },
    icon(standing.kind === 'suspended' ? 'pause' : 'bad'),
    el(
      'div',
      { class: 'stack' },
      el(
        'p',
        {},
        el('b', {}, t(standing.kind)),
        language === 'zh' ? '。' : '. ',
        standing.sinceMs === undefined
          ? t('reason-only', { reason })
          : t('since-reason', { reason, date: proseMoment(standing.sinceMs, language) }),
      ),
      el('p', {}, t(standing.kind === 'suspended' ? 'suspended-means' : 'revoked-means')),
      el('p', {}, t(standing.kind === 'suspended' ? 'suspended-back' : 'revoked-back')),
    ),
  );
}
