import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Queryable, Refusal, type Transaction } from '@lanyard/platform';
import type { OpenedPassage, VerifierPeople } from '../../adapters/other-services.js';
import {
  OPENING_APPROVERS,
  OPENING_RULES,
  type OpeningApprover,
  type OpeningState,
  type OpeningTarget,
} from '../../domain/rights/opening.js';

const HOUR_MS = 3_600_000;

export interface NewOpening {
  readonly target: OpeningTarget;
  readonly reason: string;
  readonly documentNumber: string;
  /** Unix seconds. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly tellAfterDays: number;
}

export interface Opening {
  id: string;
  state: OpeningState;
  requested_by: string;
  reason: string;
  document_number: string;
  student_number: string | null;
  checkpoint: string | null;
  from: number;
  to: number;
  tell_after_days: number;
  created_at: number;
  approve_until: number;
  approvals: { role: OpeningApprover; actor: string; at: number }[];
  ended_by: string | null;
  decline_reason: string | null;
  opened_at: number | null;
  readable_until: number | null;
}

export type ReadPassage = Omit<OpenedPassage, 'row'> & {
  person: { student_number: string; name: string; college: string } | null;
};

/**
 * Reading passages with names: requested by one person, approved by three others in three offices, opened once by who
 * requested it and readable for an hour. Each step is one statement with its conditions, and its audit row.
 */
export function createOpeningStore(db: Database, parts: { verifier: VerifierPeople | undefined; clock: Clock }) {
  const { verifier, clock } = parts;
  const now = () => new Date(clock.nowMs());
  const audit = (transaction: Transaction, actor: string, action: string, id: string, detail = {}) =>
    appendAudit(transaction, [{ actor, action, subject: `opening:${id}`, detail }], clock.nowMs());

  /** Why a step changed nothing. Looked at afterwards, for the words alone: the statement has decided. */
  async function whyNot(on: Queryable, id: string, actor: string): Promise<Refusal> {
    const { rows } = await on.raw(
      `SELECT requested_by, state, approve_until > ? AS in_time,
         EXISTS (SELECT FROM passage_opening_approval a WHERE a.opening_id = o.id AND a.actor = ?) AS approved,
         (SELECT count(*) FROM passage_opening_approval a WHERE a.opening_id = o.id) AS n
       FROM passage_opening o WHERE id = ?`,
      [now(), actor, id],
    );
    const row = rows[0];
    if (row === undefined) return new Refusal('opening-not-found');
    if (row.state !== 'requested' || !row.in_time) return new Refusal('opening-over');
    if (row.requested_by === actor) return new Refusal('opening-own-request');
    return new Refusal(row.approved ? 'opening-approved-by-you' : 'opening-approved-by-office');
  }

  async function read(on: Queryable, id: string): Promise<Opening> {
    const [opening] = await select(on, 'WHERE o.id = ?', [id], now());
    if (opening === undefined) throw new Refusal('opening-not-found');
    return opening;
  }

  return {
    async list(query: {
      before: string | undefined;
      limit: number;
    }): Promise<{ openings: Opening[]; next: string | null }> {
      const where =
        query.before === undefined
          ? ''
          : 'WHERE (o.created_at, o.id) < (SELECT created_at, id FROM passage_opening WHERE id = ?)';
      const found = await select(
        db,
        `${where} ORDER BY o.created_at DESC, o.id DESC LIMIT ?`,
        [...(query.before === undefined ? [] : [query.before]), query.limit + 1],
        now(),
      );
      const openings = found.slice(0, query.limit);
      return { openings, next: found.length > query.limit ? (openings.at(-1)?.id ?? null) : null };
    },

    /** @throws Refusal `student-not-found`, `opening-span-invalid` */
    async request(opening: NewOpening, actor: string): Promise<Opening> {
      const { target, reason, documentNumber, fromSeconds, toSeconds, tellAfterDays } = opening;
      const tooLong = toSeconds - fromSeconds > OPENING_RULES.spanDays * 86_400;
      if (toSeconds <= fromSeconds || tooLong || fromSeconds > clock.nowSeconds())
        throw new Refusal('opening-span-invalid');
      const id = randomBytes(16).toString('base64url');
      return db.transaction(async (transaction) => {
        const studentId = target.kind === 'student' ? await studentOf(transaction, target.studentNumber) : null;
        const checkpoint = target.kind === 'checkpoint' ? target.checkpoint : null;
        await transaction.raw(
          `INSERT INTO passage_opening (id, requested_by, reason, document_number, student_id, checkpoint_id, from_at, to_at, tell_after_days, created_at, approve_until)
           VALUES (?, ?, ?, ?, ?, ?, to_timestamp(?), to_timestamp(?), ?, ?, ?)`,
          [
            ...[id, actor, reason, documentNumber, studentId, checkpoint, fromSeconds, toSeconds, tellAfterDays],
            ...[now(), new Date(clock.nowMs() + OPENING_RULES.approveHours * HOUR_MS)],
          ],
        );
        await audit(transaction, actor, 'passage-opening.requested', id, {
          ...{ document_number: documentNumber, from: fromSeconds, to: toSeconds },
          ...(studentId === null ? { checkpoint } : { student: studentId }),
        });
        return read(transaction, id);
      });
    },

    /**
     * One approval of one office. The requester never, nobody twice, no office twice, in time.
     * @throws Refusal `opening-not-found`, `opening-over`, `opening-own-request`, `opening-approved-by-you`, `opening-approved-by-office`
     */
    async approve(id: string, role: OpeningApprover, actor: string): Promise<Opening> {
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `INSERT INTO passage_opening_approval (opening_id, role, actor, at)
           SELECT o.id, ?, ?, ? FROM passage_opening o
           WHERE o.id = ? AND o.state = 'requested' AND o.requested_by <> ? AND o.approve_until > ?
           ON CONFLICT DO NOTHING`,
          [...[role, actor, now()], ...[id, actor, now()]],
        );
        if (rowCount !== 1) throw await whyNot(transaction, id, actor);
        await audit(transaction, actor, 'passage-opening.approved', id, { role });
        return read(transaction, id);
      });
    },

    /** Ends a request: an office that does not agree, or who asked. @throws Refusal `opening-not-found`, `opening-over` */
    async decline(id: string, reason: string, actor: string): Promise<Opening> {
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `UPDATE passage_opening SET state = 'declined', ended_by = ?, decline_reason = ?
           WHERE id = ? AND state = 'requested' AND approve_until > ?`,
          [actor, reason, id, now()],
        );
        if (rowCount !== 1) {
          await read(transaction, id);
          throw new Refusal('opening-over');
        }
        await audit(transaction, actor, 'passage-opening.declined', id);
        return read(transaction, id);
      });
    },

    /**
     * Opens what all three offices approved, once, for who requested it.
     * @throws Refusal `opening-not-found`, `opening-over`, `opening-not-yours`, `opening-not-approved`
     */
    async open(id: string, actor: string): Promise<Opening> {
      // One instant: the end is held to the beginning.
      const atMs = clock.nowMs();
      const readableUntil = new Date(atMs + OPENING_RULES.readableMinutes * 60_000);
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `UPDATE passage_opening o SET state = 'opened', ended_by = ?, opened_at = ?, readable_until = ?
           WHERE o.id = ? AND o.state = 'requested' AND o.requested_by = ? AND o.approve_until > ?
             AND (SELECT count(DISTINCT a.role) FROM passage_opening_approval a WHERE a.opening_id = o.id AND a.role = ANY(?)) = ?`,
          [
            ...[actor, new Date(atMs), readableUntil, id, actor, new Date(atMs)],
            ...[[...OPENING_APPROVERS], OPENING_APPROVERS.length],
          ],
        );
        if (rowCount !== 1) {
          const opening = await read(transaction, id);
          if (opening.state !== 'requested') throw new Refusal('opening-over');
          throw new Refusal(opening.requested_by === actor ? 'opening-not-approved' : 'opening-not-yours');
        }
        await audit(transaction, actor, 'passage-opening.opened', id);
        return read(transaction, id);
      });
    },

    /**
     * What was opened, with names, while its hour lasts. Whoever is in it is written down as such before it is given out.
     * @throws Refusal `opening-not-found`, `opening-not-yours`, `opening-not-readable`, `dependency-unavailable`
     */
    async passages(id: string, actor: string): Promise<{ passages: ReadPassage[]; more: boolean }> {
      const opening = await read(db, id);
      if (opening.requested_by !== actor) throw new Refusal('opening-not-yours');
      if (opening.readable_until === null || opening.readable_until * 1000 <= clock.nowMs())
        throw new Refusal('opening-not-readable');
      const student = await db.raw(
        `SELECT o.student_id, h.row_number FROM passage_opening o LEFT JOIN holder h ON h.student_id = o.student_id WHERE o.id = ?`,
        [id],
      );
      const row: string | null = student.rows[0]?.row_number ?? null;
      const span = { from: opening.from, to: opening.to, limit: OPENING_RULES.entries };
      const target =
        opening.checkpoint === null ? { rows: row === null ? [] : [Number(row)] } : { checkpoint: opening.checkpoint };
      if (verifier === undefined) throw new Refusal('dependency-unavailable');
      // Whoever never had a row has no passage.
      const nothing = 'rows' in target && target.rows?.length === 0;
      const found = nothing
        ? { passages: [], more: false }
        : await verifier.openPassages(id, { ...target, ...span }, actor).catch((cause: unknown) => {
            throw new Refusal('dependency-unavailable', { cause });
          });
      return db.transaction(async (transaction) => {
        const people = await peopleOf(transaction, found.passages);
        const ids = [...new Set([...people.values()].map(({ id: studentId }) => studentId))];
        if (opening.checkpoint === null) ids.splice(0, ids.length, Number(student.rows[0]?.student_id));
        await transaction.raw(
          `INSERT INTO opened_person (opening_id, student_id, at, visible_from)
           SELECT ?, unnest(?::bigint[]), ?, ?::timestamptz + make_interval(days => ?) ON CONFLICT DO NOTHING`,
          [id, ids, now(), new Date((opening.opened_at ?? 0) * 1000), opening.tell_after_days],
        );
        await audit(transaction, actor, 'passage-opening.read', id, {
          entries: found.passages.length,
          people: ids.length,
        });
        const passages = found.passages.map(({ row: at, ...passage }) => {
          const person = at === null ? undefined : people.get(at);
          const { student_number = '', name = '', college = '' } = person ?? {};
          return { ...passage, person: person === undefined ? null : { student_number, name, college } };
        });
        return { passages, more: found.more };
      });
    },
  };
}
export type OpeningStore = ReturnType<typeof createOpeningStore>;

async function studentOf(transaction: Transaction, number: string): Promise<number> {
  const { rows } = await transaction.raw('SELECT id FROM student WHERE student_number = ?', [number]);
  if (rows[0] === undefined) throw new Refusal('student-not-found');
  return Number(rows[0].id);
}

interface PersonOfRow {
  id: number;
  student_number: string;
  name: string;
  college: string;
}

async function peopleOf(on: Queryable, passages: readonly OpenedPassage[]): Promise<Map<number, PersonOfRow>> {
  const rows = [...new Set(passages.flatMap(({ row }) => (row === null ? [] : row)))];
  const found = await on.raw(
    `SELECT h.row_number, s.id, s.student_number, s.name, s.college FROM holder h JOIN student s ON s.id = h.student_id
     WHERE h.row_number = ANY(?)`,
    [rows],
  );
  return new Map(
    (found.rows as (PersonOfRow & { row_number: string })[]).map(({ row_number, ...person }) => [
      Number(row_number),
      { ...person, id: Number(person.id) },
    ]),
  );
}

async function select(
  on: Queryable,
  rest: string,
  bindings: readonly (string | number)[],
  now: Date,
): Promise<Opening[]> {
  const { rows } = await on.raw(
    `SELECT o.id, o.state, o.requested_by, o.reason, o.document_number, s.student_number, o.checkpoint_id, o.from_at, o.to_at,
       o.tell_after_days, o.created_at, o.approve_until, o.ended_by, o.decline_reason, o.opened_at, o.readable_until,
       coalesce((SELECT jsonb_agg(jsonb_build_object('role', a.role, 'actor', a.actor, 'at', floor(extract(epoch FROM a.at))) ORDER BY a.at)
         FROM passage_opening_approval a WHERE a.opening_id = o.id), '[]') AS approvals
     FROM passage_opening o LEFT JOIN student s ON s.id = o.student_id ${rest}`,
    [...bindings],
  );
  const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
  return (rows as OpeningRow[]).map((row) => ({
    ...{ id: row.id, requested_by: row.requested_by, reason: row.reason, document_number: row.document_number },
    state: row.state === 'requested' && row.approve_until <= now ? 'expired' : row.state,
    ...{ student_number: row.student_number, checkpoint: row.checkpoint_id },
    ...{ from: seconds(row.from_at), to: seconds(row.to_at), tell_after_days: row.tell_after_days },
    ...{ created_at: seconds(row.created_at), approve_until: seconds(row.approve_until), approvals: row.approvals },
    ...{ ended_by: row.ended_by, decline_reason: row.decline_reason },
    opened_at: row.opened_at === null ? null : seconds(row.opened_at),
    readable_until: row.readable_until === null ? null : seconds(row.readable_until),
  }));
}

interface OpeningRow {
  id: string;
  state: 'requested' | 'declined' | 'opened';
  requested_by: string;
  reason: string;
  document_number: string;
  student_number: string | null;
  checkpoint_id: string | null;
  from_at: Date;
  to_at: Date;
  tell_after_days: number;
  created_at: Date;
  approve_until: Date;
  ended_by: string | null;
  decline_reason: string | null;
  opened_at: Date | null;
  readable_until: Date | null;
  approvals: Opening['approvals'];
}
