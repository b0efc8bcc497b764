import { appendAudit } from '../audit/append-audit.js';
import type { Database } from '../db/connect-database.js';
import type { Clock } from '../time/clock.js';
import { eraseAudit } from './erase-audit.js';
import type { RetentionRule } from './retention-rule.js';

const BATCH = 5_000;
const DAY_MS = 86_400_000;

/** Lives by the rules: rows that have had their time go, and the audit's text. @param sealer the sealing and erasing role */
export async function retainByRules(
  { database, sealer, clock }: { database: Database; sealer: Database; clock: Clock },
  rules: readonly RetentionRule[],
): Promise<void> {
  await applyRetention(database, rules, clock);
  for (const { keeping } of rules) {
    if (keeping.by !== 'erasure') continue;
    const before = new Date(clock.nowMs() - keeping.days * DAY_MS);
    await eraseAudit(sealer, { before }, { rule: `${keeping.days} days` }, clock);
  }
}

/**
 * Deletes what has had its time, by rule and in pieces; each piece and the audit row that counts it are one
 * transaction. Answers what was deleted by table.
 */
export async function applyRetention(
  db: Database,
  rules: readonly RetentionRule[],
  clock: Clock,
): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {};
  for (const rule of rules) {
    const condition = conditionOf(rule, clock.nowMs());
    if (condition === undefined) continue;
    for (let gone = BATCH; gone === BATCH; ) {
      gone = await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `DELETE FROM ${rule.table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${rule.table} WHERE ${condition.sql} LIMIT ?))`,
          [condition.before, BATCH],
        );
        const rows = rowCount ?? 0;
        if (rows > 0) {
          const detail = { table: rule.table, rows, before: condition.before.toISOString() };
          const event = { actor: 'retention', action: 'retention.applied', subject: `table:${rule.table}`, detail };
          await appendAudit(transaction, [event], clock.nowMs());
        }
        return rows;
      });
      if (gone > 0) deleted[rule.table] = (deleted[rule.table] ?? 0) + gone;
    }
  }
  return deleted;
}

/** Names come from the rules in code, never from outside. */
function conditionOf({ keeping }: RetentionRule, nowMs: number): { sql: string; before: Date } | undefined {
  if (keeping.by === 'until') return { sql: `${keeping.column} < ?`, before: new Date(nowMs) };
  if (keeping.by !== 'days') return undefined;
  const more = keeping.where === undefined ? '' : ` AND ${keeping.where}`;
  return { sql: `${keeping.column} < ?${more}`, before: new Date(nowMs - keeping.days * DAY_MS) };
}
