import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBase64url,
  encodeBase64url,
  encodeBase64urlText,
  isBase64urlOfLength,
} from '../../../src/base64url/base64url.js';
import { Base64urlError } from '../../../src/base64url/errors.js';
import { portableDecode, portableEncode, portableEncodeText } from '../../../src/base64url/portable-base64url.js';

const variants = [
  ['native', encodeBase64url, decodeBase64url, encodeBase64urlText],
  ['portable', portableEncode, portableDecode, portableEncodeText],
] as const;

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Base64urlError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe.each(variants)('base64url [%s]', (_, encode, decode, encodeText) => {
  it('encodes as Buffer does and decodes back [any bytes]', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = encode(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(Array.from(decode(text))).toEqual(Array.from(bytes));
      }),
    );
  });

  it('encodes the UTF-8 bytes of texts [any text]', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(encodeText(text)).toBe(Buffer.from(text, 'utf8').toString('base64url'));
      }),
    );
  });

  it('accepts a text only if it is the one text of its bytes [any characters]', () => {
    const near = fc.string({ unit: fc.constantFrom(...'AZaz09-_+/= \n.Bé中'), maxLength: 90 });
    fc.assert(
      fc.property(near, (text) => {
        const code = codeOf(() => decode(text));
        const canonical =
          /^[A-Za-z0-9_-]*$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
        expect(code === 'accepted').toBe(canonical);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['padding', 'AA=='],
    ['space', 'AA A'],
    ['line feed at the end', 'AAAA\n'],
    ['standard alphabet', '++//'],
    ['length 4n+1', 'AAAAA'],
    ['outside Latin-1', 'AA中A'],
    ['dot', 'AA.A'],
    ['long with padding', `${'AAAA'.repeat(30)}AA==`],
  ])('refuses what is not base64url [%s]', (_name, text) => {
    expect(codeOf(() => decode(text))).toBe('base64url-malformed');
  });

  it.each([
    ['two characters', 'AB'],
    ['three characters', 'AAB'],
    ['long', `${'AAAA'.repeat(30)}AB`],
  ])('refuses trailing bits that are not zero [%s]', (_name, text) => {
    expect(codeOf(() => decode(text))).toBe('base64url-not-canonical');
  });
});

describe('isBase64urlOfLength', () => {
  it('takes exactly the canonical text of that many bytes', () => {
    expect(isBase64urlOfLength(encodeBase64url(new Uint8Array(32)), 32)).toBe(true);
    expect(isBase64urlOfLength(encodeBase64url(new Uint8Array(31)), 32)).toBe(false);
    expect(isBase64urlOfLength('='.repeat(43), 32)).toBe(false);
  });
});
