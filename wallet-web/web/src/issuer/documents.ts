import {
  DOCUMENT_CONFIGURATION_ID,
  DOCUMENT_VCT,
  digestTextWith,
  documentClaimsOf,
  parseSdJwt,
  processDisclosures,
  type StudentDocumentClaims,
} from '@lanyard/protocol';
import { webHashes } from '@lanyard/protocol/web-crypto';
import { dropCard } from '../storage/drop-card.js';
import type { HeldCredential, HolderState, IssuerLine, OtherCard } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import { readIssuer } from './find-endpoints.js';
import type { CallIssuer } from './holder-line.js';
import type { IssuerMetadata } from './issuer-metadata.js';
import { queueNotice } from './notices.js';
import { BatchProblem } from './obtain.js';
import { isOwnCard, keepOwnCard } from './own-card.js';
import { ServiceRefusal } from './refusal.js';
import { signedByRetired } from './retired-copies.js';
import { cardKey, type TakenCard, takeCard, type Understood } from './take-card.js';

/** Copies of a document in a full wallet: each is shown once. */
const FULL = 3;
/** With so many left that were not shown, or fewer, a new batch is fetched. */
const REFILL_AT = 1;
const DAY_SECONDS = 86_400;
const SPARE_SECONDS = 5 * DAY_SECONDS;

interface Deps {
  readonly db: WalletDb;
  readonly clock: Clock;
  readonly call: CallIssuer;
}

/** A document of this university. */
export const isDocument = (card: OtherCard): boolean => isOwnCard(card) && card.type === DOCUMENT_VCT;

/** What a copy says; it was checked when it came. @throws StudentDocumentError */
export function documentOf({ credential }: Pick<HeldCredential, 'credential'>): StudentDocumentClaims {
  const parsed = parseSdJwt(credential, digestTextWith(webHashes.sha256));
  return documentClaimsOf(processDisclosures(parsed.payload, parsed.disclosures).claims);
}

/**
 * Keeps the documents that the issuer names, and no other: obtains new ones and those whose copies were shown or end
 * soon, drops those that ended. Each is whole by itself. Answers whether a document came or went.
 */
export async function followDocuments(deps: Deps, state: HolderState): Promise<boolean> {
  const { db } = deps;
  const { line } = await db.read('line');
  const { documents } = state;
  // While nothing is told of them, what there is stays.
  if (line === undefined || line.ended || documents === undefined || documents === null) return false;
  const wanted = new Map(documents.map((identifier) => [cardKey(line.endpoints.issuer, identifier), identifier]));
  const held = (await db.cards()).filter(isDocument);
  const ended = held.filter(({ key }) => !wanted.has(key));
  await db.write(async (transaction) => {
    for (const { key } of ended) await dropCard(transaction, key);
  });
  let changed = ended.length > 0;
  let metadata: IssuerMetadata | undefined;
  for (const [key, identifier] of wanted) {
    const known = held.find((card) => card.key === key);
    if (known !== undefined && !copiesAreDue(known, await db.others(key), state, deps.clock)) continue;
    metadata ??= (await readIssuer(line.endpoints.issuer)).metadata;
    const came = await obtainDocument(deps, line, metadata, identifier);
    changed ||= came && known === undefined;
  }
  return changed;
}

/** Few are left, or they end soon, which for the last days of a document is asked once a day. */
export function copiesAreDue(
  card: Pick<OtherCard, 'expiresAtSeconds' | 'receivedAtMs'>,
  copies: readonly HeldCredential[],
  { retired_signers: retired = [] }: Pick<HolderState, 'retired_signers'>,
  clock: Pick<Clock, 'nowMs' | 'nowSeconds'>,
): boolean {
  const good = copies.filter(
    (copy) =>
      copy.usedAtMs === undefined && copy.expiresAtSeconds > clock.nowSeconds() && !signedByRetired(copy, retired),
  );
  if (good.length <= REFILL_AT) return true;
  const endsSoon = card.expiresAtSeconds - SPARE_SECONDS <= clock.nowSeconds();
  return endsSoon && clock.nowMs() - card.receivedAtMs > DAY_SECONDS * 1000;
}

async function obtainDocument(
  deps: Deps,
  line: IssuerLine,
  metadata: IssuerMetadata,
  identifier: string,
): Promise<boolean> {
  const { db, clock } = deps;
  const at = { notification: metadata.notification, atMs: clock.nowMs() };
  try {
    const taken = await takeDocument({ ...deps, line }, metadata, identifier);
    if (taken === undefined) return false;
    await db.write(async (transaction) => {
      // Deleted meanwhile: what came late is not kept.
      if ((await transaction.objectStore('kept').get('line')) !== undefined) await keepOwnCard(transaction, taken, at);
    });
    return true;
  } catch (error) {
    // It ended meanwhile, or is not whole: the others do not wait for it.
    if (error instanceof ServiceRefusal && error.status < 500 && error.status !== 401) return false;
    if (!(error instanceof BatchProblem)) throw error;
    const notice = { endpoint: at.notification, notificationIds: [error.notificationId], atMs: at.atMs };
    await db.write((transaction) => queueNotice(transaction, 'credential_failure', notice));
    return false;
  }
}

/** A batch of one document under its own name; undefined where the issuer gives none out. @throws BatchProblem */
async function takeDocument(
  { line, ...deps }: Deps & { line: IssuerLine },
  metadata: IssuerMetadata,
  identifier: string,
): Promise<TakenCard | undefined> {
  const configuration = metadata.configurations.find(
    (one): one is Understood => one.id === DOCUMENT_CONFIGURATION_ID && one.format !== undefined,
  );
  if (configuration === undefined) return undefined;
  const parts = { ...deps, endpoints: line.endpoints, identifiers: { [configuration.id]: identifier } };
  const taken = await takeCard(parts, configuration, FULL);
  const key = cardKey(line.endpoints.issuer, identifier);
  try {
    const [said] = taken.held.map(documentOf);
    if (said === undefined) return undefined;
    const { title, document_number: number } = said;
    // Two of one kind are told apart by their numbers.
    const names = { zh: `${title.zh} ${number}`, en: `${title.en} ${number}` };
    return { ...taken, card: { ...taken.card, key, names }, held: taken.held.map((copy) => ({ ...copy, card: key })) };
  } catch (cause) {
    throw new BatchProblem(taken.notificationId, cause);
  }
}
