import { decodeBase64url } from '../../base64url/base64url.js';
import { RequestRefusal } from './errors.js';

const MAX_CERTIFICATES = 3;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The certificates of an `x5c` header, leaf first, as DER (RFC 7515 §4.1.6: base64, not base64url). Nothing in them is
 * authenticated. @throws RequestRefusal `x5c-missing`, `x5c-malformed`
 */
export function decodeX5c(value: unknown): { leaf: Uint8Array; chain: readonly Uint8Array[] } {
  if (value === undefined) throw new RequestRefusal('x5c-missing', 'the request names no certificate');
  if (!Array.isArray(value) || value.length > MAX_CERTIFICATES) {
    throw new RequestRefusal('x5c-malformed', `x5c is an array of at most ${MAX_CERTIFICATES} certificates`);
  }
  const [leaf, ...chain] = value.map(decodeOne);
  if (leaf === undefined) throw new RequestRefusal('x5c-missing', 'x5c is empty');
  return { leaf, chain };
}

function decodeOne(text: unknown): Uint8Array {
  if (typeof text !== 'string' || text.length % 4 !== 0 || !BASE64.test(text)) {
    throw new RequestRefusal('x5c-malformed', 'a certificate is not base64');
  }
  try {
    return decodeBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'));
  } catch (cause) {
    throw new RequestRefusal('x5c-malformed', 'a certificate is not canonical base64', { cause });
  }
}
