import type { Clock, Database, Transaction } from '@lanyard/platform';
import { ENROLMENT_MINUTES } from '../domain/recovery/recovery.js';

export interface EnrolmentPass {
  accountId: string;
  reason: 'claim' | 'recovery';
}

/** How far the clocks of two processes of this layer may be apart. */
const CLOCKS_APART_MS = 30_000;

/** After a claim or a recovery one interaction may set up one new way in. Bound to the browser by the interaction. */
export function createEnrolmentPassStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  // What expires later was made in the future: the clock was set back, and it would live twice (attack 30).
  const latestExpiry = () => new Date(clock.nowMs() + ENROLMENT_MINUTES * 60_000 + CLOCKS_APART_MS);
  return {
    async giveIn(transaction: Transaction | Database, interactionUid: string, pass: EnrolmentPass): Promise<void> {
      await transaction.raw(
        `INSERT INTO enrolment_pass (interaction_uid, account_id, reason, expires_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (interaction_uid) DO UPDATE SET account_id = excluded.account_id, reason = excluded.reason,
           expires_at = excluded.expires_at, used_at = NULL`,
        [interactionUid, pass.accountId, pass.reason, new Date(clock.nowMs() + ENROLMENT_MINUTES * 60_000)],
      );
    },
    async find(interactionUid: string): Promise<EnrolmentPass | undefined> {
      const { rows } = await db.raw(
        'SELECT account_id, reason FROM enrolment_pass WHERE interaction_uid = ? AND used_at IS NULL AND expires_at > ? AND expires_at <= ?',
        [interactionUid, now(), latestExpiry()],
      );
      const row = rows[0] as { account_id: string; reason: EnrolmentPass['reason'] } | undefined;
      return row === undefined ? undefined : { accountId: row.account_id, reason: row.reason };
    },
    /** In the transaction that sets up the new way in; false where it was used or has expired. */
    async useIn(transaction: Transaction, interactionUid: string, accountId: string): Promise<boolean> {
      const { rowCount } = await transaction.raw(
        `UPDATE enrolment_pass SET used_at = ? WHERE interaction_uid = ? AND account_id = ? AND used_at IS NULL
         AND expires_at > ? AND expires_at <= ?`,
        [now(), interactionUid, accountId, now(), latestExpiry()],
      );
      return rowCount === 1;
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM enrolment_pass WHERE expires_at < ?', [now()]);
    },
  };
}
export type EnrolmentPassStore = ReturnType<typeof createEnrolmentPassStore>;
