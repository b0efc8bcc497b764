import { appendAudit, type Clock, type Database } from '@lanyard/platform';
import { propagateStudentChange } from '../people/propagate-change.js';
import { notificationDigest } from './credential-store.js';

export const NOTIFICATION_EVENTS = ['credential_accepted', 'credential_failure', 'credential_deleted'] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

const ACTIONS: Record<NotificationEvent, string> = {
  credential_accepted: 'credential.accepted',
  credential_failure: 'credential.failed',
  credential_deleted: 'credential.discarded',
};

/**
 * What a wallet says became of a batch (OpenID4VCI 1.0 §11). The same again changes nothing. Copies that a wallet could
 * not keep or has deleted are revoked: nobody holds them, so nobody may show them; the room they took is free again.
 */
export function createNotificationStore(db: Database, clock: Clock) {
  return {
    async note(
      walletId: number,
      notificationId: string,
      event: NotificationEvent,
    ): Promise<'noted' | 'unknown' | 'contradiction'> {
      const digest = notificationDigest(notificationId);
      return db.transaction(async (transaction) => {
        const changed = await transaction.raw(
          `UPDATE issuance SET event = ?, event_at = ? WHERE notification_digest = ? AND wallet_id = ?
             AND (event IS NULL OR (event = 'credential_accepted' AND event <> ?)) RETURNING id, student_id, configuration_id`,
          [event, new Date(clock.nowMs()), digest, walletId, event],
        );
        const row: { id: number; student_id: number; configuration_id: string } | undefined = changed.rows[0];
        if (row === undefined) {
          const known = await transaction.raw(
            'SELECT event FROM issuance WHERE notification_digest = ? AND wallet_id = ?',
            [digest, walletId],
          );
          if (known.rows[0] === undefined) return 'unknown';
          return known.rows[0].event === event ? 'noted' : 'contradiction';
        }
        if (event !== 'credential_accepted') {
          await transaction.raw(
            'UPDATE credential SET discarded_at = ? WHERE issuance_id = ? AND discarded_at IS NULL',
            [new Date(clock.nowMs()), row.id],
          );
          await propagateStudentChange(transaction, [row.student_id]);
        }
        await appendAudit(
          transaction,
          [
            {
              actor: `wallet:${walletId}`,
              action: ACTIONS[event],
              subject: `student:${row.student_id}`,
              detail: { configuration_id: row.configuration_id, issuance: row.id },
            },
          ],
          clock.nowMs(),
        );
        return 'noted';
      });
    },
  };
}
export type NotificationStore = ReturnType<typeof createNotificationStore>;
