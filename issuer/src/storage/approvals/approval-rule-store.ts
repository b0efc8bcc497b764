import { appendAudit, type Clock, type Database, type Queryable } from '@lanyard/platform';
import type { ApprovalRule } from '../../domain/roster/second-person.js';

const COLUMNS = 'state_change_share, revocations, changed_share, changed_rows, expires_after_hours';

/** The rule as it is in this transaction. */
export async function readApprovalRule(on: Queryable): Promise<ApprovalRule> {
  const { rows } = await on.raw(`SELECT ${COLUMNS} FROM approval_rule`);
  const row = rows[0];
  return {
    stateChangeShare: Number(row.state_change_share),
    revocations: row.revocations,
    changedShare: Number(row.changed_share),
    changedRows: row.changed_rows,
    expiresAfterHours: row.expires_after_hours,
  };
}

/** Until when something may wait. */
export const expiryOf = (rule: ApprovalRule, nowMs: number): Date =>
  new Date(nowMs + rule.expiresAfterHours * 3_600_000);

/** A constraint holds the rule at least as strict as design section 3. */
export function createApprovalRuleStore(db: Database, clock: Clock) {
  return {
    read: () => readApprovalRule(db),
    async write(rule: ApprovalRule, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `UPDATE approval_rule SET (${COLUMNS}) = (?::numeric, ?::integer, ?::numeric, ?::integer, ?::integer)`,
          [rule.stateChangeShare, rule.revocations, rule.changedShare, rule.changedRows, rule.expiresAfterHours],
        );
        await appendAudit(
          transaction,
          [{ actor, action: 'approval-rule.changed', subject: 'approval-rule', detail: { ...rule } }],
          clock.nowMs(),
        );
      });
    },
  };
}
export type ApprovalRuleStore = ReturnType<typeof createApprovalRuleStore>;
