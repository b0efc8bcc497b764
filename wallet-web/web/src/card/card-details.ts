import { enrolmentStateByCode } from '@lanyard/protocol';
import type { Language } from '../app/preferences.js';
import type { Face, HolderState } from '../storage/kept.js';
import type { cardTexts } from '../texts/card.js';
import { reasonKey, stateTexts } from '../texts/state.js';
import { type Translate, translator } from '../texts/translate.js';
import { type Child, el, icon } from '../ui/element.js';

/** Facts of the card, and where its holder lives; the identity number is hidden until it is asked for. */
export function cardDetails(
  face: Face,
  state: Pick<HolderState, 'building'> | undefined,
  t: Translate<typeof cardTexts>,
  language: Language,
): HTMLElement {
  const { claims } = face;
  const row = (label: keyof typeof cardTexts, value: Child, more: Record<string, string> = {}) =>
    value === undefined || value === '' ? undefined : el('div', {}, el('dt', {}, t(label)), el('dd', more, value));
  const dates = [claims.entry_date, claims.expected_graduation].filter((date) => date !== undefined).join(' / ');
  const rail = claims.rail_interval;
  const identity = claims.identity_document?.number;
  return el(
    'section',
    { class: 'panel details' },
    el('h2', { class: 'vh' }, t('contents')),
    el(
      'dl',
      { class: 'facts' },
      row('class', claims.class),
      row('college', claims.college),
      row('major', claims.major),
      row('building', state?.building ?? undefined, { 'data-testid': 'building' }),
      row('entry-graduation', dates),
      row('status', statusText(claims.enrolment_status, language)),
      row('birth-date', claims.birth_date),
      identity === undefined ? undefined : row('identity', hiddenNumber(identity, t), { class: 'reveal' }),
      rail === undefined ? undefined : row('rail', `${rail.from} ⇄ ${rail.to}`),
    ),
  );
}

/** An enrolment state in words. */
export function statusText(code: string | undefined, language: Language): string | undefined {
  if (code === undefined) return undefined;
  return language === 'zh' ? enrolmentStateByCode(code)?.zh[0] : translator(stateTexts, language)(reasonKey(code));
}

function hiddenNumber(number: string, t: Translate<typeof cardTexts>): HTMLElement[] {
  const text = el('span', { 'data-testid': 'identity-number' });
  const button = el('button', { class: 'btn btn-quiet btn-icon', type: 'button', 'data-testid': 'show-identity' });
  let shown = true;
  const flip = () => {
    shown = !shown;
    text.textContent = shown ? number : `${number.slice(0, 4)} ****`;
    button.setAttribute('aria-label', t(shown ? 'hide' : 'show'));
    button.replaceChildren(icon(shown ? 'hide' : 'eye'));
  };
  button.addEventListener('click', flip);
  flip();
  return [text, button];
}
