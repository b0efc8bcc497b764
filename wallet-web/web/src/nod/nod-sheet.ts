import { readLanguage } from '../app/preferences.js';
import type { CallIssuer } from '../issuer/holder-line.js';
import { ServiceRefusal } from '../issuer/refusal.js';
import type { AskedNod } from '../storage/kept.js';
import { nodTexts } from '../texts/nod.js';
import { translator } from '../texts/translate.js';
import type { Clock } from '../time/corrected-clock.js';
import { el, icon } from '../ui/element.js';

/** Codes of the issuer after which nothing can be answered any more. */
const OVER = ['nod-over', 'nod-not-found'];

/**
 * A window's question over whatever page is open: who asks, what for, what they would see, how long. Only a touch on a
 * button answers; closing the sheet answers nothing, and nothing is an answer that opens no page.
 */
export function showNod(deps: { clock: Clock; call: CallIssuer; issuer: string }, nod: AskedNod): void {
  const language = readLanguage();
  const t = translator(nodTexts, language);
  const title = t('asks', { place: language === 'zh' ? nod.place_zh : nod.place_en });
  const left = el('p', { class: 'meta', role: 'timer', 'data-testid': 'nod-left' });
  const said = el('div', { role: 'status' });
  let busy = false;

  const button = (answer: 'refused' | 'agreed') =>
    el(
      'button',
      {
        ...{ class: `btn btn-l ${answer === 'agreed' ? 'btn-primary' : ''}`.trim(), type: 'button' },
        ...{ 'data-testid': `nod-${answer}`, onclick: () => void give(answer) },
      },
      t(answer === 'agreed' ? 'agree' : 'refuse'),
    );
  const buttons = el('div', { class: 'actions' }, button('refused'), button('agreed'));
  const sheet = el(
    'dialog',
    { class: 'sheet stack', 'aria-label': title, 'data-testid': 'nod' },
    el('h2', {}, title),
    el('p', {}, t('for', { purpose: t(`purpose-${nod.purpose}`) })),
    el('p', {}, t('learns')),
    el('p', { class: 'muted' }, t('learns-not')),
    left,
    said,
    buttons,
  );
  const end = (key: 'agreed' | 'refused' | 'over') => {
    clearInterval(timer);
    left.remove();
    said.replaceChildren(el('p', { class: 'row' }, icon(key === 'agreed' ? 'ok' : 'lock', 'i-s'), t(key)));
    const close = el(
      'button',
      { class: 'btn btn-l btn-block', type: 'button', onclick: () => sheet.close() },
      t('close'),
    );
    buttons.replaceChildren(close);
    close.focus();
  };

  async function give(answer: 'refused' | 'agreed'): Promise<void> {
    if (busy) return;
    busy = true;
    said.replaceChildren(t('sending'));
    try {
      await deps.call(`${deps.issuer}/v1/holder/nods/${nod.id}`, { body: { answer } });
      end(answer);
    } catch (error) {
      if (error instanceof ServiceRefusal && OVER.includes(error.code)) end('over');
      else said.replaceChildren(el('p', { class: 'error', 'data-testid': 'nod-failed' }, icon('bad'), t('failed')));
    } finally {
      busy = false;
    }
  }
  function tick(): void {
    const seconds = Math.max(0, Math.ceil(nod.expires_at - deps.clock.nowMs() / 1000));
    left.replaceChildren(t('left', { n: seconds }));
    if (seconds === 0) end('over');
  }
  const timer = setInterval(tick, 1_000);
  sheet.addEventListener('close', () => {
    clearInterval(timer);
    sheet.remove();
  });
  document.body.append(sheet);
  sheet.showModal();
  tick();
}
