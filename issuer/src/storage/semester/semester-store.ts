import {
  appendAudit,
  type Clock,
  type Database,
  dayInShanghai,
  type Queryable,
  Refusal,
  type Transaction,
} from '@lanyard/platform';
import type { FactRow } from '../../domain/bulk/semester-fact-rows.js';
import {
  type Fee,
  isPresent,
  type RegistrationStanding,
  type Semester,
  standingOf,
  windowOn,
} from '../../domain/semester/semester.js';
import { takeRows } from '../bulk/bulk-run-rows.js';
import type { BulkRunStore, OpenRun, OwnStudents, PieceOutcome } from '../bulk/bulk-run-store.js';
import { lockStudents } from '../life/read-lives.js';
import { setRegisteredUntil } from './set-registered-until.js';

/** Students of one transaction. */
const PIECE = 2000;

export interface SemesterFilter {
  readonly college?: string | undefined;
  readonly class?: string | undefined;
  readonly counsellor_staff_number?: string | undefined;
  readonly student_numbers?: readonly string[] | undefined;
}

/** The rule in SQL, for `s` student, `f` semester_fact (may be missing), `m` semester. */
const STANDING = `CASE WHEN s.enrolment_status NOT IN ('enrolled', 'exchange') THEN 'not-enrolled'
  WHEN s.registered_until >= m.registered_until THEN 'registered'
  WHEN m.needs_fee AND coalesce(f.fee, 'unpaid') = 'unpaid' THEN 'fee-unpaid'
  WHEN m.presence = 'none' OR (f.presence_by IS NOT NULL AND (m.presence = 'holder' OR f.presence_by <> 'holder')) THEN 'ready'
  ELSE 'not-present' END`;
/** Whether a student is of the counsellor a run is bound to, where it is bound to one. */
const WITHIN = '(?::text IS NULL OR s.counsellor_staff_number = ?)';
/** Why a row of such a run is left alone. */
const NOT_OWN = 'student-not-own';
/** Who has left does not count at all. */
const PEOPLE = `FROM semester m JOIN student s ON s.enrolment_status IN ('not-registered', 'admission-retained', 'enrolled',
    'on-leave-of-absence', 'status-retained', 'exchange')
  LEFT JOIN semester_fact f ON f.semester_id = m.id AND f.student_id = s.id`;

/** Semester registration: windows, facts, what is missing, and runs that register. */
export function createSemesterStore(db: Database, clock: Clock, runs: Pick<BulkRunStore, 'open'>) {
  const today = () => dayInShanghai(clock.nowMs());

  async function find(on: Queryable, id: string): Promise<Semester> {
    const { rows } = await on.raw(`${SELECT_SEMESTER} WHERE id = ?`, [id]);
    if (rows[0] === undefined) throw new Refusal('semester-not-found');
    return toSemester(rows[0]);
  }
  const answerOf = (semester: Semester) => ({
    ...{ id: semester.id, opens: semester.opens, closes: semester.closes, window: windowOn(semester, today()) },
    ...{ registered_until: semester.registeredUntil, needs_fee: semester.needsFee, presence: semester.presence },
  });

  /** The newest semester whose window has begun, as one student sees it; undefined where there is none. */
  async function ofStudent(on: Queryable, studentId: number) {
    const { rows } = await on.raw(`${SELECT_SEMESTER} WHERE opens <= ? ORDER BY opens DESC, id DESC LIMIT 1`, [
      today(),
    ]);
    if (rows[0] === undefined) return undefined;
    const semester = toSemester(rows[0]);
    const student = await readStudent(on, semester.id, studentId);
    return { semester, answer: holderAnswer(answerOf(semester), semester, student) };
  }

  /** How many stand where, by college; names nobody. */
  async function difference(on: Queryable, semester: Semester, filter: SemesterFilter) {
    const chosen = whereOf(filter);
    const { rows } = await on.raw(
      `SELECT s.college, ${STANDING} AS standing, count(*) AS students ${PEOPLE}
       WHERE m.id = ? AND ${chosen.sql} GROUP BY 1, 2 ORDER BY 1, 2`,
      [semester.id, ...chosen.values] as never,
    );
    const colleges = new Map<string, Record<RegistrationStanding, number>>();
    const total = noneOf();
    for (const row of rows as { college: string; standing: RegistrationStanding; students: number }[]) {
      const college = colleges.get(row.college) ?? noneOf();
      college[row.standing] = Number(row.students);
      total[row.standing] += Number(row.students);
      colleges.set(row.college, college);
    }
    return { total, by_college: [...colleges].map(([college, standings]) => ({ college, ...standings })) };
  }

  return {
    async put(semester: Semester, actor: string) {
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `INSERT INTO semester (id, opens, closes, registered_until, needs_fee, presence, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET opens = excluded.opens, closes = excluded.closes, registered_until = excluded.registered_until,
             needs_fee = excluded.needs_fee, presence = excluded.presence`,
          [
            ...[semester.id, semester.opens, semester.closes, semester.registeredUntil, semester.needsFee],
            ...[semester.presence, actor, new Date(clock.nowMs())],
          ],
        );
        const { id: _, ...detail } = semester;
        await appendAudit(
          transaction,
          [{ actor, action: 'semester.set', subject: `semester:${semester.id}`, detail }],
          clock.nowMs(),
        );
      });
      return answerOf(semester);
    },
    async list() {
      const { rows } = await db.raw(`${SELECT_SEMESTER} ORDER BY opens DESC, id DESC LIMIT 50`);
      return { semesters: (rows as SemesterRow[]).map((row) => answerOf(toSemester(row))) };
    },
    async show(id: string, filter: SemesterFilter) {
      const semester = await find(db, id);
      return { ...answerOf(semester), ...(await difference(db, semester, filter)) };
    },
    /** How many of these numbers are of no student of this counsellor; unknown ones and others' count alike. */
    async countNotOwn(staffNumber: string, numbers: readonly string[]): Promise<number> {
      const wanted = [...new Set(numbers)];
      const { rows } = await db.raw(
        'SELECT count(*) AS n FROM student WHERE counsellor_staff_number = ? AND student_number = ANY(?)',
        [staffNumber, wanted] as never,
      );
      return wanted.length - Number(rows[0].n);
    },
    /** Students that stand somewhere, page by number: who has still to pay, for whoever asks them. */
    async listStudents(
      id: string,
      filter: SemesterFilter,
      query: { standing: RegistrationStanding; after: string; limit: number },
    ) {
      const semester = await find(db, id);
      const chosen = whereOf(filter);
      const { rows } = await db.raw(
        `SELECT s.student_number, s.name, s.college, s.class, s.enrolment_status, coalesce(f.fee, 'unpaid') AS fee, f.presence_by, s.registered_until
         ${PEOPLE} WHERE m.id = ? AND ${chosen.sql} AND ${STANDING} = ? AND s.student_number > ? ORDER BY s.student_number LIMIT ?`,
        [semester.id, ...chosen.values, query.standing, query.after, query.limit] as never,
      );
      return { students: rows, next: rows.length === query.limit ? rows.at(-1).student_number : null };
    },

    /** Facts of single students, from a file. Unknown numbers are answered and change nothing. */
    async takeFacts(id: string, facts: readonly FactRow[], options: { actor: string; dryRun: boolean }) {
      return db.transaction(async (transaction) => {
        await find(transaction, id);
        const { rows } = await transaction.raw(
          `SELECT t.line FROM jsonb_to_recordset(?::jsonb) AS t (line integer, number text)
           WHERE NOT EXISTS (SELECT FROM student s WHERE s.student_number = t.number) ORDER BY t.line`,
          [JSON.stringify(facts.map((row) => ({ line: row.line, number: row.studentNumber })))],
        );
        const unknown = (rows as { line: number }[]).map((row) => row.line);
        if (options.dryRun) return { changed: 0, unknown };
        const changed = await writeFacts(transaction, id, options.actor, {
          from: 'jsonb_to_recordset(?::jsonb) AS t (number text, fee text, present boolean) JOIN student s ON s.student_number = t.number',
          values: [
            JSON.stringify(
              facts.map((row) => ({ number: row.studentNumber, fee: row.fee ?? null, present: row.present ?? null })),
            ),
          ],
        });
        return { changed, unknown };
      });
    },
    /** The same facts for all that a filter names. */
    async confirm(
      id: string,
      filter: SemesterFilter,
      facts: { fee?: Fee | undefined; present?: boolean | undefined },
      actor: string,
    ) {
      return db.transaction(async (transaction) => {
        await find(transaction, id);
        const chosen = whereOf(filter);
        const changed = await writeFacts(transaction, id, actor, {
          from: `(SELECT ?::text AS fee, ?::boolean AS present) t
            JOIN student s ON s.enrolment_status IN ('enrolled', 'exchange') AND ${chosen.sql}`,
          values: [facts.fee ?? null, facts.present ?? null, ...chosen.values],
        });
        return { changed };
      });
    },

    /** What registering would change, or a run that does it. */
    async register(id: string, filter: SemesterFilter, options: { actor: string; dryRun: boolean; own?: OwnStudents }) {
      return db.transaction(async (transaction) => {
        const semester = await find(transaction, id);
        const report = {
          semester: semester.id,
          filter: shownFilter(filter),
          ...(await difference(transaction, semester, filter)),
        };
        if (options.dryRun) return { id: null, state: 'dry-run' as const, ...report };
        if (report.total.ready === 0) throw new Refusal('bulk-run-empty', { fields: { report } });
        const runId = await runs.open(transaction, {
          ...{ kind: 'semester-registration', report, semesterId: semester.id, actor: options.actor },
          ...{ total: report.total.ready, secondPerson: false, ownStudentsOf: options.own?.staffNumber },
        });
        const chosen = whereOf(filter);
        const made = await transaction.raw(
          `INSERT INTO bulk_run_row (run_id, line, student_id)
           SELECT ?, row_number() OVER (ORDER BY s.id), s.id ${PEOPLE} WHERE m.id = ? AND ${chosen.sql} AND ${STANDING} = 'ready'`,
          [runId, semester.id, ...chosen.values] as never,
        );
        // Facts may have come between the two statements.
        await transaction.raw('UPDATE bulk_run SET total = ? WHERE id = ?', [made.rowCount ?? 0, runId]);
        return { id: runId, state: 'applying' as const, ...report };
      });
    },
    piece: (transaction: Transaction, run: OpenRun): Promise<PieceOutcome> =>
      run.state === 'applying' ? applyPiece(transaction, run) : undoPiece(transaction, run),

    ofStudent,
    /**
     * Registration by a case: whoever decided it has seen the student, so it says what staff would say of presence. The
     * rest of the rule holds as for everybody.
     */
    async registerByCase(transaction: Transaction, studentId: number, by: { actor: string; source: string }) {
      await transaction.raw('SELECT id FROM student WHERE id = ? FOR UPDATE', [studentId]);
      const found = await ofStudent(transaction, studentId);
      if (found === undefined || found.answer.window !== 'open') throw new Refusal('registration-window-closed');
      const { semester } = found;
      const before = standingOf(semester, await readStudent(transaction, semester.id, studentId));
      if (before === 'not-enrolled') throw new Refusal('registration-not-enrolled');
      if (before !== 'registered') {
        const values = [semester.id, studentId, by.source, new Date(clock.nowMs())];
        await transaction.raw(
          `INSERT INTO semester_fact AS f (semester_id, student_id, presence_by, presence_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (semester_id, student_id) DO UPDATE SET presence_by = excluded.presence_by, presence_at = excluded.presence_at
             WHERE f.presence_by IS NULL OR f.presence_by = 'holder'`,
          values,
        );
        const standing = standingOf(semester, await readStudent(transaction, semester.id, studentId));
        if (standing !== 'ready') throw new Refusal('registration-fee-unpaid');
        await setRegisteredUntil(transaction, [{ id: studentId, date: semester.registeredUntil }], { ...by, clock });
      }
      return { semester: semester.id, registered_until: semester.registeredUntil };
    },
    /** The student's own confirmation, in one transaction with the registration where the rule is met by it. */
    async confirmByHolder(studentId: number, walletId: number) {
      return db.transaction(async (transaction) => {
        await transaction.raw('SELECT id FROM student WHERE id = ? FOR UPDATE', [studentId]);
        const found = await ofStudent(transaction, studentId);
        if (found === undefined || found.answer.window !== 'open') throw new Refusal('registration-window-closed');
        const { semester } = found;
        const before = await readStudent(transaction, semester.id, studentId);
        const standing = standingOf(semester, before);
        if (standing === 'not-enrolled') throw new Refusal('registration-not-enrolled');
        const actor = `wallet:${walletId}`;
        const now = new Date(clock.nowMs());
        const confirmed = await transaction.raw(
          `INSERT INTO semester_fact AS f (semester_id, student_id, presence_by, presence_at) VALUES (?, ?, 'holder', ?)
           ON CONFLICT (semester_id, student_id) DO UPDATE SET presence_by = 'holder', presence_at = excluded.presence_at WHERE f.presence_by IS NULL`,
          [semester.id, studentId, now],
        );
        if (confirmed.rowCount === 1)
          await appendAudit(
            transaction,
            [
              {
                actor,
                action: 'semester.confirmed',
                subject: `student:${studentId}`,
                detail: { semester: semester.id },
              },
            ],
            clock.nowMs(),
          );
        const after = await readStudent(transaction, semester.id, studentId);
        if (standingOf(semester, after) === 'ready')
          await setRegisteredUntil(transaction, [{ id: studentId, date: semester.registeredUntil }], {
            ...{ actor, clock, source: `semester:${semester.id}` },
          });
        const done = await readStudent(transaction, semester.id, studentId);
        return holderAnswer(answerOf(semester), semester, done);
      });
    },
  };

  async function writeFacts(
    transaction: Transaction,
    id: string,
    actor: string,
    source: { from: string; values: unknown[] },
  ): Promise<number> {
    const now = new Date(clock.nowMs());
    // A fact that was not said stays; presence taken back is taken back.
    const { rows } = await transaction.raw(
      `INSERT INTO semester_fact AS f (semester_id, student_id, fee, presence_by, presence_at)
       SELECT ?, s.id, coalesce(t.fee, old.fee, 'unpaid'),
         CASE t.present WHEN true THEN ? WHEN false THEN NULL ELSE old.presence_by END,
         CASE t.present WHEN true THEN ?::timestamptz WHEN false THEN NULL ELSE old.presence_at END
       FROM ${source.from} LEFT JOIN semester_fact old ON old.semester_id = ? AND old.student_id = s.id
       ON CONFLICT (semester_id, student_id) DO UPDATE SET fee = excluded.fee, presence_by = excluded.presence_by, presence_at = excluded.presence_at
         WHERE f.fee <> excluded.fee OR (f.presence_by IS NULL) <> (excluded.presence_by IS NULL)
           OR (f.presence_by = 'holder' AND excluded.presence_by <> 'holder')
       RETURNING f.student_id, f.fee, f.presence_by IS NOT NULL AS present`,
      [id, actor, now, ...source.values, id] as never,
    );
    const changed = rows as { student_id: number; fee: string; present: boolean }[];
    await appendAudit(
      transaction,
      changed.map((row) => ({
        ...{ actor, action: 'semester.fact-set', subject: `student:${row.student_id}` },
        detail: { semester: id, fee: row.fee, present: row.present },
      })),
      clock.nowMs(),
    );
    return changed.length;
  }

  async function applyPiece(transaction: Transaction, run: OpenRun): Promise<PieceOutcome> {
    const semester = await find(transaction, run.semesterId ?? '');
    const taken = await takeStudents(transaction, run);
    // Who has lost the ground for it since the run was decided is left out, and who is another counsellor's now.
    const { rows } = await transaction.raw(
      `SELECT s.id, s.registered_until, CASE WHEN ${WITHIN} THEN ${STANDING} ELSE '${NOT_OWN}' END AS standing
       ${PEOPLE} WHERE m.id = ? AND s.id = ANY(?)`,
      [run.ownStudentsOf, run.ownStudentsOf, semester.id, taken.map((row) => row.student_id)],
    );
    const found = rows as {
      id: number;
      registered_until: string | null;
      standing: RegistrationStanding | typeof NOT_OWN;
    }[];
    const ready = found.filter((row) => row.standing === 'ready');
    await setRegisteredUntil(
      transaction,
      ready.map((row) => ({ id: row.id, date: semester.registeredUntil })),
      sourceOf(run),
    );
    const standings = new Map(found.map((row) => [row.id, row]));
    await markRows(
      transaction,
      run,
      taken.map(({ line, student_id: id }) => {
        const row = standings.get(id);
        return row?.standing === 'ready'
          ? { line, state: 'done', code: null, former_date: row.registered_until }
          : { line, state: 'refused', code: row?.standing ?? 'not-enrolled', former_date: null };
      }),
    );
    return { done: ready.length, refused: taken.length - ready.length, upTo: taken.at(-1)?.line };
  }

  async function undoPiece(transaction: Transaction, run: OpenRun): Promise<PieceOutcome> {
    const semester = await find(transaction, run.semesterId ?? '');
    const taken = await takeStudents(transaction, run);
    const { rows } = await transaction.raw(
      `SELECT s.id FROM student s WHERE s.id = ANY(?) AND s.registered_until = ? AND ${WITHIN}`,
      [taken.map((row) => row.student_id), semester.registeredUntil, run.ownStudentsOf, run.ownStudentsOf],
    );
    const still = new Set((rows as { id: number }[]).map((row) => row.id));
    const restored = taken.filter((row) => still.has(row.student_id));
    await setRegisteredUntil(
      transaction,
      restored.map((row) => ({ id: row.student_id, date: row.former_date })),
      sourceOf(run),
    );
    await markRows(
      transaction,
      run,
      taken.map(({ line, former_date, student_id: id }) => ({
        ...{ line, former_date },
        ...(still.has(id) ? { state: 'undone', code: null } : { state: 'kept', code: 'changed-since' }),
      })),
    );
    return { done: restored.length, refused: taken.length - restored.length, upTo: taken.at(-1)?.line };
  }

  function sourceOf(run: OpenRun) {
    return { actor: run.actor, clock, source: `bulk-run:${run.id}` };
  }
}
export type SemesterStore = ReturnType<typeof createSemesterStore>;

interface TakenRow {
  line: number;
  student_id: number;
  former_date: string | null;
}

/** Rows of the next piece, their students taken for this transaction in the order of their ids. */
async function takeStudents(transaction: Transaction, run: OpenRun): Promise<TakenRow[]> {
  const columns = 'student_id, former_date';
  const taken = await takeRows<TakenRow>(transaction, run, { columns, limit: PIECE });
  await lockStudents(
    transaction,
    taken.map((row) => row.student_id),
  );
  return taken;
}

async function markRows(
  transaction: Transaction,
  run: OpenRun,
  rows: readonly { line: number; state: string; code: string | null; former_date: string | null }[],
): Promise<void> {
  await transaction.raw(
    `UPDATE bulk_run_row w SET state = t.state, code = t.code, former_date = t.former_date
     FROM jsonb_to_recordset(?::jsonb) AS t (line integer, state text, code text, former_date date)
     WHERE w.run_id = ? AND w.line = t.line`,
    [JSON.stringify(rows), run.id],
  );
}

const SELECT_SEMESTER = 'SELECT id, opens, closes, registered_until, needs_fee, presence FROM semester';
interface SemesterRow {
  id: string;
  opens: string;
  closes: string;
  registered_until: string;
  needs_fee: boolean;
  presence: Semester['presence'];
}
const toSemester = (row: SemesterRow): Semester => ({
  ...{ id: row.id, opens: row.opens, closes: row.closes, registeredUntil: row.registered_until },
  ...{ needsFee: row.needs_fee, presence: row.presence },
});

const noneOf = (): Record<RegistrationStanding, number> => ({
  ...{ registered: 0, ready: 0, 'fee-unpaid': 0, 'not-present': 0, 'not-enrolled': 0 },
});

function whereOf(filter: SemesterFilter): { sql: string; values: unknown[] } {
  const parts: string[] = [];
  const values: unknown[] = [];
  for (const column of ['college', 'class', 'counsellor_staff_number'] as const) {
    const value = filter[column];
    if (value === undefined) continue;
    parts.push(`s.${column} = ?`);
    values.push(value);
  }
  if (filter.student_numbers !== undefined) {
    parts.push('s.student_number = ANY(?)');
    values.push([...filter.student_numbers]);
  }
  return { sql: parts.length === 0 ? 'TRUE' : parts.join(' AND '), values };
}

/** Numbers of students stay out of what is kept of a run. */
function shownFilter({ student_numbers: numbers, ...rest }: SemesterFilter) {
  return numbers === undefined ? rest : { ...rest, student_numbers: numbers.length };
}

interface HolderFacts {
  enrolmentStatus: string;
  registeredUntil: string | null;
  fee: Fee;
  presenceBy: string | null;
}

async function readStudent(on: Queryable, semesterId: string, studentId: number): Promise<HolderFacts> {
  const { rows } = await on.raw(
    `SELECT s.enrolment_status, s.registered_until, coalesce(f.fee, 'unpaid') AS fee, f.presence_by
     FROM student s LEFT JOIN semester_fact f ON f.semester_id = ? AND f.student_id = s.id WHERE s.id = ?`,
    [semesterId, studentId],
  );
  const row = rows[0];
  if (row === undefined) throw new Refusal('student-not-found');
  return {
    ...{ enrolmentStatus: row.enrolment_status, registeredUntil: row.registered_until },
    ...{ fee: row.fee, presenceBy: row.presence_by },
  };
}

/** What a wallet shows: the window, and what is still missing. */
function holderAnswer<Shown extends object>(shown: Shown, semester: Semester, student: HolderFacts) {
  const standing = standingOf(semester, student);
  const missing = [
    ...(semester.needsFee && student.fee === 'unpaid' ? ['fee'] : []),
    ...(isPresent(semester, student.presenceBy)
      ? []
      : [semester.presence === 'staff' ? 'presence-by-staff' : 'presence']),
  ];
  return {
    ...shown,
    standing,
    missing: standing === 'registered' || standing === 'not-enrolled' ? [] : missing,
    fee: student.fee,
    confirmed: student.presenceBy !== null,
    student_registered_until: student.registeredUntil,
  };
}
