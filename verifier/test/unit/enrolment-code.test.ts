import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEnrolmentCode, normaliseEnrolmentCode } from '../../src/domain/checkpoints/enrolment-code.js';

const random = fc.uint8Array({ minLength: 10, maxLength: 10 });

describe('an enrolment code', () => {
  it('has 16 letters without I, L, O, U, and is another for other bytes', () => {
    fc.assert(
      fc.property(random, random, (a, b) => {
        expect(formatEnrolmentCode(a)).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/);
        expect(formatEnrolmentCode(a) === formatEnrolmentCode(b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
      }),
    );
  });
  it('is found again as a person types it [lower case, hyphens, O for 0, l for 1]', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        const code = formatEnrolmentCode(bytes);
        const typed = (code.match(/.{4}/g) ?? []).join('-').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l');
        expect(normaliseEnrolmentCode(` ${typed}`)).toBe(code);
      }),
    );
  });
  it('is refused in any other form [too short, too long, U, other letters]', () => {
    for (const typed of ['', '0000', '0'.repeat(17), `U${'0'.repeat(15)}`, `é${'0'.repeat(15)}`, '-'.repeat(50)])
      expect(normaliseEnrolmentCode(typed)).toBeUndefined();
    expect(() => formatEnrolmentCode(new Uint8Array(9))).toThrow(TypeError);
  });
});
