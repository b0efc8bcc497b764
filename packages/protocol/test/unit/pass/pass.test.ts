import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assemblePortableCode,
  type CborValue,
  createPassCache,
  createPassIssuer,
  createSign1,
  DocumentError,
  decodeCbor,
  encodeBase45,
  encodeCbor,
  encodeProtectedHeader,
  type PassClaims,
  parsePass,
  parsePortableCode,
  parseSign1,
  passMaxBytes,
  preparePortableCode,
  verifyPass,
  verifyPortableCodeSignature,
} from '../../../src/index.js';
import { crypto, keys, noon, ownCode, pass, passClaims, portableCode, seeded } from '../../fixtures.js';

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof DocumentError ? error.code : String(error);
  }
  return 'accepted';
};
const issuerKey = crypto.importVerifyKey(keys.pass.compressed)!;

/** A pass with one change in its claims, signed by the right signer. */
function altered(change: (claims: Map<number, CborValue>) => void): Uint8Array {
  const claims = new Map(decodeCbor(parseSign1(pass(), 500).payload, { maxBytes: 500 }) as Map<number, CborValue>);
  change(claims);
  const protectedBytes = encodeProtectedHeader({ kid: keys.pass.kid });
  return createSign1({ protectedBytes, payload: encodeCbor(claims) }, keys.pass.sign);
}

describe('pass (formats.md §4)', () => {
  it('reads back as it was issued and verifies under its issuer', () => {
    const parsed = parsePass(pass());
    expect(parsed.claims).toEqual({ ...passClaims, universityCode: ownCode });
    expect(parsed.kid).toEqual(keys.pass.kid);
    expect(verifyPass(crypto, parsed, issuerKey)?.claims).toEqual(parsed.claims);
  });

  it('reads back whatever is issued, in deterministic bytes within the limit', () => {
    const issue = createPassIssuer({ universityCode: ownCode, kid: keys.pass.kid, sign: keys.pass.sign });
    fc.assert(
      fc.property(
        fc.record<Omit<PassClaims, 'universityCode'>>({
          validFromSeconds: fc.integer({ min: 65_536, max: 0xffffffff }),
          expiresSeconds: fc.integer({ min: 65_536, max: 0xffffffff }),
          passNumber: fc.uint8Array({ minLength: 8, maxLength: 8 }),
          kind: fc.constantFrom('student', 'alumni', 'exchange'),
          level: fc.constantFrom('unstated', 'bachelor', 'preparatory'),
          registeredUntilDay: fc.integer({ min: 0, max: 65_535 }),
          listNumber: fc.integer({ min: 0, max: 0xffffffff }),
          listIndex: fc.integer({ min: 0, max: 0xffffffff }),
          holderKey: fc
            .tuple(fc.constantFrom(2, 3), fc.uint8Array({ minLength: 32, maxLength: 32 }))
            .map(([head, x]) => Uint8Array.of(head, ...x)),
        }),
        (claims) => {
          const bytes = issue(claims);
          expect(bytes.length).toBeLessThanOrEqual(passMaxBytes);
          expect(parsePass(bytes).claims).toEqual({ ...claims, universityCode: ownCode });
          const payload = parseSign1(bytes, 500).payload;
          expect(encodeCbor(decodeCbor(payload, { maxBytes: 500 }))).toEqual(payload);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not verify under another issuer, or with any byte changed', () => {
    const bytes = pass();
    expect(verifyPass(crypto, parsePass(bytes), crypto.importVerifyKey(keys.stranger.compressed)!)).toBeUndefined();
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = changed[at]! ^ 1;
      let verified: unknown;
      expect(
        codeOf(() => {
          verified = verifyPass(crypto, parsePass(changed), issuerKey);
        }),
      ).not.toMatch(/Error/);
      expect(verified, `byte ${at}`).toBeUndefined();
    }
  });

  it('is refused at every truncation', () => {
    const bytes = pass();
    for (let end = 0; end < bytes.length; end++)
      expect(codeOf(() => parsePass(bytes.subarray(0, end)))).toBe('malformed');
  });

  it.each<[string, Uint8Array, string]>([
    ['a tagged COSE_Sign1', Uint8Array.of(0xd2, ...pass()), 'malformed'],
    ['more bytes than a pass has', Uint8Array.of(0x84, ...new Uint8Array(passMaxBytes)), 'too-large'],
    ['a further claim', altered((claims) => claims.set(6, noon)), 'malformed'],
    ['no expiry', altered((claims) => claims.delete(4)), 'malformed'],
    ['an issuer of 9 digits', altered((claims) => claims.set(1, '419909000')), 'malformed'],
    ['an issuer with letters', altered((claims) => claims.set(1, '41990900A1')), 'malformed'],
    ['an expiry beyond 32 bits', altered((claims) => claims.set(4, 2 ** 32)), 'malformed'],
    ['a pass number of 7 bytes', altered((claims) => claims.set(7, new Uint8Array(7))), 'malformed'],
    ['five private fields with a sixth', altered((claims) => claims.set(-65537, [1, 2, 0, 7, 8, 9])), 'malformed'],
    ['four private fields', altered((claims) => claims.set(-65537, [1, 2, 0, 7])), 'malformed'],
    ['an unknown kind', altered((claims) => claims.set(-65537, [9, 2, 0, 7, 8])), 'malformed'],
    ['an unknown level', altered((claims) => claims.set(-65537, [1, 23, 0, 7, 8])), 'malformed'],
    ['a text in the private claim', altered((claims) => claims.set(-65537, [1, 2, 'x', 7, 8])), 'malformed'],
    ['cnf by reference', altered((claims) => claims.set(8, new Map([[3, new Uint8Array(8)]]))), 'malformed'],
    [
      'cnf with two members',
      altered((claims) =>
        claims.set(
          8,
          new Map<number, CborValue>([
            [1, new Map()],
            [3, 1],
          ]),
        ),
      ),
      'malformed',
    ],
    [
      'a key on another curve',
      altered((claims) =>
        claims.set(
          8,
          new Map([
            [
              1,
              new Map<number, CborValue>([
                [1, 2],
                [-1, 2],
                [-2, new Uint8Array(32)],
                [-3, true],
              ]),
            ],
          ]),
        ),
      ),
      'malformed',
    ],
    [
      'a key with full y',
      altered((claims) =>
        claims.set(
          8,
          new Map([
            [
              1,
              new Map<number, CborValue>([
                [1, 2],
                [-1, 1],
                [-2, new Uint8Array(32)],
                [-3, new Uint8Array(32)],
              ]),
            ],
          ]),
        ),
      ),
      'malformed',
    ],
    [
      'a key with a private part',
      altered((claims) =>
        claims.set(
          8,
          new Map([
            [
              1,
              new Map<number, CborValue>([
                [1, 2],
                [-1, 1],
                [-2, new Uint8Array(32)],
                [-3, true],
                [-4, new Uint8Array(32)],
              ]),
            ],
          ]),
        ),
      ),
      'malformed',
    ],
  ])('is refused [%s]', (_, bytes, code) => {
    expect(codeOf(() => parsePass(bytes))).toBe(code);
  });

  it.each<[string, Partial<PassClaims>]>([
    ['a pass number of 7 bytes', { passNumber: new Uint8Array(7) }],
    ['an uncompressed holder key', { holderKey: new Uint8Array(65) }],
    ['a holder key with a wrong head', { holderKey: new Uint8Array(33) }],
    ['a time before 1971', { validFromSeconds: 10 }],
  ])('is not issued with [%s]', (_, claims) => {
    expect(() => pass(claims)).toThrow();
  });

  it('is not issued for a university code of other than 10 digits', () => {
    expect(() => createPassIssuer({ universityCode: '41990', kid: keys.pass.kid, sign: keys.pass.sign })).toThrow(
      TypeError,
    );
  });

  it('stays in the cache by its hash, at most as many as asked for', () => {
    const cache = createPassCache(4);
    const verified = verifyPass(crypto, parsePass(pass()), issuerKey)!;
    cache.put(seeded('hash 0', 32), verified);
    expect(cache.get(seeded('hash 0', 32))).toBe(verified);
    for (let i = 1; i < 10; i++) cache.put(seeded(`hash ${i}`, 32), verified);
    expect(cache.get(seeded('hash 0', 32))).toBeUndefined();
  });
});

describe('portable code', () => {
  const key = crypto.importVerifyKey(keys.holder.compressed)!;
  // ES256 signatures are random, so one pass is kept for all.
  const fixedPass = pass();
  const hash = crypto.sha256(fixedPass);

  it('fits a QR code of version 11-L and verifies over pass, time and nonce', () => {
    const text = portableCode(fixedPass);
    expect(text.length).toBeLessThanOrEqual(467);
    const code = parsePortableCode(text);
    expect(code).toMatchObject({ timeSeconds: noon, nonce: seeded('portable nonce', 8), pass: fixedPass });
    expect(verifyPortableCodeSignature(crypto, code, hash, key)).toBe(true);
  });

  it('verifies over its challenge only', () => {
    const challenge = seeded('challenge', 29);
    const code = parsePortableCode(portableCode(fixedPass, { challenge }));
    expect(verifyPortableCodeSignature(crypto, code, hash, key, challenge)).toBe(true);
    expect(verifyPortableCodeSignature(crypto, code, hash, key)).toBe(false);
    expect(verifyPortableCodeSignature(crypto, code, hash, key, seeded('other', 29))).toBe(false);
  });

  it('does not verify for another pass or another holder', () => {
    const code = parsePortableCode(portableCode(fixedPass));
    expect(verifyPortableCodeSignature(crypto, code, crypto.sha256(pass({ listIndex: 101 })), key)).toBe(false);
    expect(verifyPortableCodeSignature(crypto, code, hash, crypto.importVerifyKey(keys.other.compressed)!)).toBe(false);
  });

  const text = (item: CborValue) => `LYP1:${encodeBase45(encodeCbor(item))}`;
  const [p, sig, nonce] = [pass(), new Uint8Array(64), new Uint8Array(8)];
  it.each<[string, string, string]>([
    ['version 2', text([2, p, noon, nonce, sig]), 'unsupported-version'],
    ['a version that is a text', text(['1', p, noon, nonce, sig]), 'malformed'],
    ['a sixth field', text([1, p, noon, nonce, sig, 0]), 'malformed'],
    ['four fields', text([1, p, noon, nonce]), 'malformed'],
    ['a map', text(new Map([[1, 1]])), 'malformed'],
    ['a pass that is too long', text([1, new Uint8Array(224), noon, nonce, sig]), 'malformed'],
    ['a pass that is a text', text([1, 'pass', noon, nonce, sig]), 'malformed'],
    ['a negative time', text([1, p, -1, nonce, sig]), 'malformed'],
    ['a time beyond 32 bits', text([1, p, 2 ** 32, nonce, sig]), 'malformed'],
    ['a nonce of 4 bytes', text([1, p, noon, new Uint8Array(4), sig]), 'malformed'],
    ['a DER signature', text([1, p, noon, nonce, new Uint8Array(70)]), 'malformed'],
    ['a million characters', `LYP1:${'0'.repeat(1_000_000)}`, 'malformed'],
    ['a nested bomb', `LYP1:${encodeBase45(new Uint8Array(300).fill(0x81))}`, 'malformed'],
    ['trailing bytes', `LYP1:${encodeBase45(Uint8Array.of(...encodeCbor([1, p, noon, nonce, sig]), 0))}`, 'malformed'],
    ['another prefix', portableCode().replace('LYP1', 'LYP2'), 'malformed'],
    ['lower case', portableCode().toLowerCase(), 'malformed'],
  ])('is refused [%s]', (_, code, expected) => {
    expect(codeOf(() => parsePortableCode(code))).toBe(expected);
  });

  it('is refused at every truncation', () => {
    const whole = portableCode();
    for (let end = 0; end < whole.length; end++)
      expect(codeOf(() => parsePortableCode(whole.slice(0, end)))).toBe('malformed');
  });

  const good = { pass: p, timeSeconds: noon, nonce };
  it.each([
    ['a nonce of 4 bytes', { ...good, nonce: new Uint8Array(4) }],
    ['a pass that is too long', { ...good, pass: new Uint8Array(224) }],
    ['a challenge of 28 bytes', { ...good, challenge: new Uint8Array(28) }],
  ])('is not prepared from [%s]', (_, input) => {
    expect(() => preparePortableCode(crypto, input)).toThrow(TypeError);
  });

  it('is not assembled with a DER signature, and is 308 bytes at most with the longest pass', () => {
    expect(() => assemblePortableCode(preparePortableCode(crypto, good), new Uint8Array(70))).toThrow(TypeError);
    const longest = assemblePortableCode(preparePortableCode(crypto, { ...good, pass: new Uint8Array(223) }), sig);
    expect(longest.length).toBeLessThanOrEqual(467);
    expect(() => parsePortableCode(longest)).not.toThrow();
  });
});
