import { encode as cborgEncode, Token, Type } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { decodeCbor, decodeReceivedCbor } from '../../../src/cbor/decode-cbor.js';
import { encodeCbor } from '../../../src/cbor/encode-cbor.js';
import { DocumentError } from '../../../src/errors.js';

const limits = { maxBytes: 1_000 };
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const read = (text: string) => decodeReceivedCbor(hex(text), limits);
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof DocumentError ? error.code : String(error);
  }
  return 'accepted';
};

describe('CBOR as received', () => {
  it.each<[string, string, CborItem]>([
    [
      'keys in any order',
      'a2616202616101',
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['a long head of an integer', '1b0000000000000001', 1],
    ['a long head of a text', '78016b', 'k'],
    ['a long head of an array', '980101', [1]],
    ['half a float', 'f93e00', 1.5],
    ['the smallest half', 'f90001', 2 ** -24],
    ['a negative half', 'f9c000', -2],
    ['a single float', 'fa3fc00000', 1.5],
    ['a double float', 'fb3ff8000000000000', 1.5],
  ])('is read where it has one meaning [%s]', (_name, text, value) => {
    expect(read(text)).toEqual(value);
    expect(code(() => decodeCbor(hex(text), limits))).toBe('malformed');
  });

  it('keeps the bytes of a tagged item as they came [tag 24 in a long head], [nested]', () => {
    expect(read('d900185900 01a0'.replace(' ', ''))).toEqual({
      tag: 24,
      value: hex('a0'),
      encoded: hex('d90018590001a0'),
    });
    const [outer] = read('81c1c26100') as [{ encoded: Uint8Array; value: { encoded: Uint8Array } }];
    expect(outer.encoded).toEqual(hex('c1c26100'));
    expect(outer.value.encoded).toEqual(hex('c26100'));
    expect(encodeCbor(read('81d9001859000 1a0'.replace(' ', '')))).toEqual(hex('81d90018590001a0'));
  });

  it.each([
    ['an indefinite array', '9f01ff'],
    ['an indefinite map', 'bf616101ff'],
    ['an indefinite text', '7f6161ff'],
    ['a key twice', 'a2616101616102'],
    ['a key twice in two lengths', 'a20001180002'],
    ['a float as a key', 'a1f93c0001'],
    ['a byte string as a key', 'a1416101'],
    ['a tagged key', 'a1c0616101'],
    ['undefined', 'f7'],
    ['another simple value', 'f0'],
    ['a simple value in two bytes', 'f8ff'],
    ['NaN', 'f97e00'],
    ['infinity', 'f97c00'],
    ['infinity as a double', 'fb7ff0000000000000'],
    ['an integer beyond 2^53', '1b0020000000000000'],
    ['text that is no UTF-8', '61ff'],
    ['trailing bytes', '0000'],
    ['a tag of nothing', 'c0'],
    ['half a float', 'f93e'],
    ['an array that claims too much', '9affffffff'],
    ['a map that claims too much', 'baffffffff'],
    ['nothing', ''],
  ])('is refused where it has none or two [%s]', (_name, text) => {
    expect(code(() => read(text))).toBe('malformed');
  });

  it('counts tags as depth, before walking it', () => {
    expect(code(() => decodeReceivedCbor(hex('c0c0c000'), { ...limits, maxDepth: 3 }))).toBe('accepted');
    expect(code(() => decodeReceivedCbor(hex('c0c0c0c000'), { ...limits, maxDepth: 3 }))).toBe('malformed');
    expect(code(() => decodeReceivedCbor(new Uint8Array(1_000).fill(0xc0), limits))).toBe('malformed');
    expect(code(() => decodeReceivedCbor(new Uint8Array(1_001), limits))).toBe('too-large');
  });

  it('never fails untyped, and what it wrote it reads back [any bytes]', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(['accepted', 'malformed']).toContain(code(() => decodeReceivedCbor(bytes, limits)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is a superset of what we write, read alike', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.integer())), (entries) => {
        const bytes = encodeCbor(new Map(entries));
        expect(decodeReceivedCbor(bytes, limits)).toEqual(decodeCbor(bytes, limits));
      }),
    );
  });

  it('writes tags as cborg does [0], [24], [1004]', () => {
    for (const tag of [0, 24, 1004]) {
      const theirs = cborgEncode('2004-02-29', {
        typeEncoders: { string: (text: string) => [new Token(Type.tag, tag), new Token(Type.string, text)] },
      });
      expect(encodeCbor({ tag, value: '2004-02-29' })).toEqual(new Uint8Array(theirs));
    }
  });
});
