import { type CheckedP256Jwk, jwsJsonPayload, parseJws, parseP256Jwk, verifyJws } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { AttestationError, attesterKey, type KeyAttestationPolicy } from './wallet-attesters.js';

export interface KeyAttestation {
  keys: CheckedP256Jwk[];
  nonce: string;
}

const LIMITS = { maxBytes: 49_152, maxHeaderBytes: 24_576, maxDepth: 8 };
const MAX_AGE_SECONDS = 300;
const CLOCKS_APART_SECONDS = 60;
const MAX_KEYS = 100;

/**
 * Verifies a key attestation (OpenID4VCI 1.0 appendix D.1): typ, ES256 under an attester's key, times, the keys, and
 * what the policy wants of their storage and of the person's authentication. Beside a `jwt` proof it must have `exp`;
 * alone it must be fresh. One with a `status` is refused: it is not looked up here, and what cannot be checked does not
 * count. Whether the nonce is ours is for the caller.
 * @throws AttestationError
 */
export async function verifyKeyAttestation(
  attestation: string,
  policy: KeyAttestationPolicy,
  expected: { nowSeconds: number; withProof: boolean },
): Promise<KeyAttestation> {
  try {
    const jws = parseJws(attestation, LIMITS);
    // Read before it is verified, to find the attester; nothing else happens with it before.
    const claims = jwsJsonPayload(jws, LIMITS);
    const key = await attesterKey(jws.header, claims.iss, policy.attesters, expected.nowSeconds);
    verifyJws(jws, key, { typ: 'key-attestation+jwt', crypto: nodeCrypto });
    const { iat, exp, nonce, attested_keys: keys, status } = claims;
    if (typeof iat !== 'number' || iat > expected.nowSeconds + CLOCKS_APART_SECONDS) throw new AttestationError('iat');
    if (exp === undefined ? expected.withProof : typeof exp !== 'number' || exp <= expected.nowSeconds)
      throw new AttestationError('exp');
    if (!expected.withProof && iat < expected.nowSeconds - MAX_AGE_SECONDS) throw new AttestationError('too old');
    if (status !== undefined) throw new AttestationError('status');
    if (typeof nonce !== 'string' || nonce === '' || nonce.length > 256) throw new AttestationError('nonce');
    requireOneOf(policy.key_storage, claims.key_storage, 'key_storage');
    requireOneOf(policy.user_authentication, claims.user_authentication, 'user_authentication');
    if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS)
      throw new AttestationError('attested_keys');
    return { keys: keys.map(parseP256Jwk), nonce };
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    throw new AttestationError(cause instanceof Error ? cause.message : 'malformed', { cause });
  }
}

function requireOneOf(accepted: readonly string[] | undefined, stated: unknown, name: string): void {
  if (accepted === undefined) return;
  if (!Array.isArray(stated) || !stated.some((one) => accepted.includes(one))) throw new AttestationError(name);
}
