import { type CheckedP256Jwk, jwsJsonPayload, parseJws, parseP256Jwk, verifyJws } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

const MAX_AGE_SECONDS = 300;
const MAX_AHEAD_SECONDS = 60;

export interface HolderProof {
  jwk: CheckedP256Jwk;
  nonce: string;
  /** As it stands in the header, unverified. */
  keyAttestation: string | undefined;
}

/** A proof of possession that does not hold; `detail` goes to the log. */
export class HolderProofError extends Error {}

/**
 * Verifies one proof of possession (OpenID4VCI 1.0 appendix F.1 and F.4): typ, ES256, exactly one key reference and
 * that a public `jwk`, aud, age, nonce. `iss` is absent in the anonymous pre-authorized flow, else the client.
 * @throws HolderProofError
 */
export function verifyHolderProof(
  proof: string,
  expected: {
    typ: 'openid4vci-proof+jwt' | 'lanyard-gate-key-proof+jwt';
    audience: string;
    nowSeconds: number;
    clientId?: string | undefined;
  },
): HolderProof {
  try {
    const jws = parseJws(proof, { maxBytes: 81_920, maxHeaderBytes: 53_248, maxDepth: 6 });
    const references = ['kid', 'jwk', 'x5c', 'trust_chain'].filter((name) => Object.hasOwn(jws.header, name));
    if (references.length !== 1 || references[0] !== 'jwk')
      throw new HolderProofError('exactly one key reference, and that a jwk');
    const jwk = parseP256Jwk(jws.header.jwk);
    const key = nodeCrypto.importVerifyKey(jwk.compressed);
    if (key === undefined) throw new HolderProofError('key');
    verifyJws(jws, key, { typ: expected.typ, crypto: nodeCrypto });
    const { aud, iat, nonce, iss } = jwsJsonPayload(jws);
    if (aud !== expected.audience) throw new HolderProofError('aud');
    if (
      typeof iat !== 'number' ||
      iat > expected.nowSeconds + MAX_AHEAD_SECONDS ||
      iat < expected.nowSeconds - MAX_AGE_SECONDS
    )
      throw new HolderProofError('iat');
    if (typeof nonce !== 'string' || nonce === '' || nonce.length > 256) throw new HolderProofError('nonce');
    if (iss !== undefined && iss !== expected.clientId) throw new HolderProofError('iss');
    const attestation = jws.header.key_attestation;
    if (attestation !== undefined && typeof attestation !== 'string') throw new HolderProofError('key_attestation');
    return { jwk, nonce, keyAttestation: attestation };
  } catch (cause) {
    if (cause instanceof HolderProofError) throw cause;
    throw new HolderProofError(cause instanceof Error ? cause.message : 'malformed', { cause });
  }
}
