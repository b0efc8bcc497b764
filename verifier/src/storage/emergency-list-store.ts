import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { maxEmergencyRows } from '@lanyard/protocol';
import { lockCheckpoints } from './lock-checkpoints.js';

/** A person of a checkpoint's emergency list; who it is only the issuer knows. */
export interface EmergencyListing {
  checkpoint_id: string;
  row_number: number;
  reason: string;
  listed_by: string;
  listed_at: Date;
  until_at: Date;
}

const DAY_MS = 86_400_000;
const COLUMNS = 'checkpoint_id, row_number, reason, listed_by, listed_at, until_at';

/**
 * Emergency lists of checkpoints (formats.md §9). A listing ends by itself; each change is audited in its transaction
 * under its row number.
 */
export function createEmergencyListStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    /** Rows of all checkpoints as they are now, ascending. */
    async allRows(): Promise<(checkpointId: string) => readonly number[]> {
      const { rows } = await db.raw(
        `SELECT checkpoint_id, array_agg(row_number ORDER BY row_number) AS listed FROM emergency_listing
         WHERE until_at > ? GROUP BY checkpoint_id`,
        [now()],
      );
      const of = new Map(
        (rows as { checkpoint_id: string; listed: string[] }[]).map((row) => [
          row.checkpoint_id,
          row.listed.map(Number),
        ]),
      );
      return (checkpointId) => of.get(checkpointId) ?? [];
    },
    /** Listed again, a person has the new reason and time. @throws Refusal `checkpoint-not-found`, `emergency-list-full` */
    async add(change: {
      checkpointIds: readonly string[] | 'all';
      rowNumber: number;
      days: number;
      reason: string;
      actor: string;
    }): Promise<{ checkpointIds: string[]; untilAt: Date }> {
      const { rowNumber, reason, actor } = change;
      const untilAt = new Date(clock.nowMs() + change.days * DAY_MS);
      return db.transaction(async (transaction: Transaction) => {
        // Whoever adds holds the checkpoint's row, so that two cannot both take the last place.
        const ids = await lockCheckpoints(transaction, change.checkpointIds);
        await transaction.raw('DELETE FROM emergency_listing WHERE checkpoint_id = ANY(?) AND until_at <= ?', [
          ids,
          now(),
        ]);
        await transaction.raw(
          `INSERT INTO emergency_listing (${COLUMNS}) SELECT id, ?, ?, ?, ?, ? FROM unnest(?::text[]) AS id
           ON CONFLICT (checkpoint_id, row_number) DO UPDATE SET reason = excluded.reason,
           listed_by = excluded.listed_by, listed_at = excluded.listed_at, until_at = excluded.until_at`,
          [rowNumber, reason, actor, now(), untilAt, ids],
        );
        const { rows } = await transaction.raw(
          'SELECT 1 FROM emergency_listing WHERE checkpoint_id = ANY(?) GROUP BY checkpoint_id HAVING count(*) > ? LIMIT 1',
          [ids, maxEmergencyRows],
        );
        if (rows.length > 0) throw new Refusal('emergency-list-full');
        const detail = { row: rowNumber, reason, until: untilAt.toISOString() };
        await audit(transaction, 'emergency-list.added', { ids, actor, detail });
        return { checkpointIds: ids, untilAt };
      });
    },
    /** The checkpoints it was taken off; none where it was on no list. */
    async remove(change: {
      checkpointIds: readonly string[] | 'all';
      rowNumber: number;
      actor: string;
    }): Promise<string[]> {
      return db.transaction(async (transaction: Transaction) => {
        const { rows } = await transaction.raw(
          'DELETE FROM emergency_listing WHERE checkpoint_id = ANY(?) AND row_number = ? RETURNING checkpoint_id',
          [await lockCheckpoints(transaction, change.checkpointIds), change.rowNumber],
        );
        const ids = (rows as { checkpoint_id: string }[]).map((row) => row.checkpoint_id).sort();
        const detail = { row: change.rowNumber };
        await audit(transaction, 'emergency-list.removed', { ids, actor: change.actor, detail });
        return ids;
      });
    },
    async list(page: {
      after: { checkpoint: string; row: number } | undefined;
      limit: number;
    }): Promise<EmergencyListing[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM emergency_listing WHERE until_at > ? AND (checkpoint_id, row_number) > (?, ?)
         ORDER BY checkpoint_id, row_number LIMIT ?`,
        [now(), page.after?.checkpoint ?? '', page.after?.row ?? -1, page.limit],
      );
      return (rows as EmergencyListing[]).map((row) => ({ ...row, row_number: Number(row.row_number) }));
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM emergency_listing WHERE until_at <= ?', [now()]);
    },
  };

  async function audit(
    transaction: Transaction,
    action: string,
    of: { ids: readonly string[]; actor: string; detail: Record<string, unknown> },
  ): Promise<void> {
    const { ids, actor, detail } = of;
    const entries = ids.map((id) => ({ actor, action, subject: `checkpoint:${id}`, detail }));
    if (entries.length > 0) await appendAudit(transaction, entries, clock.nowMs());
  }
}
export type EmergencyListStore = ReturnType<typeof createEmergencyListStore>;
