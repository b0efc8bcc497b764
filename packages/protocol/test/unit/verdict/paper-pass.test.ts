import { describe, expect, it } from 'vitest';
import { encodeBase45 } from '../../../src/base45/base45.js';
import {
  acceptPackage,
  type CheckpointPolicy,
  createPaperPass,
  type DecideContext,
  decideCode,
  decideDataOf,
  type PaperPassClaims,
  paperPassPrefix,
  parsePaperPass,
} from '../../../src/index.js';
import * as f from '../../fixtures.js';

const { noon } = f;
const claims: PaperPassClaims = {
  universityCode: f.ownCode,
  passNumber: f.seeded('paper', 8),
  validFromSeconds: noon - 60,
  expiresSeconds: noon + 12 * 3600 - 60,
  state: { ...f.validState, stopped: false },
  policyClass: 1,
  listNumber: 7,
  listIndex: 100,
  portraitId: f.seeded('portrait', 8),
};
const paper = (changes: Partial<PaperPassClaims> = {}, signer = f.keys.pass) =>
  createPaperPass({ ...claims, ...changes }, signer);

function decide(
  text: string,
  policy: Partial<CheckpointPolicy> = { paper_passes: 'accept-marked' },
  at = noon,
  context: Partial<DecideContext> = {},
) {
  const taken = acceptPackage(f.crypto, {
    have: undefined,
    envelope: f.makePackage({ checkpoint: { policy: { ...f.policy, ...policy } } }).envelope,
    pinned: f.pinned,
    checkpointId: 'south-gate',
    nowSeconds: noon,
  });
  if (!taken.ok) throw new Error(taken.refusal);
  return decideCode(text, decideDataOf(taken.state, at), f.context({ nowSeconds: at, ...context }));
}
const reasonOf = (...input: Parameters<typeof decide>) => {
  const { verdict, reason } = decide(...input);
  return reason ?? verdict;
};

describe('a one-day pass on paper', () => {
  it('is accepted where portraits are shown and the policy takes paper, always marked, with the portrait to compare', () => {
    expect(decide(paper())).toMatchObject({
      verdict: 'accepted',
      scheme: 'paper-pass',
      marks: ['paper'],
      holder_proved: true,
      portraitId: claims.portraitId,
      replayUntilSeconds: noon + 300,
    });
  });

  it('survives a suspension of its time only as far as its list says so', () => {
    expect(reasonOf(paper({ listIndex: 5 }))).toBe('revoked');
    expect(reasonOf(paper({ listIndex: 6 }))).toBe('suspended');
  });

  it.each<[string, string, Partial<CheckpointPolicy> | undefined, string]>([
    ['where the policy takes no paper', paper(), {}, 'not-permitted'],
    ['where no portraits are shown', paper(), { paper_passes: 'accept-marked', show_portrait: false }, 'not-permitted'],
    [
      'of a class the place is not open to',
      paper(),
      { paper_passes: 'accept-marked', admits: { ...f.policy.admits, classes: [9] } },
      'not-permitted',
    ],
    [
      'where a challenge has to be answered',
      paper(),
      { paper_passes: 'accept-marked', requires_challenge: true },
      'challenge-missing',
    ],
    [
      'not registered',
      paper({ state: { ...f.validState, stopped: false, registered: false } }),
      { paper_passes: 'accept-marked', requires_semester_registration: true },
      'not-registered',
    ],
    ['before its time', paper({ validFromSeconds: noon + 60 }), undefined, 'not-yet-valid'],
    ['after its time', paper({ validFromSeconds: noon - 3600, expiresSeconds: noon - 1 }), undefined, 'expired'],
    ['of a signer nobody knows', paper({}, f.keys.student as never), undefined, 'unknown-issuer'],
    [
      'of another university',
      paper({ universityCode: f.foreignCode }, f.keys.foreignPass),
      undefined,
      'issuer-not-entitled',
    ],
    ['of another university’s signer for us', paper({}, f.keys.foreignPass), undefined, 'issuer-not-entitled'],
    ['of a list nobody has', paper({ listNumber: 9 }), undefined, 'status-unavailable'],
  ])('is refused [%s]', (_, text, policy, reason) => {
    expect(reasonOf(text, policy)).toBe(reason);
  });

  it('is refused with any byte changed, and never throws', () => {
    const text = paper();
    for (let at = paperPassPrefix.length; at < text.length; at += 7) {
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(decide(changed).verdict).not.toBe('accepted');
    }
  });

  it('cannot be made or read for longer than 12 hours', () => {
    expect(() => paper({ expiresSeconds: claims.validFromSeconds + 12 * 3600 + 1 })).toThrow(TypeError);
    expect(() => parsePaperPass(`${paperPassPrefix}${'0'.repeat(400)}`)).toThrow('length');
  });

  it('is no pass of a wallet, and a pass of a wallet is none on paper', () => {
    expect(reasonOf(paperPassPrefix + encodeBase45(f.pass()))).toBe('malformed');
    expect(reasonOf(`LYP1:${paper().slice(5)}`)).toBe('malformed');
  });

  it('is not decided on a clock nobody can trust', () => {
    expect(reasonOf(paper(), undefined, noon, { clockReliable: false })).toBe('clock-unreliable');
  });
});
