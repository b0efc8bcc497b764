const USE_FROM_MS = 2_000;
const USE_TO_MS = 600_000;

/** What a contact with the server said about this device's clock. */
export interface ClockMeasure {
  /** Server minus device; positive where the device is slow. */
  readonly offsetMs: number;
  readonly measuredAtMs: number;
}

/** The offset of the server's clock, half of the round trip taken as the way of the answer. */
export function measureClock(contact: { sentMs: number; receivedMs: number; serverMs: number }): ClockMeasure {
  const { sentMs, receivedMs, serverMs } = contact;
  return { offsetMs: Math.round(serverMs - (sentMs + receivedMs) / 2), measuredAtMs: receivedMs };
}

/** The part of a measured offset that corrects the clock: nothing below 2 s (noise) and above 10 min (the student is told). */
export function usedOffsetMs(measure: ClockMeasure | undefined): number {
  const size = Math.abs(measure?.offsetMs ?? 0);
  return measure !== undefined && size >= USE_FROM_MS && size <= USE_TO_MS ? measure.offsetMs : 0;
}

/** How a clock is wrong beyond what is corrected. */
export function clockFault(measure: ClockMeasure | undefined): 'clock-behind' | 'clock-ahead' | undefined {
  if (measure === undefined || Math.abs(measure.offsetMs) <= USE_TO_MS) return undefined;
  return measure.offsetMs > 0 ? 'clock-behind' : 'clock-ahead';
}

/** Time as the gates have it. */
export interface Clock {
  nowMs(): number;
  nowSeconds(): number;
  measure(): ClockMeasure | undefined;
  set(measure: ClockMeasure | undefined): void;
}

export function createClock(deviceMs: () => number, first?: ClockMeasure): Clock {
  let known = first;
  const nowMs = () => deviceMs() + usedOffsetMs(known);
  return {
    nowMs,
    nowSeconds: () => Math.floor(nowMs() / 1000),
    measure: () => known,
    set: (measure) => {
      known = measure;
    },
  };
}
