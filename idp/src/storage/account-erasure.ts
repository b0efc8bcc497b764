import { appendAudit, type Clock, type Database, eraseAudit } from '@lanyard/platform';
import { CLOSED_ACCOUNT_DAYS, IDP_RETENTION } from '../domain/retention/rules.js';

const AT_A_TIME = 50;

/**
 * Erases students' accounts by rule, years after they were closed: first the audit's text about each, by the role for
 * that, then its rows with the row that counts them. Killed in between, the next round does it again.
 */
export async function eraseClosedAccounts(db: Database, sealer: Database, clock: Clock): Promise<number> {
  const before = new Date(clock.nowMs() - CLOSED_ACCOUNT_DAYS * 86_400_000);
  const { rows } = await db.raw(
    `SELECT id FROM account WHERE kind = 'student' AND state = 'closed' AND updated_at < ? ORDER BY id LIMIT ?`,
    [before, AT_A_TIME],
  );
  for (const { id } of rows as { id: string }[]) {
    const subject = `account:${id}`;
    await eraseAudit(sealer, { subject }, { rule: `closed ${CLOSED_ACCOUNT_DAYS} days` }, clock);
    await db.transaction(async (transaction) => {
      const locked = await transaction.raw("SELECT 1 FROM account WHERE id = ? AND state = 'closed' FOR UPDATE", [id]);
      if (locked.rowCount !== 1) return;
      const counts: Record<string, number> = {};
      for (const { table, erase } of IDP_RETENTION) {
        if (erase === undefined) continue;
        const { rowCount } = await transaction.raw(`DELETE FROM ${table} WHERE ${erase}`, [id]);
        if ((rowCount ?? 0) > 0) counts[table] = rowCount ?? 0;
      }
      // The identity is random and stands for nobody any more.
      const event = { actor: 'retention', action: 'account.erased', subject, detail: { counts } };
      await appendAudit(transaction, [event], clock.nowMs());
    });
  }
  return rows.length;
}
