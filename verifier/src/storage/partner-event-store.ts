import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import {
  type DueEvent,
  type NewPartnerEvent,
  type PartnerEventKind,
  retryAfterSeconds,
} from '../domain/partners/events.js';

/** A failure after so long is the last; staff can begin again. */
const TRIED_FOR_MS = 3 * 86_400_000;
const KEPT_MS = 30 * 86_400_000;
const LONGEST_REST_SECONDS = 600;
/** Of one partner at a time: a slow address never fills a whole batch. */
const MOST_OF_ONE = 4;

/** Writes an event down where its partner wants to hear of it, in the transaction of what it tells. */
export async function tellPartner(
  transaction: Transaction,
  partnerId: string,
  event: NewPartnerEvent,
  nowMs: number,
): Promise<void> {
  await transaction.raw(
    `INSERT INTO partner_event (id, partner_id, kind, data, at, state, next_at, until_at)
     SELECT ?, partner_id, ?, ?, ?, 'waiting', ?, ? FROM partner_callback WHERE partner_id = ? AND ? = ANY (events)`,
    [
      ...[randomBytes(16).toString('base64url'), event.kind, JSON.stringify(event.data)],
      ...[new Date(nowMs), new Date(nowMs), new Date(nowMs + TRIED_FOR_MS), partnerId, event.kind],
    ],
  );
}

/** An event as staff see it: whether it came through, never to whom it was about. */
export interface EventView {
  readonly id: string;
  readonly kind: PartnerEventKind;
  readonly at: string;
  readonly state: 'waiting' | 'delivered' | 'given-up';
  readonly attempts: number;
  readonly next_at: string | null;
  readonly last_code: string | null;
}

/**
 * The outbox. An event is claimed by putting its next attempt off: who claimed it and was killed leaves it due again,
 * and two processes never hold the same one. So it is delivered at least once, under one id.
 */
export function createPartnerEventStore(db: Database, clock: Clock) {
  const at = (offsetMs = 0) => new Date(clock.nowMs() + offsetMs);

  return {
    async claim(limit: number): Promise<DueEvent[]> {
      const { rows } = await db.raw(
        `WITH due AS (
           SELECT e.id FROM partner_event e JOIN partner p ON p.id = e.partner_id JOIN partner_callback c ON c.partner_id = e.partner_id
           WHERE e.state = 'waiting' AND e.next_at <= ? AND p.withdrawn_at IS NULL AND (c.rest_until IS NULL OR c.rest_until <= ?)
             AND e.id IN (SELECT id FROM (
               SELECT id, row_number() OVER (PARTITION BY partner_id ORDER BY next_at, id) AS place
               FROM partner_event WHERE state = 'waiting' AND next_at <= ?) AS placed WHERE place <= ?)
           ORDER BY e.next_at, e.id LIMIT ? FOR UPDATE OF e SKIP LOCKED)
         UPDATE partner_event e SET attempts = attempts + 1, attempted_at = ?,
           next_at = ?::timestamptz + least(?, ? * power(2, least(attempts, 20))) * interval '1 second'
         FROM due, partner_callback c WHERE e.id = due.id AND c.partner_id = e.partner_id
         RETURNING e.id, e.partner_id, e.kind, e.data, e.at, c.url`,
        [
          ...[at(), at(), at(), MOST_OF_ONE, limit, at(), at()],
          ...[retryAfterSeconds(Number.MAX_SAFE_INTEGER), retryAfterSeconds(1)],
        ],
      );
      return rows.map(
        (row: { id: string; partner_id: string; kind: PartnerEventKind; data: object; at: Date; url: string }) => ({
          ...{
            id: row.id,
            partnerId: row.partner_id,
            kind: row.kind,
            data: row.data,
            atMs: row.at.getTime(),
            url: row.url,
          },
        }),
      );
    },

    async delivered({ id, partnerId }: Pick<DueEvent, 'id' | 'partnerId'>): Promise<void> {
      await db.raw(
        "UPDATE partner_event SET state = 'delivered', delivered_at = ?, last_code = NULL WHERE id = ? AND state <> 'delivered'",
        [at(), id],
      );
      await db.raw(
        'UPDATE partner_callback SET failures = 0, rest_until = NULL WHERE partner_id = ? AND failures > 0',
        [partnerId],
      );
    },

    /** One failure makes the whole address rest, ten minutes at most. */
    async failed({ id, partnerId }: Pick<DueEvent, 'id' | 'partnerId'>, code: string): Promise<void> {
      await db.raw(
        `UPDATE partner_event SET last_code = ?, state = CASE WHEN until_at <= ? THEN 'given-up' ELSE 'waiting' END
         WHERE id = ? AND state = 'waiting'`,
        [code, at(), id],
      );
      await db.raw(
        `UPDATE partner_callback SET failures = failures + 1,
           rest_until = ?::timestamptz + least(?, ? * power(2, least(failures, 20))) * interval '1 second'
         WHERE partner_id = ?`,
        [at(), LONGEST_REST_SECONDS, retryAfterSeconds(1), partnerId],
      );
    },

    /** The newest first, a page of 50; `before` is the id of the last one told. */
    async list(partnerId: string, before: string | undefined): Promise<EventView[]> {
      const { rows } = await db.raw(
        `SELECT id, kind, at, state, attempts, next_at, last_code FROM partner_event
         WHERE partner_id = ? AND (?::text IS NULL OR (at, id) < (SELECT at, id FROM partner_event WHERE id = ?))
         ORDER BY at DESC, id DESC LIMIT 50`,
        [partnerId, before ?? null, before ?? null],
      );
      return rows.map((row: Omit<EventView, 'at' | 'next_at'> & { at: Date; next_at: Date }) => ({
        ...row,
        at: row.at.toISOString(),
        next_at: row.state === 'waiting' ? row.next_at.toISOString() : null,
      }));
    },

    /** Tries an event again at once, for three more days. @throws Refusal `partner-event-not-found` */
    async retry(partnerId: string, id: string, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `UPDATE partner_event SET state = 'waiting', next_at = ?, until_at = ? WHERE id = ? AND partner_id = ? AND state <> 'delivered'`,
          [at(), at(TRIED_FOR_MS), id, partnerId],
        );
        if (rowCount !== 1) throw new Refusal('partner-event-not-found');
        await transaction.raw('UPDATE partner_callback SET rest_until = NULL WHERE partner_id = ?', [partnerId]);
        const event = {
          actor,
          action: 'partner-event.retried',
          subject: `partner:${partnerId}`,
          detail: { event: id },
        };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },

    async sweep(): Promise<void> {
      await db.raw("DELETE FROM partner_event WHERE at < ? AND state <> 'waiting'", [at(-KEPT_MS)]);
    },
  };
}
export type PartnerEventStore = ReturnType<typeof createPartnerEventStore>;
