import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBase64urlJson,
  encodeBase64urlJson,
  parseStrictJson,
  StrictJsonError,
} from '../../../src/base64url/strict-json.js';

const bytes = (text: string) => new TextEncoder().encode(text);
function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof StrictJsonError) return error.code;
    throw error;
  }
  return 'accepted';
}
const refused = (text: string, limits?: { maxBytes: number; maxDepth: number }) =>
  codeOf(() => parseStrictJson(bytes(text), limits));

describe('strict JSON', () => {
  it('reads what JSON.parse reads [any JSON without __proto__]', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(parseStrictJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never throws anything but its own error [any text]', () => {
    const near = fc.string({ unit: fc.constantFrom(...'{}[]":,\\ a1u0'), maxLength: 40 });
    fc.assert(
      fc.property(near, (text) => typeof refused(text) === 'string'),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['plain', '{"a":1,"a":2}'],
    ['escaped', '{"a":1,"\\u0061":2}'],
    ['nested', '{"x":[{"b":{"c":1,"c":1}}]}'],
    ['white space before the colon', '{"a" : 1, "a"\n: 2}'],
  ])('refuses a member name that is there twice [%s]', (_, text) => {
    expect(refused(text)).toBe('json-duplicate-member');
  });

  it('takes the same name at different levels and the same text as a value', () => {
    expect(refused('{"a":{"a":"a"},"b":["a","a"]}')).toBe('accepted');
  });

  it('refuses what is too deep before it is parsed [arrays], [objects]', () => {
    expect(refused('[[[1]]]', { maxBytes: 100, maxDepth: 2 })).toBe('json-too-deep');
    expect(refused('{"a":{"a":{}}}', { maxBytes: 100, maxDepth: 2 })).toBe('json-too-deep');
    expect(refused('['.repeat(100_000))).toBe('json-too-deep');
    expect(refused('[[1]]', { maxBytes: 100, maxDepth: 2 })).toBe('accepted');
  });

  it('refuses what is too large [bytes], [base64url]', () => {
    expect(refused(' '.repeat(101), { maxBytes: 100, maxDepth: 2 })).toBe('json-too-large');
    expect(codeOf(() => decodeBase64urlJson('A'.repeat(200), { maxBytes: 100, maxDepth: 2 }))).toBe('json-too-large');
  });

  it.each([
    ['stray continuation', [0x22, 0x80, 0x22]],
    ['overlong', [0x22, 0xc0, 0xaf, 0x22]],
    ['surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('refuses what is not UTF-8 [%s]', (_, raw) => {
    expect(codeOf(() => parseStrictJson(Uint8Array.from(raw)))).toBe('json-not-utf8');
  });

  it.each([
    ['byte order mark', '\ufeff{}'],
    ['trailing comma', '[1,]'],
    ['two values', '{} {}'],
    ['open string', '{"a'],
    ['broken escape in a name', '{"\\x":1}'],
    ['empty', ''],
  ])('refuses what is not JSON [%s]', (_, text) => {
    expect(refused(text)).toBe('json-malformed');
  });

  it('refuses __proto__ as a member name [plain], [escaped]', () => {
    expect(refused('{"__proto__":{"admin":true}}')).toBe('json-forbidden-member');
    expect(refused('{"\\u005f_proto__":1}')).toBe('json-forbidden-member');
  });

  it('goes through base64url and back', () => {
    expect(decodeBase64urlJson(encodeBase64urlJson({ 学号: ['1', null, 2.5] }))).toEqual({ 学号: ['1', null, 2.5] });
  });
});
