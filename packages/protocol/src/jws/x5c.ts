import { decodeBase64url } from '../base64url/base64url.js';

const MAX_CERTIFICATES = 3;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The certificates of an `x5c` header as DER, leaf first (RFC 7515 §4.1.6: base64, not base64url); empty where there is
 * none. NOT authenticated. `refuse` makes the error of whoever reads the header.
 */
export function x5cChain(
  value: unknown,
  refuse: (detail: string, options?: ErrorOptions) => Error,
): readonly Uint8Array[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_CERTIFICATES)
    throw refuse(`x5c is an array of at most ${MAX_CERTIFICATES} certificates`);
  return value.map((text: unknown) => {
    if (typeof text !== 'string' || text.length % 4 !== 0 || !BASE64.test(text))
      throw refuse('a certificate is not base64');
    try {
      return decodeBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'));
    } catch (cause) {
      throw refuse('a certificate is not canonical base64', { cause });
    }
  });
}
