import { decodeBase64url } from '../base64url/base64url.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../base64url/strict-json.js';
import { JwsError } from '../jws/errors.js';
import { jwsJsonPayload, type ParsedJws, parseJws } from '../jws/parse-jws.js';
import { x5cChain } from '../jws/x5c.js';
import { STATUS_LIST_TYP } from './create-status-list.js';
import { StatusListError } from './errors.js';
import {
  DEFAULT_STATUS_LIST_LIMITS,
  type StatusListLimits,
  type VerifiedStatusList,
  type VerifyStatusListWith,
  verifiedListOf,
} from './status-list-content.js';

/** What a key is looked up by. NOT authenticated yet. `x5chain` is DER, leaf first, empty without `x5c`. */
export type UnverifiedStatusListToken = {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly x5chain: readonly Uint8Array[];
};

export type VerifyStatusListOptions = VerifyStatusListWith<UnverifiedStatusListToken>;

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
  const x5chain = x5cChain(
    jws.header.x5c,
    (detail, cause) => new StatusListError('status-list-malformed', detail, cause),
  );
  const key = options.findKey({ header: jws.header, payload, x5chain });
  if (key === undefined || !options.crypto.verifyEs256(key, jws.signingInput, jws.signature)) {
    throw new StatusListError('status-list-signature-invalid', 'not signed by a trusted key');
  }
  const { status_list: list } = payload;
  if (!isJsonObject(list)) throw new StatusListError('status-list-malformed', 'status_list is not an object');
  const { sub, iat, exp, ttl } = payload;
  const { bits, lst, aggregation_uri: aggregationUri } = list;
  return verifiedListOf(
    { sub, iat, exp, ttl, bits, aggregationUri, compressed: () => compressedOf(lst) },
    { ...options, maxListBytes: limits.maxListBytes },
  );
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

function compressedOf(lst: JsonValue | undefined): Uint8Array {
  if (typeof lst !== 'string') throw new StatusListError('status-list-malformed', 'lst is not a text');
  try {
    return decodeBase64url(lst);
  } catch (cause) {
    throw new StatusListError('status-list-malformed', 'lst is not canonical base64url', { cause });
  }
}
