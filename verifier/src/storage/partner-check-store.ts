import { appendAudit, type Clock, type Database, idempotentDigest, Refusal, type Transaction } from '@lanyard/platform';
import type { PartnerCheck } from '../domain/partners/check.js';

const KEPT_DAYS = 400;
/** How long a request that never got its answer keeps its key: its process may have been killed. */
const UNANSWERED_MS = 60_000;

/** What partners were told, kept as long as a year of a discount and its disputes last. */
export function createPartnerCheckStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  async function read(on: Database | Transaction, partnerId: string, id: string): Promise<PartnerCheck | undefined> {
    const { rows } = await on.raw(
      `SELECT id, partner_id, purpose, student, eligible, reason, valid_until::text AS valid_until, scheme, at
       FROM partner_check WHERE id = ? AND partner_id = ?`,
      [id, partnerId],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    return {
      ...{ id: row.id, partnerId: row.partner_id, purpose: row.purpose, scheme: row.scheme, atMs: row.at.getTime() },
      student: row.student ?? undefined,
      outcome: row.eligible
        ? { result: 'eligible', validUntil: row.valid_until }
        : { result: 'not-eligible', reason: row.reason },
    };
  }

  return {
    read: (partnerId: string, id: string) => read(db, partnerId, id),
    /**
     * Claims an Idempotency-Key: undefined for the first, which goes on; the check for those who come after it.
     * @throws Refusal `input-invalid`, `idempotency-key-reused`, `idempotency-in-progress`
     */
    async claim(partnerId: string, key: string, body: unknown): Promise<PartnerCheck | undefined> {
      const digest = idempotentDigest(key, body);
      const mine = await db.raw(
        `INSERT INTO partner_request AS r (partner_id, key, request_digest, at) VALUES (?, ?, ?, ?)
         ON CONFLICT (partner_id, key) DO UPDATE SET at = excluded.at
           WHERE r.check_id IS NULL AND r.request_digest = excluded.request_digest AND r.at <= ?`,
        [partnerId, key, digest, now(), new Date(clock.nowMs() - UNANSWERED_MS)],
      );
      if (mine.rowCount === 1) return undefined;
      const { rows } = await db.raw(
        'SELECT request_digest, check_id FROM partner_request WHERE partner_id = ? AND key = ?',
        [...[partnerId, key]],
      );
      const claimed = rows[0];
      if (claimed === undefined || !claimed.request_digest.equals(digest)) throw new Refusal('idempotency-key-reused');
      const check = claimed.check_id === null ? undefined : await read(db, partnerId, claimed.check_id);
      if (check === undefined) throw new Refusal('idempotency-in-progress');
      return check;
    },
    /** Gives a claimed key back: nothing was decided under it. */
    async giveBack(partnerId: string, key: string): Promise<void> {
      await db.raw('DELETE FROM partner_request WHERE partner_id = ? AND key = ? AND check_id IS NULL', [
        partnerId,
        key,
      ]);
    },
    /** Check, key and audit row, before anything is signed. */
    async keep(check: PartnerCheck, key: string | undefined): Promise<void> {
      const { id, partnerId, purpose, outcome, student, scheme, atMs } = check;
      const eligible = outcome.result === 'eligible';
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `INSERT INTO partner_check (id, partner_id, purpose, subject, student, eligible, reason, valid_until, scheme, at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            ...[id, partnerId, purpose],
            student === undefined ? null : Buffer.from(student.subject, 'base64url'),
            student === undefined ? null : JSON.stringify(student),
            ...[
              eligible,
              eligible ? null : outcome.reason,
              eligible ? outcome.validUntil : null,
              scheme,
              new Date(atMs),
            ],
          ],
        );
        if (key !== undefined) {
          await transaction.raw('UPDATE partner_request SET check_id = ? WHERE partner_id = ? AND key = ?', [
            ...[id, partnerId, key],
          ]);
        }
        const detail = { purpose, result: outcome.result, ...(eligible ? {} : { reason: outcome.reason }) };
        const event = { actor: `partner:${partnerId}`, action: 'partner-check.made', subject: `check:${id}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM partner_request WHERE at < ?', [new Date(clock.nowMs() - 2 * 86_400_000)]);
      await db.raw(
        `DELETE FROM partner_check c WHERE at < ? AND NOT EXISTS (SELECT FROM entitlement_use u WHERE u.check_id = c.id)`,
        [new Date(clock.nowMs() - KEPT_DAYS * 86_400_000)],
      );
    },
  };
}
export type PartnerCheckStore = ReturnType<typeof createPartnerCheckStore>;
