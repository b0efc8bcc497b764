import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import { JwsError } from './errors.js';
import type { ParsedJws } from './parse-jws.js';

declare const verified: unique symbol;

/** A JWS whose ES256 signature was verified under `key` and whose `typ` is the expected one. */
export type VerifiedJws = ParsedJws & { readonly key: VerifyKey; readonly [verified]: true };

/** `typ` is compared exactly (RFC 8725 §3.11, explicit typing); null accepts any, for formats without one. */
export type VerifyJwsOptions = { readonly typ: string | null; readonly crypto: Pick<CryptoPort, 'verifyEs256'> };

/**
 * Verifies the signature with a key the caller trusts for this purpose. Keys inside the header (jwk, x5c) are
 * never used here. Proves nothing about time, audience or content.
 *
 * @throws JwsError `jws-typ-wrong`, `jws-signature-invalid`.
 */
export function verifyJws(jws: ParsedJws, key: VerifyKey, options: VerifyJwsOptions): VerifiedJws {
  if (options.typ !== null && jws.header.typ !== options.typ) {
    throw new JwsError('jws-typ-wrong', `typ is not ${options.typ}`);
  }
  if (!options.crypto.verifyEs256(key, jws.signingInput, jws.signature)) {
    throw new JwsError('jws-signature-invalid', 'the signature does not verify');
  }
  return { ...jws, key } as VerifiedJws;
}
