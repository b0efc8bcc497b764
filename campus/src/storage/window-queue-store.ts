import { randomBytes } from 'node:crypto';
import { type Clock, type Database, dayInShanghai, Refusal } from '@lanyard/platform';
import type { PersonId } from '../domain/people/person.js';

const LAST_NUMBER = 999;
/** Tickets without a name are given one in so many milliseconds at a window: nobody fills a line with them. */
const KIOSK_EVERY_MS = 3_000;
const KIOSK_WAITING = 30;
/** A clerk who called within this time is calling. */
const CALLING_MS = 20 * 60_000;
const PACE_OF = 20;
/** Who was not there stands behind so many others, once. */
const BEHIND = 3;
const SHOWN_NEXT = 5;
const SHOWN_CALLED = 6;

export interface Ticket {
  readonly id: string;
  readonly window: string;
  readonly number: number;
  readonly state: 'waiting' | 'called' | 'served' | 'missed' | 'given-back';
  readonly absences: number;
}
interface Row {
  id: string;
  window_id: string;
  number: number;
  state: Ticket['state'];
  absences: number;
}
const COLUMNS = 'id, window_id, number, state, absences';
const ticketOf = ({ window_id: window, ...row }: Row): Ticket => ({ ...row, window });

/** The line before each window, a new one every day. Whom two clerks call at once are two different people. */
export function createWindowQueueStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  const today = () => dayInShanghai(clock.nowMs());

  async function take(window: string, person: PersonId | null): Promise<Ticket> {
    const id = randomBytes(16).toString('base64url');
    return db.transaction(async (transaction) => {
      // What somebody still held from a day before is over.
      if (person !== null)
        await transaction.raw(
          `UPDATE window_ticket SET state = 'missed', ended_at = ?
           WHERE window_id = ? AND person = ? AND state IN ('waiting', 'called') AND day < ?`,
          [now(), window, person, today()],
        );
      const { rows: numbers } = await transaction.raw(
        `INSERT INTO window_day AS d (window_id, day, last_number) VALUES (?, ?, 1)
         ON CONFLICT (window_id, day) DO UPDATE SET last_number = d.last_number + 1 WHERE d.last_number < ?
         RETURNING last_number`,
        [window, today(), LAST_NUMBER],
      );
      const number: number | undefined = numbers[0]?.last_number;
      if (number === undefined) throw new Refusal('window-full');
      // The day's row is locked: the look and the ticket are one.
      const { rows } = await transaction.raw(
        `INSERT INTO window_ticket (id, window_id, day, number, person, state, place, taken_at)
         SELECT ?, ?, ?, ?, ?, 'waiting', ?, ?
         WHERE ?::text IS NOT NULL OR (
           NOT EXISTS (SELECT FROM window_ticket WHERE window_id = ? AND person IS NULL AND taken_at > ?)
           AND (SELECT count(*) FROM window_ticket WHERE window_id = ? AND day = ? AND person IS NULL AND state = 'waiting') < ?)
         ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [
          ...[id, window, today(), number, person, number, now(), person],
          ...[window, new Date(clock.nowMs() - KIOSK_EVERY_MS), window, today(), KIOSK_WAITING],
        ] as never,
      );
      if (rows[0] === undefined) throw new Refusal(person === null ? 'tickets-too-fast' : 'ticket-taken');
      return ticketOf(rows[0]);
    });
  }

  return {
    /** @throws Refusal `ticket-taken`, `window-full` */
    takeFor: (window: string, person: PersonId): Promise<Ticket> => take(window, person),
    /** Nobody's. @throws Refusal `tickets-too-fast`, `window-full` */
    takeAtKiosk: (window: string): Promise<Ticket> => take(window, null),
    /** @throws Refusal `ticket-not-found` */
    async giveBack(id: string, person: PersonId): Promise<void> {
      const { rowCount } = await db.raw(
        `UPDATE window_ticket SET state = 'given-back', ended_at = ? WHERE id = ? AND person = ? AND state = 'waiting'`,
        [now(), id, person],
      );
      if (rowCount !== 1) throw new Refusal('ticket-not-found');
    },
    /** Somebody's tickets of today that are not over, with how many stand before each. */
    async ofPerson(person: PersonId): Promise<(Ticket & { before: number })[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS}, (SELECT count(*) FROM window_ticket o
           WHERE o.window_id = t.window_id AND o.day = t.day AND o.state = 'waiting' AND o.place < t.place)::int AS before
         FROM window_ticket t WHERE person = ? AND day = ? AND state IN ('waiting', 'called') ORDER BY taken_at LIMIT 50`,
        [person, today()],
      );
      return (rows as (Row & { before: number })[]).map((row) => ({ ...ticketOf(row), before: row.before }));
    },
    /** How the lines are now: who waits, how many clerks call, and how long the last ones served took. */
    async lines(): Promise<Map<string, { waiting: number; clerks: number; servedMs: number[] }>> {
      const { rows } = await db.raw(
        `SELECT w.id,
           (SELECT count(*) FROM window_ticket t WHERE t.window_id = w.id AND t.day = ? AND t.state = 'waiting')::int AS waiting,
           (SELECT count(DISTINCT called_by) FROM window_ticket t WHERE t.window_id = w.id AND t.day = ? AND t.called_at > ?)::int AS clerks,
           ARRAY(SELECT (extract(epoch FROM t.ended_at - t.called_at) * 1000)::float8 FROM window_ticket t
             WHERE t.window_id = w.id AND t.day = ? AND t.state = 'served' ORDER BY t.ended_at DESC LIMIT ?) AS served
         FROM service_window w`,
        [today(), today(), new Date(clock.nowMs() - CALLING_MS), today(), PACE_OF],
      );
      type Line = { id: string; waiting: number; clerks: number; served: number[] };
      return new Map(
        (rows as Line[]).map(({ id, waiting, clerks, served }) => [id, { waiting, clerks, servedMs: served }]),
      );
    },
    /** Calls the next; the one this clerk had is done. Null where nobody waits. */
    async callNext(window: string, clerk: PersonId): Promise<Ticket | null> {
      return db.transaction(async (transaction) => {
        await transaction.raw(
          `UPDATE window_ticket SET state = 'served', ended_at = ? WHERE window_id = ? AND called_by = ? AND state = 'called'`,
          [now(), window, clerk],
        );
        const { rows } = await transaction.raw(
          `UPDATE window_ticket SET state = 'called', called_at = ?, called_by = ? WHERE id = (
             SELECT id FROM window_ticket WHERE window_id = ? AND day = ? AND state = 'waiting'
             ORDER BY place LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING ${COLUMNS}`,
          [now(), clerk, window, today()],
        );
        return rows[0] === undefined ? null : ticketOf(rows[0]);
      });
    },
    /** Whom this clerk has called. */
    async calledBy(window: string, clerk: PersonId): Promise<Ticket | null> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM window_ticket WHERE window_id = ? AND called_by = ? AND state = 'called' AND day = ?
         ORDER BY called_at DESC LIMIT 1`,
        [window, clerk, today()],
      );
      return rows[0] === undefined ? null : ticketOf(rows[0]);
    },
    /** The numbers that come next. */
    async next(window: string): Promise<number[]> {
      const { rows } = await db.raw(
        `SELECT number FROM window_ticket WHERE window_id = ? AND day = ? AND state = 'waiting' ORDER BY place LIMIT ?`,
        [window, today(), SHOWN_NEXT],
      );
      return (rows as { number: number }[]).map(({ number }) => number);
    },
    /** The numbers called now, the latest first. */
    async called(window: string): Promise<number[]> {
      const { rows } = await db.raw(
        `SELECT number FROM window_ticket WHERE window_id = ? AND day = ? AND state = 'called' ORDER BY called_at DESC LIMIT ?`,
        [window, today(), SHOWN_CALLED],
      );
      return (rows as { number: number }[]).map(({ number }) => number);
    },
    /** Calls once more, done, or not there: behind three others the first time, over the second. @throws Refusal `ticket-not-called` */
    async act(id: string, clerk: PersonId, verb: 'recall' | 'finish' | 'absent'): Promise<Ticket> {
      const [set, values] = changes[verb];
      const { rows } = await db.raw(
        `UPDATE window_ticket t SET ${set} WHERE id = ? AND called_by = ? AND state = 'called' RETURNING ${COLUMNS}`,
        [...values(now()), id, clerk],
      );
      if (rows[0] === undefined) throw new Refusal('ticket-not-called');
      return ticketOf(rows[0]);
    },
    /** The window of a ticket. @throws Refusal `ticket-not-found` */
    async windowOf(id: string): Promise<string> {
      const { rows } = await db.raw('SELECT window_id FROM window_ticket WHERE id = ?', [id]);
      if (rows[0] === undefined) throw new Refusal('ticket-not-found');
      return rows[0].window_id;
    },
  };
}
const BEHIND_OTHERS = `coalesce(
  (SELECT CASE WHEN count(*) <= ? THEN max(l.place) + 1
     ELSE (max(l.place) FILTER (WHERE l.n = ?) + max(l.place) FILTER (WHERE l.n = ?)) / 2 END
   FROM (SELECT o.place, row_number() OVER (ORDER BY o.place) AS n FROM window_ticket o
         WHERE o.window_id = t.window_id AND o.day = t.day AND o.state = 'waiting' ORDER BY o.place LIMIT ?) l),
  place)`;
type Change = readonly [set: string, values: (now: Date) => readonly (Date | number)[]];
/** What each act does to a ticket that was called. */
const changes: Readonly<Record<'recall' | 'finish' | 'absent', Change>> = {
  recall: ['called_at = ?', (now) => [now]],
  finish: [`state = 'served', ended_at = ?`, (now) => [now]],
  absent: [
    `absences = absences + 1, state = CASE WHEN absences = 0 THEN 'waiting' ELSE 'missed' END,
     ended_at = CASE WHEN absences = 0 THEN NULL ELSE ?::timestamptz END,
     place = CASE WHEN absences = 0 THEN ${BEHIND_OTHERS} ELSE place END`,
    (now) => [now, BEHIND, BEHIND, BEHIND + 1, BEHIND + 1],
  ],
};

export type WindowQueueStore = ReturnType<typeof createWindowQueueStore>;
