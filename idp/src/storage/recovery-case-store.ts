import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { Account } from '../domain/accounts/account.js';
import { type ClaimCode, makeClaimCode } from '../domain/claim-codes/claim-code.js';
import { CASE_CODE_MINUTES, CASE_MINUTES } from '../domain/recovery/recovery.js';

export interface RecoveryCase {
  id: string;
  number: string;
  name: string;
  reason: string;
  state: 'waiting' | 'approved' | 'used' | 'expired';
  openedBy: string;
  openedAtMs: number;
  expiresAtMs: number;
  approvedBy: string | undefined;
}

/** Recoveries that two members of staff make together. */
export function createRecoveryCaseStore(
  db: Database,
  parts: {
    digest: (code: ClaimCode) => Buffer;
    findAccount: (id: string) => Promise<Account | undefined>;
    clock: Clock;
  },
) {
  const { clock } = parts;
  const now = () => new Date(clock.nowMs());
  const inMinutes = (minutes: number) => new Date(clock.nowMs() + minutes * 60_000);
  const audit = (transaction: Transaction, actorId: string, accountId: string, action: string, detail: object) =>
    appendAudit(
      transaction,
      [{ actor: `account:${actorId}`, action, subject: `account:${accountId}`, detail: { ...detail } }],
      clock.nowMs(),
    );
  return {
    async open(accountId: string, reason: string, openedBy: string): Promise<{ id: string; expiresAtMs: number }> {
      const id = randomBytes(16).toString('base64url');
      const expiresAt = inMinutes(CASE_MINUTES);
      await db.transaction(async (transaction) => {
        await transaction.raw(
          'INSERT INTO recovery_case (id, account_id, reason, opened_by, opened_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
          [id, accountId, reason, openedBy, now(), expiresAt],
        );
        await audit(transaction, openedBy, accountId, 'recovery.opened', { case: id });
      });
      return { id, expiresAtMs: expiresAt.getTime() };
    },
    /** Whose recovery this is and who opened it, used up or not. */
    async find(id: string): Promise<{ accountId: string; openedBy: string } | undefined> {
      const { rows } = await db.raw('SELECT account_id, opened_by FROM recovery_case WHERE id = ?', [id]);
      const row = rows[0] as { account_id: string; opened_by: string } | undefined;
      return row === undefined ? undefined : { accountId: row.account_id, openedBy: row.opened_by };
    },
    /** One UPDATE: only another person, in time, once. Nobody approves his own recovery either. */
    async approve(id: string, approvedBy: string): Promise<{ code: ClaimCode; expiresAtMs: number } | undefined> {
      const code = makeClaimCode(randomBytes(10));
      const expiresAt = inMinutes(CASE_CODE_MINUTES);
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE recovery_case SET approved_by = ?, approved_at = ?, digest = ?, code_expires_at = ?
           WHERE id = ? AND opened_by <> ? AND account_id <> ? AND approved_by IS NULL AND expires_at > ?
           RETURNING account_id`,
          [approvedBy, now(), parts.digest(code), expiresAt, id, approvedBy, approvedBy, now()],
        );
        const row = rows[0] as { account_id: string } | undefined;
        if (row === undefined) return undefined;
        await audit(transaction, approvedBy, row.account_id, 'recovery.approved', { case: id });
        return { code, expiresAtMs: expiresAt.getTime() };
      });
    },
    /** The member of staff meant by a number in lower case; undefined where two numbers differ by case alone. */
    async findStaff(numberInLowerCase: string): Promise<Account | undefined> {
      const { rows } = await db.raw(`SELECT id FROM account WHERE kind = 'staff' AND lower(number) = ? LIMIT 2`, [
        numberInLowerCase,
      ]);
      const [first, second] = rows as { id: string }[];
      return first === undefined || second !== undefined ? undefined : parts.findAccount(first.id);
    },
    /** Of the last day, newest first. */
    async list(): Promise<RecoveryCase[]> {
      const { rows } = await db.raw(
        `SELECT c.id, a.number, a.name, c.reason, o.number AS opened_by, c.opened_at, c.expires_at, p.number AS approved_by,
           c.used_at, c.code_expires_at
         FROM recovery_case c JOIN account a ON a.id = c.account_id JOIN account o ON o.id = c.opened_by
         LEFT JOIN account p ON p.id = c.approved_by WHERE c.opened_at > ? ORDER BY c.opened_at DESC LIMIT 200`,
        [new Date(clock.nowMs() - 86_400_000)],
      );
      return (rows as CaseRow[]).map((row) => ({
        id: row.id,
        number: row.number,
        name: row.name,
        reason: row.reason,
        state: stateOf(row, clock.nowMs()),
        openedBy: row.opened_by,
        openedAtMs: row.opened_at.getTime(),
        expiresAtMs: row.expires_at.getTime(),
        approvedBy: row.approved_by ?? undefined,
      }));
    },
  };
}
export type RecoveryCaseStore = ReturnType<typeof createRecoveryCaseStore>;

interface CaseRow {
  id: string;
  number: string;
  name: string;
  reason: string;
  opened_by: string;
  opened_at: Date;
  expires_at: Date;
  approved_by: string | null;
  used_at: Date | null;
  code_expires_at: Date | null;
}

function stateOf(row: CaseRow, nowMs: number): RecoveryCase['state'] {
  if (row.used_at !== null) return 'used';
  const until = row.code_expires_at ?? row.expires_at;
  if (until.getTime() <= nowMs) return 'expired';
  return row.approved_by === null ? 'waiting' : 'approved';
}
