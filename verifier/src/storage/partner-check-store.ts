import {
  appendAudit,
  type Clock,
  type Database,
  dayInShanghai,
  idempotentDigest,
  Refusal,
  type Transaction,
} from '@lanyard/platform';
import type { ConsentView, PartnerCheck } from '../domain/partners/check.js';
import type { NewPartnerEvent } from '../domain/partners/events.js';
import { PASSENGER_TRIES_A_DAY } from '../domain/partners/passenger.js';
import type { EntitlementStore } from './entitlement-store.js';
import { tellPartner } from './partner-event-store.js';

const DAY_MS = 86_400_000;
const KEPT_DAYS = 400;
/** How long a request that never got its answer keeps its key: its process may have been killed. */
const UNANSWERED_MS = 60_000;

/** What goes with a check when it is kept. */
export interface KeepOptions {
  readonly key?: string | undefined;
  /** The partner is told when the student is eligible no longer. */
  readonly followUp?: boolean;
  readonly event?: NewPartnerEvent;
  readonly heldBack?: boolean;
  /** Made by a clerk at a counter of ours, in the partner's name. */
  readonly counter?: { readonly checkpointId: string; readonly actor: string };
}

/** What partners were told, each check with the consent it is; kept as long as a year of a discount and its disputes last. */
export function createPartnerCheckStore(
  db: Database,
  parts: { entitlements: Pick<EntitlementStore, 'releaseHeld'>; clock: Clock },
) {
  const { clock } = parts;
  const now = () => new Date(clock.nowMs());

  async function read(on: Database | Transaction, partnerId: string, id: string): Promise<PartnerCheck | undefined> {
    const { rows } = await on.raw(
      `SELECT id, partner_id, purpose, student, eligible, reason, valid_until::text AS valid_until, scheme, at, kind, claims,
         passenger, consent_revoked_at IS NOT NULL AS revoked, held_back FROM partner_check WHERE id = ? AND partner_id = ?`,
      [id, partnerId],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    if (row.revoked) throw new Refusal('consent-revoked');
    if (row.held_back) throw new Refusal('response-code-invalid');
    return {
      ...{ id: row.id, partnerId: row.partner_id, purpose: row.purpose, scheme: row.scheme, atMs: row.at.getTime() },
      ...{
        kind: row.kind,
        claims: row.claims,
        passengerMatched: row.passenger === 'match',
        student: row.student ?? undefined,
      },
      outcome: row.eligible
        ? { result: 'eligible', validUntil: row.valid_until }
        : { result: 'not-eligible', reason: row.reason },
    };
  }

  /** False where the check was kept before, by another process. */
  async function keepIn(transaction: Transaction, check: PartnerCheck, options: KeepOptions = {}): Promise<boolean> {
    const { id, partnerId, purpose, outcome, student, scheme, atMs } = check;
    const eligible = outcome.result === 'eligible';
    const kept = await transaction.raw(
      `INSERT INTO partner_check (id, partner_id, purpose, subject, student, eligible, reason, valid_until, scheme, at, kind, claims, held_back)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      [
        ...[id, partnerId, purpose],
        student === undefined ? null : Buffer.from(student.subject, 'base64url'),
        student === undefined ? null : JSON.stringify(student),
        ...[eligible, eligible ? null : outcome.reason, eligible ? outcome.validUntil : null, scheme],
        ...[new Date(atMs), check.kind, [...check.claims], options.heldBack ?? false],
      ],
    );
    if (kept.rowCount !== 1) return false;
    if (options.key !== undefined) {
      await transaction.raw('UPDATE partner_request SET check_id = ? WHERE partner_id = ? AND key = ?', [
        ...[id, partnerId, options.key],
      ]);
    }
    if (options.followUp === true && eligible && student !== undefined) {
      await transaction.raw(
        `INSERT INTO partner_follow_up (check_id, look_at, until_at)
         VALUES (?, ?, (?::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')`,
        [id, new Date(atMs + DAY_MS), outcome.validUntil],
      );
    }
    if (options.event !== undefined) await tellPartner(transaction, partnerId, options.event, clock.nowMs());
    const detail = {
      ...{ purpose, kind: check.kind, claims: check.claims, result: outcome.result },
      ...(eligible ? {} : { reason: outcome.reason }),
      ...(options.counter === undefined ? {} : { checkpoint: options.counter.checkpointId, partner: partnerId }),
    };
    const actor = options.counter?.actor ?? `partner:${partnerId}`;
    const event = { actor, action: 'partner-check.made', subject: `check:${id}`, detail };
    await appendAudit(transaction, [event], clock.nowMs());
    return true;
  }

  return {
    /** @throws Refusal `consent-revoked`, `response-code-invalid` */
    read: (partnerId: string, id: string) => read(db, partnerId, id),
    /**
     * Claims an Idempotency-Key: undefined for the first, which goes on; the check for those who come after it.
     * @throws Refusal `input-invalid`, `idempotency-key-reused`, `idempotency-in-progress`, `consent-revoked`
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
    async keep(check: PartnerCheck, options: KeepOptions): Promise<void> {
      await db.transaction((transaction) => keepIn(transaction, check, options));
    },
    keepIn,

    /** The student's browser came back to the partner: from now on its check is told. */
    async release({ id, partnerId }: Pick<PartnerCheck, 'id' | 'partnerId'>): Promise<void> {
      await db.raw('UPDATE partner_check SET held_back = false WHERE id = ? AND partner_id = ?', [id, partnerId]);
    },

    /** Takes one of the day's comparisons of a passenger with this student; false where there is none left. */
    async takePassengerTry(partnerId: string, subject: string): Promise<boolean> {
      const { rowCount } = await db.raw(
        `INSERT INTO partner_passenger_miss AS m (partner_id, subject, day, n) VALUES (?, ?, ?, 1)
         ON CONFLICT (partner_id, subject, day) DO UPDATE SET n = m.n + 1 WHERE m.n < ?`,
        [partnerId, Buffer.from(subject, 'base64url'), dayInShanghai(clock.nowMs()), PASSENGER_TRIES_A_DAY],
      );
      return rowCount === 1;
    },
    /** It was the student: that is no guess. Nothing but this is kept. */
    async passengerMatched({ id, partnerId }: Pick<PartnerCheck, 'id' | 'partnerId'>, subject: string): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw(
          'UPDATE partner_passenger_miss SET n = n - 1 WHERE partner_id = ? AND subject = ? AND day = ? AND n > 0',
          [partnerId, Buffer.from(subject, 'base64url'), dayInShanghai(clock.nowMs())],
        );
        await transaction.raw("UPDATE partner_check SET passenger = 'match' WHERE id = ? AND partner_id = ?", [
          ...[id, partnerId],
        ]);
      });
    },

    /** Every check a student was part of with one partner, the newest first, a year's at most 500. */
    async findChecksOfSubject(partnerId: string, subject: Uint8Array): Promise<ConsentView[]> {
      const { rows } = await db.raw(
        `SELECT c.id, c.purpose, c.kind, c.claims, c.at, c.eligible, c.reason, c.consent_revoked_at, p.name_zh, p.name_en
         FROM partner_check c JOIN partner p ON p.id = c.partner_id
         WHERE c.partner_id = ? AND c.subject = ? ORDER BY c.at DESC, c.id LIMIT 500`,
        [partnerId, Buffer.from(subject)],
      );
      return rows.map((row: ConsentRow) => ({
        ...{ check: row.id, partner: partnerId, name_zh: row.name_zh, name_en: row.name_en },
        ...{ purpose: row.purpose, kind: row.kind, claims: row.eligible ? row.claims : [], at: row.at.toISOString() },
        ...{ result: row.eligible ? 'eligible' : 'not-eligible', reason: row.reason },
        revoked_at: row.consent_revoked_at?.toISOString() ?? null,
      }));
    },

    /**
     * Takes back the consent to every check of a student with one partner: their facts are erased, what they held goes
     * back, the partner is told which checks it was. Answers how many there were.
     */
    async revokeConsents(partnerId: string, subject: Uint8Array, actor: string): Promise<number> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE partner_check SET consent_revoked_at = ?, student = '{}'
           WHERE partner_id = ? AND subject = ? AND consent_revoked_at IS NULL RETURNING id`,
          [now(), partnerId, Buffer.from(subject)],
        );
        const ids: string[] = rows.map((row: { id: string }) => row.id).sort();
        if (ids.length === 0) return 0;
        await transaction.raw('DELETE FROM partner_follow_up WHERE check_id = ANY (?)', [ids]);
        await parts.entitlements.releaseHeld(transaction, ids);
        for (const check of ids)
          await tellPartner(transaction, partnerId, { kind: 'consent.revoked', data: { check } }, clock.nowMs());
        const detail = { checks: ids.length };
        const event = { actor, action: 'partner-consent.revoked', subject: `partner:${partnerId}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
        return ids.length;
      });
    },

    async sweep(): Promise<void> {
      await db.raw('DELETE FROM partner_request WHERE at < ?', [new Date(clock.nowMs() - 2 * DAY_MS)]);
      await db.raw('DELETE FROM partner_passenger_miss WHERE day < ?', [dayInShanghai(clock.nowMs())]);
      await db.raw(
        `DELETE FROM partner_check c WHERE at < ? AND NOT EXISTS (SELECT FROM entitlement_use u WHERE u.check_id = c.id)`,
        [new Date(clock.nowMs() - KEPT_DAYS * DAY_MS)],
      );
    },
  };
}
export type PartnerCheckStore = ReturnType<typeof createPartnerCheckStore>;

interface ConsentRow extends Pick<ConsentView, 'purpose' | 'kind' | 'claims' | 'reason' | 'name_zh' | 'name_en'> {
  id: string;
  at: Date;
  eligible: boolean;
  consent_revoked_at: Date | null;
}
