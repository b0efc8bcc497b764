import { ALUMNI_CONFIGURATION_ID } from '@lanyard/protocol';
import { dropCard } from '../storage/drop-card.js';
import type { HolderState } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import { readIssuer } from './find-endpoints.js';
import type { CallIssuer } from './holder-line.js';
import type { IssuerMetadata } from './issuer-metadata.js';
import type { ObtainDeps } from './obtain.js';
import { keepOwnCard } from './own-card.js';
import { freshCopies, REFILL_AT } from './refill.js';
import { cardKey, type TakenCard, takeCard, type Understood } from './take-card.js';

export const ALUMNI_ID = ALUMNI_CONFIGURATION_ID;
const SPARE_SECONDS = 5 * 86_400;

/**
 * Who has left with an outcome gets an alumni ID over the line the student ID came by, and loses it where the register
 * takes that back. Answers whether the card came or went.
 */
export async function followAlumniId(
  deps: { db: WalletDb; clock: Clock; call: CallIssuer },
  state: HolderState,
): Promise<boolean> {
  const { db, clock } = deps;
  const { line } = await db.read('line');
  if (line === undefined || line.ended || state.alumni_state === undefined) return false;
  const { issuer } = line.endpoints;
  const key = cardKey(issuer, ALUMNI_ID);
  const held = await db.others(key);
  if (state.alumni_state === null || state.alumni_state === 'revoked') {
    if (held.length === 0) return false;
    await db.write((transaction) => dropCard(transaction, key));
    return true;
  }
  if (state.alumni_state !== 'valid' || freshCopies(held, clock.nowSeconds(), SPARE_SECONDS).length > REFILL_AT)
    return false;
  const { metadata } = await readIssuer(issuer);
  const taken = await takeAlumniId({ ...deps, endpoints: line.endpoints, identifiers: line.identifiers }, metadata);
  if (taken === undefined) return false;
  await db.write(async (transaction) => {
    // Deleted meanwhile: what came late is not kept.
    if ((await transaction.objectStore('kept').get('line')) === undefined) return;
    await keepOwnCard(transaction, taken, { notification: metadata.notification, atMs: clock.nowMs() });
  });
  return held.length === 0;
}

/** A batch of the alumni ID; undefined where the issuer gives none out. Nothing is stored here. @throws BatchProblem */
export async function takeAlumniId(parts: ObtainDeps, metadata: IssuerMetadata): Promise<TakenCard | undefined> {
  const configuration = metadata.configurations.find(
    (one): one is Understood => one.id === ALUMNI_ID && one.format !== undefined,
  );
  return configuration === undefined ? undefined : takeCard(parts, configuration, metadata.batchSize);
}
