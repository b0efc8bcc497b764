import type { Clock, Database } from '@lanyard/platform';
import type { TraceBuffer } from '../domain/verifications/trace.js';
import type { VerdictCounter } from '../domain/verifications/verdict-counter.js';
import type { CountStore } from './count-store.js';
import { keepTraces } from './trace-store.js';

/** Writes the counts and traces of the last second down; what cannot be written is kept for the next time. */
export function createRecordFlush(parts: {
  counter: VerdictCounter;
  counts: CountStore;
  traces: TraceBuffer;
  database: Database;
  clock: Clock;
}) {
  const { counter, counts, traces, database, clock } = parts;
  return async (): Promise<void> => {
    const taken = counter.take();
    try {
      await counts.addOnline(taken, clock.nowMs());
    } catch (error) {
      counter.restore(taken);
      throw error;
    }
    const traced = traces.take();
    try {
      await keepTraces(database, traced);
    } catch (error) {
      traces.restore(traced);
      throw error;
    }
  };
}
