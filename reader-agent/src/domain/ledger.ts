import type { JournalEntry, PassageDraft } from './journal-chain.js';

/** A code that was taken, under the name it has in the replay memory. */
export interface TakenCode {
  readonly key: Uint8Array;
  readonly untilSeconds: number;
}

/**
 * Journal and replay memory of one agent. What `append` returns is on disk: both the passage and the taken code, or
 * neither. One process writes.
 */
export interface PassageLedger {
  /** False where the stored chain does not hold: then nothing may be decided any more. */
  readonly whole: boolean;
  /** Highest `at` of the entries, in seconds; 0 for none. */
  readonly endSeconds: number;
  readonly endSequence: number;
  /** @throws where the disk refuses: nothing was written then. */
  append(draft: PassageDraft, taken?: TakenCode): JournalEntry;
  takenCodes(): Iterable<TakenCode>;
  /** The verifier holds everything up to this number. */
  readonly acceptedUpTo: number;
  confirm(acceptedUpTo: number): void;
  /** Entries after a number, in order. */
  after(sequence: number, limit: number): JournalEntry[];
  /** Drops codes no longer acceptable, and entries that are uploaded and older than `keepSeconds`. */
  sweep(nowSeconds: number, keepSeconds: number): void;
}
