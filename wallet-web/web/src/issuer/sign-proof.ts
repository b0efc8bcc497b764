import { assembleJws, encodeBase64url, prepareJws } from '@lanyard/protocol';
import { createWebSigner, webHashes, webRandomBytes } from '@lanyard/protocol/web-crypto';
import type { PublicJwk } from '../storage/kept.js';

export interface ProofKey {
  readonly privateKey: CryptoKey;
  readonly jwk: PublicJwk;
}

/** A new P-256 key; its private half can be used and never read. */
export async function generateProofKey(): Promise<ProofKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return { privateKey: pair.privateKey, jwk: { kty: 'EC', crv: 'P-256', x, y } };
}

async function signJwt(key: ProofKey, typ: string, payload: object): Promise<string> {
  const prepared = prepareJws({ typ, jwk: key.jwk }, payload);
  return assembleJws(prepared, await createWebSigner(key.privateKey)(prepared.signingInput));
}

/** A DPoP proof (RFC 9449 §4.2); with `accessToken` it carries `ath`. `nowSeconds` is the corrected clock. */
export function signDpopProof(
  key: ProofKey,
  request: { method: string; url: string; accessToken?: string; nonce?: string | undefined },
  nowSeconds: number,
): Promise<string> {
  const { origin, pathname } = new URL(request.url);
  const ath =
    request.accessToken === undefined
      ? {}
      : { ath: encodeBase64url(webHashes.sha256(new TextEncoder().encode(request.accessToken))) };
  const jti = encodeBase64url(webRandomBytes(16));
  const nonce = request.nonce === undefined ? {} : { nonce: request.nonce };
  return signJwt(key, 'dpop+jwt', {
    htm: request.method,
    htu: `${origin}${pathname}`,
    iat: nowSeconds,
    jti,
    ...ath,
    ...nonce,
  });
}

/** A proof of possession for the credential endpoint (OpenID4VCI 1.0 appendix F.1) or for a gate key. */
export function signHolderProof(
  key: ProofKey,
  proof: { audience: string; nonce: string | undefined; typ: 'openid4vci-proof+jwt' | 'lanyard-gate-key-proof+jwt' },
  nowSeconds: number,
): Promise<string> {
  return signJwt(key, proof.typ, {
    aud: proof.audience,
    iat: nowSeconds,
    ...(proof.nonce === undefined ? {} : { nonce: proof.nonce }),
  });
}
