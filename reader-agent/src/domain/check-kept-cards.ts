import type { CardTap, CardTapResult, CheckCardTaps } from './card-check.js';
import type { Wait } from './follow-package.js';

/** Reads of campus cards that were let in while nobody could be asked. One process writes; durable when it returns. */
export interface KeptCards {
  keep(tap: CardTap): void;
  first(limit: number): CardTap[];
  drop(ids: readonly string[]): void;
}

const batchSize = 16;
const pauseMs = 15_000;
const askMs = 10_000;

/**
 * Has the verifier look at kept reads once it can be reached, until `signal` ends it. What it refuses was let in all the
 * same: `onRefused` is for the alarm. The same id again gets the same answer, so a lost answer does no harm.
 */
export async function checkKeptCards(options: {
  kept: KeptCards;
  check: CheckCardTaps;
  isOnline: () => boolean;
  onRefused: (tap: CardTap, result: CardTapResult) => void;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { kept, signal } = options;
  while (!signal.aborted) {
    const taps = options.isOnline() ? kept.first(batchSize) : [];
    const results = taps.length === 0 ? [] : await options.check(taps, AbortSignal.timeout(askMs)).catch(() => []);
    // What cannot be decided yet stays.
    const decided = results.filter(({ verdict }) => verdict !== 'cannot-decide');
    for (const result of decided) {
      const tap = taps.find(({ id }) => id === result.id);
      if (tap !== undefined && result.verdict === 'rejected') options.onRefused(tap, result);
    }
    kept.drop(decided.map(({ id }) => id));
    if (decided.length < batchSize) await options.wait(pauseMs, signal);
  }
}
