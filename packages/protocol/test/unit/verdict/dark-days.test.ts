import { describe, expect, it } from 'vitest';
import {
  acceptPackage,
  type CheckpointPolicy,
  type DarkDaysPolicy,
  decideCode,
  decideDataOf,
} from '../../../src/index.js';
import * as f from '../../fixtures.js';

const { noon } = f;
const fresh = noon;
const grace = noon + 2 * 86_400;
const expired = noon + 9 * 86_400;

function decide(
  days: Partial<DarkDaysPolicy>,
  at: number,
  who: 'code' | 'pass',
  changes: { listed?: boolean; policy?: Partial<CheckpointPolicy> } = {},
) {
  const dark_days = { ...f.policy.dark_days, ...days };
  const taken = acceptPackage(f.crypto, {
    have: undefined,
    envelope: f.makePackage({
      checkpoint: {
        policy: { ...f.policy, ...changes.policy, dark_days },
        emergencyRowNumbers: changes.listed === true ? [0x99000001] : [],
      },
    }).envelope,
    pinned: f.pinned,
    checkpointId: 'south-gate',
    nowSeconds: noon,
  });
  if (!taken.ok) throw new Error(taken.refusal);
  const text =
    who === 'code'
      ? f.gateCode({ timeSeconds: at })
      : f.portableCode(f.pass({ expiresSeconds: noon + 20 * 86_400 }), { timeSeconds: at });
  const { verdict, reason, marks } = decideCode(text, decideDataOf(taken.state, at), f.context({ nowSeconds: at }));
  return [reason ?? verdict, ...marks].join(' ');
}

describe('dark days', () => {
  it('let everyone in until the package expires, marked after the first day [default]', () => {
    expect(decide({}, fresh, 'code')).toBe('accepted');
    expect(decide({}, grace, 'code')).toBe('accepted grace');
    expect(decide({}, grace, 'pass')).toBe('accepted grace');
    expect(decide({}, expired, 'code')).toBe('package-expired');
  });

  it('take no portable codes where they are for our own people [day 0–1] [day 1–7]', () => {
    expect(decide({ day_0_1: 'own-people' }, fresh, 'pass')).toBe('not-permitted');
    expect(decide({ day_0_1: 'own-people' }, fresh, 'code')).toBe('accepted');
    expect(decide({ day_1_7: 'own-people' }, grace, 'pass')).toBe('package-too-old grace');
    expect(decide({ day_1_7: 'own-people' }, grace, 'code')).toBe('accepted grace');
  });

  it('take only the people on the signed list where the policy says so [listed] [not listed] [day 0–1]', () => {
    expect(decide({ day_1_7: 'listed' }, grace, 'code', { listed: true })).toBe('accepted emergency');
    expect(decide({ day_1_7: 'listed' }, grace, 'code')).toBe('package-too-old grace');
    expect(decide({ day_1_7: 'listed' }, fresh, 'code')).toBe('accepted');
  });

  it('take nobody where the policy says so [grace refused] [day 1–7] [after, listed or not]', () => {
    expect(decide({}, grace, 'code', { policy: { grace: 'refuse' } })).toBe('package-too-old grace');
    expect(decide({ day_1_7: 'nobody' }, grace, 'code', { listed: true })).toBe('package-too-old grace');
    expect(decide({ after: 'nobody' }, expired, 'code', { listed: true })).toBe('package-expired');
    expect(decide({ after: 'listed' }, expired, 'code', { listed: true })).toBe('accepted emergency');
  });
});
