import type { AntiPassbackPolicy } from '@lanyard/protocol';

export type Side = 'in' | 'out';

/** On which side of the zone a person was last let through, by the row number of the package. */
export interface ZoneState {
  readonly row: number;
  readonly side: Side;
  /** Seconds since 1970 UTC. */
  readonly at: number;
}

/** What anti-passback says about a passage: whether it is against the rule, and what it leaves behind if it happens. */
export interface ZoneJudgement {
  readonly against: boolean;
  readonly next: ZoneState;
}

export interface ZoneMemory {
  /** Judges without changing anything. */
  judge(policy: AntiPassbackPolicy, row: number, at: number): ZoneJudgement;
  /** Takes a newer state; one of the past, from a peer or from disk, changes nothing. False where it was not newer. */
  put(state: ZoneState): boolean;
  /** Forgives: nobody knows any more on which side the person is. */
  forget(row: number): void;
  get(row: number): ZoneState | undefined;
  readonly size: number;
}

/** More people than any zone holds: what peers tell must not fill the memory. */
const maxKept = 200_000;

/** Where everybody is, as far as this gate and its peers have seen. Restored from disk by whoever makes it. */
export function createZoneMemory(states: Iterable<ZoneState> = []): ZoneMemory {
  const kept = new Map<number, ZoneState>();
  const memory: ZoneMemory = {
    judge({ direction, forget_minutes }, row, at) {
      const last = kept.get(row);
      // Older than the policy remembers, or of a clock that went back: unknown, and unknown accuses nobody.
      const known = last !== undefined && at >= last.at && at - last.at < forget_minutes * 60 ? last.side : undefined;
      if (direction === 'both') return { against: false, next: { row, side: known === 'in' ? 'out' : 'in', at } };
      return { against: known === direction, next: { row, side: direction, at } };
    },
    put(state) {
      const last = kept.get(state.row);
      if (last !== undefined && last.at > state.at) return false;
      if (last === undefined && kept.size >= maxKept) return false;
      kept.set(state.row, state);
      return true;
    },
    forget: (row) => void kept.delete(row),
    get: (row) => kept.get(row),
    get size() {
      return kept.size;
    },
  };
  for (const state of states) memory.put(state);
  return memory;
}
