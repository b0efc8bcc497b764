import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { Visit } from '../domain/people/attended.js';

export interface Activity {
  readonly id: string;
  readonly service: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly place_zh: string;
  readonly place_en: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
}
export interface ListedActivity extends Activity {
  readonly capacity: number;
  readonly taken: number;
  readonly waiting: number;
  readonly opens_at: Date | null;
  readonly closes_at: Date | null;
}
/** From when to when somebody was there; `out_at` null: he is there now. `by_hand`: entered after an appeal. */
export interface Interval {
  readonly in_at: Date;
  readonly out_at: Date | null;
  readonly by_hand: boolean;
  /** What of it lies within the activity; an hour too early is nobody's hour. */
  readonly seconds: number;
}
interface Attendee {
  readonly caseId: string;
  readonly activity: string;
  readonly applicant: string;
}

const COLUMNS = 'a.id, a.service, a.title_zh, a.title_en, a.place_zh, a.place_en, a.starts_at, a.ends_at';

const MARGIN = '1 hour';
/** Seconds of a closed interval that lie within its activity; null while it is open. */
const WITHIN = `CASE WHEN t.out_at IS NULL THEN NULL
  ELSE greatest(0, extract(epoch FROM least(t.out_at, a.ends_at) - greatest(t.in_at, a.starts_at))) END`;

/** Activities and who came. Times are the clock's of this service; hours are the sum of closed intervals. */
export function createActivityStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    /** Makes an activity or changes it; its occasion is there already. */
    async put(transaction: Transaction, activity: Activity & { occasion: string }, actor: string): Promise<void> {
      const { id, service, title_zh, title_en, place_zh, place_en, starts_at, ends_at, occasion } = activity;
      const { rowCount } = await transaction.raw(
        `INSERT INTO activity (id, service, title_zh, title_en, place_zh, place_en, starts_at, ends_at, occasion, made_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET title_zh = excluded.title_zh, title_en = excluded.title_en,
           place_zh = excluded.place_zh, place_en = excluded.place_en, starts_at = excluded.starts_at,
           ends_at = excluded.ends_at
         WHERE activity.service = excluded.service`,
        [id, service, title_zh, title_en, place_zh, place_en, starts_at, ends_at, occasion, now()],
      );
      if (rowCount !== 1) throw new Refusal('activity-taken');
      const event = { actor, action: 'activity.set', subject: `activity:${id}`, detail: { service } };
      await appendAudit(transaction, [event], clock.nowMs());
    },
    /** @throws Refusal `activity-not-found` */
    async find(id: string): Promise<Activity> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM activity a WHERE a.id = ?`, [id]);
      if (rows[0] === undefined) throw new Refusal('activity-not-found');
      return rows[0];
    },
    /** Those of a service that are not over, the next first. `after` is the id of the last one seen. */
    async list(service: string, page: { after: string | undefined; limit: number }): Promise<ListedActivity[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS}, o.capacity, o.taken, o.opens_at, o.closes_at,
           (SELECT count(*) FROM place p WHERE p.occasion = o.key AND p.state = 'waiting')::integer AS waiting
         FROM activity a JOIN occasion o ON o.key = a.occasion
         WHERE a.service = ? AND a.ends_at > ?
           AND (?::text IS NULL OR (a.ends_at, a.id) > (SELECT ends_at, id FROM activity WHERE id = ?))
         ORDER BY a.ends_at, a.id LIMIT ?`,
        [service, now(), page.after ?? null, page.after ?? null, page.limit] as never,
      );
      return rows;
    },
    /** The case of somebody who has a place at an activity. @throws Refusal `not-signed-up` */
    async caseOf(activity: string, applicant: string): Promise<string> {
      const { rows } = await db.raw(
        `SELECT p.case_id FROM place p JOIN activity a ON a.occasion = p.occasion
         WHERE a.id = ? AND p.applicant = ? AND p.state = 'taken'`,
        [activity, applicant],
      );
      if (rows[0] === undefined) throw new Refusal('not-signed-up');
      return rows[0].case_id;
    },
    /**
     * From an hour before the activity to its end. Who forgot to check out of one that is over is not held there: that
     * time counts for nothing.
     * @throws Refusal `attendance-outside`, `attending-already` here, `attending-elsewhere`
     */
    async checkIn(transaction: Transaction, { caseId, activity, applicant }: Attendee, actor: string): Promise<void> {
      await requireTime(transaction, activity, { earlier: MARGIN, later: '0' });
      await transaction.raw(
        `DELETE FROM attendance t USING activity a
         WHERE a.id = t.activity AND t.applicant = ? AND t.out_at IS NULL AND a.ends_at < ?::timestamptz - ?::interval`,
        [applicant, now(), MARGIN],
      );
      const { rows } = await transaction.raw(
        `INSERT INTO attendance (case_id, activity, applicant, in_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (applicant) WHERE out_at IS NULL DO NOTHING RETURNING id`,
        [caseId, activity, applicant, now()],
      );
      if (rows[0] === undefined) {
        const open = await transaction.raw('SELECT activity FROM attendance WHERE applicant = ? AND out_at IS NULL', [
          applicant,
        ]);
        throw new Refusal(open.rows[0]?.activity === activity ? 'attending-already' : 'attending-elsewhere');
      }
      await audit(transaction, actor, 'attendance.in', caseId, { activity });
    },
    /** Up to an hour after the activity. @throws Refusal `attendance-outside`, `not-attending` */
    async checkOut(transaction: Transaction, { caseId, activity, applicant }: Attendee, actor: string): Promise<void> {
      await requireTime(transaction, activity, { earlier: MARGIN, later: MARGIN });
      const { rowCount } = await transaction.raw(
        'UPDATE attendance SET out_at = ? WHERE case_id = ? AND applicant = ? AND out_at IS NULL AND in_at < ?',
        [now(), caseId, applicant, now()],
      );
      if (rowCount !== 1) throw new Refusal('not-attending');
      await audit(transaction, actor, 'attendance.out', caseId, { activity });
    },
    /** After an appeal: an interval by hand, with why. @throws Refusal `attendance-overlaps` */
    async enter(
      transaction: Transaction,
      { caseId, activity, applicant }: Attendee,
      interval: { inAt: Date; outAt: Date; reason: string },
      actor: string,
    ): Promise<void> {
      await transaction.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`attendance ${applicant}`]);
      const { inAt, outAt, reason } = interval;
      const { rowCount } = await transaction.raw(
        `INSERT INTO attendance (case_id, activity, applicant, in_at, out_at, reason)
         SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (
           SELECT FROM attendance WHERE applicant = ? AND in_at < ? AND coalesce(out_at, 'infinity') > ?)`,
        [caseId, activity, applicant, inAt, outAt, reason, applicant, outAt, inAt],
      );
      if (rowCount !== 1) throw new Refusal('attendance-overlaps');
      await audit(transaction, actor, 'attendance.entered', caseId, { activity });
    },
    /** Whether a case has a place at an activity and nobody was read in and out for it. */
    async isOwed(transaction: Transaction, caseId: string): Promise<boolean> {
      const { rows } = await transaction.raw(
        `SELECT EXISTS (SELECT FROM place p JOIN activity a ON a.occasion = p.occasion WHERE p.case_id = ?)
           AND NOT EXISTS (SELECT FROM attendance WHERE case_id = ? AND out_at IS NOT NULL) AS owed`,
        [caseId, caseId],
      );
      return rows[0].owed;
    },
    async intervalsOf(caseId: string): Promise<Interval[]> {
      const { rows } = await db.raw(
        `SELECT t.in_at, t.out_at, t.reason IS NOT NULL AS by_hand, coalesce(${WITHIN}, 0)::integer AS seconds
         FROM attendance t JOIN activity a ON a.id = t.activity WHERE t.case_id = ? ORDER BY t.in_at`,
        [caseId],
      );
      return rows;
    },
    /** Who has a place, who waits, and how long each was there. */
    async attendees(
      activity: string,
    ): Promise<{ case_id: string; state: string; minutes: number; is_here: boolean }[]> {
      const { rows } = await db.raw(
        `SELECT p.case_id, p.state,
           coalesce(floor(sum(${WITHIN}) / 60), 0)::integer AS minutes,
           coalesce(bool_or(t.id IS NOT NULL AND t.out_at IS NULL), false) AS is_here
         FROM activity a JOIN place p ON p.occasion = a.occasion LEFT JOIN attendance t ON t.case_id = p.case_id
         WHERE a.id = ? GROUP BY p.case_id, p.state, p.number ORDER BY p.number LIMIT 2000`,
        [activity],
      );
      return rows;
    },
    /** Activities of these services that somebody was at, of cases that were granted; the newest first. */
    async visits(applicant: string, services: readonly string[]): Promise<Visit[]> {
      if (services.length === 0) return [];
      const { rows } = await db.raw(
        `SELECT a.service, a.title_zh, a.title_en, a.starts_at, floor(sum(${WITHIN}) / 60)::integer AS minutes
         FROM attendance t JOIN activity a ON a.id = t.activity JOIN service_case c ON c.id = t.case_id
         WHERE t.applicant = ? AND a.service = ANY(?::text[]) AND t.out_at IS NOT NULL AND c.outcome = 'granted'
         GROUP BY t.case_id, a.id ORDER BY a.starts_at DESC, a.id LIMIT 1000`,
        [applicant, services] as never,
      );
      return rows;
    },
    /** Minutes by service that somebody was there, of cases that were granted. */
    async sums(applicant: string): Promise<{ service: string; minutes: number; times: number }[]> {
      const { rows } = await db.raw(
        `SELECT a.service, floor(sum(${WITHIN}) / 60)::integer AS minutes,
           count(DISTINCT t.case_id)::integer AS times
         FROM attendance t JOIN activity a ON a.id = t.activity JOIN service_case c ON c.id = t.case_id
         WHERE t.applicant = ? AND t.out_at IS NOT NULL AND c.outcome = 'granted'
         GROUP BY a.service ORDER BY a.service`,
        [applicant],
      );
      return rows;
    },
  };

  async function requireTime(transaction: Transaction, activity: string, margin: { earlier: string; later: string }) {
    const { rows } = await transaction.raw(
      'SELECT 1 FROM activity WHERE id = ? AND starts_at - ?::interval <= ? AND ends_at + ?::interval >= ?',
      [activity, margin.earlier, now(), margin.later, now()],
    );
    if (rows.length === 0) throw new Refusal('attendance-outside');
  }

  function audit(
    transaction: Transaction,
    actor: string,
    action: string,
    caseId: string,
    detail: { activity: string },
  ) {
    return appendAudit(transaction, [{ actor, action, subject: `case:${caseId}`, detail }], clock.nowMs());
  }
}
export type ActivityStore = ReturnType<typeof createActivityStore>;

/** Whole minutes of closed intervals. */
export const minutesOf = (intervals: readonly Interval[]): number =>
  Math.floor(intervals.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
