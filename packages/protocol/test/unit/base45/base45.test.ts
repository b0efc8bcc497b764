import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase45, encodeBase45 } from '../../../src/index.js';
import { readVector } from '../../vectors.js';

const rfc = readVector<{ valid: [string, string][]; invalid: string[] }>('base45/rfc9285.json');

describe('base45 (RFC 9285)', () => {
  it.each(rfc.valid)('reads and writes the vector [%s]', (hex, text) => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    expect(encodeBase45(bytes)).toBe(text);
    expect(decodeBase45(text)).toEqual(bytes);
  });

  it.each(rfc.invalid)('refuses the invalid vector [%j]', (text) => {
    expect(decodeBase45(text)).toBeUndefined();
  });

  it.each([
    ['lower case', 'bb8'],
    ['a letter beyond ASCII', 'BBÄ'],
    ['a character above U+00FF', 'BB中'],
    ['a group above 65535', ':::'],
    ['a last pair above 255', 'BB8::'],
    ['one character left', 'BB8B'],
    ['a line feed', 'BB\n'],
  ])('refuses [%s]', (_, text) => {
    expect(decodeBase45(text)).toBeUndefined();
  });

  it('refuses a start beyond the text', () => {
    expect(decodeBase45('AB', 3)).toBeUndefined();
  });

  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeBase45(`LYG1:${encodeBase45(bytes)}`, 5)).toEqual(bytes);
      }),
    );
  });

  it('has one text for any bytes', () => {
    const letters = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { maxLength: 60 }), (chars) => {
        const text = chars.join('');
        const bytes = decodeBase45(text);
        if (bytes !== undefined) expect(encodeBase45(bytes)).toBe(text);
      }),
    );
  });
});
