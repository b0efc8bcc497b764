import { decode as cborgDecode, encode as cborgEncode, rfc8949EncodeOptions } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFields } from '../../../src/cbor/read-fields.js';
import {
  type CborValue,
  cborFromPlain,
  DocumentError,
  decodeCbor,
  encodeCbor,
  plainFromCbor,
  toHex,
} from '../../../src/index.js';

const limits = { maxBytes: 10_000 };
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof DocumentError ? error.code : String(error);
  }
  return 'accepted';
};

const key = fc.oneof(fc.integer({ min: -100_000, max: 100_000 }), fc.string({ maxLength: 8 }));
const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.string({ maxLength: 40, unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
}));

describe('deterministic CBOR (RFC 8949 §4.2.1)', () => {
  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(encodeCbor(decodeCbor(bytes, limits))).toEqual(bytes);
      }),
    );
  });

  it('writes what cborg writes in RFC 8949 order, and cborg reads it in strict mode', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(toHex(bytes)).toBe(toHex(cborgEncode(value, rfc8949EncodeOptions)));
        cborgDecode(bytes, { strict: true, useMaps: true, rejectDuplicateMapKeys: true, allowIndefinite: false });
      }),
    );
  });

  it('returns only what encodes to the very bytes it was given, and never fails untyped [any bytes]', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let value: CborValue;
        try {
          value = decodeCbor(bytes, limits);
        } catch (error) {
          expect(error).toBeInstanceOf(DocumentError);
          return;
        }
        expect(encodeCbor(value)).toEqual(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['nothing', ''],
    ['trailing byte', '0000'],
    ['one-byte head for 23', '1817'],
    ['two-byte head for 255', '1900ff'],
    ['four-byte head for 65535', '1a0000ffff'],
    ['eight-byte head for 2^32-1', '1b00000000ffffffff'],
    ['long head of a byte string', '580141'],
    ['integer above 2^53-1', '1b0020000000000000'],
    ['negative integer below -(2^53-1)', '3b001fffffffffffff'],
    ['indefinite array', '9f00ff'],
    ['indefinite byte string', '5f4100ff'],
    ['indefinite map', 'bf0000ff'],
    ['break alone', 'ff'],
    ['reserved head', '1c'],
    ['keys out of order', 'a202000100'],
    ['key twice', 'a201000100'],
    ['text key before integer key', 'a2616100' + '0100'],
    ['byte string as key', 'a1410000'],
    ['half float', 'f93c00'],
    ['double', 'fb3ff0000000000000'],
    ['undefined', 'f7'],
    ['simple value 16', 'f0'],
    ['tag', 'c000'],
    ['text that is not UTF-8', '61ff'],
    ['truncated text', '6261'],
    ['truncated head', '19ff'],
    ['array longer than its bytes', '9a7fffffff00'],
    ['map longer than its bytes', 'ba7fffffff0000'],
    ['byte string longer than its bytes', '5bffffffffffffff00'],
  ])('refuses [%s]', (_, text) => {
    expect(code(() => decodeCbor(hex(text), limits))).toBe('malformed');
  });

  it('refuses what is nested more deeply than allowed, before walking it', () => {
    expect(code(() => decodeCbor(hex('8180'), { maxBytes: 10, maxDepth: 2 }))).toBe('accepted');
    expect(code(() => decodeCbor(hex('818180'), { maxBytes: 10, maxDepth: 2 }))).toBe('malformed');
    expect(code(() => decodeCbor(new Uint8Array(9000).fill(0x81), limits))).toBe('malformed');
  });

  it('refuses what is larger than allowed', () => {
    expect(code(() => decodeCbor(new Uint8Array(11), { maxBytes: 10 }))).toBe('too-large');
  });

  it.each([1.5, Number.NaN, 2 ** 53])('does not encode the number [%s]', (value) => {
    expect(() => encodeCbor(value)).toThrow(TypeError);
  });

  it('does not encode what is not a CBOR value here [undefined, object]', () => {
    expect(() => encodeCbor(undefined as never)).toThrow(TypeError);
    expect(() => encodeCbor({} as never)).toThrow(TypeError);
  });

  it('carries plain data unchanged, a field named __proto__ included', () => {
    const plain = JSON.parse('{"a":[1,{"__proto__":"x"}],"b":null}') as unknown;
    expect(plainFromCbor(cborFromPlain(plain))).toEqual(plain);
  });
});

describe('fields of a document', () => {
  const document = new Map<number, CborValue>([[1, 5]]);
  it.each([
    ['not a map', () => readFields('x', [], [1])],
    ['an unknown label', () => readFields('x', document, [2])],
    ['a text label', () => readFields('x', new Map([['1', 5]]), [1])],
    ['a missing field', () => readFields('x', document, [1, 2]).uint(2)],
    ['an integer above its limit', () => readFields('x', document, [1]).uint(1, 4)],
    ['an integer for bytes', () => readFields('x', document, [1]).bytes(1)],
    ['an integer for a text', () => readFields('x', document, [1]).text(1)],
    ['an integer for an array', () => readFields('x', document, [1]).array(1)],
    ['an integer for a map', () => readFields('x', document, [1]).map(1)],
  ])('refuses [%s]', (_, run) => {
    expect(code(run)).toBe('malformed');
  });
});
