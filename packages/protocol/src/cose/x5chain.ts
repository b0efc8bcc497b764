import type { CborItem } from '../cbor/cbor-value.js';
import { DocumentError } from '../errors.js';
import type { ParsedSign1 } from './parse-sign1.js';
import { coseLabel } from './sign1-bytes.js';

const MAX_CERTIFICATES = 3;

/**
 * The certificates of a COSE header, DER, leaf first; empty where there are none. NOT authenticated.
 * @throws DocumentError `malformed`
 */
export function x5chainOf(sign1: ParsedSign1): readonly Uint8Array[] {
  const { x5chain } = coseLabel;
  const value = sign1.unprotectedHeader.get(x5chain) ?? sign1.protectedHeader.get(x5chain);
  if (value === undefined) return [];
  if (value instanceof Uint8Array) return [value];
  const list: readonly CborItem[] = Array.isArray(value) ? value : [];
  // RFC 9360 §2: one certificate stands without an array, so an array holds two at least; one alone is taken too.
  if (list.length === 0 || list.length > MAX_CERTIFICATES)
    throw new DocumentError('cose', 'malformed', `x5chain is not 1 to ${MAX_CERTIFICATES} certificates`);
  return list.map((certificate) => {
    if (certificate instanceof Uint8Array) return certificate;
    throw new DocumentError('cose', 'malformed', 'a certificate is not a byte string');
  });
}

/** The value of the header for a chain, leaf first (RFC 9360 §2). @throws TypeError for an empty or a long one */
export function x5chainValue(chain: readonly Uint8Array[]): CborItem {
  const [leaf] = chain;
  if (leaf === undefined || chain.length > MAX_CERTIFICATES)
    throw new TypeError(`a chain has 1 to ${MAX_CERTIFICATES} certificates`);
  return chain.length === 1 ? leaf : chain;
}
