import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { tellPartner } from './partner-event-store.js';

const RESERVED_MINUTES = 30;

/** One use of a discount, as its partner sees it. */
export interface EntitlementUse {
  readonly id: string;
  readonly state: 'reserved' | 'redeemed' | 'released' | 'expired' | 'refunded';
  readonly fareFen: number;
  readonly reservedUntil: Date;
  /** Uses of the year that nobody holds or has had. */
  readonly left: number;
}

export interface NewUse {
  readonly partnerId: string;
  readonly checkId: string;
  readonly subject: Uint8Array;
  readonly entitlement: { readonly id: string; readonly version: number; readonly usesPerYear: number };
  readonly year: number;
  readonly travelDate: string;
  readonly seatClass: string;
  readonly fareFen: number;
}

type Ending = 'redeem' | 'release' | 'refund';

/** What each verb asks for and does: the state it leaves, and how it moves the account. */
const VERBS = {
  redeem: { from: 'reserved', to: 'redeemed', held: -1, used: 1, set: 'redeemed_at' },
  release: { from: 'reserved', to: 'released', held: -1, used: 0, set: 'ended_at' },
  refund: { from: 'redeemed', to: 'refunded', held: 0, used: -1, set: 'ended_at' },
} as const;

/**
 * The ledger of discounts. Each movement is one UPDATE with a WHERE on the account, in one transaction with the use's
 * own state, its entry and its audit row, so an account never goes below zero or above what is granted.
 */
export function createEntitlementStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  /** Reservations of a locked account whose time is over give their use back, and their partner is told. */
  async function expire(transaction: Transaction, accountId: number): Promise<void> {
    const { rows } = await transaction.raw(
      `WITH over AS (
         UPDATE entitlement_use SET state = 'expired', ended_at = ?
         WHERE account_id = ? AND state = 'reserved' AND reserved_until <= ? RETURNING id, partner_id),
       entered AS (
         INSERT INTO entitlement_entry (use_id, kind, held, used, at) SELECT id, 'expire', -1, 0, ? FROM over)
       SELECT id, partner_id FROM over`,
      [now(), accountId, now(), now()],
    );
    if (rows.length === 0) return;
    await transaction.raw('UPDATE entitlement_account SET held = held - ? WHERE id = ?', [rows.length, accountId]);
    for (const { id, partner_id: partnerId } of rows)
      await tellPartner(transaction, partnerId, { kind: 'use.expired', data: { use: id } }, clock.nowMs());
  }

  return {
    /** Holds a use for half an hour. @throws Refusal `consent-revoked`, `entitlement-used-up` */
    async reserve(transaction: Transaction, use: NewUse): Promise<EntitlementUse> {
      const { entitlement, subject, year } = use;
      // The check first, as taking consent back does: a use is never held beside the end of its consent.
      const consent = await transaction.raw(
        'SELECT 1 FROM partner_check WHERE id = ? AND consent_revoked_at IS NULL FOR SHARE',
        [use.checkId],
      );
      if (consent.rows[0] === undefined) throw new Refusal('consent-revoked');
      await transaction.raw(
        `INSERT INTO entitlement_account (entitlement, version, subject, year, granted) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT ON CONSTRAINT entitlement_account_once DO NOTHING`,
        [entitlement.id, entitlement.version, Buffer.from(subject), year, entitlement.usesPerYear],
      );
      // The account is locked from here to the end: whoever comes at the same time sees what this one leaves.
      const { rows } = await transaction.raw(
        'SELECT id FROM entitlement_account WHERE entitlement = ? AND subject = ? AND year = ? FOR UPDATE',
        [entitlement.id, Buffer.from(subject), year],
      );
      const accountId = Number(rows[0].id);
      await expire(transaction, accountId);
      const held = await transaction.raw(
        'UPDATE entitlement_account SET held = held + 1 WHERE id = ? AND held + used < granted RETURNING granted - held - used AS left',
        [accountId],
      );
      if (held.rows[0] === undefined) throw new Refusal('entitlement-used-up');
      const id = randomBytes(16).toString('base64url');
      const reservedUntil = new Date(clock.nowMs() + RESERVED_MINUTES * 60_000);
      await transaction.raw(
        `INSERT INTO entitlement_use
           (id, account_id, partner_id, check_id, state, travel_date, seat_class, fare_fen, reserved_at, reserved_until)
         VALUES (?, ?, ?, ?, 'reserved', ?, ?, ?, ?, ?)`,
        [id, accountId, use.partnerId, use.checkId, use.travelDate, use.seatClass, use.fareFen, now(), reservedUntil],
      );
      await enter(transaction, { id, kind: 'reserve', held: 1, used: 0, partnerId: use.partnerId });
      return { id, state: 'reserved', fareFen: use.fareFen, reservedUntil, left: Number(held.rows[0].left) };
    },

    /** @throws Refusal `use-not-found`, `use-state-conflict`, `use-expired` */
    async move(
      transaction: Transaction,
      verb: Ending,
      use: { id: string; partnerId: string },
    ): Promise<EntitlementUse> {
      const { from, to, held, used, set } = VERBS[verb];
      // The account first, as reserving does: two movements of one account never wait for each other in a ring.
      await transaction.raw(
        'SELECT 1 FROM entitlement_account WHERE id = (SELECT account_id FROM entitlement_use WHERE id = ?) FOR UPDATE',
        [use.id],
      );
      const inTime = from === 'reserved' ? 'AND reserved_until > ?' : '';
      const { rows } = await transaction.raw(
        `UPDATE entitlement_use SET state = ?, ${set} = ? WHERE id = ? AND partner_id = ? AND state = ? ${inTime}
         RETURNING account_id, fare_fen, reserved_until`,
        [to, now(), use.id, use.partnerId, from, ...(inTime === '' ? [] : [now()])],
      );
      if (rows[0] === undefined) throw await whyNot(transaction, use, from);
      const account = await transaction.raw(
        `UPDATE entitlement_account SET held = held + ?, used = used + ? WHERE id = ?
         RETURNING granted - held - used AS left`,
        [held, used, rows[0].account_id],
      );
      await enter(transaction, { id: use.id, kind: verb, held, used, partnerId: use.partnerId });
      const { fare_fen: fareFen, reserved_until: reservedUntil } = rows[0];
      return { id: use.id, state: to, fareFen, reservedUntil, left: Number(account.rows[0].left) };
    },

    /** What checks whose consent is over still hold goes back; what was redeemed stays. */
    async releaseHeld(transaction: Transaction, checkIds: readonly string[]): Promise<void> {
      const { rows } = await transaction.raw(
        `SELECT DISTINCT account_id FROM entitlement_use WHERE check_id = ANY (?) AND state = 'reserved' ORDER BY account_id`,
        [[...checkIds]],
      );
      for (const { account_id: accountId } of rows) {
        await transaction.raw('SELECT 1 FROM entitlement_account WHERE id = ? FOR UPDATE', [accountId]);
        await expire(transaction, Number(accountId));
        const released = await transaction.raw(
          `UPDATE entitlement_use SET state = 'released', ended_at = ?
           WHERE account_id = ? AND check_id = ANY (?) AND state = 'reserved' RETURNING id, partner_id`,
          [now(), accountId, [...checkIds]],
        );
        await transaction.raw('UPDATE entitlement_account SET held = held - ? WHERE id = ?', [
          ...[released.rows.length, accountId],
        ]);
        for (const { id, partner_id: partnerId } of released.rows)
          await enter(transaction, { id, kind: 'release', held: -1, used: 0, partnerId });
      }
    },

    /** Uses of a year that are left, without holding any. */
    async left(entitlement: NewUse['entitlement'], subject: Uint8Array, year: number): Promise<number> {
      const { rows } = await db.raw(
        `SELECT a.granted - a.used - (SELECT count(*)::int FROM entitlement_use u
             WHERE u.account_id = a.id AND u.state = 'reserved' AND u.reserved_until > ?) AS left
         FROM entitlement_account a WHERE a.entitlement = ? AND a.subject = ? AND a.year = ?`,
        [now(), entitlement.id, Buffer.from(subject), year],
      );
      return rows[0] === undefined ? entitlement.usesPerYear : Number(rows[0].left);
    },

    async sweep(): Promise<void> {
      const { rows } = await db.raw(
        `SELECT DISTINCT account_id FROM entitlement_use WHERE state = 'reserved' AND reserved_until <= ? LIMIT 1000`,
        [now()],
      );
      for (const { account_id: accountId } of rows) {
        await db.transaction(async (transaction) => {
          await transaction.raw('SELECT 1 FROM entitlement_account WHERE id = ? FOR UPDATE', [accountId]);
          await expire(transaction, Number(accountId));
        });
      }
    },
  };

  async function enter(
    transaction: Transaction,
    entry: { id: string; kind: Ending | 'reserve'; held: number; used: number; partnerId: string },
  ): Promise<void> {
    await transaction.raw('INSERT INTO entitlement_entry (use_id, kind, held, used, at) VALUES (?, ?, ?, ?, ?)', [
      ...[entry.id, entry.kind, entry.held, entry.used, now()],
    ]);
    const event = {
      actor: `partner:${entry.partnerId}`,
      action: `entitlement.${entry.kind}`,
      subject: `use:${entry.id}`,
    };
    await appendAudit(transaction, [event], clock.nowMs());
  }

  async function whyNot(transaction: Transaction, use: { id: string; partnerId: string }, from: string) {
    const { rows } = await transaction.raw('SELECT state FROM entitlement_use WHERE id = ? AND partner_id = ?', [
      ...[use.id, use.partnerId],
    ]);
    if (rows[0] === undefined) return new Refusal('use-not-found');
    return new Refusal(rows[0].state === from || rows[0].state === 'expired' ? 'use-expired' : 'use-state-conflict');
  }
}
export type EntitlementStore = ReturnType<typeof createEntitlementStore>;
