/** Taps of real cards that a reader has to have seen before anything is called slow. */
const needed = 8;
const kept = 64;
const slowerByMs = 30;

/**
 * Notices campus cards that answer later than cards at this reader do, as a relay over another phone makes them. What is
 * compared is the fastest answer of a tap: one hold-up says nothing, four of four do. Detects, never prevents: a relay
 * faster than 30 ms passes, and phones are not looked at, since what they take to answer varies by more than that.
 */
export function createRelayWatch(): { isSlow(reader: string, fastestMs: number): boolean } {
  const readers = new Map<string, number[]>();
  return {
    isSlow(reader, fastestMs) {
      const seen = readers.get(reader) ?? [];
      readers.set(reader, seen);
      const sorted = [...seen].sort((a, b) => a - b);
      const usual = sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
      const slow = seen.length >= needed && fastestMs > usual + slowerByMs;
      // Slow ones do not count, or a patient attacker would teach the reader that slow is usual.
      if (!slow) seen.push(fastestMs);
      if (seen.length > kept) seen.shift();
      return slow;
    },
  };
}
