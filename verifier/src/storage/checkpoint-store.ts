import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { type CheckpointPolicy, parseCheckpointPolicy } from '@lanyard/protocol';
import { type Counter, showsNobody } from '../domain/checkpoints/counter.js';

export interface Checkpoint {
  id: string;
  /** 8 bytes, as in challenges. */
  number: Uint8Array;
  nameZh: string;
  nameEn: string;
  policy: CheckpointPolicy;
  /** Whose discount is shown here, where that is so. */
  counter: Counter | undefined;
}

/** `counter` left out stays as it is; null ends it. */
export type NewCheckpoint = Omit<Checkpoint, 'number' | 'counter'> & { counter?: Counter | null | undefined };

interface CheckpointRow {
  id: string;
  number: Buffer;
  name_zh: string;
  name_en: string;
  policy: unknown;
  counter_partner: string | null;
  counter_entitlement: string | null;
}

const COLUMNS = 'id, number, name_zh, name_en, policy, counter_partner, counter_entitlement';
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
    /**
     * Makes a checkpoint or changes it; its number stays. The change is audited with what it replaces.
     * @throws Refusal `counter-shows-people`
     */
    async put(checkpoint: NewCheckpoint, actor: string): Promise<{ checkpoint: Checkpoint; made: boolean }> {
      const { id, nameZh, nameEn, policy } = checkpoint;
      const result = await db.transaction(async (transaction: Transaction) => {
        const now = new Date(clock.nowMs());
        const before = await transaction.raw(`SELECT ${COLUMNS} FROM checkpoint WHERE id = ? FOR UPDATE`, [id]);
        const former: CheckpointRow | undefined = before.rows[0];
        const formerCounter = former === undefined ? undefined : counterOf(former);
        const counter = checkpoint.counter === undefined ? formerCounter : (checkpoint.counter ?? undefined);
        if (counter !== undefined && !showsNobody(policy)) throw new Refusal('counter-shows-people');
        const { rows } = await transaction.raw(
          `INSERT INTO checkpoint
             (id, number, name_zh, name_en, policy, counter_partner, counter_entitlement, created_at, updated_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, policy = excluded.policy,
             counter_partner = excluded.counter_partner, counter_entitlement = excluded.counter_entitlement,
             updated_at = excluded.updated_at
           RETURNING ${COLUMNS}, (xmax = 0) AS made`,
          [
            ...[id, randomBytes(8), nameZh, nameEn, JSON.stringify(policy)],
            ...[counter?.partner ?? null, counter?.entitlement ?? null, now, now],
          ],
        );
        const made = rows[0].made === true;
        const detail = {
          ...{ policy, ...(former === undefined ? {} : { before: former.policy }) },
          ...counterDetail(counter, formerCounter),
        };
        await audit(transaction, made ? 'checkpoint.created' : 'checkpoint.changed', { id, actor, detail });
        return { checkpoint: toCheckpoint(rows[0]), made };
      });
      cache.delete(id);
      return result;
    },
    /**
     * Makes a checkpoint the counter of a partner's discount, or ends that; name and policy stay as they are.
     * @throws Refusal `checkpoint-not-found`, `counter-shows-people`
     */
    async setCounter(id: string, counter: Counter | undefined, actor: string): Promise<Checkpoint> {
      const checkpoint = await db.transaction(async (transaction: Transaction) => {
        const before = await transaction.raw(`SELECT ${COLUMNS} FROM checkpoint WHERE id = ? FOR UPDATE`, [id]);
        const former: CheckpointRow | undefined = before.rows[0];
        if (former === undefined) throw new Refusal('checkpoint-not-found');
        if (counter !== undefined && !showsNobody(toCheckpoint(former).policy))
          throw new Refusal('counter-shows-people');
        const { rows } = await transaction.raw(
          `UPDATE checkpoint SET counter_partner = ?, counter_entitlement = ?, updated_at = ? WHERE id = ? RETURNING ${COLUMNS}`,
          [counter?.partner ?? null, counter?.entitlement ?? null, new Date(clock.nowMs()), id],
        );
        await audit(transaction, 'checkpoint.changed', {
          id,
          actor,
          detail: counterDetail(counter, counterOf(former)),
        });
        return toCheckpoint(rows[0]);
      });
      cache.delete(id);
      return checkpoint;
    },
  };

  async function audit(
    transaction: Transaction,
    action: 'checkpoint.created' | 'checkpoint.changed',
    { id, actor, detail }: { id: string; actor: string; detail: Record<string, unknown> },
  ): Promise<void> {
    await appendAudit(transaction, [{ actor, action, subject: `checkpoint:${id}`, detail }], clock.nowMs());
  }
}
export type CheckpointStore = ReturnType<typeof createCheckpointStore>;

const counterDetail = (counter: Counter | undefined, former: Counter | undefined) => ({
  ...(counter === undefined ? {} : { counter }),
  ...(former === undefined ? {} : { counter_before: former }),
});

function toCheckpoint(row: CheckpointRow): Checkpoint {
  return {
    id: row.id,
    number: row.number,
    nameZh: row.name_zh,
    nameEn: row.name_en,
    policy: parseCheckpointPolicy(row.policy),
    counter: counterOf(row),
  };
}

function counterOf({ counter_partner: partner, counter_entitlement: entitlement }: CheckpointRow): Counter | undefined {
  return partner === null || entitlement === null ? undefined : { partner, entitlement };
}
