import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import { type CheckpointPolicy, parseCheckpointPolicy } from '@lanyard/protocol';

export interface Checkpoint {
  id: string;
  /** 8 bytes, as in challenges. */
  number: Uint8Array;
  nameZh: string;
  nameEn: string;
  policy: CheckpointPolicy;
}

interface CheckpointRow {
  id: string;
  number: Buffer;
  name_zh: string;
  name_en: string;
  policy: unknown;
}

const COLUMNS = 'id, number, name_zh, name_en, policy';
const CACHE_MS = 2_000;

/** Checkpoints and their policies. Looked up from a cache of two seconds; what this process writes counts at once. */
export function createCheckpointStore(db: Database, clock: Clock) {
  const cache = new Map<string, { checkpoint: Checkpoint; untilMs: number }>();
  return {
    async list(after: string, limit: number): Promise<Checkpoint[]> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM checkpoint WHERE id > ? ORDER BY id LIMIT ?`, [
        after,
        limit,
      ]);
      return rows.map(toCheckpoint);
    },
    /** Answers at once where the cache knows: the hot path waits for nothing. */
    find(id: string): Checkpoint | undefined | Promise<Checkpoint | undefined> {
      const cached = cache.get(id);
      if (cached !== undefined && cached.untilMs > clock.nowMs()) return cached.checkpoint;
      return (async () => {
        const { rows } = await db.raw(`SELECT ${COLUMNS} FROM checkpoint WHERE id = ?`, [id]);
        if (rows[0] === undefined) return undefined;
        const checkpoint = toCheckpoint(rows[0]);
        cache.set(id, { checkpoint, untilMs: clock.nowMs() + CACHE_MS });
        return checkpoint;
      })();
    },
    /** Makes a checkpoint or changes it; its number stays. The change is audited with what it replaces. */
    async put(
      checkpoint: Omit<Checkpoint, 'number'>,
      actor: string,
    ): Promise<{ checkpoint: Checkpoint; made: boolean }> {
      const { id, nameZh, nameEn, policy } = checkpoint;
      const result = await db.transaction(async (transaction: Transaction) => {
        const now = new Date(clock.nowMs());
        const before = await transaction.raw(`SELECT ${COLUMNS} FROM checkpoint WHERE id = ? FOR UPDATE`, [id]);
        const { rows } = await transaction.raw(
          `INSERT INTO checkpoint (id, number, name_zh, name_en, policy, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, policy = excluded.policy, updated_at = excluded.updated_at
           RETURNING ${COLUMNS}, (xmax = 0) AS made`,
          [id, randomBytes(8), nameZh, nameEn, JSON.stringify(policy), now, now],
        );
        const made = rows[0].made === true;
        const detail = { policy, ...(before.rows[0] === undefined ? {} : { before: before.rows[0].policy }) };
        await appendAudit(
          transaction,
          [{ actor, action: made ? 'checkpoint.created' : 'checkpoint.changed', subject: `checkpoint:${id}`, detail }],
          clock.nowMs(),
        );
        return { checkpoint: toCheckpoint(rows[0]), made };
      });
      cache.delete(id);
      return result;
    },
  };
}
export type CheckpointStore = ReturnType<typeof createCheckpointStore>;

function toCheckpoint(row: CheckpointRow): Checkpoint {
  return {
    id: row.id,
    number: row.number,
    nameZh: row.name_zh,
    nameEn: row.name_en,
    policy: parseCheckpointPolicy(row.policy),
  };
}
