import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { SealedStore } from '@lanyard/platform';

const FILE = 'signing-keys.json';

/** Private signing keys of ID tokens and logout tokens: ES256 for all that can, RS256 for those that cannot. */
export function openSigningKeys(store: SealedStore): { keys: JsonWebKey[] } {
  const stored = store.read(FILE);
  if (stored !== undefined) return JSON.parse(stored.toString('utf8')) as { keys: JsonWebKey[] };
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export({ format: 'jwk' });
  const keys = [
    { ...ec, alg: 'ES256', use: 'sig', kid: kidOf(ec) },
    { ...rsa, alg: 'RS256', use: 'sig', kid: kidOf(rsa) },
  ];
  store.write(FILE, Buffer.from(JSON.stringify({ keys })));
  return { keys };
}

/** JWK thumbprint (RFC 7638). */
function kidOf(jwk: JsonWebKey): string {
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
