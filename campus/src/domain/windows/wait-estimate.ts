const ENOUGH = 3;

/**
 * Minutes somebody waits: those before him at the pace of today, shared by the clerks who call now. Null where nobody
 * calls, or too few were served today to know a pace: no number is better than a guess.
 *
 * @param servedMs how long those served last today took, from being called
 */
export function minutesToWait(before: number, clerks: number, servedMs: readonly number[]): number | null {
  if (clerks === 0 || servedMs.length < ENOUGH) return null;
  const sorted = [...servedMs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return Math.ceil((before * median) / clerks / 60_000);
}

/** `A001` to `A999`. */
export const ticketText = (number: number): string => `A${String(number).padStart(3, '0')}`;
