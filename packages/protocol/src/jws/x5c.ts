import { decodeBase64 } from '../base64url/base64.js';
import { Base64urlError } from '../base64url/errors.js';

const MAX_CERTIFICATES = 3;

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
    if (typeof text !== 'string') throw refuse('a certificate is not a text');
    try {
      return decodeBase64(text);
    } catch (cause) {
      throw refuse('a certificate is not canonical base64', { cause });
    }
  });
}

/** As {@link x5cChain}, for whoever decides alike without certificates and with some that cannot be read: none. */
export function readableX5cChain(value: unknown): readonly Uint8Array[] {
  try {
    return x5cChain(value, (detail, options) => new Base64urlError('base64url-malformed', detail, options));
  } catch (error) {
    if (error instanceof Base64urlError) return [];
    throw error;
  }
}
