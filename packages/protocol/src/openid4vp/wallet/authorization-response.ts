import { isJsonObject } from '../../base64url/strict-json.js';
import type { VpToken } from '../parse-vp-token.js';
import { safeAddress } from './safe-address.js';
import type { EncryptionKey, VerifiedRequest } from './verify-authorization-request.js';

/** Makes a compact JWE (ECDH-ES, the given `kid` and `enc` in its header) over the UTF-8 bytes of `plaintext`. */
export type EncryptResponse = (plaintext: string, key: EncryptionKey) => Promise<string>;

/** The form fields that answer a request: `direct_post.jwt` (§8.3.1) or `direct_post` (§8.2). */
export async function createAuthorizationResponse(
  request: VerifiedRequest,
  vpToken: VpToken,
  encrypt: EncryptResponse,
): Promise<{ readonly [field: string]: string }> {
  const { state } = request;
  if (request.encryptionKey === undefined) {
    return { vp_token: JSON.stringify(Object.fromEntries(vpToken)), ...(state === undefined ? {} : { state }) };
  }
  const plaintext = JSON.stringify({
    vp_token: Object.fromEntries(vpToken),
    ...(state === undefined ? {} : { state }),
  });
  return { response: await encrypt(plaintext, request.encryptionKey) };
}

/** The form fields of a refusal (§8.5); it says nothing about the holder, so it goes unencrypted (§8.3). */
export function createRefusalResponse(request: VerifiedRequest): { readonly [field: string]: string } {
  return { error: 'access_denied', ...(request.state === undefined ? {} : { state: request.state }) };
}

/**
 * Where the holder's browser goes on, from the JSON answer of the response endpoint (§8.2): https or this very device,
 * else undefined, and the wallet stays where it is.
 */
export function redirectOf(answer: unknown): string | undefined {
  if (!isJsonObject(answer) || typeof answer['redirect_uri'] !== 'string') return undefined;
  return safeAddress(answer['redirect_uri']) === undefined ? undefined : answer['redirect_uri'];
}
