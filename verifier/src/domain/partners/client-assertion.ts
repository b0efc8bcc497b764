import { type CheckedP256Jwk, JwkError, JwsError, jwsJsonPayload, parseJws, parseP256Jwk } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { Partner } from './partner.js';

const LIMITS = { maxBytes: 4_096, maxHeaderBytes: 1_024, maxDepth: 4 };
const MAX_SECONDS = 300;
const SKEW_SECONDS = 30;

/** An assertion that holds (RFC 7523 §3): honoured once, until it ends. */
export interface HeldAssertion {
  readonly partnerId: string;
  readonly jti: string;
  readonly untilSeconds: number;
}

/** The partner an assertion claims to come from; nothing of it is proved. */
export function claimedPartner(assertion: string): string | undefined {
  try {
    const { iss } = jwsJsonPayload(parseJws(assertion, LIMITS));
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Checks a client assertion (private_key_jwt: OpenID Connect Core §9, RFC 7523 §3): ES256 by a registered key, iss =
 * sub = partner, aud one of ours, jti, at most five minutes long. Undefined where anything does not hold.
 */
export function checkAssertion(
  assertion: string,
  partner: Pick<Partner, 'id' | 'keys'>,
  context: { readonly audiences: readonly string[]; readonly nowSeconds: number },
): HeldAssertion | undefined {
  try {
    const jws = parseJws(assertion, LIMITS);
    const { kid, alg, typ } = jws.header as { kid?: unknown; alg?: unknown; typ?: unknown };
    // Libraries name the type or leave it out.
    if (alg !== 'ES256' || !(typ === undefined || typ === 'JWT' || typ === 'client-authentication+jwt'))
      return undefined;
    const keys = partner.keys.filter((key) => kid === undefined || key.kid === undefined || key.kid === kid);
    if (!keys.some((key) => holds(jws, parseP256Jwk(key)))) return undefined;
    const { iss, sub, aud, jti, exp, iat, nbf } = jwsJsonPayload(jws);
    if (iss !== partner.id || sub !== partner.id || typeof jti !== 'string' || jti.length < 8 || jti.length > 128)
      return undefined;
    const audiences = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : [];
    if (audiences.length !== 1 || !context.audiences.includes(String(audiences[0]))) return undefined;
    const { nowSeconds } = context;
    if (typeof exp !== 'number' || exp <= nowSeconds - SKEW_SECONDS || exp > nowSeconds + MAX_SECONDS + SKEW_SECONDS)
      return undefined;
    for (const begins of [iat, nbf])
      if (begins !== undefined && (typeof begins !== 'number' || begins > nowSeconds + SKEW_SECONDS)) return undefined;
    return { partnerId: partner.id, jti, untilSeconds: Math.ceil(exp) + SKEW_SECONDS };
  } catch (error) {
    if (error instanceof JwsError || error instanceof JwkError) return undefined;
    throw error;
  }
}

function holds(jws: ReturnType<typeof parseJws>, jwk: CheckedP256Jwk): boolean {
  const key = nodeCrypto.importVerifyKey(jwk.compressed, jwk.yBytes);
  return key !== undefined && nodeCrypto.verifyEs256(key, jws.signingInput, jws.signature);
}
