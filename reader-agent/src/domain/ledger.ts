import type { ClockSync } from './clock-uncertainty.js';
import type { JournalEntry, PassageDraft } from './journal-chain.js';
import type { ZoneState } from './zone-memory.js';

/** A code that was taken, under the name it has in the replay memory. */
export interface TakenCode {
  readonly key: Uint8Array;
  readonly untilSeconds: number;
}

/**
 * Journal, replay memory and zone states of one agent. What `append` returns is on disk: passage, taken code, the side
 * the person is on now and the position among the verifier's answers, or nothing of them. One process writes.
 */
export interface PassageLedger {
  /** False where the stored chain does not hold: then nothing may be decided any more. */
  readonly whole: boolean;
  /** Highest `at` of the entries, in seconds; 0 for none. */
  readonly endSeconds: number;
  readonly endSequence: number;
  /** @throws where the disk refuses: nothing was written then. */
  append(draft: PassageDraft, taken?: TakenCode, moved?: ZoneState, presentedUpTo?: number): JournalEntry;
  /** Position of the newest answer to a touch of the door's tag that is in the journal. */
  readonly presentedUpTo: number;
  takenCodes(): Iterable<TakenCode>;
  zoneStates(): Iterable<ZoneState>;
  /** Keeps what peers of the zone told; nothing waits for it. */
  remember(taken: readonly TakenCode[], moved: readonly ZoneState[]): void;
  /** Forgets a person's side, durably. */
  forgetZoneState(row: number): void;
  /** The last comparison with signed time, kept over restarts. */
  readonly clockSync: ClockSync | undefined;
  keepClockSync(sync: ClockSync): void;
  /** The verifier holds everything up to this number. */
  readonly acceptedUpTo: number;
  confirm(acceptedUpTo: number): void;
  /** Entries after a number, in order. */
  after(sequence: number, limit: number): JournalEntry[];
  /** Drops codes no longer acceptable, and entries that are uploaded and older than `keepSeconds`. */
  sweep(nowSeconds: number, keepSeconds: number): void;
}
