import { isJsonObject, jwsJsonPayload, p256JwkThumbprint, parseJws, parseP256Jwk, verifyJws } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { isOnlyAudience } from './only-audience.js';
import { AttestationError, type Attester, attesterKey } from './wallet-attesters.js';

/** A wallet that its provider vouches for, and that holds the key the attestation names. */
export interface AttestedWallet {
  clientId: string;
  /** Thumbprint of the instance's key: refresh tokens stay with it. */
  instanceThumbprint: string;
  jti: string;
}

/** The attestation was good once: the wallet gets a new one and comes again. */
export class StaleAttestation extends Error {}

const LIMITS = { maxBytes: 16_384, maxHeaderBytes: 12_288, maxDepth: 8 };
const POP_LIMITS = { maxBytes: 4_096, maxHeaderBytes: 1_024, maxDepth: 4 };
const WINDOW_SECONDS = 300;
const CLOCKS_APART_SECONDS = 60;

/**
 * Verifies attestation-based client authentication (draft-ietf-oauth-attestation-based-client-auth-07 §5, §8): the
 * attestation under a trusted attester's key, its time, the proof of possession under the key in `cnf`, for this
 * server. Whether the proof's `jti` is new is the caller's question.
 * @throws AttestationError, StaleAttestation
 */
export async function verifyWalletAttestation(
  headers: { attestation: string; proof: string },
  attesters: readonly Attester[],
  expected: { audience: string; nowSeconds: number; clientId: string | undefined },
): Promise<AttestedWallet> {
  try {
    const { nowSeconds } = expected;
    const jws = parseJws(headers.attestation, LIMITS);
    // Read before it is verified, to find the attester; nothing else happens with it before.
    const claims = jwsJsonPayload(jws, LIMITS);
    const key = await attesterKey(jws.header, claims.iss, attesters, nowSeconds);
    verifyJws(jws, key, { typ: 'oauth-client-attestation+jwt', crypto: nodeCrypto });
    const { iss, sub, exp, iat, nbf, cnf, status } = claims;
    if (typeof iss !== 'string' || iss === '') throw new AttestationError('iss');
    if (typeof sub !== 'string' || sub === '' || sub.length > 200) throw new AttestationError('sub');
    if (expected.clientId !== undefined && expected.clientId !== sub) throw new AttestationError('client_id');
    for (const start of [iat, nbf])
      if (start !== undefined && (typeof start !== 'number' || start > nowSeconds + CLOCKS_APART_SECONDS))
        throw new AttestationError('iat or nbf');
    if (typeof exp !== 'number') throw new AttestationError('exp');
    if (status !== undefined) throw new AttestationError('status');
    const instance = parseP256Jwk(isJsonObject(cnf) ? cnf.jwk : undefined);
    const jti = verifyProof(headers.proof, { ...expected, clientId: sub, instance });
    if (exp <= nowSeconds) throw new StaleAttestation('exp');
    return { clientId: sub, instanceThumbprint: p256JwkThumbprint(instance, nodeCrypto.sha256), jti };
  } catch (cause) {
    if (cause instanceof AttestationError || cause instanceof StaleAttestation) throw cause;
    throw new AttestationError(cause instanceof Error ? cause.message : 'malformed', { cause });
  }
}

function verifyProof(
  proof: string,
  expected: { audience: string; nowSeconds: number; clientId: string; instance: ReturnType<typeof parseP256Jwk> },
): string {
  const jws = parseJws(proof, POP_LIMITS);
  const key = nodeCrypto.importVerifyKey(expected.instance.compressed);
  if (key === undefined) throw new AttestationError('cnf');
  verifyJws(jws, key, { typ: 'oauth-client-attestation-pop+jwt', crypto: nodeCrypto });
  const { iss, aud, jti, iat } = jwsJsonPayload(jws, POP_LIMITS);
  if (iss !== expected.clientId) throw new AttestationError('proof: iss');
  if (!isOnlyAudience(aud, expected.audience)) throw new AttestationError('proof: aud');
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) throw new AttestationError('proof: jti');
  if (typeof iat !== 'number' || Math.abs(expected.nowSeconds - iat) > WINDOW_SECONDS)
    throw new AttestationError('proof: iat');
  return jti;
}
