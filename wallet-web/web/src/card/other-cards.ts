import type { WalletContext } from '../app/page.js';
import { deleteOther } from '../claim/claim-others.js';
import { cardName } from '../consent/claim-words.js';
import { isOwnCard } from '../issuer/own-card.js';
import type { OtherCard } from '../storage/kept.js';
import type { cardTexts } from '../texts/card.js';
import type { Translate } from '../texts/translate.js';
import { localDate } from '../ui/dates.js';
import { el, icon } from '../ui/element.js';
import { openSheet } from '../ui/frame.js';

type T = Translate<typeof cardTexts>;
/** Beyond this a credential has no end that a person would meet. */
const FAR_SECONDS = 4_102_444_800;

/** Cards of other issuers: a simple list, each with who made it and that nobody here vouches for them. */
export function otherCards(all: readonly OtherCard[], wallet: WalletContext, t: T): HTMLElement | undefined {
  const cards = all.filter((card) => !isOwnCard(card));
  if (cards.length === 0) return undefined;
  return el(
    'section',
    { class: 'stack', 'data-testid': 'other-cards' },
    el('h2', {}, t('others')),
    el('p', { class: 'meta' }, t('others-how')),
    el(
      'ul',
      { class: 'panel list' },
      cards.map((card) => row(card, wallet, t)),
    ),
  );
}

function row(card: OtherCard, wallet: WalletContext, t: T): HTMLElement {
  const { language, clock } = wallet;
  const stripe = el('span', { class: 'card-stripe', 'aria-hidden': 'true' });
  // The issuer's colour is a mark beside the words, never a ground for them.
  if (card.colour !== undefined) stripe.style.setProperty('background-color', card.colour);
  const past = card.expiresAtSeconds <= clock.nowSeconds();
  const until = card.expiresAtSeconds > FAR_SECONDS ? undefined : localDate(card.expiresAtSeconds * 1000);
  return el(
    'li',
    { class: 'item other-card', 'data-testid': 'other-card' },
    stripe,
    el(
      'div',
      { class: 'grow' },
      el('p', { class: 'item-title' }, cardName(card, language)),
      el('p', { class: 'meta' }, `${card.issuerName} · ${new URL(card.issuer).host}`),
      el('p', { class: 'meta' }, t('other-unknown')),
      until === undefined
        ? undefined
        : el('p', { class: 'meta' }, t(past ? 'other-past' : 'other-until', { date: until })),
    ),
    el(
      'button',
      {
        class: 'btn btn-quiet btn-icon',
        type: 'button',
        'aria-label': t('other-delete-label', { name: cardName(card, language) }),
        'data-testid': 'delete-other',
        onclick: () => confirmDelete(card, wallet, t),
      },
      icon('trash'),
    ),
  );
}

function confirmDelete(card: OtherCard, wallet: WalletContext, t: T): void {
  const problem = el('div', {});
  const sheet = openSheet(
    t('other-delete-label', { name: cardName(card, wallet.language) }),
    t('other-keep'),
    el('p', {}, t('other-delete-what', { issuer: card.issuerName })),
    problem,
    el(
      'button',
      {
        class: 'btn btn-danger btn-l btn-block',
        type: 'button',
        'data-testid': 'delete-other-confirm',
        onclick: () => {
          deleteOther(wallet, card).then(
            () => {
              sheet.close();
              wallet.redraw();
            },
            () =>
              problem.replaceChildren(
                el('p', { class: 'error', role: 'alert' }, icon('bad'), t('other-delete-failed')),
              ),
          );
        },
      },
      t('other-delete'),
    ),
  );
}
