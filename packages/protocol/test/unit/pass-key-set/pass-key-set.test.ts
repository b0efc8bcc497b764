import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner, generateKeyPair, nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { createPassKeySet, DocumentError, type PassKeySet, verifyPassKeySet } from '../../../src/index.js';

const NOW = 1_790_000_000;
const CODE = '4199090002';
const signer = generateKeyPair();
const stranger = generateKeyPair();
const kid = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
const line = (universityCode = CODE) => ({
  universityCode,
  kid,
  key: signer.compressed,
  fromSeconds: NOW - 10,
  toSeconds: NOW + 1_000,
});
const set = (more: Partial<PassKeySet> = {}): PassKeySet => ({
  universityCode: CODE,
  issuedAtSeconds: NOW,
  nextUpdateSeconds: NOW + 86_400,
  expiresSeconds: NOW + 8 * 86_400,
  passKeys: [line()],
  listSigners: [line()],
  certificates: [Uint8Array.of(0x30, 1, 2)],
  ...more,
});
const sign = (content: PassKeySet, key = signer) =>
  createPassKeySet(content, { kid, sign: createSigner(key.privateKey) });
const anchored = () => Promise.resolve(nodeCrypto.importVerifyKey(signer.compressed));
const verify = (bytes: Uint8Array, more: object = {}) =>
  verifyPassKeySet(bytes, { universityCode: CODE, nowSeconds: NOW, crypto: nodeCrypto, findSigner: anchored, ...more });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => {
      if (error instanceof DocumentError) return error.code;
      throw error;
    },
  );

describe('pass key set', () => {
  it('says who signs passes and pass lists of one university', async () => {
    expect(await verify(sign(set()))).toEqual(set());
  });

  it.each([
    [
      'a chain to no anchor',
      () => verify(sign(set()), { findSigner: () => Promise.resolve(undefined) }),
      'unknown-signer',
    ],
    ['another key than the leaf’s', () => verify(sign(set(), stranger)), 'signature-invalid'],
    ['another university', () => verify(sign(set()), { universityCode: '4199090001' }), 'unknown-signer'],
    ['a pass key of another university', () => verify(sign(set({ passKeys: [line('4199090001')] }))), 'unknown-signer'],
    [
      'a list signer of another university',
      () => verify(sign(set({ listSigners: [line('4199090001')] }))),
      'unknown-signer',
    ],
    ['its end', () => verify(sign(set()), { nowSeconds: NOW + 8 * 86_400 }), 'expired'],
    ['too many bytes', () => verify(new Uint8Array(64 * 1024 + 1)), 'too-large'],
    ['nothing in it', () => verify(new Uint8Array()), 'malformed'],
  ])('is refused for %s', async (_, work, code) => {
    expect(await codeOf(work())).toBe(code);
  });

  it('is never taken with a changed byte', async () => {
    const bytes = sign(set());
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(await codeOf(verify(changed))).not.toBe('accepted');
      }),
      { numRuns: 300 },
    );
  });
});
