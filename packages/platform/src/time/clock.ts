/** The time, passed in everywhere. Product code has no hook to move it: process tests use libfaketime. */
export interface Clock {
  nowMs(): number;
  nowSeconds(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now(), nowSeconds: () => Math.floor(Date.now() / 1000) };

/** Calendar day (YYYY-MM-DD) of an instant in Asia/Shanghai, which knows no summer time since 1991. */
export function dayInShanghai(nowMs: number): string {
  return new Date(nowMs + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** The instant (ms) a day (YYYY-MM-DD) begins in Asia/Shanghai. */
export const startOfDay = (day: string): number => Date.parse(`${day}T00:00:00+08:00`);
