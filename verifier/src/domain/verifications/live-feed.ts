/** A verdict as it came in, without a person. */
export interface LiveEvent {
  n: number;
  at: string;
  checkpoint: string;
  source: 'gate' | 'online';
  verdict: string;
  reason: string | null;
}

const KEPT_EVENTS = 1_000;

/**
 * The last thousand verdicts in memory. Numbers start at the clock's milliseconds, so that a page which waits for what
 * comes after a number from before a restart still gets what is new.
 */
export function createLiveFeed(parts: { nowMs: () => number; ring: () => void }) {
  let events: LiveEvent[] = [];
  let last = parts.nowMs();
  return {
    add(event: Omit<LiveEvent, 'n'>): void {
      last += 1;
      events.push({ n: last, ...event });
      if (events.length >= 2 * KEPT_EVENTS) events = events.slice(-KEPT_EVENTS);
      parts.ring();
    },
    /** At most `limit` events after `n`, oldest first; with no `n` the newest. */
    after(n: number, limit: number): { events: LiveEvent[]; last: number } {
      const from = n === 0 ? Math.max(0, events.length - limit) : events.findIndex((event) => event.n > n);
      const found = from < 0 ? [] : events.slice(from, from + limit);
      return { events: found, last: found.at(-1)?.n ?? Math.max(n, last) };
    },
  };
}
export type LiveFeed = ReturnType<typeof createLiveFeed>;
