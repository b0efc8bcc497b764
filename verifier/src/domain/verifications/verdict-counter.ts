import type { Verdict } from '@lanyard/protocol';

/** One line of the sum since the last flush. */
export interface CountedVerdict {
  actor: string;
  checkpointId: string;
  day: string;
  source: 'online';
  verdict: string;
  reason: string;
  n: number;
}

/** Sums verdicts in memory; who owns it writes the sum down each second. */
export function createVerdictCounter() {
  let lines = new Map<string, CountedVerdict>();
  return {
    add(where: { actor: string; checkpointId: string; day: string }, decided: Verdict): void {
      const { verdict } = decided;
      const reason = decided.reason ?? '';
      const key = `${where.checkpointId} ${where.day} ${where.actor} ${verdict} ${reason}`;
      const line = lines.get(key);
      if (line === undefined) lines.set(key, { ...where, source: 'online', verdict, reason, n: 1 });
      else line.n += 1;
    },
    /** The sum so far; the counter starts anew. */
    take(): CountedVerdict[] {
      const taken = [...lines.values()];
      lines = new Map();
      return taken;
    },
    /** Puts back what could not be written. */
    restore(counts: readonly CountedVerdict[]): void {
      for (const count of counts) {
        const key = `${count.checkpointId} ${count.day} ${count.actor} ${count.verdict} ${count.reason}`;
        const line = lines.get(key);
        if (line === undefined) lines.set(key, count);
        else line.n += count.n;
      }
    },
  };
}
export type VerdictCounter = ReturnType<typeof createVerdictCounter>;
