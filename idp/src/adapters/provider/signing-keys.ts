import { createHash, createPrivateKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { SealedStore } from '@lanyard/platform';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';

const FILE = 'signing-keys.json';

/** Private signing keys of ID tokens and logout tokens: ES256 for all that can, RS256 for those that cannot. */
export function openSigningKeys(store: SealedStore): { keys: JsonWebKey[] } {
  const stored = store.read(FILE);
  if (stored !== undefined) return JSON.parse(stored.toString('utf8')) as { keys: JsonWebKey[] };
  const ec = generateKeyPair().privateKey.export({ format: 'jwk' });
  const rsa = createPrivateKey(newRsaKey()).export({ format: 'jwk' });
  const keys = [
    { ...ec, alg: 'ES256', use: 'sig', kid: kidOf(ec) },
    { ...rsa, alg: 'RS256', use: 'sig', kid: kidOf(rsa) },
  ];
  store.write(FILE, Buffer.from(JSON.stringify({ keys })));
  return { keys };
}

/** As text: a key object that is still tied to the job that made it is not exported (see `generateKeyPair`). */
const newRsaKey = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

/** JWK thumbprint (RFC 7638). */
function kidOf(jwk: JsonWebKey): string {
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
