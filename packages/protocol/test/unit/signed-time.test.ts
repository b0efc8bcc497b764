import { describe, expect, it } from 'vitest';
import { createSignedTime, verifySignedTime } from '../../src/index.js';
import * as f from '../fixtures.js';

const nonce = f.seeded('time nonce', 16);
const signers = f.pinned.checkpoint;
const made = createSignedTime({ nonce, timeMs: f.noon * 1000 }, f.keys.checkpoint);
const codeOf = (act: () => unknown) => {
  try {
    return String(act());
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('signed time', () => {
  it('is taken from a pinned signer in answer to one’s own nonce', () => {
    expect(verifySignedTime(f.crypto, made, { nonce, signers })).toBe(f.noon * 1000);
  });

  it.each<[string, () => unknown, string]>([
    [
      'an answer to another',
      () => verifySignedTime(f.crypto, made, { nonce: f.seeded('other', 16), signers }),
      'malformed',
    ],
    [
      'a signer nobody pinned',
      () => verifySignedTime(f.crypto, made, { nonce, signers: f.pinned.people }),
      'unknown-signer',
    ],
    [
      'a changed time',
      () =>
        verifySignedTime(
          f.crypto,
          made.map((byte, at) => (at === 60 ? byte ^ 1 : byte)),
          { nonce, signers },
        ),
      'signature-invalid',
    ],
    [
      'another document',
      () => verifySignedTime(f.crypto, f.makePackage().checkpointPart.slice(0, 190), { nonce, signers }),
      'malformed',
    ],
  ])('is refused [%s]', (_, act, code) => {
    expect(codeOf(act)).toBe(code);
  });
});
