import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compressedFromJwk,
  createSigner,
  createVerifyKeyCache,
  generateKeyPair,
  jwkFromCompressed,
  nodeCrypto,
  nodeRandomBytes,
} from '../../../src/crypto/node-crypto.js';
import {
  createWebSigner,
  exportCompressed,
  generateWebKeyPair,
  webHashes,
  webRandomBytes,
} from '../../../src/crypto/web-crypto.js';
import { keys } from '../../fixtures.js';
import { readVector } from '../../vectors.js';

interface Wycheproof {
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
}

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const wycheproof = readVector<Wycheproof>('wycheproof/ecdsa_secp256r1_sha256_p1363_test.json');
const der = readVector<Wycheproof>('wycheproof/ecdsa_secp256r1_sha256_test.json');

function keyOf(uncompressed: string) {
  const point = hex(uncompressed);
  const compressed = point.slice(0, 33);
  compressed[0] = 2 + (point[64]! & 1);
  return nodeCrypto.importVerifyKey(compressed)!;
}

describe('ES256 through the port', () => {
  it('gives the verdict of every Wycheproof test [ecdsa_secp256r1_sha256_p1363]', () => {
    let tests = 0;
    for (const group of wycheproof.testGroups) {
      const key = keyOf(group.publicKey.uncompressed);
      for (const test of group.tests) {
        const holds = nodeCrypto.verifyEs256(key, hex(test.msg), hex(test.sig));
        if (test.result !== 'acceptable') expect(holds, `tcId ${test.tcId}`).toBe(test.result === 'valid');
        tests++;
      }
    }
    expect(tests).toBeGreaterThan(200);
  });

  it('refuses every DER signature [ecdsa_secp256r1_sha256]', () => {
    for (const group of der.testGroups) {
      const key = keyOf(group.publicKey.uncompressed);
      for (const test of group.tests) expect(nodeCrypto.verifyEs256(key, hex(test.msg), hex(test.sig))).toBe(false);
    }
  });

  it('verifies what its signer signed and refuses zeros', () => {
    const pair = generateKeyPair();
    const key = nodeCrypto.importVerifyKey(pair.compressed)!;
    const data = nodeRandomBytes(50);
    expect(nodeCrypto.verifyEs256(key, data, createSigner(pair.privateKey)(data))).toBe(true);
    expect(nodeCrypto.verifyEs256(key, data, new Uint8Array(64))).toBe(false);
  });

  it('takes a signer from PEM and refuses a key of another kind', () => {
    const { privateKey } = generateKeyPair();
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    expect(createSigner(pem)(new Uint8Array(1))).toHaveLength(64);
    expect(() => createSigner(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)).toThrow(TypeError);
  });
});

describe('keys', () => {
  const { compressed } = keys.student;
  const y = nodeCrypto.decompress(compressed)!;

  it('imports a compressed point, with and without its y', () => {
    expect(nodeCrypto.importVerifyKey(compressed)?.compressed).toEqual(compressed);
    expect(nodeCrypto.importVerifyKey(compressed, y)).toBeDefined();
  });

  const flipped = compressed.slice();
  flipped[0] = 5 - flipped[0]!;
  const changedY = y.slice();
  changedY[0] = changedY[0]! ^ 1;
  it.each<[string, Uint8Array, Uint8Array | undefined]>([
    ['33 zeros', new Uint8Array(33), undefined],
    ['x that is on no point', Uint8Array.of(2, ...new Uint8Array(31), 7), undefined],
    ['x above the field', Uint8Array.of(2, ...new Uint8Array(32).fill(255)), undefined],
    ['an uncompressed head', Uint8Array.of(4, ...compressed.subarray(1)), undefined],
    ['32 bytes', compressed.subarray(1), undefined],
    ['34 bytes', Uint8Array.of(...compressed, 0), undefined],
    ['nothing', new Uint8Array(), undefined],
    ['y of the other parity', flipped, y],
    ['y of no point', compressed, changedY],
    ['y of 31 bytes', compressed, y.subarray(1)],
  ])('refuses [%s]', (_, point, hint) => {
    expect(nodeCrypto.importVerifyKey(point, hint)).toBeUndefined();
  });

  it('never throws on any 33 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 33, maxLength: 33 }), (point) => {
        nodeCrypto.importVerifyKey(point);
        nodeCrypto.decompress(point);
      }),
    );
  });

  it('turns into a JWK and back', () => {
    const jwk = jwkFromCompressed(compressed)!;
    expect(compressedFromJwk(jwk)).toEqual(compressed);
    expect(jwkFromCompressed(new Uint8Array(33))).toBeUndefined();
  });

  const jwk = jwkFromCompressed(compressed)!;
  it.each<[string, Record<string, unknown>]>([
    ['another curve', { ...jwk, crv: 'P-384' }],
    ['another kind', { ...jwk, kty: 'OKP' }],
    ['x with padding', { ...jwk, x: `${jwk.x}=` }],
    ['short y', { ...jwk, y: jwk.y.slice(4) }],
    ['no y', { ...jwk, y: undefined }],
    ['y of another point', { ...jwk, y: jwkFromCompressed(keys.other.compressed)!.y }],
  ])('is refused as JWK [%s]', (_, wrong) => {
    expect(compressedFromJwk(wrong)).toBeUndefined();
  });

  it('is imported once while it is in the cache, and the cache stays within its size', () => {
    let imports = 0;
    const cache = createVerifyKeyCache(
      {
        importVerifyKey(point) {
          imports++;
          return nodeCrypto.importVerifyKey(point);
        },
      },
      4,
    );
    expect(cache.get(compressed)).toBe(cache.get(compressed));
    expect(imports).toBe(1);
    expect(cache.get(new Uint8Array(33))).toBeUndefined();
    for (const key of Object.values(keys)) cache.get(key.compressed);
    expect(cache.size).toBeLessThanOrEqual(4);
    const last = Object.values(keys).slice(-3)[0]!;
    const before = imports;
    cache.get(last.compressed);
    expect(imports).toBe(before);
  });
});

describe('WebCrypto', () => {
  it('hashes like node:crypto', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1, maxLength: 80 }), (data, key) => {
        expect(Buffer.from(webHashes.sha256(data))).toEqual(createHash('sha256').update(data).digest());
        expect(Buffer.from(webHashes.hmacSha256(key, data))).toEqual(createHmac('sha256', key).update(data).digest());
        expect(Buffer.from(nodeCrypto.sha256(data))).toEqual(createHash('sha256').update(data).digest());
      }),
    );
  });

  it('signs with a key that cannot be exported, and the port verifies it', async () => {
    const pair = await generateWebKeyPair();
    const compressed = await exportCompressed(pair.publicKey);
    const data = webRandomBytes(40);
    const signature = await createWebSigner(pair.privateKey)(data);
    expect(nodeCrypto.verifyEs256(nodeCrypto.importVerifyKey(compressed)!, data, signature)).toBe(true);
    await expect(globalThis.crypto.subtle.exportKey('pkcs8', pair.privateKey as never)).rejects.toThrow();
  });
});
