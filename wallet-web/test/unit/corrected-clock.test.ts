import { describe, expect, it } from 'vitest';
import { clockFault, createClock, measureClock, usedOffsetMs } from '../../web/src/time/corrected-clock.js';

const measured = (offsetMs: number) => ({ offsetMs, measuredAtMs: 0 });

describe('measureClock', () => {
  it('takes half of the round trip as the way of the answer', () => {
    expect(measureClock({ sentMs: 1_000, receivedMs: 1_400, serverMs: 6_200 }).offsetMs).toBe(5_000);
  });
  it('is negative for a phone that is fast', () => {
    expect(measureClock({ sentMs: 10_000, receivedMs: 10_000, serverMs: 4_000 }).offsetMs).toBe(-6_000);
  });
});

describe('usedOffsetMs', () => {
  it.each([2_000, -2_000, 600_000, -600_000])('corrects between 2 s and 10 min [%d]', (offset) => {
    expect(usedOffsetMs(measured(offset))).toBe(offset);
  });
  it.each([1_999, -1_999, 0, 600_001, -600_001])('leaves noise and wild clocks alone [%d]', (offset) => {
    expect(usedOffsetMs(measured(offset))).toBe(0);
  });
  it('is nothing without a measure', () => {
    expect(usedOffsetMs(undefined)).toBe(0);
  });
});

describe('clockFault', () => {
  it('names how a clock is wrong beyond ten minutes [slow, fast]', () => {
    expect(clockFault(measured(600_001))).toBe('clock-behind');
    expect(clockFault(measured(-600_001))).toBe('clock-ahead');
  });
  it('is silent up to ten minutes [slow, none]', () => {
    expect(clockFault(measured(600_000))).toBeUndefined();
    expect(clockFault(undefined)).toBeUndefined();
  });
});

it('applies a new measure at once', () => {
  const clock = createClock(() => 100_500);
  expect(clock.nowSeconds()).toBe(100);
  clock.set(measured(5_000));
  expect([clock.nowMs(), clock.nowSeconds()]).toEqual([105_500, 105]);
});
