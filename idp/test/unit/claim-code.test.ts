import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeClaimCode, parseClaimCode, printClaimCode } from '../../src/domain/claim-codes/claim-code.js';

describe('claim code', () => {
  it('comes back from print as it was made', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        const code = makeClaimCode(bytes);
        expect(printClaimCode(code)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
        expect(parseClaimCode(printClaimCode(code))).toBe(code);
      }),
    );
  });

  it.each([
    ['lower case', 'abcd-efgh-jkmn-pqrs', 'ABCDEFGHJKMNPQRS'],
    ['spaces', 'ABCD EFGH JKMN PQRS', 'ABCDEFGHJKMNPQRS'],
    ['full-width signs', 'ＡＢＣＤＥＦＧＨＪＫＭＮＰＱＲＳ', 'ABCDEFGHJKMNPQRS'],
    ['signs that look alike', 'OIl0-1111-0000-OOOO', '0110111100000000'],
  ])('is read as people type it [%s]', (_variant, typed, code) => {
    expect(parseClaimCode(typed)).toBe(code);
  });

  it.each([
    ['too short', 'ABCD-EFGH-JKMN-PQR'],
    ['too long', 'ABCD-EFGH-JKMN-PQRST'],
    ['a sign that is none', 'ABCD-EFGH-JKMN-PQRU'],
    ['a long text', 'A'.repeat(65)],
    ['nothing', ''],
  ])('is none with %s', (_variant, typed) => {
    expect(parseClaimCode(typed)).toBeUndefined();
  });

  it('is made of exactly ten bytes', () => {
    expect(() => makeClaimCode(new Uint8Array(9))).toThrow(TypeError);
  });
});
