import { type CheckedP256Jwk, isJsonObject } from '@lanyard/protocol';
import { HolderProofError, verifyHolderProof } from './verify-holder-proof.js';
import { verifyKeyAttestation } from './verify-key-attestation.js';
import { AttestationError, type KeyAttestationPolicy } from './wallet-attesters.js';

/** Why `proofs` of a credential request are refused (OpenID4VCI 1.0 §8.3.1.2). `message` is for the log. */
export class ProofsError extends Error {
  constructor(
    readonly code: 'invalid_proof' | 'invalid_nonce' | 'invalid_credential_request',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Keys that were proved or attested, each once; only {@link verifyProofs} makes them. The nonce is still to be taken. */
export interface ProvedKeys {
  keys: CheckedP256Jwk[];
  nonce: string;
}

export interface ProofRules {
  audience: string;
  nowSeconds: number;
  /** Of the client that got the token; an anonymous one must not state an `iss`. */
  clientId: string | undefined;
  /** Keys at once. */
  batch: number;
  attestation: KeyAttestationPolicy | undefined;
}

/**
 * Verifies `proofs` (§8.2, appendix F): exactly one proof type with a non-empty list, every proof, one nonce for all, no
 * key twice. A key attestation beside a proof, or alone where one is accepted, brings all the keys it attests.
 * @throws ProofsError
 */
export async function verifyProofs(proofs: unknown, rules: ProofRules): Promise<ProvedKeys> {
  if (!isJsonObject(proofs)) throw new ProofsError('invalid_proof', 'proofs is missing or no object');
  const [type, ...others] = Object.keys(proofs);
  if (type === undefined || others.length > 0) throw new ProofsError('invalid_proof', 'exactly one proof type');
  const list = proofs[type];
  if (!Array.isArray(list) || list.length === 0 || !list.every((one) => typeof one === 'string'))
    throw new ProofsError('invalid_proof', 'a non-empty list of texts');
  if (list.length > rules.batch) throw tooMany(rules);
  try {
    return gather(await (type === 'jwt' ? readJwts(list, rules) : readAttestation(type, list, rules)), rules);
  } catch (cause) {
    if (cause instanceof HolderProofError || cause instanceof AttestationError)
      throw new ProofsError('invalid_proof', cause.message, { cause });
    throw cause;
  }
}

type Part = { keys: readonly CheckedP256Jwk[]; nonces: readonly string[] };

function readJwts(list: readonly string[], rules: ProofRules): Promise<Part[]> {
  return Promise.all(list.map((jwt) => readJwt(jwt, rules)));
}

async function readJwt(jwt: string, rules: ProofRules): Promise<Part> {
  const { jwk, nonce, keyAttestation } = verifyHolderProof(jwt, { typ: 'openid4vci-proof+jwt', ...rules });
  // Where no attestation is asked for, one that is sent says nothing to us.
  if (rules.attestation === undefined) return { keys: [jwk], nonces: [nonce] };
  if (keyAttestation === undefined) {
    if (rules.attestation.required) throw new AttestationError('a key attestation is required');
    return { keys: [jwk], nonces: [nonce] };
  }
  const attested = await verifyKeyAttestation(keyAttestation, rules.attestation, { ...rules, withProof: true });
  if (!attested.keys.some((key) => isSameKey(key, jwk))) throw new AttestationError('the proof is by another key');
  return { keys: attested.keys, nonces: [nonce, attested.nonce] };
}

async function readAttestation(type: string, list: readonly string[], rules: ProofRules): Promise<Part[]> {
  const [attestation, ...others] = list;
  if (type !== 'attestation' || rules.attestation === undefined || attestation === undefined)
    throw new ProofsError('invalid_proof', 'a proof type that is not offered');
  if (others.length > 0) throw new ProofsError('invalid_proof', 'exactly one attestation');
  const { keys, nonce } = await verifyKeyAttestation(attestation, rules.attestation, { ...rules, withProof: false });
  return [{ keys, nonces: [nonce] }];
}

function gather(parts: readonly Part[], rules: ProofRules): ProvedKeys {
  const keys = parts.flatMap((part) => part.keys);
  if (keys.length > rules.batch) throw tooMany(rules);
  if (new Set(keys.map((key) => key.x)).size !== keys.length)
    throw new ProofsError('invalid_proof', 'a key is used twice in the batch');
  const [nonce, ...others] = new Set(parts.flatMap((part) => part.nonces));
  if (nonce === undefined || others.length > 0) throw new ProofsError('invalid_nonce', 'one nonce for all proofs');
  return { keys, nonce };
}

const isSameKey = (left: CheckedP256Jwk, right: CheckedP256Jwk) => left.x === right.x && left.y === right.y;
const tooMany = (rules: ProofRules) => new ProofsError('invalid_credential_request', `at most ${rules.batch} at once`);
