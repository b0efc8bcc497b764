import { decodeBase64url } from './base64url.js';
import { Base64urlError } from './errors.js';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Decodes canonical, padded base64 (RFC 4648 §4), as certificates have it in JSON.
 *
 * @throws Base64urlError `base64url-malformed`, `base64url-not-canonical`
 */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw new Base64urlError('base64url-malformed', 'no padded base64');
  return decodeBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'));
}
