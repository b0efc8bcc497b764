import { appendAudit, type Database, type Transaction } from '@lanyard/platform';

/** How often one thing was decided somewhere on one day. */
export interface VerdictCount {
  checkpointId: string;
  day: string;
  source: 'gate' | 'online';
  verdict: string;
  /** Empty for accepted. */
  reason: string;
  n: number;
}

export function createCountStore(db: Database) {
  return {
    /** Adds online verdicts and writes an audit row for each line of the sum: checkpoint, verdict, reason, no person. */
    async addOnline(counts: readonly (VerdictCount & { actor: string })[], nowMs: number): Promise<void> {
      if (counts.length === 0) return;
      await db.transaction(async (transaction) => {
        await addCounts(transaction, counts);
        await appendAudit(
          transaction,
          counts.map(({ actor, checkpointId, verdict, reason, n }) => ({
            actor,
            action: 'verification.decided',
            subject: checkpointId.startsWith('purpose:') ? checkpointId : `checkpoint:${checkpointId}`,
            detail: { verdict, ...(reason === '' ? {} : { reason }), n },
          })),
          nowMs,
        );
      });
    },
    async read(checkpointId: string, day: string): Promise<Omit<VerdictCount, 'checkpointId' | 'day'>[]> {
      const { rows } = await db.raw(
        'SELECT source, verdict, reason, n FROM verdict_count WHERE checkpoint_id = ? AND day = ? ORDER BY verdict, reason, source',
        [checkpointId, day],
      );
      return rows;
    },
  };
}
export type CountStore = ReturnType<typeof createCountStore>;

/** Adds counts within a transaction, in one order for all, so that two of them never wait for each other in a ring. */
export async function addCounts(transaction: Transaction, counts: readonly VerdictCount[]): Promise<void> {
  if (counts.length === 0) return;
  const sums = new Map<string, VerdictCount>();
  for (const count of counts) {
    const key = [count.checkpointId, count.day, count.source, count.verdict, count.reason].join(' ');
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...count });
    else sum.n += count.n;
  }
  const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
  await transaction.raw(
    `INSERT INTO verdict_count (checkpoint_id, day, source, verdict, reason, n)
     SELECT * FROM unnest(?::text[], ?::date[], ?::text[], ?::text[], ?::text[], ?::bigint[])
     ON CONFLICT (checkpoint_id, day, source, verdict, reason) DO UPDATE SET n = verdict_count.n + excluded.n`,
    [
      lines.map((line) => line.checkpointId),
      lines.map((line) => line.day),
      lines.map((line) => line.source),
      lines.map((line) => line.verdict),
      lines.map((line) => line.reason),
      lines.map((line) => line.n),
    ],
  );
}
