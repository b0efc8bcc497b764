/** How far two well-set clocks may differ, in seconds: rounding to seconds on both sides and a small step by NTP. */
const toleranceSeconds = 2;

/**
 * False where the clock is before the newest package or before the journal's end: then no code's time can be judged
 * (formats.md §5), and an old code could be taken for a new one.
 */
export function isClockReliable(
  nowSeconds: number,
  known: { readonly packageIssuedAtSeconds: number | undefined; readonly journalEndSeconds: number },
): boolean {
  const atLeast = Math.max(known.packageIssuedAtSeconds ?? 0, known.journalEndSeconds);
  return nowSeconds + toleranceSeconds >= atLeast;
}
