import { type CborItem, type CborItemMap, isCborItemMap, isTagged } from '../cbor/cbor-value.js';
import { decodeReceivedCbor } from '../cbor/decode-cbor.js';
import type { ParsedSign1 } from '../cose/parse-sign1.js';
import { receivedSign1Of } from '../cose/received-sign1.js';
import { coseLabel } from '../cose/sign1-bytes.js';
import { verifySign1 } from '../cose/verify-sign1.js';
import { x5chainOf } from '../cose/x5chain.js';
import { DocumentError } from '../errors.js';
import { cwtTag, STATUS_LIST_CWT_TYP, statusClaim } from './create-status-list-cwt.js';
import { StatusListError } from './errors.js';
import {
  DEFAULT_STATUS_LIST_LIMITS,
  type VerifiedStatusList,
  type VerifyStatusListWith,
  verifiedListOf,
} from './status-list-content.js';

/** What a key is looked up by. NOT authenticated yet. `x5chain` is DER, leaf first, empty where there is none. */
export type UnverifiedStatusListCwt = {
  readonly kid: Uint8Array | undefined;
  readonly x5chain: readonly Uint8Array[];
  readonly claims: CborItemMap;
};

export type VerifyStatusListCwtOptions = VerifyStatusListWith<UnverifiedStatusListCwt>;

/**
 * Verifies a Status List Token in CWT form (Token Status List §5.2 and §8.3): COSE_Sign1 with tag 18 and without a CWT
 * tag. Inflates only what a trusted key has signed.
 *
 * @throws StatusListError with one of its codes; every failure means that the status is undetermined.
 */
export function verifyStatusListCwt(bytes: Uint8Array, options: VerifyStatusListCwtOptions): VerifiedStatusList {
  const limits = options.limits ?? DEFAULT_STATUS_LIST_LIMITS;
  const { sign1, claims, x5chain } = parseToken(bytes, limits.maxTokenBytes);
  if (sign1.protectedHeader.get(coseLabel.typ) !== STATUS_LIST_CWT_TYP)
    throw new StatusListError('status-list-typ-wrong', `typ is not ${STATUS_LIST_CWT_TYP}`);
  const kid = sign1.protectedHeader.get(coseLabel.kid) ?? sign1.unprotectedHeader.get(coseLabel.kid);
  const key = options.findKey({ kid: kid instanceof Uint8Array ? kid : undefined, x5chain, claims });
  if (key === undefined || !verifySign1(options.crypto, sign1, key))
    throw new StatusListError('status-list-signature-invalid', 'not signed by a trusted key');
  const list = claims.get(statusClaim.statusList);
  if (!isCborItemMap(list)) throw new StatusListError('status-list-malformed', 'status_list is not a map');
  return verifiedListOf(
    {
      sub: claims.get(statusClaim.sub),
      iat: claims.get(statusClaim.iat),
      exp: claims.get(statusClaim.exp),
      ttl: claims.get(statusClaim.ttl),
      bits: list.get('bits'),
      aggregationUri: list.get('aggregation_uri'),
      compressed: () => compressedOf(list.get('lst')),
    },
    { ...options, maxListBytes: limits.maxListBytes },
  );
}

function parseToken(
  bytes: Uint8Array,
  maxBytes: number,
): { sign1: ParsedSign1; claims: CborItemMap; x5chain: readonly Uint8Array[] } {
  if (bytes.length > maxBytes) throw new StatusListError('status-list-too-large', `more than ${maxBytes} bytes`);
  try {
    const item = decodeReceivedCbor(bytes, { maxBytes, maxDepth: 8 });
    // §5.2: the tag of COSE_Sign1 and no other.
    if (!isTagged(item, cwtTag.sign1)) throw new StatusListError('status-list-malformed', 'no COSE_Sign1 with its tag');
    const sign1 = receivedSign1Of(item.value);
    const claims = decodeReceivedCbor(sign1.payload, { maxBytes, maxDepth: 8 });
    if (!isCborItemMap(claims)) throw new StatusListError('status-list-malformed', 'the claims are not a map');
    return { sign1, claims, x5chain: x5chainOf(sign1) };
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    throw new StatusListError('status-list-malformed', `the token was refused: ${cause.message}`, { cause });
  }
}

function compressedOf(lst: CborItem | undefined): Uint8Array {
  if (lst instanceof Uint8Array) return lst;
  throw new StatusListError('status-list-malformed', 'lst is not a byte string');
}
