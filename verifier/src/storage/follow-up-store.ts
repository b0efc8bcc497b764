import type { Clock, Database } from '@lanyard/platform';
import { tellPartner } from './partner-event-store.js';

const DAY_MS = 86_400_000;

/** A check that is due to be looked at again. */
export interface DueFollowUp {
  readonly checkId: string;
  readonly partnerId: string;
  readonly purpose: string;
  readonly subject: string;
}

/** Checks whose students are looked at once a day, so that their partner hears when one is eligible no longer. */
export function createFollowUpStore(db: Database, clock: Clock) {
  const at = (offsetMs = 0) => new Date(clock.nowMs() + offsetMs);
  return {
    /** Claimed by putting the next look off: a process that dies leaves it for tomorrow. */
    async claim(limit: number): Promise<DueFollowUp[]> {
      const { rows } = await db.raw(
        `WITH due AS (SELECT check_id FROM partner_follow_up WHERE look_at <= ? AND until_at > ?
           ORDER BY look_at LIMIT ? FOR UPDATE SKIP LOCKED)
         UPDATE partner_follow_up f SET look_at = ? FROM due, partner_check c
         WHERE f.check_id = due.check_id AND c.id = f.check_id RETURNING c.id, c.partner_id, c.purpose, c.subject`,
        [at(), at(), limit, at(DAY_MS)],
      );
      return rows.map((row: { id: string; partner_id: string; purpose: string; subject: Buffer }) => ({
        ...{ checkId: row.id, partnerId: row.partner_id, purpose: row.purpose },
        subject: row.subject.toString('base64url'),
      }));
    },
    /** Told once: the follow-up ends with it. */
    async ended({ checkId, partnerId }: DueFollowUp): Promise<void> {
      await db.transaction(async (transaction) => {
        const done = await transaction.raw('DELETE FROM partner_follow_up WHERE check_id = ?', [checkId]);
        if (done.rowCount !== 1) return;
        const event = { kind: 'eligibility.ended', data: { check: checkId } } as const;
        await tellPartner(transaction, partnerId, event, clock.nowMs());
      });
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM partner_follow_up WHERE until_at <= ?', [at()]);
    },
  };
}
export type FollowUpStore = ReturnType<typeof createFollowUpStore>;
