import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assembleGateCode,
  createChallenge,
  type DocumentError,
  encodeBase45,
  handleOf,
  keyDay,
  keyDayStartSeconds,
  linkKeyOfDay,
  maskOf,
  nextLinkKey,
  parseChallenge,
  parseGateCode,
  prepareGateCode,
  verifyGateCodeSignature,
} from '../../../src/index.js';
import { crypto, gateCode, keys, linkKey, noon, partDay, seeded } from '../../fixtures.js';

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as DocumentError).code;
  }
  return 'accepted';
};

describe('gate key (formats.md §3)', () => {
  it('changes its day at 04:00 in Beijing', () => {
    const four = Date.UTC(2026, 10, 22, 20) / 1000;
    expect(keyDay(four)).toBe(keyDay(four - 1) + 1);
    expect(keyDayStartSeconds(keyDay(four))).toBe(four);
    expect(keyDay(four + 86_399)).toBe(keyDay(four));
  });

  it('moves on day by day to the same link key as in one step', () => {
    const step = nextLinkKey(crypto, nextLinkKey(crypto, linkKey));
    expect(linkKeyOfDay(crypto, linkKey, 100, 102)).toEqual(step);
    expect(linkKeyOfDay(crypto, linkKey, 100, 100)).toEqual(linkKey);
  });

  it.each([
    ['an earlier day', 99],
    ['a day too far ahead', 5000],
    ['no whole day', 100.5],
  ])('gives no link key for [%s]', (_, day) => {
    expect(() => linkKeyOfDay(crypto, linkKey, 100, day)).toThrow(RangeError);
  });

  it('derives handle, mask and next key that differ from each other', () => {
    const derived = [handleOf(crypto, linkKey), maskOf(crypto, linkKey), nextLinkKey(crypto, linkKey)];
    for (const bytes of derived) expect(bytes).toHaveLength(16);
    expect(new Set(derived.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(3);
  });
});

describe('challenge', () => {
  const challenge = createChallenge({
    checkpointNumber: seeded('number', 8),
    timeSeconds: noon,
    random: seeded('random', 16),
  });

  it('has 29 bytes and reads back', () => {
    expect(challenge.bytes).toHaveLength(29);
    expect(parseChallenge(challenge.text)).toMatchObject({
      timeSeconds: noon,
      checkpointNumber: seeded('number', 8),
      random: seeded('random', 16),
    });
  });

  it.each([
    ['another prefix', challenge.text.replace('LYC1', 'LYC2'), 'malformed'],
    ['a character less', challenge.text.slice(0, -1), 'malformed'],
    ['a character more', `${challenge.text}0`, 'malformed'],
    ['a foreign character', challenge.text.replace(/.$/, 'a'), 'malformed'],
    ['version 2', `LYC1:${encodeBase45(Uint8Array.of(2, ...challenge.bytes.subarray(1)))}`, 'unsupported-version'],
  ])('is refused [%s]', (_, text, code) => {
    expect(codeOf(() => parseChallenge(text))).toBe(code);
  });

  it('is not created from numbers of another size', () => {
    expect(() =>
      createChallenge({ checkpointNumber: new Uint8Array(7), timeSeconds: 0, random: new Uint8Array(16) }),
    ).toThrow(TypeError);
  });
});

describe('gate code', () => {
  const key = crypto.importVerifyKey(keys.student.compressed)!;
  const mask = maskOf(crypto, linkKey);
  const challenge = seeded('challenge', 29);

  it('fits a QR code of version 5-L and verifies under its key and mask', () => {
    const text = gateCode();
    expect(text).toHaveLength(139);
    expect(text.length).toBeLessThanOrEqual(154);
    const code = parseGateCode(text);
    expect(code).toMatchObject({
      version: 1,
      timeSeconds: noon,
      nonce: seeded('nonce', 4),
      handle: handleOf(crypto, linkKey),
    });
    expect(verifyGateCodeSignature(crypto, code, key, mask)).toBe(true);
  });

  it('verifies over its challenge only [version 2]', () => {
    const code = parseGateCode(gateCode({ challenge }));
    expect(code.version).toBe(2);
    expect(verifyGateCodeSignature(crypto, code, key, mask, challenge)).toBe(true);
    expect(verifyGateCodeSignature(crypto, code, key, mask, seeded('other', 29))).toBe(false);
    expect(verifyGateCodeSignature(crypto, code, key, mask)).toBe(false);
  });

  it('does not verify as an answer when it is free [version 1 with challenge]', () => {
    expect(verifyGateCodeSignature(crypto, parseGateCode(gateCode()), key, mask, challenge)).toBe(false);
  });

  it('does not verify under another key or the mask of another day', () => {
    const code = parseGateCode(gateCode());
    expect(verifyGateCodeSignature(crypto, code, crypto.importVerifyKey(keys.other.compressed)!, mask)).toBe(false);
    expect(verifyGateCodeSignature(crypto, code, key, maskOf(crypto, nextLinkKey(crypto, linkKey)))).toBe(false);
  });

  it('is refused or does not verify with any character changed', () => {
    const text = gateCode();
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
      let holds = false;
      try {
        holds = verifyGateCodeSignature(crypto, parseGateCode(changed), key, mask);
      } catch (error) {
        expect(['malformed', 'unsupported-version']).toContain((error as DocumentError).code);
      }
      expect(holds, `character ${at}`).toBe(false);
    }
  });

  it('is refused at every truncation', () => {
    const text = gateCode();
    for (let end = 0; end < text.length; end++)
      expect(codeOf(() => parseGateCode(text.slice(0, end)))).toBe('malformed');
  });

  it.each([
    ['a trailing character', `${gateCode()}0`, 'malformed'],
    ['a million characters', `LYG1:${'0'.repeat(1_000_000)}`, 'malformed'],
    ['lower case', gateCode().toLowerCase(), 'malformed'],
    ['version 3', `LYG1:${encodeBase45(Uint8Array.of(3, ...new Uint8Array(88)))}`, 'unsupported-version'],
    ['version 0', `LYG1:${encodeBase45(new Uint8Array(89))}`, 'unsupported-version'],
  ])('is refused [%s]', (_, text, code) => {
    expect(codeOf(() => parseGateCode(text))).toBe(code);
  });

  it('never fails untyped [any text]', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(['malformed', 'unsupported-version']).toContain(codeOf(() => parseGateCode(`LYG1:${text}`)));
      }),
    );
  });

  const good = { handle: new Uint8Array(16), mask: new Uint8Array(16), nonce: new Uint8Array(4), timeSeconds: noon };
  it.each([
    ['a handle of 15 bytes', { ...good, handle: new Uint8Array(15) }, TypeError],
    ['a mask of 15 bytes', { ...good, mask: new Uint8Array(15) }, TypeError],
    ['a nonce of 8 bytes', { ...good, nonce: new Uint8Array(8) }, TypeError],
    ['a challenge of 28 bytes', { ...good, challenge: new Uint8Array(28) }, TypeError],
    ['a time beyond 32 bits', { ...good, timeSeconds: 2 ** 32 }, RangeError],
    ['a time with fractions', { ...good, timeSeconds: 1.5 }, RangeError],
  ])('is not prepared from [%s]', (_, input, kind) => {
    expect(() => prepareGateCode(input)).toThrow(kind);
  });

  it('is not assembled with a DER signature', () => {
    expect(() => assembleGateCode(prepareGateCode(good), new Uint8Array(70))).toThrow(TypeError);
  });

  it('keeps the day of its own time, whatever the package', () => {
    const tomorrow = keyDayStartSeconds(partDay + 1) + 5;
    const code = parseGateCode(gateCode({ timeSeconds: tomorrow }));
    expect(code.handle).toEqual(handleOf(crypto, nextLinkKey(crypto, linkKey)));
  });
});
