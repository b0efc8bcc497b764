import { describe, expect, it } from 'vitest';
import { encodePackageEnvelope, packageEnvelopePieces, parsePackageEnvelope } from '../../../src/index.js';

describe('an envelope in pieces', () => {
  it.each([0, 23, 24, 255, 256, 65_535, 65_536, 200_000])('is the same bytes as in one [%d bytes]', (length) => {
    const part = new Uint8Array(length).fill(7);
    for (const envelope of [
      { peoplePart: part, checkpointPart: part },
      { peoplePart: null, checkpointPart: part },
    ]) {
      const whole = Buffer.concat(packageEnvelopePieces(envelope));
      expect(whole.equals(Buffer.from(encodePackageEnvelope(envelope)))).toBe(true);
      expect(parsePackageEnvelope(new Uint8Array(whole)).checkpointPart).toEqual(part);
    }
  });
  it('shares the memory of its parts', () => {
    const peoplePart = new Uint8Array(100);
    expect(packageEnvelopePieces({ peoplePart, checkpointPart: new Uint8Array(1) })).toContain(peoplePart);
  });
});
