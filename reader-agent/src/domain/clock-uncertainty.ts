/** One comparison of this clock with the verifier's signed time. */
export interface ClockSync {
  /** When, by this clock, in seconds. */
  readonly atSeconds: number;
  /** How far this clock was from the signed time, and for how long the answer was on its way, in seconds. */
  readonly offsetSeconds: number;
  readonly roundTripSeconds: number;
}

/** A crystal of 20 ppm: 1.7 s a day. */
const driftPerSecond = 20e-6;
/** Formats.md §5: more than this is never taken into account. */
export const maxUncertaintySeconds = 30;
/** What is stated before the first comparison. */
const neverComparedSeconds = 5;

/**
 * How far this clock may be off, in seconds: what was measured, half the round trip, and 20 ppm of the time since; 30
 * at most. `sinceSeconds` is the newest signed time there is otherwise, for an agent that never compared.
 */
export function clockUncertainty(sync: ClockSync | undefined, nowSeconds: number, sinceSeconds = nowSeconds): number {
  const base = sync === undefined ? neverComparedSeconds : Math.abs(sync.offsetSeconds) + sync.roundTripSeconds / 2;
  const elapsed = Math.max(0, nowSeconds - (sync?.atSeconds ?? sinceSeconds));
  return Math.min(maxUncertaintySeconds, base + elapsed * driftPerSecond);
}

/** False where the last comparison found this clock further off than any window may be widened. */
export function isWithinCap(sync: ClockSync | undefined): boolean {
  return sync === undefined || Math.abs(sync.offsetSeconds) <= maxUncertaintySeconds;
}
