import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';

const KTY = 1;
const ALG = 3;
const EC2 = { kty: 2, alg: -7, crv: 1 };
const RSA = { kty: 3, alg: -257 };

/** ES256 in DER or RS256 over `data`, with a COSE key of a registration (RFC 9053 §2.1, RFC 8812 §2). */
export function verifySignature(coseKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const key = keyOf(coseKey);
  return key !== undefined && verify('sha256', data, key, signature);
}

function keyOf(coseKey: Uint8Array): KeyObject | undefined {
  const cose = decodeCredentialPublicKey(new Uint8Array(coseKey)) as unknown as Map<number, unknown>;
  const text = (label: number): string => {
    const bytes = cose.get(label);
    return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64url') : '';
  };
  let jwk: JsonWebKey;
  if (cose.get(KTY) === EC2.kty && cose.get(ALG) === EC2.alg && cose.get(-1) === EC2.crv)
    jwk = { kty: 'EC', crv: 'P-256', x: text(-2), y: text(-3) };
  else if (cose.get(KTY) === RSA.kty && cose.get(ALG) === RSA.alg) jwk = { kty: 'RSA', n: text(-1), e: text(-2) };
  else return undefined;
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}
