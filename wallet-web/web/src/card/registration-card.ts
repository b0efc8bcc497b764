import type { WalletContext } from '../app/page.js';
import { createHolderLine } from '../issuer/holder-line.js';
import { registrationTexts } from '../texts/registration.js';
import { type Translate, translator } from '../texts/translate.js';
import { el, icon } from '../ui/element.js';

type T = Translate<typeof registrationTexts>;

/** What `GET /v1/holder/registration` answers of the present semester (docs/services.md). */
interface Registration {
  readonly id: string;
  readonly closes: string;
  readonly window: 'not-yet' | 'open' | 'closed';
  readonly registered_until: string;
  readonly standing: 'registered' | 'ready' | 'fee-unpaid' | 'not-present' | 'not-enrolled';
  readonly missing: readonly ('fee' | 'presence' | 'presence-by-staff')[];
  readonly confirmed: boolean;
}

/** The semester confirmed since this page was opened: its result stays to be seen. */
let confirmedHere: string | undefined;

/**
 * The registration of the semester while its window is open: what is missing, and one tap to confirm. Empty while nobody
 * answers: the card above says what was last known.
 */
export function registrationCard(wallet: WalletContext): HTMLElement {
  const t = translator(registrationTexts, wallet.language);
  const place = el('div', { 'data-testid': 'registration-place' });
  const call = createHolderLine(wallet.db, wallet.clock);
  const url = `${wallet.config.issuer}/v1/holder/registration`;
  const show = (found: Registration | null) => {
    if (found === null || found.window !== 'open' || found.standing === 'not-enrolled') return;
    if (found.standing === 'registered' && confirmedHere !== found.id) return;
    place.replaceChildren(draw(found, t, confirm));
  };
  async function confirm(): Promise<void> {
    try {
      const { registration } = await call<{ registration: Registration }>(url, { body: {} });
      confirmedHere = registration.id;
      // The card above hears the new date over its own line, and draws the page again.
      show(registration);
    } catch {
      place.append(
        el('p', { class: 'error', role: 'alert', 'data-testid': 'registration-failed' }, icon('bad'), t('failed')),
      );
    }
  }
  call<{ registration: Registration | null }>(url).then(
    ({ registration }) => show(registration),
    () => {},
  );
  return place;
}

function draw(found: Registration, t: T, confirm: () => Promise<void>): HTMLElement {
  const { standing } = found;
  const done = standing === 'registered';
  const canConfirm = standing === 'ready' || found.missing.includes('presence');
  const button = el(
    'button',
    { class: 'btn btn-primary btn-l btn-block', type: 'button', 'data-testid': 'registration-confirm' },
    t('confirm'),
  ) as HTMLButtonElement;
  button.onclick = () => {
    button.setAttribute('aria-disabled', 'true');
    void confirm().finally(() => button.removeAttribute('aria-disabled'));
  };
  return el(
    'section',
    { class: 'panel panel-pad stack', 'data-testid': 'registration', 'data-standing': standing, role: 'status' },
    el('h2', {}, t('title', { semester: found.id })),
    done
      ? el('p', {}, icon('ok', 'i-s'), ' ', t('done', { date: found.registered_until }))
      : el('p', { class: 'meta' }, t('until', { date: found.closes })),
    found.missing.length === 0
      ? undefined
      : el(
          'ul',
          { class: 'stack', 'data-testid': 'registration-missing' },
          found.missing.map((one) => el('li', {}, icon('warn', 'i-s'), ' ', t(`missing-${one}`))),
        ),
    found.confirmed && !done && found.missing.length > 0 ? el('p', { class: 'meta' }, t('confirmed')) : undefined,
    !done && canConfirm ? button : undefined,
  );
}
