import { AUDIT_SUBJECT, appendAudit } from '../audit/append-audit.js';
import type { Database } from '../db/connect-database.js';
import type { Clock } from '../time/clock.js';

const BATCH = 5_000;

/** Rows before a time, or those about one subject. */
export type ErasedRows = { readonly before: Date } | { readonly subject: string };

/**
 * Takes text and salt out of sealed audit rows and leaves their digests, so that the chain still proves order and
 * existence. Needs the sealing role; the row that counts what went is written in the same transaction.
 *
 * @param because what stands in that row: a rule, or the erasure it belongs to. Nothing that names the person.
 */
export async function eraseAudit(
  sealer: Database,
  rows: ErasedRows,
  because: Record<string, string>,
  clock: Clock,
): Promise<number> {
  let total = 0;
  for (let erased = BATCH; erased === BATCH; ) {
    erased = await sealer.transaction(async (transaction) => {
      const [condition, order, value] =
        'before' in rows ? ['a.at < ?', 'a.at', rows.before] : [`${AUDIT_SUBJECT} = ?`, 'a.id', rows.subject];
      const { rowCount } = await transaction.raw(
        `UPDATE audit SET row_text = NULL, salt = NULL WHERE id IN (
           SELECT a.id FROM audit a JOIN audit_link l ON l.audit_id = a.id
           WHERE a.row_text IS NOT NULL AND ${condition} ORDER BY ${order} LIMIT ?)`,
        [value, BATCH] as never,
      );
      const count = rowCount ?? 0;
      if (count > 0) {
        const event = {
          actor: 'retention',
          action: 'audit.text-erased',
          subject: 'audit',
          detail: { ...because, rows: count },
        };
        await appendAudit(transaction, [event], clock.nowMs());
      }
      return count;
    });
    total += erased;
  }
  return total;
}
