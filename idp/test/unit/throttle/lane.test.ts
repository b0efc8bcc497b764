import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeLanes, passwordLanes, waitAfter } from '../../../src/domain/throttle/lane.js';

const rule = { free: 5, firstWaitSeconds: 2, maxWaitSeconds: 60, forgetSeconds: 3_600, clearedBySuccess: true };

describe('waits', () => {
  it('begin after the free tries and double', () => {
    expect([1, 4, 5, 6, 7, 8].map((n) => waitAfter(n, rule))).toEqual([0, 0, 2, 4, 8, 16]);
  });
  it('never exceed the longest, nor shrink, for any number of failures', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (n) => {
        const wait = waitAfter(n, rule);
        return wait >= 0 && wait <= rule.maxWaitSeconds && waitAfter(n + 1, rule) >= wait;
      }),
    );
  });
});

describe('lanes of a password', () => {
  const parts = { number: '9202310000001', network: '10.0.0.*', browser: 'b' };
  it('count number with network, network, and number', () => {
    expect(passwordLanes({ ...parts, knownBrowser: false }).map((lane) => lane.subject[1])).toEqual([
      'pair',
      'network',
      'number',
    ]);
  });
  it('give a known browser a lane that no other browser shares', () => {
    const [own] = passwordLanes({ ...parts, knownBrowser: true });
    const strangers = passwordLanes({ ...parts, browser: 'c', knownBrowser: false });
    expect(strangers.map((lane) => JSON.stringify(lane.subject))).not.toContain(JSON.stringify(own?.subject));
    expect(passwordLanes({ ...parts, knownBrowser: true })).toHaveLength(1);
  });
  it('wait at most ten minutes', () => {
    for (const lane of [
      ...passwordLanes({ ...parts, knownBrowser: false }),
      ...Object.values(codeLanes({ kind: 'claim', network: 'n', browser: undefined })),
    ])
      expect(lane.rule.maxWaitSeconds).toBeLessThanOrEqual(600);
  });
});
