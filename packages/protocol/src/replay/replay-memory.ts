import { latin1 } from '../bytes/text.js';

/** Longest gap in seconds in which the same code before the same reader counts as still the same presentation. */
export const samePresentationGapSeconds = 1.5;

/**
 * `first`: never seen, now taken. `same-presentation`: still in view of the same reader, its verdict stays on the
 * screen. `replayed`: shown again after a gap, or to another reader.
 */
export type ReplayOutcome = 'first' | 'same-presentation' | 'replayed';

/** Codes taken in one zone (formats.md §5), in memory; who must survive a kill writes each `first` to disk before green. */
export interface ReplayMemory {
  /** `replayKey` and `untilSeconds` come from a decision; `nowSeconds` may have fractions. */
  present(input: {
    readonly replayKey: Uint8Array;
    readonly untilSeconds: number;
    readonly readerId: string;
    readonly nowSeconds: number;
  }): ReplayOutcome;
  /** Puts a code back in after a restart; it counts as shown long ago. */
  restore(replayKey: Uint8Array, untilSeconds: number): void;
  readonly size: number;
}

interface Taken {
  readonly untilSeconds: number;
  readonly readerId: string | undefined;
  lastSeenSeconds: number;
}

/** An empty memory. Entries past their end are swept at most once a second, so its size follows the flow of people. */
export function createReplayMemory(): ReplayMemory {
  const taken = new Map<string, Taken>();
  let sweptSeconds = Number.NEGATIVE_INFINITY;

  function sweep(nowSeconds: number): void {
    if (nowSeconds - sweptSeconds < 1) return;
    sweptSeconds = nowSeconds;
    for (const [name, entry] of taken) if (entry.untilSeconds < nowSeconds) taken.delete(name);
  }

  return {
    present({ replayKey, untilSeconds, readerId, nowSeconds }) {
      sweep(nowSeconds);
      const name = latin1(replayKey);
      const entry = taken.get(name);
      if (entry === undefined) {
        taken.set(name, { untilSeconds, readerId, lastSeenSeconds: nowSeconds });
        return 'first';
      }
      const gapSeconds = nowSeconds - entry.lastSeenSeconds;
      // A clock set back must not turn an old presentation into a present one, so negative gaps do not count either.
      const same = entry.readerId === readerId && gapSeconds >= 0 && gapSeconds <= samePresentationGapSeconds;
      if (!same) return 'replayed';
      entry.lastSeenSeconds = nowSeconds;
      return 'same-presentation';
    },
    restore(replayKey, untilSeconds) {
      taken.set(latin1(replayKey), { untilSeconds, readerId: undefined, lastSeenSeconds: Number.NEGATIVE_INFINITY });
    },
    get size() {
      return taken.size;
    },
  };
}
