import type { Wait } from './follow-package.js';
import type { JournalEntry } from './journal-chain.js';
import type { PassageLedger } from './ledger.js';

/** Hands entries over, in order; answers up to where the verifier holds the journal. */
export type SendPassages = (entries: readonly JournalEntry[], signal: AbortSignal) => Promise<number>;

const batchSize = 500;
const firstPauseMs = 250;
const longestPauseMs = 15_000;

/**
 * Uploads the journal until `signal` ends it. A batch whose answer was lost is sent again; the verifier takes each
 * number once, so nothing is counted twice and nothing is left out.
 */
export async function uploadJournal(options: {
  ledger: PassageLedger;
  send: SendPassages;
  /** Resolves when there may be something new. */
  waitForEntries: (signal: AbortSignal) => Promise<void>;
  onFault: (error: unknown) => void;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { ledger, signal } = options;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    const batch = ledger.after(ledger.acceptedUpTo, batchSize);
    if (batch.length === 0) {
      await options.waitForEntries(signal);
      continue;
    }
    try {
      const acceptedUpTo = await options.send(batch, signal);
      const last = batch.at(-1)?.sequence ?? 0;
      if (acceptedUpTo <= ledger.acceptedUpTo) throw new RangeError(`verifier holds only ${acceptedUpTo}`);
      ledger.confirm(Math.min(acceptedUpTo, last));
      pauseMs = firstPauseMs;
    } catch (error) {
      if (signal.aborted) return;
      options.onFault(error);
      await options.wait(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }
}
