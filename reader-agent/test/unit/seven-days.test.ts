import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { simulateSevenDays } from '../support/seven-days.js';

/** The size of the proof: `npm run proof seven-days`. */
const whole = process.env['LANYARD_SEVEN_DAYS'] !== undefined;
const size = whole
  ? { people: 50_000, gates: 30, passagesPerDay: 30_000, seed: 7 }
  : { people: 600, gates: 9, passagesPerDay: 600, seed: 7 };
const day = 86_400;
const publishedWithin = 2 * 3_600;

describe('seven days in which gates are cut off at random', () => {
  let result: ReturnType<typeof simulateSevenDays>;
  beforeAll(() => {
    result = simulateSevenDays(size);
    const out = process.env['LANYARD_PROOF_OUT'];
    if (out !== undefined) writeFileSync(out, JSON.stringify({ rounds: 1, ...size, ...result }));
    console.log(JSON.stringify(result));
  }, 3_600_000);

  it('let a revoked person in no longer than the policy’s bound [8 days of grace] [one day]', () => {
    expect(result.revokedAccepted).toBeGreaterThan(0);
    expect(result.longestAfterRevocation.grace).toBeLessThanOrEqual(8 * day + publishedWithin);
    expect(result.longestAfterRevocation.dayOne).toBeLessThanOrEqual(day + publishedWithin);
  });

  it('find every code that two of them took, within 60 s of their return, and nothing else', () => {
    expect(result.doubleUses).toBeGreaterThan(0);
    expect(result.doubleUsesFound).toBe(result.doubleUses);
    expect(result.wronglyFound).toBe(0);
    expect(result.slowestFindingSeconds).toBeLessThanOrEqual(60);
  });

  it('refuse a relayed code while they hear each other', () => {
    expect(result.relayedWhileConnectedAccepted).toBe(0);
    expect(result.refused['replayed']).toBeGreaterThan(0);
  });

  it('turn no honest code away for its time, with clocks that drift 20 ppm', () => {
    expect(result.honestRefusedForTime).toBe(0);
  });

  it('keep journals whose chains hold', () => {
    expect(result.brokenChains).toBe(0);
  });

  it('take packages of the size they may have [full] [a day’s delta]', () => {
    expect(result.fullPeoplePartBytes).toBeLessThanOrEqual(whole ? 4 * 1024 * 1024 : 100_000);
    expect(result.dayDeltaBytes).toBeLessThanOrEqual(20 * 1024);
  });
});
