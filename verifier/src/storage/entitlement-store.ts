import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
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

interface UseHead {
  readonly partnerId: string;
  readonly checkId: string;
  readonly subject: Uint8Array;
  readonly entitlement: { readonly id: string; readonly version: number; readonly usesPerYear: number };
  readonly year: number;
  readonly travelDate: string;
}
export interface NewUse extends UseHead {
  readonly seatClass: string;
  readonly fareFen: number;
}
/** A use that a clerk notes at a counter; the check is the tap. */
export interface CounterUse extends UseHead {
  readonly checkpointId: string;
  readonly actor: string;
}
/** Giving one back: which, of whom, where. */
export interface CounterRefund extends Pick<CounterUse, 'partnerId' | 'subject' | 'checkpointId' | 'actor'> {
  readonly use: string;
}
/** Who moves a use: its partner, or a clerk at the counter it was noted at. */
interface Mover {
  readonly partnerId: string;
  readonly counter?: { readonly checkpointId: string; readonly actor: string } | undefined;
}

/** On which day in Asia/Shanghai the ticket was bought. */
const REDEEMED_DAY = `(u.redeemed_at AT TIME ZONE 'Asia/Shanghai')::date`;

type Ending = 'redeem' | 'release' | 'refund';

/** What each verb asks for and does: the state it leaves, and how it moves the account. */
const VERBS = {
  redeem: { from: 'reserved', to: 'redeemed', held: -1, used: 1, set: 'redeemed_at' },
  release: { from: 'reserved', to: 'released', held: -1, used: 0, set: 'ended_at' },
  refund: { from: 'redeemed', to: 'refunded', held: 0, used: -1, set: 'ended_at' },
} as const;

/**
 * The ledger of discounts. Each movement is one UPDATE with a WHERE on the account, in one transaction with the use's
 * own state, its entry and its audit row, so an account never goes below zero or above what is granted. What the partner
 * did not do itself it is told, in that transaction too.
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

  /** The account of a use, locked to the end of the transaction. @throws Refusal `consent-revoked` */
  async function lockAccount(transaction: Transaction, use: UseHead): Promise<number> {
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
    return accountId;
  }

  /** Holds a use of a locked account for half an hour. @throws Refusal `entitlement-used-up` */
  async function hold(
    transaction: Transaction,
    accountId: number,
    use: UseHead & Partial<NewUse>,
    { id, counter }: { id: string } & Pick<Mover, 'counter'>,
  ): Promise<{ reservedUntil: Date; left: number }> {
    const held = await transaction.raw(
      'UPDATE entitlement_account SET held = held + 1 WHERE id = ? AND held + used < granted RETURNING granted - held - used AS left',
      [accountId],
    );
    if (held.rows[0] === undefined) throw new Refusal('entitlement-used-up');
    const at = now();
    const reservedUntil = new Date(at.getTime() + RESERVED_MINUTES * 60_000);
    await transaction.raw(
      `INSERT INTO entitlement_use (id, account_id, partner_id, check_id, state, travel_date, seat_class, fare_fen,
           counter, reserved_at, reserved_until)
         VALUES (?, ?, ?, ?, 'reserved', ?, ?, ?, ?, ?, ?)`,
      [
        ...[id, accountId, use.partnerId, use.checkId, use.travelDate, use.seatClass ?? null, use.fareFen ?? null],
        ...[counter?.checkpointId ?? null, at, reservedUntil],
      ],
    );
    await enter(transaction, { id, kind: 'reserve', held: 1, used: 0, partnerId: use.partnerId, counter });
    return { reservedUntil, left: Number(held.rows[0].left) };
  }

  /** The account first, as reserving does: two movements of one account never wait for each other in a ring. */
  async function lockAccountOf(transaction: Transaction, use: string): Promise<void> {
    await transaction.raw(
      'SELECT 1 FROM entitlement_account WHERE id = (SELECT account_id FROM entitlement_use WHERE id = ?) FOR UPDATE',
      [use],
    );
  }

  /** @throws Refusal `use-not-found`, `use-state-conflict`, `use-expired` */
  async function move(transaction: Transaction, verb: Ending, use: Mover & { id: string }) {
    const { from, to, held, used, set } = VERBS[verb];
    await lockAccountOf(transaction, use.id);
    const inTime = from === 'reserved' ? 'AND reserved_until > ?' : '';
    const { rows } = await transaction.raw(
      `UPDATE entitlement_use SET state = ?, ${set} = ?
         WHERE id = ? AND partner_id = ? AND counter IS NOT DISTINCT FROM ? AND state = ? ${inTime}
         RETURNING account_id, fare_fen, reserved_until`,
      [
        ...[to, now(), use.id, use.partnerId, use.counter?.checkpointId ?? null, from],
        ...(inTime === '' ? [] : [now()]),
      ],
    );
    if (rows[0] === undefined) throw await whyNot(transaction, use, from);
    const account = await transaction.raw(
      `UPDATE entitlement_account SET held = held + ?, used = used + ? WHERE id = ?
         RETURNING granted - held - used AS left`,
      [held, used, rows[0].account_id],
    );
    await enter(transaction, { id: use.id, kind: verb, held, used, partnerId: use.partnerId, counter: use.counter });
    const { fare_fen: fareFen, reserved_until: reservedUntil } = rows[0];
    return { id: use.id, state: to, fareFen, reservedUntil, left: Number(account.rows[0].left) };
  }

  return {
    /** Holds a use for half an hour. @throws Refusal `consent-revoked`, `entitlement-used-up` */
    async reserve(transaction: Transaction, use: NewUse): Promise<EntitlementUse> {
      const accountId = await lockAccount(transaction, use);
      const id = randomBytes(16).toString('base64url');
      const held = await hold(transaction, accountId, use, { id });
      return { id, state: 'reserved', fareFen: use.fareFen, ...held };
    },

    /** A partner's movement of its use; one that was noted at a counter is given back there. */
    move: (transaction: Transaction, verb: Ending, use: { id: string; partnerId: string }): Promise<EntitlementUse> =>
      move(transaction, verb, use),

    /**
     * The one use of a tap: the first call reserves and redeems it, a repeat changes nothing.
     * @throws Refusal `consent-revoked`, `entitlement-used-up`, `tap-used` once it was given back
     */
    async useAtCounter(transaction: Transaction, use: CounterUse): Promise<void> {
      const accountId = await lockAccount(transaction, use);
      const { rows } = await transaction.raw('SELECT state FROM entitlement_use WHERE id = ?', [use.checkId]);
      if (rows[0]?.state === 'refunded') throw new Refusal('tap-used');
      if (rows[0] !== undefined) return;
      const mover = { id: use.checkId, counter: { checkpointId: use.checkpointId, actor: use.actor } };
      await hold(transaction, accountId, use, mover);
      await move(transaction, 'redeem', { ...mover, partnerId: use.partnerId });
      await tellOfCounter(transaction, 'use.redeemed', { ...use, use: use.checkId });
    },

    /** Gives a use of the same day back, once; a repeat changes nothing. @throws Refusal `use-not-found`, `refund-too-late` */
    async refundAtCounter(transaction: Transaction, refund: CounterRefund): Promise<void> {
      const { use: id, partnerId, subject, checkpointId, actor } = refund;
      await lockAccountOf(transaction, id);
      const { rows } = await transaction.raw(
        `SELECT u.state, ${REDEEMED_DAY} = ?::date AS is_today
         FROM entitlement_use u JOIN entitlement_account a ON a.id = u.account_id
         WHERE u.id = ? AND u.partner_id = ? AND u.counter = ? AND a.subject = ?`,
        [dayInShanghai(clock.nowMs()), id, partnerId, checkpointId, Buffer.from(subject)],
      );
      const found: { state: string; is_today: boolean } | undefined = rows[0];
      if (found === undefined) throw new Refusal('use-not-found');
      if (found.state === 'refunded') return;
      if (!found.is_today) throw new Refusal('refund-too-late');
      await move(transaction, 'refund', { id, partnerId, counter: { checkpointId, actor } });
      await tellOfCounter(transaction, 'use.refunded', refund);
    },

    /** Today's uses of a student at a counter, the newest first, those that were given back too. */
    async usesAtCounter(
      of: Pick<CounterUse, 'partnerId' | 'subject' | 'checkpointId'> & { entitlement: string },
    ): Promise<{ id: string; state: string; at: Date }[]> {
      const { rows } = await db.raw(
        `SELECT u.id, u.state, u.redeemed_at AS at
         FROM entitlement_use u JOIN entitlement_account a ON a.id = u.account_id
         WHERE a.entitlement = ? AND a.subject = ? AND u.partner_id = ? AND u.counter = ? AND ${REDEEMED_DAY} = ?::date
         ORDER BY u.redeemed_at DESC, u.id`,
        [of.entitlement, Buffer.from(of.subject), of.partnerId, of.checkpointId, dayInShanghai(clock.nowMs())],
      );
      return rows;
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

  async function tellOfCounter(
    transaction: Transaction,
    kind: 'use.redeemed' | 'use.refunded',
    { partnerId, use, checkpointId: checkpoint }: Pick<CounterRefund, 'partnerId' | 'use' | 'checkpointId'>,
  ): Promise<void> {
    await tellPartner(transaction, partnerId, { kind, data: { use, checkpoint } }, clock.nowMs());
  }

  async function enter(
    transaction: Transaction,
    entry: Mover & { id: string; kind: Ending | 'reserve'; held: number; used: number },
  ): Promise<void> {
    await transaction.raw('INSERT INTO entitlement_entry (use_id, kind, held, used, at) VALUES (?, ?, ?, ?, ?)', [
      ...[entry.id, entry.kind, entry.held, entry.used, now()],
    ]);
    const { counter } = entry;
    const event = {
      ...{ actor: counter?.actor ?? `partner:${entry.partnerId}`, action: `entitlement.${entry.kind}` },
      subject: `use:${entry.id}`,
      ...(counter === undefined ? {} : { detail: { checkpoint: counter.checkpointId, partner: entry.partnerId } }),
    };
    await appendAudit(transaction, [event], clock.nowMs());
  }

  async function whyNot(transaction: Transaction, use: Mover & { id: string }, from: string) {
    const { rows } = await transaction.raw(
      'SELECT state FROM entitlement_use WHERE id = ? AND partner_id = ? AND counter IS NOT DISTINCT FROM ?',
      [use.id, use.partnerId, use.counter?.checkpointId ?? null],
    );
    if (rows[0] === undefined) return new Refusal('use-not-found');
    return new Refusal(rows[0].state === from || rows[0].state === 'expired' ? 'use-expired' : 'use-state-conflict');
  }
}
export type EntitlementStore = ReturnType<typeof createEntitlementStore>;
