import { createHmac, randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import { type ClaimCode, makeClaimCode } from '../domain/claim-codes/claim-code.js';
import { CODES_PER_SHEET } from '../domain/recovery/recovery.js';

/** How far the clocks of two processes of this layer may be apart: what was made later, a clock set back would revive. */
const CLOCKS_APART_MS = 30_000;

/** Printed recovery codes and the one-time codes of recoveries by staff. Using one is one UPDATE. */
export function createRecoveryStore(db: Database, parts: { key: Uint8Array; clock: Clock }) {
  const { clock } = parts;
  const now = () => new Date(clock.nowMs());
  const digest = (code: ClaimCode) => createHmac('sha256', parts.key).update(code).digest();
  const audit = (transaction: Transaction, actor: string, accountId: string, action: string, detail = {}) =>
    appendAudit(transaction, [{ actor, action, subject: `account:${accountId}`, detail }], clock.nowMs());
  return {
    digest,
    /** A new sheet; the old one ends. Answers the codes, this once. */
    async makeSheet(accountId: string): Promise<ClaimCode[]> {
      const codes = Array.from({ length: CODES_PER_SHEET }, () => makeClaimCode(randomBytes(10)));
      await db.transaction(async (transaction) => {
        // Two at once would leave two sheets.
        await transaction.raw('SELECT 1 FROM account WHERE id = ? FOR UPDATE', [accountId]);
        await transaction.raw('DELETE FROM recovery_code WHERE account_id = ?', [accountId]);
        await transaction.raw(
          'INSERT INTO recovery_code (digest, account_id, made_at) SELECT digest, ?, ? FROM unnest(?::bytea[]) AS t (digest)',
          [accountId, now(), codes.map(digest)],
        );
        await audit(transaction, `account:${accountId}`, accountId, 'recovery-codes.made');
      });
      return codes;
    },
    async sheetOf(accountId: string): Promise<{ left: number; madeAtMs: number } | undefined> {
      const { rows } = await db.raw(
        'SELECT count(*) FILTER (WHERE used_at IS NULL) AS left_over, min(made_at) AS made_at FROM recovery_code WHERE account_id = ?',
        [accountId],
      );
      const row = rows[0] as { left_over: number; made_at: Date | null };
      return row.made_at === null ? undefined : { left: Number(row.left_over), madeAtMs: row.made_at.getTime() };
    },
    /**
     * Uses a code of either kind in the caller's transaction; answers whose it is. The same two statements run for every
     * code, whether there is such a one or not.
     */
    async useIn(transaction: Transaction, code: ClaimCode): Promise<{ accountId: string; by: string } | undefined> {
      const printed = await transaction.raw(
        `UPDATE recovery_code c SET used_at = ? FROM account a
         WHERE c.digest = ? AND c.used_at IS NULL AND a.id = c.account_id AND a.state = 'active' RETURNING c.account_id`,
        [now(), digest(code)],
      );
      const byStaff = await transaction.raw(
        `UPDATE recovery_case c SET used_at = ? FROM account a
         WHERE c.digest = ? AND c.used_at IS NULL AND c.code_expires_at > ? AND c.approved_at <= ? AND a.id = c.account_id AND a.state = 'active'
         RETURNING c.account_id`,
        [now(), digest(code), now(), new Date(clock.nowMs() + CLOCKS_APART_MS)],
      );
      const row = (printed.rows[0] ?? byStaff.rows[0]) as { account_id: string } | undefined;
      if (row === undefined) return undefined;
      const by = printed.rowCount === 1 ? 'printed-code' : 'staff';
      await audit(transaction, `account:${row.account_id}`, row.account_id, 'account.recovered', { by });
      return { accountId: row.account_id, by };
    },
  };
}
export type RecoveryStore = ReturnType<typeof createRecoveryStore>;
