import { dropCard } from '../storage/drop-card.js';
import { keepRecord } from '../storage/keep-record.js';
import type { OtherCard } from '../storage/kept.js';
import type { WalletTransaction } from '../storage/wallet-db.js';
import { queueNotice } from './notices.js';
import type { TakenCard } from './take-card.js';

/** A card of this wallet's own issuer beside the student ID: it has no line of its own. */
export const isOwnCard = (card: OtherCard): boolean => card.line === undefined;

/** Puts the card in the place of the one before. */
export async function keepOwnCard(
  transaction: WalletTransaction,
  { card, held, notificationId }: TakenCard,
  at: { notification: string | undefined; atMs: number },
): Promise<void> {
  const first = (await transaction.objectStore('cards').get(card.key)) === undefined;
  await dropCard(transaction, card.key);
  for (const copy of held) await transaction.objectStore('others').add(copy);
  await transaction.objectStore('cards').put(card);
  await queueNotice(transaction, 'credential_accepted', {
    ...{ endpoint: at.notification, notificationIds: [notificationId], atMs: at.atMs },
  });
  if (first) await keepRecord(transaction, { kind: 'claimed', atMs: at.atMs, cards: [card.names.zh] });
}
