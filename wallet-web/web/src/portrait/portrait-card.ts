import type { WalletContext } from '../app/page.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { ServiceRefusal } from '../issuer/refusal.js';
import { portraitTexts } from '../texts/portrait.js';
import { type Translate, translator } from '../texts/translate.js';
import { el, icon } from '../ui/element.js';

/** What `GET /v1/holder/portrait` answers. */
interface OwnSubmission {
  readonly state: 'none' | 'waiting' | 'accepted' | 'rejected';
  readonly reason_code: string | null;
}

const SEND_MS = 60_000;
type T = Translate<typeof portraitTexts>;
const isKnown = (key: string): key is keyof typeof portraitTexts => Object.hasOwn(portraitTexts, key);

/**
 * The student's portrait: hands a picture in and says what became of it, with the reason where it was rejected. Empty
 * while nobody answers. Nothing of it is kept on the phone.
 */
export function portraitCard(wallet: WalletContext): HTMLElement {
  const t = translator(portraitTexts, wallet.language);
  const place = el('div', { 'data-testid': 'portrait-place' });
  const call = createHolderLine(wallet.db, wallet.clock);
  const url = `${wallet.config.issuer}/v1/holder/portrait`;
  const show = (found: OwnSubmission) => place.replaceChildren(draw(found, t, send));

  async function send(picture: File, says: HTMLElement): Promise<void> {
    says.replaceChildren(t('sending'));
    try {
      await call(url, { bytes: picture, timeoutMs: SEND_MS });
      show({ state: 'waiting', reason_code: null });
    } catch (error) {
      const problem = error instanceof ServiceRefusal ? `problem-${error.code}` : '';
      const text = t(isKnown(problem) ? problem : 'failed');
      says.replaceChildren(el('span', { class: 'error', role: 'alert' }, icon('bad'), text));
    }
  }
  call<OwnSubmission>(url).then(show, () => {});
  return place;
}

function draw(found: OwnSubmission, t: T, send: (picture: File, says: HTMLElement) => Promise<void>): HTMLElement {
  const reason = `reason-${found.reason_code ?? ''}`;
  const why = isKnown(reason) ? t(reason) : (found.reason_code ?? '');
  const says = el('p', { role: 'status', 'data-testid': 'portrait-says' });
  const input = el('input', {
    ...{ type: 'file', id: 'portrait-file', class: 'input', accept: 'image/jpeg,image/png,image/webp' },
    'data-testid': 'portrait-file',
  }) as HTMLInputElement;
  input.onchange = () => {
    const picture = input.files?.[0];
    input.value = '';
    if (picture !== undefined) void send(picture, says);
  };
  return el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'own-portrait', 'data-state': found.state },
    el('h2', {}, t('title')),
    found.state === 'rejected'
      ? el('p', { class: 'row' }, icon('warn', 'i-s'), el('span', {}, t('rejected', { why })))
      : el('p', {}, t(found.state)),
    el('label', { class: 'label', for: 'portrait-file' }, t('choose')),
    input,
    el('p', { class: 'meta' }, t('rules')),
    says,
  );
}
