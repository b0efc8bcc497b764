import { type Database, sealAudit } from '@lanyard/platform';
import { expect, vi } from 'vitest';

/**
 * Seals until every row is in the chain. A row waits for all transactions that are older, also for those of databases
 * beside it: a round that seals nothing need not have been the last.
 */
export async function sealAll(sealer: Database): Promise<void> {
  const unsealed =
    'SELECT count(*)::int AS n FROM audit a WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id)';
  await vi.waitFor(
    async () => {
      while ((await sealAudit(sealer)) > 0);
      expect((await sealer.raw(unsealed)).rows).toEqual([{ n: 0 }]);
    },
    { timeout: 30_000, interval: 50 },
  );
}
