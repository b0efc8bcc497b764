import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { QuotaStep, WantedPlace } from '../domain/places/occasion.js';

export interface HeldPlace {
  readonly step: string;
  readonly occasion: string;
  readonly state: 'taken' | 'waiting';
}
export interface Occasion {
  readonly key: string;
  readonly capacity: number;
  readonly taken: number;
  readonly waiting: number;
  readonly opens_at: Date | null;
  readonly closes_at: Date | null;
}

/** Who holds or waits: the case with its applicant. */
interface Holder {
  readonly caseId: string;
  readonly applicant: string;
  readonly service: string;
}

/**
 * Places out of a number of places. Giving one, letting one go and handing it to the first who waits each happen under
 * the lock of the occasion's row, and `taken` is never over the capacity: the table itself says so. Cases are locked
 * before occasions and never after, so nobody waits in a circle: who is handed a place is told by {@link untold}.
 */
export function createPlaceStore(db: Database, clock: Clock) {
  const lock = (transaction: Transaction, keys: readonly string[]) =>
    transaction.raw('SELECT key FROM occasion WHERE key = ANY(?::text[]) ORDER BY key FOR UPDATE', [keys as string[]]);

  /** Hands free places to those who wait, in their order. */
  async function promote(transaction: Transaction, key: string): Promise<void> {
    await transaction.raw(
      `WITH next AS (
         SELECT p.case_id, p.step FROM place p, occasion o
         WHERE p.occasion = o.key AND o.key = ? AND p.state = 'waiting'
         ORDER BY p.number LIMIT (SELECT capacity - taken FROM occasion WHERE key = ?)),
       handed AS (
         UPDATE place p SET state = 'taken', is_told = false FROM next n
         WHERE p.case_id = n.case_id AND p.step = n.step RETURNING 1)
       UPDATE occasion SET taken = taken + (SELECT count(*) FROM handed)::integer WHERE key = ?`,
      [key, key, key],
    );
  }

  async function heldBy(transaction: Transaction, caseId: string): Promise<HeldPlace[]> {
    const { rows } = await transaction.raw('SELECT step, occasion, state FROM place WHERE case_id = ?', [caseId]);
    return rows;
  }

  async function letGo(transaction: Transaction, caseId: string, places: readonly HeldPlace[]): Promise<void> {
    if (places.length === 0) return;
    const keys = [...new Set(places.map(({ occasion }) => occasion))].sort();
    await lock(transaction, keys);
    for (const { step } of places) {
      const { rows } = await transaction.raw(
        'DELETE FROM place WHERE case_id = ? AND step = ? RETURNING occasion, state',
        [caseId, step],
      );
      const freed = rows[0];
      if (freed?.state !== 'taken') continue;
      await transaction.raw('UPDATE occasion SET taken = taken - 1 WHERE key = ?', [freed.occasion]);
    }
    for (const key of keys) await promote(transaction, key);
  }

  /** @throws Refusal `occasion-not-open`, `places-taken`, `signed-up-already` */
  async function take(transaction: Transaction, holder: Holder, step: QuotaStep, key: string): Promise<HeldPlace> {
    const now = new Date(clock.nowMs());
    if (step.places !== undefined)
      await transaction.raw(
        'INSERT INTO occasion (key, service, capacity, made_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        [key, holder.service, step.places, now],
      );
    const { rows } = await transaction.raw(
      `WITH o AS (SELECT key, taken < capacity AS has_free FROM occasion
         WHERE key = ? AND service = ? AND (opens_at IS NULL OR opens_at <= ?) AND (closes_at IS NULL OR closes_at > ?)
         FOR UPDATE)
       UPDATE occasion SET drawn = drawn + 1, taken = taken + o.has_free::integer FROM o WHERE occasion.key = o.key
       RETURNING occasion.drawn, o.has_free`,
      [key, holder.service, now, now],
    );
    const drawn = rows[0] as { drawn: string; has_free: boolean } | undefined;
    if (drawn === undefined) throw new Refusal('occasion-not-open');
    if (!drawn.has_free && step.when_full === 'refuse') throw new Refusal('places-taken');
    const state = drawn.has_free ? 'taken' : 'waiting';
    const put = await transaction.raw(
      `INSERT INTO place (case_id, step, occasion, applicant, state, number, is_told, at)
       VALUES (?, ?, ?, ?, ?, ?, true, ?) ON CONFLICT ON CONSTRAINT place_once DO NOTHING`,
      [holder.caseId, step.id, key, holder.applicant, state, drawn.drawn, now],
    );
    if (put.rowCount !== 1) throw new Refusal('signed-up-already');
    return { step: step.id, occasion: key, state };
  }

  return {
    /**
     * Brings the places of a locked case in line with what it wants: lets go of what it wants no more, takes what is
     * new. Answers the open steps that have their place.
     * @throws Refusal `occasion-not-open`, `places-taken`, `signed-up-already`
     */
    async settle(transaction: Transaction, holder: Holder, wanted: readonly WantedPlace[]): Promise<QuotaStep[]> {
      const held = await heldBy(transaction, holder.caseId);
      const isWanted = (place: HeldPlace) =>
        wanted.some(({ step, key }) => step.id === place.step && key === place.occasion);
      const gone = held.filter((place) => !isWanted(place));
      await letGo(transaction, holder.caseId, gone);
      const passed: QuotaStep[] = [];
      for (const { step, key, isOpen } of wanted) {
        if (key === undefined) throw new Refusal('occasion-not-open');
        const mine = held.find((place) => place.step === step.id && !gone.includes(place));
        const place = mine ?? (await take(transaction, holder, step, key));
        // Nobody's signature makes a place where there is none.
        if (!isOpen && place.state === 'waiting') throw new Refusal('places-taken');
        if (isOpen && place.state === 'taken') passed.push(step);
      }
      return passed;
    },

    /** Cases that got a place from a waiting list and have not heard of it, the longest waiting first. */
    async untold(limit: number): Promise<string[]> {
      const { rows } = await db.raw('SELECT DISTINCT case_id FROM place WHERE NOT is_told LIMIT ?', [limit]);
      return rows.map(({ case_id }: { case_id: string }) => case_id);
    },
    told: (transaction: Transaction, caseId: string) =>
      transaction.raw('UPDATE place SET is_told = true WHERE case_id = ? AND NOT is_told', [caseId]),

    /** What a case holds, and how many are before it where it waits. */
    async ofCase(caseId: string): Promise<(HeldPlace & { ahead: number })[]> {
      const { rows } = await db.raw(
        `SELECT p.step, p.occasion, p.state,
           (SELECT count(*) FROM place w WHERE p.state = 'waiting' AND w.occasion = p.occasion AND w.state = 'waiting'
              AND w.number < p.number)::integer AS ahead
         FROM place p WHERE p.case_id = ? ORDER BY p.step`,
        [caseId],
      );
      return rows;
    },

    /** Sets a number of places; more places go to who waits. @throws Refusal `places-given` for fewer than are given */
    async put(
      transaction: Transaction,
      change: { key: string; service: string; capacity: number; opensAt: Date | null; closesAt: Date | null },
      actor: string,
    ): Promise<void> {
      const { key, service, capacity, opensAt, closesAt } = change;
      await transaction.raw(
        `INSERT INTO occasion (key, service, capacity, opens_at, closes_at, made_at) VALUES (?, ?, 0, NULL, NULL, ?)
         ON CONFLICT DO NOTHING`,
        [key, service, new Date(clock.nowMs())],
      );
      const { rowCount } = await transaction.raw(
        `UPDATE occasion SET capacity = ?, opens_at = ?, closes_at = ? WHERE key = ? AND service = ? AND taken <= ?`,
        [capacity, opensAt as never, closesAt as never, key, service, capacity],
      );
      if (rowCount !== 1) throw new Refusal('places-given');
      await promote(transaction, key);
      const event = { actor, action: 'occasion.set', subject: `occasion:${key}`, detail: { service, capacity } };
      await appendAudit(transaction, [event], clock.nowMs());
    },
    async list(service: string, page: { after: string; limit: number }): Promise<Occasion[]> {
      const { rows } = await db.raw(
        `SELECT o.key, o.capacity, o.taken, o.opens_at, o.closes_at,
           (SELECT count(*) FROM place p WHERE p.occasion = o.key AND p.state = 'waiting')::integer AS waiting
         FROM occasion o WHERE o.service = ? AND o.key > ? ORDER BY o.key LIMIT ?`,
        [service, page.after, page.limit],
      );
      return rows;
    },
  };
}
export type PlaceStore = ReturnType<typeof createPlaceStore>;
