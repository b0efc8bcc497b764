import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyPassList,
  type CborValue,
  changeIndices,
  createIndexSet,
  createPassList,
  createPassListDelta,
  createSign1,
  DocumentError,
  decodeCbor,
  decodeGaps,
  encodeCbor,
  encodeGaps,
  encodeProtectedHeader,
  type PassList,
  parseSign1,
  passStatusOf,
} from '../../../src/index.js';
import { passListDeltaTyp, passListTyp } from '../../../src/pass-list/pass-list.js';
import { crypto, foreignCode, keyEntry, keys, listHead, noon, ownCode, seeded, sets } from '../../fixtures.js';

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof DocumentError ? error.code : String(error);
  }
  return 'accepted';
};

/** Random indices at about this share, from a fixed seed. */
function randomIndices(size: number, share: number): Uint32Array {
  let state = 42;
  const found: number[] = [];
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    if (mixed / 2 ** 32 < share) found.push(index);
  }
  return Uint32Array.from(found);
}

const sortedSet = fc
  .uniqueArray(fc.integer({ min: 0, max: 4999 }), { maxLength: 200 })
  .map((items) => Uint32Array.from(items).sort());

describe('gap code', () => {
  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(sortedSet, (indices) => {
        expect(decodeGaps(encodeGaps(indices, 5000), 5000, 5000)).toEqual(indices);
      }),
    );
  });

  it.each([
    ['all of 1000', Uint32Array.from({ length: 1000 }, (_, i) => i), 1000],
    ['only the last of 2^29', Uint32Array.of(2 ** 29 - 1), 2 ** 29],
    ['first and last', Uint32Array.of(0, 4999), 5000],
    ['none', new Uint32Array(), 5000],
  ])('holds the edges [%s]', (_, indices, size) => {
    expect(decodeGaps(encodeGaps(indices, size), size, 5000)).toEqual(indices);
  });

  it.each([0.001, 0.01, 0.1])('stays within 1.02 of the entropy [share %s]', (share) => {
    const size = 1_000_000;
    const indices = randomIndices(size, share);
    const q = indices.length / size;
    const entropyBytes = (-size * (q * Math.log2(q) + (1 - q) * Math.log2(1 - q))) / 8;
    expect(encodeGaps(indices, size).length / entropyBytes).toBeLessThan(1.02);
  });

  it('refuses every truncation, every added byte and set filling bits', () => {
    const bytes = encodeGaps(randomIndices(5000, 0.01), 5000);
    for (let end = 1; end < bytes.length; end++)
      expect(codeOf(() => decodeGaps(bytes.subarray(0, end), 5000, 5000))).toBe('malformed');
    expect(codeOf(() => decodeGaps(Uint8Array.of(...bytes, 0), 5000, 5000))).toBe('malformed');
    const one = encodeGaps(Uint32Array.of(3), 4);
    one[one.length - 1] = one[one.length - 1]! | 1;
    expect(codeOf(() => decodeGaps(one, 4, 10))).toBe('malformed');
  });

  it('never fails untyped and never leaves its size [any bytes]', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        let indices: Uint32Array;
        try {
          indices = decodeGaps(bytes, 1000, 1000);
        } catch (error) {
          expect(error).toBeInstanceOf(DocumentError);
          return;
        }
        expect(indices.every((index, i) => index < 1000 && (i === 0 || index > indices[i - 1]!))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, number[]]>([
    ['a count above the limit', [0, 0, 0, 11, 0, 0, 0, 1, 0, 0, 0]],
    ['a count of zero', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['a count that its bytes cannot hold', [0, 0, 0, 9, 0, 0, 0, 1, 0]],
    ['a parameter of zero', [0, 0, 0, 1, 0, 0, 0, 0, 0]],
    ['a parameter above 2^31', [0, 0, 0, 1, 255, 255, 255, 255, 0, 0, 0, 0, 0]],
    ['an index beyond the list', [0, 0, 0, 1, 0, 0, 0, 60, 0xff, 0xff, 0xff]],
    ['ones to the end', [0, 0, 0, 1, 0, 0, 0, 1, 0xff]],
    ['half a head', [0, 0, 0, 1]],
  ])('refuses [%s]', (_, bytes) => {
    expect(codeOf(() => decodeGaps(Uint8Array.from(bytes), 100, 10))).toBe('malformed');
  });

  it.each([
    ['descending', Uint32Array.of(5, 4)],
    ['twice the same', Uint32Array.of(5, 5)],
    ['beyond the size', Uint32Array.of(100)],
  ])('does not write indices [%s]', (_, indices) => {
    expect(() => encodeGaps(indices, 100)).toThrow(TypeError);
  });
});

describe('index set', () => {
  it('has exactly its indices', () => {
    fc.assert(
      fc.property(sortedSet, (indices) => {
        const set = createIndexSet(indices, 5000);
        const members = new Set(indices);
        for (let index = 0; index < 5100; index++) expect(set.has(index)).toBe(members.has(index));
      }),
      { numRuns: 20 },
    );
  });

  it('changes by what is added and removed', () => {
    fc.assert(
      fc.property(sortedSet, sortedSet, (before, after) => {
        const added = after.filter((index) => !before.includes(index));
        const removed = before.filter((index) => !after.includes(index));
        expect(changeIndices(before, added, removed)).toEqual(after);
      }),
    );
  });
});

describe('pass list (formats.md §8)', () => {
  const signers = [keyEntry(ownCode, keys.status), keyEntry(foreignCode, keys.foreignStatus)];
  const list = createPassList({ ...listHead(ownCode), ...sets }, keys.status);
  const none = () => undefined;
  const read = (bytes: Uint8Array, have?: PassList) =>
    applyPassList(crypto, have === undefined ? none : () => have, bytes, signers);
  const open = (bytes: Uint8Array, have?: PassList) => {
    const result = read(bytes, have);
    if (!result.ok) throw new Error(result.refusal);
    return result.list;
  };
  const after = { revoked: Uint32Array.of(5, 77, 900), suspended: new Uint32Array() };
  const delta = (changes: object = {}, base = 1) =>
    createPassListDelta(
      crypto,
      { ...listHead(ownCode, { sequence: 2, ...changes }), baseSequence: base, before: sets, after },
      keys.status,
    );

  it.each([
    [100, 'valid'],
    [5, 'revoked'],
    [6, 'suspended'],
    [4095, 'valid'],
    [4096, 'unknown-index'],
  ])('tells the status of a pass [%s is %s]', (index, status) => {
    expect(passStatusOf(open(list), index)).toBe(status);
  });

  it('moves on by a delta onto its exact base', () => {
    const next = open(delta(), open(list));
    expect([5, 77, 900, 6].map((index) => passStatusOf(next, index))).toEqual([
      'revoked',
      'revoked',
      'revoked',
      'valid',
    ]);
    expect(next.sequence).toBe(2);
  });

  const tampered = list.slice();
  tampered[60] = tampered[60]! ^ 1;
  /** A list or delta with one change in its payload, signed by the right signer. */
  const altered = (bytes: Uint8Array, typ: string, change: (payload: Map<number, CborValue>) => void) => {
    const payload = new Map(decodeCbor(parseSign1(bytes, 9999).payload, { maxBytes: 9999 }) as Map<number, CborValue>);
    change(payload);
    const protectedBytes = encodeProtectedHeader({ kid: keys.status.kid, typ });
    return createSign1({ protectedBytes, payload: encodeCbor(payload) }, keys.status.sign);
  };
  it.each<[string, Uint8Array, string]>([
    ['a payload changed under the signature', tampered, 'signature-invalid'],
    ['an unknown signer', createPassList({ ...listHead(ownCode), ...sets }, keys.stranger), 'unknown-signer'],
    [
      'a signer of another university',
      createPassList({ ...listHead(ownCode), ...sets }, keys.foreignStatus),
      'unknown-signer',
    ],
    [
      'a signer before its time',
      createPassList({ ...listHead(ownCode, { issuedAtSeconds: noon - 9_000_001 }), ...sets }, keys.status),
      'unknown-signer',
    ],
    ['a size beyond the limit', altered(list, passListTyp, (payload) => payload.set(7, 2 ** 29 + 1)), 'malformed'],
    ['no suspended set', altered(list, passListTyp, (payload) => payload.delete(9)), 'malformed'],
    ['a list that says it is a delta', altered(list, passListDeltaTyp, () => undefined), 'malformed'],
    ['another typ', altered(list, 'lanyard-people+cbor', () => undefined), 'wrong-type'],
    ['too many bytes', new Uint8Array(4 * 1024 * 1024 + 1), 'too-large'],
  ])('is refused [%s]', (_, bytes, code) => {
    expect(codeOf(() => read(bytes))).toBe(code);
  });

  it.each<[string, Uint8Array, PassList | undefined, string]>([
    ['the same sequence again', list, open(list), 'sequence-not-higher'],
    ['a delta onto nothing', delta(), undefined, 'base-mismatch'],
    ['a delta onto another base', delta({ sequence: 4 }, 3), open(list), 'base-mismatch'],
    ['another size', delta({ size: 5000 }), open(list), 'not-this-list'],
    [
      'a digest of other sets',
      altered(delta(), passListDeltaTyp, (payload) => payload.set(13, seeded('x', 32))),
      open(list),
      'digest-mismatch',
    ],
  ])('does not fit [%s]', (_, bytes, have, refusal) => {
    expect(read(bytes, have)).toEqual({ ok: false, refusal });
  });
});
