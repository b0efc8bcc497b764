import { Base64urlError } from '../base64url/errors.js';
import { decodeBase64urlJson, encodeBase64urlJson, isJsonObject, StrictJsonError } from '../base64url/strict-json.js';
import type { DcqlQuery } from '../dcql/z-dcql-query.js';
import type { DigestText } from '../sd-jwt/digest-text.js';
import { AuthorizationRequestError } from './errors.js';

/** The holder agrees to a text that he was shown in full. */
export const CONFIRM_TRANSACTION_TYPE = 'urn:lanyard:transaction:confirm:1';
/** Every type there is: a closed list, because a wallet may sign only what it can show (OpenID4VP 1.0 §8.4). */
export const TRANSACTION_TYPES = [CONFIRM_TRANSACTION_TYPE] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

/** One transaction in the form it has on the wire. `credential_ids` names the one credential that authorises it. */
export type TransactionData = {
  readonly type: TransactionType;
  readonly credential_ids: readonly [string];
  readonly transaction_data_hashes_alg?: readonly string[];
  readonly text_zh: string;
  readonly text_en: string;
};

/** `encoded` is the text as received: hashes are over it and never over what it means. */
export type ReceivedTransactionData = { readonly encoded: string; readonly data: TransactionData };

export const TRANSACTION_HASH_ALG = 'sha-256';
const MAX_TRANSACTIONS = 4;
const MAX_ENCODED = 4_096;
const MAX_TEXT = 500;
const LIMITS = { maxBytes: 3_072, maxDepth: 4 };
/** Controls and direction marks could make one text look like another. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u;

export function encodeTransactionData(data: TransactionData): string {
  return encodeBase64urlJson(data);
}

/**
 * Reads `transaction_data` (OpenID4VP 1.0 §5.1, §8.4) against the query it comes with. One entry of an unknown type or
 * form refuses the whole request: nothing of it is ever ignored.
 *
 * @throws AuthorizationRequestError `transaction-data-not-supported`: on the wire `invalid_transaction_data` (§8.5)
 */
export function parseTransactionData(value: unknown, query: DcqlQuery): readonly ReceivedTransactionData[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_TRANSACTIONS)
    throw refused(`transaction_data is an array of 1 to ${MAX_TRANSACTIONS}`);
  const received = value.map((encoded: unknown) => parseOne(encoded, query));
  if (new Set(received.map(({ encoded }) => encoded)).size !== received.length) throw refused('an entry twice');
  return received;
}

function parseOne(encoded: unknown, query: DcqlQuery): ReceivedTransactionData {
  if (typeof encoded !== 'string' || encoded.length > MAX_ENCODED) throw refused('an entry is a text');
  const content = decode(encoded);
  if (!isJsonObject(content)) throw refused('an entry is an object');
  const { type, credential_ids: ids, transaction_data_hashes_alg: algorithms, text_zh: zh, text_en: en } = content;
  if (type !== CONFIRM_TRANSACTION_TYPE) throw refused('an unknown type');
  if (!Array.isArray(ids) || ids.length !== 1) throw refused('credential_ids names one credential');
  const [id] = ids as readonly unknown[];
  const credential = query.credentials.find((one) => one.id === id);
  // Only a KB-JWT carries the hash, and exactly one of them (Appendix B.3.3.1).
  const bound = credential?.require_cryptographic_holder_binding !== false && credential?.multiple !== true;
  if (credential === undefined || credential.format !== 'dc+sd-jwt' || !bound)
    throw refused('credential_ids names no credential that can authorise');
  if (algorithms !== undefined && (!Array.isArray(algorithms) || !algorithms.includes(TRANSACTION_HASH_ALG)))
    throw refused('only sha-256');
  if (!isReadable(zh) || !isReadable(en)) throw refused('the texts cannot be shown');
  const hashes = algorithms === undefined ? {} : { transaction_data_hashes_alg: algorithms.map(String) };
  return { encoded, data: { type, credential_ids: [credential.id], ...hashes, text_zh: zh, text_en: en } };
}

/** The claims of the KB-JWT that authorises: hashes over the texts as received (Appendix B.3.3.1); none for none. */
export function transactionClaims(
  transactions: readonly ReceivedTransactionData[],
  digestText: DigestText,
): { readonly transaction_data_hashes?: readonly string[]; readonly transaction_data_hashes_alg?: string } {
  if (transactions.length === 0) return {};
  const named = transactions.some(({ data }) => data.transaction_data_hashes_alg !== undefined);
  return {
    transaction_data_hashes: transactions.map(({ encoded }) => digestText(encoded)),
    ...(named ? { transaction_data_hashes_alg: TRANSACTION_HASH_ALG } : {}),
  };
}

/** Those that this credential authorises. */
export function transactionsOf(
  transactions: readonly ReceivedTransactionData[],
  queryId: string,
): readonly ReceivedTransactionData[] {
  return transactions.filter(({ data }) => data.credential_ids.includes(queryId));
}

function decode(encoded: string): unknown {
  try {
    return decodeBase64urlJson(encoded, LIMITS);
  } catch (cause) {
    if (!(cause instanceof Base64urlError || cause instanceof StrictJsonError)) throw cause;
    throw refused('an entry is no base64url of JSON', { cause });
  }
}

function isReadable(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== '' && text.length <= MAX_TEXT && !UNSEEN.test(text);
}

function refused(message: string, options?: ErrorOptions): AuthorizationRequestError {
  return new AuthorizationRequestError('transaction-data-not-supported', message, options);
}
