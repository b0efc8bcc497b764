import { appendAudit, type Clock, type Database, type Queryable, Refusal, type Transaction } from '@lanyard/platform';
import type { ApprovalRule } from '../../domain/roster/second-person.js';

const COLUMNS = 'state_change_share, revocations, changed_share, changed_rows, expires_after_hours';
/** Who ends what nobody approved in time. */
export const EXPIRY = 'service:expiry';

/** The rule as it is in this transaction. */
export async function readApprovalRule(on: Queryable): Promise<ApprovalRule> {
  const { rows } = await on.raw(`SELECT ${COLUMNS} FROM approval_rule`);
  return ruleOf(rows[0]);
}

/** Until when something may wait. */
export const expiryOf = (rule: ApprovalRule, nowMs: number): Date =>
  new Date(nowMs + rule.expiresAfterHours * 3_600_000);

/** A change of the rule that waits for a second person. */
export interface WaitingRule {
  readonly id: number;
  readonly rule: ApprovalRule;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly expiresAt: Date;
}

/**
 * The rule, and changes of it: one asks, another person approves. Constraints of both tables hold it at least as strict
 * as design section 3, and that nobody approves what they asked for.
 */
export function createApprovalRuleStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  const audit = (transaction: Transaction, actor: string, action: string, id: number, detail: object = {}) =>
    appendAudit(
      transaction,
      [{ actor, action, subject: 'approval-rule', detail: { change: id, ...detail } }],
      clock.nowMs(),
    );

  async function expireIn(transaction: Transaction): Promise<void> {
    const { rows } = await transaction.raw(
      `UPDATE approval_rule_change SET state = 'expired', decided_by = ?, decided_at = ?
       WHERE state = 'waiting' AND expires_at <= ? RETURNING id`,
      [EXPIRY, now(), now()],
    );
    for (const { id } of rows as { id: number }[]) await audit(transaction, EXPIRY, 'approval-rule.expired', id);
  }

  return {
    read: () => readApprovalRule(db),
    async findWaiting(): Promise<WaitingRule | undefined> {
      const { rows } = await db.raw(
        `SELECT id, ${COLUMNS}, asked_by, asked_at, expires_at FROM approval_rule_change WHERE state = 'waiting' AND expires_at > ?`,
        [now()],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      return {
        ...{ id: row.id, rule: ruleOf(row), askedBy: row.asked_by, askedAt: row.asked_at, expiresAt: row.expires_at },
      };
    },
    /** Puts a change up for a second person. @throws Refusal `approval-rule-waiting` where one waits already */
    async ask(rule: ApprovalRule, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        await expireIn(transaction);
        const expires = expiryOf(await readApprovalRule(transaction), clock.nowMs());
        const { rows } = await transaction.raw(
          `INSERT INTO approval_rule_change (${COLUMNS}, state, asked_by, asked_at, expires_at)
           VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
          [...valuesOf(rule), actor, now(), expires],
        );
        if (rows[0] === undefined) throw new Refusal('approval-rule-waiting');
        await audit(transaction, actor, 'approval-rule.asked', rows[0].id, { ...rule });
      });
    },
    /** @throws Refusal `approval-rule-not-waiting`, `import-same-person`, `approval-expired` */
    async decide(id: number, verdict: 'approve' | 'decline', actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `SELECT ${COLUMNS}, state, asked_by, expires_at FROM approval_rule_change WHERE id = ? FOR UPDATE`,
          [id],
        );
        const asked = rows[0];
        if (asked === undefined || asked.state !== 'waiting') throw new Refusal('approval-rule-not-waiting');
        if (asked.expires_at.getTime() <= clock.nowMs()) throw new Refusal('approval-expired');
        if (verdict === 'approve' && asked.asked_by === actor) throw new Refusal('import-same-person');
        await transaction.raw(
          'UPDATE approval_rule_change SET state = ?, decided_by = ?, decided_at = ? WHERE id = ?',
          [verdict === 'approve' ? 'applied' : 'declined', actor, now(), id],
        );
        if (verdict === 'decline') return audit(transaction, actor, 'approval-rule.declined', id);
        const before = await readApprovalRule(transaction);
        await transaction.raw(
          `UPDATE approval_rule SET (${COLUMNS}) = (?::numeric, ?::integer, ?::numeric, ?::integer, ?::integer)`,
          valuesOf(ruleOf(asked)),
        );
        const detail = { before, after: ruleOf(asked), asked_by: asked.asked_by };
        return audit(transaction, actor, 'approval-rule.changed', id, detail);
      });
    },
    expire: () => db.transaction(expireIn),
  };
}
export type ApprovalRuleStore = ReturnType<typeof createApprovalRuleStore>;

interface RuleRow {
  state_change_share: string;
  revocations: number;
  changed_share: string;
  changed_rows: number;
  expires_after_hours: number;
}
const ruleOf = (row: RuleRow): ApprovalRule => ({
  ...{ stateChangeShare: Number(row.state_change_share), revocations: row.revocations },
  ...{ changedShare: Number(row.changed_share), changedRows: row.changed_rows },
  expiresAfterHours: row.expires_after_hours,
});
const valuesOf = (rule: ApprovalRule): number[] => [
  ...[rule.stateChangeShare, rule.revocations, rule.changedShare, rule.changedRows, rule.expiresAfterHours],
];
