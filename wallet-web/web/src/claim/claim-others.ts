import type { WalletContext } from '../app/page.js';
import { cardName } from '../consent/claim-words.js';
import { queueNotice } from '../issuer/notices.js';
import type { ObtainDeps } from '../issuer/obtain.js';
import { type TakenCard, takeCard, type Understood } from '../issuer/take-card.js';
import { dropCard } from '../storage/drop-card.js';
import { keepRecord } from '../storage/keep-record.js';
import type { HeldCredential, IssuerLine, OtherCard } from '../storage/kept.js';
import type { OpenClaim } from './open-claim.js';
import { OfferProblem } from './parse-offer.js';

/** What of an offer this wallet can hold, by format and never by name. */
export function understoodOf({ pending, metadata }: Pick<OpenClaim, 'pending' | 'metadata'>): Understood[] {
  return metadata.configurations.filter(
    (one): one is Understood => one.format !== undefined && pending.offer.configurationIds.includes(one.id),
  );
}

/**
 * Takes the cards of another issuer, each checked, in one transaction. They stay apart from the student ID: no gate
 * key, no refilling.
 * @throws OfferProblem, BatchProblem, ServiceRefusal, NoAnswer
 */
export async function claimOthers(
  wallet: WalletContext,
  claim: OpenClaim,
  parts: ObtainDeps,
  line: () => IssuerLine,
  onStore: () => void,
): Promise<void> {
  const configurations = understoodOf(claim);
  if (configurations.length === 0) throw new OfferProblem('offer-not-supported');
  const taken: TakenCard[] = [];
  for (const configuration of configurations)
    taken.push(await takeCard(parts, configuration, claim.metadata.batchSize));
  onStore();
  const { db, clock } = wallet;
  await db.write(async (transaction) => {
    const others = transaction.objectStore('others');
    for (const { card, held, notificationId } of taken) {
      const former = await transaction.objectStore('cards').get(card.key);
      const old = await dropCard(transaction, card.key);
      if (former !== undefined) await queueDeleted(transaction, former, old, clock.nowMs());
      for (const copy of held) await others.add(copy);
      await transaction.objectStore('cards').put({ ...card, line: line() });
      await queueNotice(transaction, 'credential_accepted', {
        endpoint: claim.metadata.notification,
        notificationIds: [notificationId],
        line: line(),
        atMs: clock.nowMs(),
      });
    }
    for (const name of ['pending', 'deferred']) await transaction.objectStore('kept').delete(name);
    const cards = taken.map(({ card }) => cardName(card, wallet.language));
    const to = { name: claim.endpoints.name, host: new URL(claim.endpoints.issuer).host };
    await keepRecord(transaction, { kind: 'other-claimed', atMs: clock.nowMs(), cards, to });
  });
}

/** Deletes a card of another issuer with its keys, and has its issuer told. */
export async function deleteOther(wallet: WalletContext, card: OtherCard): Promise<void> {
  const { db, clock } = wallet;
  await db.write(async (transaction) => {
    const copies = await dropCard(transaction, card.key);
    await queueDeleted(transaction, card, copies, clock.nowMs());
    await keepRecord(transaction, { kind: 'deleted', atMs: clock.nowMs(), cards: [cardName(card, wallet.language)] });
  });
  wallet.contact();
}

const queueDeleted = (
  transaction: Parameters<typeof queueNotice>[0],
  { line }: OtherCard,
  copies: readonly HeldCredential[],
  atMs: number,
) =>
  queueNotice(transaction, 'credential_deleted', {
    endpoint: line?.endpoints.notification,
    notificationIds: copies.map(({ notificationId }) => notificationId),
    ...(line === undefined ? {} : { line }),
    atMs,
  });
