import type { CryptoPort, VerifyKey } from '../crypto/port.js';
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

/** Bytes of the token as received and of the inflated list. */
export type StatusListLimits = { readonly maxTokenBytes: number; readonly maxListBytes: number };
export const DEFAULT_STATUS_LIST_LIMITS: StatusListLimits = { maxTokenBytes: 4_194_304, maxListBytes: 16_777_216 };

/** What a list is verified against, in either form; `Token` is what of it a key is looked up by. */
export type VerifyStatusListWith<Token> = {
  /** The URI in the referenced token, from which this token was fetched. */
  readonly uri: string;
  /** Answers the key the caller trusts for this list: its own by kid, or the leaf's of a chain it has verified. */
  readonly findKey: (token: Token) => VerifyKey | undefined;
  readonly nowSeconds: number;
  readonly crypto: Pick<CryptoPort, 'verifyEs256'>;
  readonly inflate: Inflate;
  readonly limits?: StatusListLimits;
};

/** The claims of either form, by the names of the JWT; `compressed` are the bytes of `lst`. */
export type StatusListClaims = {
  readonly sub: unknown;
  readonly iat: unknown;
  readonly exp: unknown;
  readonly ttl: unknown;
  readonly bits: unknown;
  readonly aggregationUri: unknown;
  readonly compressed: () => Uint8Array;
};

/**
 * Checks the claims of a list that a trusted key signed (Token Status List §8.3) and inflates it; the same for both
 * forms, so that no two readings differ.
 * @throws StatusListError
 */
export function verifiedListOf(
  claims: StatusListClaims,
  context: {
    readonly uri: string;
    readonly nowSeconds: number;
    readonly inflate: Inflate;
    readonly maxListBytes: number;
  },
): VerifiedStatusList {
  const { uri, nowSeconds } = context;
  if (claims.sub !== uri) throw new StatusListError('status-list-subject-wrong', 'sub is another list');
  const { iat, exp, ttl, bits, aggregationUri } = claims;
  if (typeof iat !== 'number') throw new StatusListError('status-list-malformed', 'iat is missing');
  if (exp !== undefined && typeof exp !== 'number')
    throw new StatusListError('status-list-malformed', 'exp is not a number');
  if (ttl !== undefined && (typeof ttl !== 'number' || ttl <= 0)) {
    throw new StatusListError('status-list-malformed', 'ttl is not a positive number');
  }
  if (!isStatusBits(bits)) throw new StatusListError('status-list-malformed', 'bits is none of 1, 2, 4, 8');
  if (aggregationUri !== undefined && typeof aggregationUri !== 'string') {
    throw new StatusListError('status-list-malformed', 'aggregation_uri is not a text');
  }
  const bytes = inflateEntries(claims.compressed(), context);
  if (exp !== undefined && nowSeconds >= exp) throw new StatusListError('status-list-expired', 'exp has passed');
  const content: StatusListContent = {
    bits,
    bytes,
    issuedAtSeconds: iat,
    expiresAtSeconds: exp,
    ttlSeconds: ttl,
    aggregationUri,
  };
  return { ...content, uri } as VerifiedStatusList;
}

function inflateEntries(
  compressed: Uint8Array,
  { inflate, maxListBytes }: { readonly inflate: Inflate; readonly maxListBytes: number },
): Uint8Array {
  try {
    return inflate(compressed, maxListBytes);
  } catch (cause) {
    throw new StatusListError('status-list-not-inflatable', 'lst is damaged or too large', { cause });
  }
}
