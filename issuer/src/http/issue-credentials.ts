import type { Clock, Database, Transaction } from '@lanyard/platform';
import { type CheckedP256Jwk, parseP256Jwk } from '@lanyard/protocol';
import { jwkFromCompressed } from '@lanyard/protocol/node-crypto';
import type { CredentialSigner } from '../adapters/credential-signer.js';
import { CONFIGURATION_RULES, type ConfigurationId, mayHave } from '../domain/credentials/configurations.js';
import type { CaseDocumentStore, HeldDocument } from '../storage/cases/case-document-store.js';
import { findOpenList, type OpenLists, recordCredentials } from '../storage/credentials/credential-store.js';
import type { DeferredStore } from '../storage/credentials/deferred-store.js';
import type { TokenHolder } from '../storage/credentials/token-store.js';
import type { RecordStore, StudentRecord } from '../storage/students/record-store.js';
import { OAuthRefusal } from './oauth-refusal.js';

export interface IssueDeps {
  database: Database;
  records: RecordStore;
  deferred: DeferredStore;
  documents: CaseDocumentStore;
  signer: CredentialSigner;
  openLists: OpenLists;
  clock: Clock;
}

/** A credential response (OpenID4VCI 1.0 §8.3): the credentials, or when to come back for them; never both. */
export type CredentialAnswer =
  | { status: 200; message: { credentials: { credential: string }[]; notification_id: string } }
  | { status: 202; message: { transaction_id: string; interval: number } };

/** A person looks at a portrait: nobody is quicker (seconds). */
const INTERVAL_SECONDS = 300;

export const comeBack = (transactionId: string): CredentialAnswer => ({
  status: 202,
  message: { transaction_id: transactionId, interval: INTERVAL_SECONDS },
});

/**
 * Issues copies for keys that were proved, or keeps the keys where something has to be waited for. Writes the entries,
 * then signs: a crash in between leaves unused indices and never two copies with one.
 */
export async function issueCredentials(
  deps: IssueDeps,
  request: {
    holder: TokenHolder;
    configurationId: ConfigurationId;
    /** The number of the document, where copies of one are asked for. */
    document?: string | undefined;
    keys: readonly CheckedP256Jwk[];
  },
): Promise<CredentialAnswer> {
  const { holder, configurationId, keys } = request;
  const holderKeys = keys.map((key) => key.compressed);
  const listId = await findListFor(deps, configurationId, keys.length);
  const signer = deps.signer.choose(configurationId);
  const written = await deps.database.transaction(async (transaction) => {
    const record = await lockRecord(transaction, deps, holder.studentId, configurationId);
    const document = await lockDocument(transaction, deps, holder.studentId, request.document);
    if (record.portraitPending && CONFIGURATION_RULES[configurationId].portrait)
      return { deferred: await deps.deferred.keep(transaction, holder, { configurationId, holderKeys }) };
    const recorded = await recordCredentials(transaction, {
      ...{ studentId: holder.studentId, walletId: holder.walletId, configurationId, holderKeys, listId },
      ...{ signerKid: signer.signerKid, document, clock: deps.clock },
    });
    return { record, document, recorded };
  });
  if (written.deferred !== undefined) return comeBack(written.deferred);
  return signed(signer, { keys, ...written });
}

/**
 * Delivers what was waited for, once. Whoever dies after the rows are written has lost the copies, not the right to
 * them: the wallet asks anew.
 */
export async function deliverCredentials(
  deps: IssueDeps,
  request: { holder: TokenHolder; transactionId: string },
): Promise<CredentialAnswer> {
  const { holder, transactionId } = request;
  const waiting = await deps.deferred.find(deps.database, holder.walletId, transactionId);
  if (waiting === undefined || !holder.configurationIds.includes(waiting.configurationId)) throw unknownTransaction();
  const { configurationId, holderKeys } = waiting;
  const listId = await findListFor(deps, configurationId, holderKeys.length);
  const signer = deps.signer.choose(configurationId);
  const written = await deps.database.transaction(async (transaction) => {
    const record = await lockRecord(transaction, deps, holder.studentId, configurationId);
    if (record.portraitPending) return undefined;
    if ((await deps.deferred.take(transaction, holder.walletId, transactionId)) === undefined)
      throw unknownTransaction();
    const recorded = await recordCredentials(transaction, {
      ...{ studentId: holder.studentId, walletId: holder.walletId, configurationId, holderKeys, listId },
      ...{ signerKid: signer.signerKid, clock: deps.clock },
    });
    return { record, recorded };
  });
  if (written === undefined) return comeBack(transactionId);
  return signed(signer, { keys: holderKeys.map(checkedKey), ...written });
}

const findListFor = (deps: IssueDeps, configurationId: ConfigurationId, copies: number) =>
  findOpenList(deps.database, deps.openLists, { configurationId, copies, nowMs: deps.clock.nowMs() });

/** Shares the rows with other issuances and excludes a suspension that is being written. */
async function lockRecord(
  transaction: Transaction,
  deps: IssueDeps,
  studentId: number,
  configurationId: ConfigurationId,
): Promise<StudentRecord> {
  await transaction.raw('SELECT id FROM student WHERE id = ? FOR SHARE', [studentId]);
  await transaction.raw('SELECT student_id FROM holder WHERE student_id = ? FOR SHARE', [studentId]);
  const record = await deps.records.find(transaction, studentId);
  if (record === undefined || !mayHave(configurationId, record))
    throw new OAuthRefusal('credential_request_denied', 'The student ID is suspended or revoked: nothing is issued.', {
      logDetail: record?.credentialState ?? 'gone',
    });
  return record;
}

/** A document of this student that stands; another's is as unknown as one that nobody has. */
async function lockDocument(
  transaction: Transaction,
  { documents }: IssueDeps,
  studentId: number,
  number: string | undefined,
): Promise<HeldDocument | undefined> {
  if (number === undefined) return undefined;
  const document = await documents.forCopies(transaction, studentId, number);
  if (document === undefined) throw unknownIdentifier();
  if (document.state !== 'valid')
    throw new OAuthRefusal('credential_request_denied', 'The document is no longer valid: nothing is issued.', {
      logDetail: document.state,
    });
  return document;
}

export const unknownIdentifier = () =>
  new OAuthRefusal('unknown_credential_identifier', 'The access token is for no such credential.');

function signed(
  signer: ReturnType<CredentialSigner['choose']>,
  batch: {
    keys: readonly CheckedP256Jwk[];
    record: StudentRecord;
    document?: HeldDocument | undefined;
    recorded: Awaited<ReturnType<typeof recordCredentials>>;
  },
): CredentialAnswer {
  const { recorded, ...rest } = batch;
  const credentials = signer.sign({ ...rest, ...recorded }).map((credential) => ({ credential }));
  return { status: 200, message: { credentials, notification_id: recorded.notificationId } };
}

/** Kept keys were checked when they were proved. */
function checkedKey(compressed: Uint8Array): CheckedP256Jwk {
  return parseP256Jwk(jwkFromCompressed(compressed));
}

const unknownTransaction = () =>
  new OAuthRefusal('invalid_transaction_id', 'The transaction is not known, has expired, or was delivered.');
