import { describe, expect, it } from 'vitest';
import { clockUncertainty, isWithinCap } from '../../src/domain/clock-uncertainty.js';
import { compareClocks } from '../../src/domain/synchronise-clock.js';
import { createCampus } from '../support/campus.js';
import { createGate, packageOf } from '../support/gate-bench.js';

const exact = { atSeconds: 1_000_000, offsetSeconds: 0, roundTripSeconds: 0 };
const day = 86_400;

describe('the uncertainty of a clock', () => {
  it.each([
    ['at once', 0, 0],
    ['after a day', day, 1.728],
    ['after a week', 7 * day, 12.096],
    ['after a month: never more than 30 s', 30 * day, 30],
  ])('grows by 20 ppm while nothing is compared [%s]', (_, elapsed, expected) => {
    expect(clockUncertainty(exact, exact.atSeconds + elapsed)).toBeCloseTo(expected, 6);
  });

  it('holds what was measured and half the way there and back', () => {
    expect(compareClocks(10_000, 10_400, 13_200)).toEqual({
      atSeconds: 10.4,
      offsetSeconds: -3,
      roundTripSeconds: 0.4,
    });
    expect(clockUncertainty({ ...exact, offsetSeconds: -3, roundTripSeconds: 0.4 }, exact.atSeconds)).toBeCloseTo(
      3.2,
      6,
    );
  });

  it('is 5 s before the first comparison, and grows with the age of the newest signed package', () => {
    expect(clockUncertainty(undefined, 500)).toBe(5);
    expect(clockUncertainty(undefined, day + 500, 500)).toBeCloseTo(6.728, 6);
  });

  it('is beyond use past 30 s [30 s] [31 s] [31 s behind]', () => {
    expect([30, 31, -31].map((offsetSeconds) => isWithinCap({ ...exact, offsetSeconds }))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('widens the window of codes, and decides nothing on a clock that was found far off', () => {
    const campus = createCampus(2);
    const clock = { ms: Math.floor(Date.now() / 1000) * 1000 };
    const gate = createGate({ clock, inForce: packageOf(campus) });
    const old = (person: number) => campus.persons[person]!.code(clock.ms / 1000 - 25);
    gate.state.sync = { atSeconds: clock.ms / 1000, offsetSeconds: 0, roundTripSeconds: 0 };
    expect(gate.say(old(0))).toBe('too-old');
    gate.state.sync = { atSeconds: clock.ms / 1000 - 7 * day, offsetSeconds: 0, roundTripSeconds: 0 };
    expect(gate.say(old(0))).toBe('accepted');
    gate.state.sync = { atSeconds: clock.ms / 1000, offsetSeconds: 40, roundTripSeconds: 0 };
    expect(gate.say(old(1))).toBe('clock-unreliable');
  });
});
