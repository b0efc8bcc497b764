import { createChallenge } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { parseNames } from '../../web/src/answer/checkpoint-names.js';
import { readChallenge } from '../../web/src/answer/read-challenge.js';

const now = 1_800_000_000;
const challenge = (timeSeconds: number) =>
  createChallenge({ checkpointNumber: new Uint8Array(8).fill(7), timeSeconds, random: new Uint8Array(16).fill(1) })
    .text;

describe('what a wallet scans at a gate', () => {
  it('is a challenge of now', () => {
    expect(readChallenge(challenge(now - 14), now)).toMatchObject({ kind: 'challenge' });
  });

  it.each([
    ['of a minute ago', challenge(now - 60), 'old'],
    ['of a minute ahead', challenge(now + 60), 'old'],
    ['with another version', challenge(now).replace('LYC1:', 'LYC2:'), 'other'],
    ['cut short', challenge(now).slice(0, -1), 'other'],
    ['a web address', 'https://example.org/', 'other'],
    ['a gate code', 'LYG1:ABC', 'other'],
  ])('is not answered [%s]', (_, text, kind) => {
    expect(readChallenge(text, now).kind).toBe(kind);
  });
});

describe('names of checkpoints', () => {
  const entry = { number: 'BwcHBwcHBwc', name_zh: '南门', name_en: 'South gate' };

  it('are kept by number', () => {
    expect(parseNames({ checkpoints: [entry] }, 5)).toEqual({
      names: { BwcHBwcHBwc: { zh: '南门', en: 'South gate' } },
      receivedAtMs: 5,
    });
  });

  it.each([
    ['no list', {}],
    ['a short number', { checkpoints: [{ ...entry, number: 'Bwc' }] }],
    ['a name that is none', { checkpoints: [{ ...entry, name_zh: 1 }] }],
    ['too many', { checkpoints: Array.from({ length: 1_001 }, () => entry) }],
  ])('are refused as a whole [%s]', (_, body) => {
    expect(() => parseNames(body, 5)).toThrow(TypeError);
  });
});
