import { decodeBase64url } from '../base64url/base64url.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../base64url/strict-json.js';
import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import { JwsError } from '../jws/errors.js';
import { jwsJsonPayload, type ParsedJws, parseJws } from '../jws/parse-jws.js';
import { STATUS_LIST_TYP } from './create-status-list.js';
import { StatusListError } from './errors.js';
import { isStatusBits, type StatusBits } from './status-bits.js';

/** Inflates ZLIB data; throws where it is damaged or longer than `maxBytes`, before it holds more than that. */
export type Inflate = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

declare const verified: unique symbol;

/** A status list of the expected URI, signed by a trusted key and not expired at the time of the check. */
export type VerifiedStatusList = StatusListContent & { readonly uri: string; readonly [verified]: true };

/** Packed entries with their times in Unix seconds; `ttlSeconds` goes before HTTP caching headers (§13.7). */
export type StatusListContent = {
  readonly bits: StatusBits;
  readonly bytes: Uint8Array;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number | undefined;
  readonly ttlSeconds: number | undefined;
  readonly aggregationUri: string | undefined;
};

/** Bytes of the compact token and of the inflated list. */
export type StatusListLimits = { readonly maxTokenBytes: number; readonly maxListBytes: number };
export const DEFAULT_STATUS_LIST_LIMITS: StatusListLimits = { maxTokenBytes: 4_194_304, maxListBytes: 16_777_216 };

export type VerifyStatusListOptions = {
  /** The URI in the referenced token, from which this token was fetched. */
  readonly uri: string;
  /** Answers the key the caller trusts for this list, from header and payload that are not authenticated yet. */
  readonly findKey: (token: { readonly header: JsonObject; readonly payload: JsonObject }) => VerifyKey | undefined;
  readonly nowSeconds: number;
  readonly crypto: Pick<CryptoPort, 'verifyEs256'>;
  readonly inflate: Inflate;
  readonly limits?: StatusListLimits;
};

/**
 * Verifies a Status List Token in JWT form (Token Status List §5.1 and §8.3). Inflates only what a trusted
 * key has signed.
 *
 * @throws StatusListError with one of its codes; every failure means that the status is undetermined.
 */
export function verifyStatusListToken(compact: string, options: VerifyStatusListOptions): VerifiedStatusList {
  const limits = options.limits ?? DEFAULT_STATUS_LIST_LIMITS;
  const { jws, payload } = parseToken(compact, limits);
  if (jws.header.typ !== STATUS_LIST_TYP)
    throw new StatusListError('status-list-typ-wrong', `typ is not ${STATUS_LIST_TYP}`);
  const key = options.findKey({ header: jws.header, payload });
  if (key === undefined || !options.crypto.verifyEs256(key, jws.signingInput, jws.signature)) {
    throw new StatusListError('status-list-signature-invalid', 'not signed by a trusted key');
  }
  if (payload.sub !== options.uri) throw new StatusListError('status-list-subject-wrong', 'sub is another list');
  const content = parseContent(payload, options.inflate, limits.maxListBytes);
  if (content.expiresAtSeconds !== undefined && options.nowSeconds >= content.expiresAtSeconds) {
    throw new StatusListError('status-list-expired', 'exp has passed');
  }
  return { ...content, uri: options.uri } as VerifiedStatusList;
}

function parseToken(compact: string, limits: StatusListLimits): { jws: ParsedJws; payload: JsonObject } {
  if (compact.length > limits.maxTokenBytes) {
    throw new StatusListError('status-list-too-large', `more than ${limits.maxTokenBytes} bytes`);
  }
  const jwsLimits = { maxBytes: limits.maxTokenBytes, maxHeaderBytes: 16_384, maxDepth: 8 };
  try {
    const jws = parseJws(compact, jwsLimits);
    return { jws, payload: jwsJsonPayload(jws, jwsLimits) };
  } catch (cause) {
    const detail = cause instanceof JwsError ? cause.code : 'unknown';
    throw new StatusListError('status-list-malformed', `the token was refused: ${detail}`, { cause });
  }
}

function parseContent(payload: JsonObject, inflate: Inflate, maxBytes: number): StatusListContent {
  const { iat, exp, ttl, status_list: list } = payload;
  if (typeof iat !== 'number') throw new StatusListError('status-list-malformed', 'iat is missing');
  if (exp !== undefined && typeof exp !== 'number')
    throw new StatusListError('status-list-malformed', 'exp is not a number');
  if (ttl !== undefined && (typeof ttl !== 'number' || ttl <= 0)) {
    throw new StatusListError('status-list-malformed', 'ttl is not a positive number');
  }
  if (!isJsonObject(list)) throw new StatusListError('status-list-malformed', 'status_list is not an object');
  const { bits, lst, aggregation_uri: aggregationUri } = list;
  if (!isStatusBits(bits)) throw new StatusListError('status-list-malformed', 'bits is none of 1, 2, 4, 8');
  if (aggregationUri !== undefined && typeof aggregationUri !== 'string') {
    throw new StatusListError('status-list-malformed', 'aggregation_uri is not a text');
  }
  const bytes = inflateEntries(lst, inflate, maxBytes);
  return { bits, bytes, issuedAtSeconds: iat, expiresAtSeconds: exp, ttlSeconds: ttl, aggregationUri };
}

function inflateEntries(lst: JsonValue | undefined, inflate: Inflate, maxBytes: number): Uint8Array {
  if (typeof lst !== 'string') throw new StatusListError('status-list-malformed', 'lst is not a text');
  let compressed: Uint8Array;
  try {
    compressed = decodeBase64url(lst);
  } catch (cause) {
    throw new StatusListError('status-list-malformed', 'lst is not canonical base64url', { cause });
  }
  try {
    return inflate(compressed, maxBytes);
  } catch (cause) {
    throw new StatusListError('status-list-not-inflatable', 'lst is damaged or too large', { cause });
  }
}
