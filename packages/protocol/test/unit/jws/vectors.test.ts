/**
 * Published vectors for JWS and JWK. Not applicable, and why:
 * - wycheproof groups with HS*, RS*, PS*, ES521 keys: the key is no P-256 JWK, or the token is refused by its
 *   algorithm; both are asserted below, so that no vector is skipped silently. "valid" ones among them are for
 *   other algorithms.
 * - jose-cookbook: has no ES256 example (4.3 is ES512 on P-521, curve25519 is EdDSA); every compact one must be
 *   refused by its algorithm, every JWK by its type. JSON serialisations and JWE are not formats of ours.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { parseP256Jwk } from '../../../src/jws/p256-jwk.js';
import { parseJws } from '../../../src/jws/parse-jws.js';
import { verifyJws } from '../../../src/jws/verify-jws.js';
import { codeOf, importKey, vectorText } from './support.js';

type Test = { tcId: number; comment: string; jws: string; result: string };
type Jwk = { kty: string; crv?: string; alg?: string };
type Group = { comment: string; public?: Jwk & { keys?: Jwk[] }; private?: Jwk & { keys?: Jwk[] }; tests: Test[] };

function groupsOf(file: string): Group[] {
  return (JSON.parse(vectorText(`wycheproof/${file}`)) as { testGroups: Group[] }).testGroups;
}
const verify = (jws: unknown, jwk: unknown) =>
  codeOf(() => verifyJws(parseJws(String(jws)), importKey(jwk), { typ: null, crypto: nodeCrypto }));

const signatureGroups = groupsOf('json_web_signature_test.json');
const isEs256 = ({ public: key }: Group) => key?.kty === 'EC' && key.crv === 'P-256';
const es256 = signatureGroups
  .filter(isEs256)
  .flatMap((group) => group.tests.map((test) => ({ ...test, key: group.public })));
const others = signatureGroups
  .filter((group) => !isEs256(group))
  .flatMap((group) => group.tests.map((test) => ({ ...test, key: group.public ?? group.private })));

describe('wycheproof JSON Web Signature', () => {
  it.each(es256)('ES256 $tcId $comment is $result', ({ jws, result, key }) => {
    expect(verify(jws, key) === 'accepted').toBe(result === 'valid');
  });

  it('covers every ES256 vector', () => expect(es256).toHaveLength(41));

  it('refuses every token of another algorithm and every key of another type', () => {
    for (const { jws, key } of others) expect(verify(jws, key)).not.toBe('accepted');
    const es256Key = es256[0]?.key;
    for (const { jws } of others) expect(verify(jws, es256Key)).not.toBe('accepted');
    expect(others.length).toBeGreaterThan(300);
  });
});

describe('wycheproof JSON Web Key', () => {
  const tests = groupsOf('json_web_key_test.json').flatMap((group) =>
    group.tests.map((test) => ({ ...test, keys: group.public?.keys ?? group.private?.keys ?? [] })),
  );
  it.each(tests)('$tcId $comment verifies under no key unless it is a sound ES256 key', ({ jws, keys }) => {
    // None of the "valid" ones is ES256 with a P-256 key alone, so each key or token must be refused.
    const isMixedSet = keys.length > 1;
    for (const key of keys) if (!isMixedSet || key.kty !== 'EC') expect(verify(jws, key)).not.toBe('accepted');
  });
});

describe('jose cookbook', () => {
  it('refuses each compact JWS by its algorithm', () => {
    const folder = new URL('../../../../../testdata/vectors/jose-cookbook/jws/', import.meta.url);
    let seen = 0;
    for (const file of readdirSync(folder)) {
      const vector = JSON.parse(vectorText(`jose-cookbook/jws/${file}`)) as { output?: { compact?: string } };
      if (vector.output?.compact === undefined) continue;
      seen += 1;
      const code = codeOf(() => parseJws(vector.output?.compact ?? ''));
      // 4.5 has a detached payload, which is no compact JWS of ours either way.
      expect(code).toBe('jws-alg-not-allowed');
    }
    expect(seen).toBeGreaterThanOrEqual(4);
  });

  it('refuses each JWK by its type or its private part', () => {
    const folder = new URL('../../../../../testdata/vectors/jose-cookbook/jwk/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const code = codeOf(() => parseP256Jwk(JSON.parse(vectorText(`jose-cookbook/jwk/${file}`))));
      expect(['jwk-type-not-allowed', 'jwk-has-private-part']).toContain(code);
    }
  });
});
