import { AUDIT_SUBJECT, appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { propagateStudentChange } from '../people/propagate-change.js';
import { setRegisteredUntil } from '../semester/set-registered-until.js';
import { type StudentQuery, searchStudents } from './search-students.js';

/** The register as staff see it: search, one page by key, one student. Identity numbers stay masked. */
export function createStudentStore(db: Database, clock: Clock) {
  return {
    list: (query: StudentQuery) => searchStudents(db, query),

    /** One student; the look is an audit row that the student can see. */
    async show(studentNumber: string, actor: string) {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `SELECT s.id, s.student_number, s.name, s.name_latin, s.sex, s.birth_date, s.ethnicity, s.identity_document_type, s.identity_number_masked, s.college,
             s.major_code, s.major, s.class, s.grade, s.level, s.length_of_study, s.study_form, s.entry_date, s.expected_graduation, s.enrolment_status,
             s.campus, s.building, s.rail_from, s.rail_to, s.counsellor_staff_number, s.registered_until, s.policy_class, s.portrait_id IS NOT NULL AS has_portrait,
             s.created_at, s.updated_at, hs.credential_state, hs.hold, hs.reason_code, h.document_number, h.held_at,
             (SELECT count(*) FROM wallet w WHERE w.student_id = s.id AND w.retired_at IS NULL) AS wallets,
             (SELECT count(*) FROM credential c WHERE c.student_id = s.id AND c.expires_at > ? AND c.status = 0 AND c.document_id IS NULL) AS copies,
             (SELECT max(g.created_at) FROM gate_key g WHERE g.student_id = s.id AND g.removed_at IS NULL) AS gate_key_since
           FROM student s JOIN holder_state hs ON hs.student_id = s.id LEFT JOIN holder h ON h.student_id = s.id WHERE s.student_number = ?`,
          [new Date(clock.nowMs()), studentNumber],
        );
        const row = rows[0];
        if (row === undefined) throw new Refusal('student-not-found');
        await appendAudit(
          transaction,
          [{ actor, action: 'student.viewed', subject: `student:${row.id}` }],
          clock.nowMs(),
        );
        const { id, wallets, copies, length_of_study, ...shown } = row;
        const changes = await transaction.raw(
          `SELECT id, at, action, row_text::jsonb->>'actor' AS actor, row_text::jsonb->'detail' AS detail FROM audit
           WHERE row_text IS NOT NULL AND ${AUDIT_SUBJECT} = ? AND action <> 'student.viewed' ORDER BY id DESC LIMIT 20`,
          [`student:${id}`],
        );
        return {
          ...shown,
          length_of_study: Number(length_of_study),
          wallets: Number(wallets),
          copies: Number(copies),
          changes: changes.rows,
        };
      });
    },

    /** Sets when the semester registration ends, for some or for all students. All numbers must exist. */
    async registerSemester(request: {
      studentNumbers: string[] | 'all';
      registeredUntil: string | null;
      actor: string;
    }): Promise<number> {
      return db.transaction(async (transaction) => {
        const ids = await resolve(transaction, request.studentNumbers);
        const dates = ids.map((id) => ({ id, date: request.registeredUntil }));
        return (await setRegisteredUntil(transaction, dates, { actor: request.actor, clock })).length;
      });
    },

    async setPolicyClass(request: { studentNumbers: string[]; policyClass: number; actor: string }): Promise<number> {
      return db.transaction(async (transaction) => {
        const ids = await resolve(transaction, request.studentNumbers);
        const { rows } = await transaction.raw(
          'UPDATE student SET policy_class = ?, updated_at = now() WHERE id = ANY(?) AND policy_class <> ? RETURNING id',
          [request.policyClass, ids, request.policyClass],
        );
        const changed = (rows as { id: number }[]).map((row) => row.id);
        await propagateStudentChange(transaction, changed);
        await appendAudit(
          transaction,
          changed.map((id) => ({
            actor: request.actor,
            action: 'policy-class.changed',
            subject: `student:${id}`,
            detail: { policy_class: request.policyClass },
          })),
          clock.nowMs(),
        );
        return changed.length;
      });
    },

    async setPortraits(
      transaction: Transaction,
      items: { studentNumber: string; portraitId: Buffer }[],
      actor: string,
    ): Promise<void> {
      const ids = await resolve(
        transaction,
        items.map((item) => item.studentNumber),
      );
      await transaction.raw(
        "UPDATE portrait_submission SET state = 'replaced' WHERE student_id = ANY(?) AND state = 'waiting'",
        [ids],
      );
      await transaction.raw(
        `UPDATE student s SET portrait_id = t.portrait, pending_portrait_id = NULL, updated_at = now() FROM unnest(?::text[], ?::bytea[]) AS t (number, portrait) WHERE s.student_number = t.number`,
        [items.map((item) => item.studentNumber), items.map((item) => item.portraitId)],
      );
      await propagateStudentChange(transaction, ids);
      await appendAudit(
        transaction,
        ids.map((id) => ({ actor, action: 'portrait.changed', subject: `student:${id}` })),
        clock.nowMs(),
      );
    },

    async portraitIdOf(studentNumber: string): Promise<Buffer | undefined> {
      const { rows } = await db.raw('SELECT portrait_id FROM student WHERE student_number = ?', [studentNumber]);
      if (rows[0] === undefined) throw new Refusal('student-not-found');
      return rows[0].portrait_id ?? undefined;
    },

    /** The person behind a row number, for a verification in which that person took part. */
    async faceOfRow(rowNumber: number, actor: string) {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          'SELECT s.id, s.name, s.student_number, s.portrait_id FROM holder h JOIN student s ON s.id = h.student_id WHERE h.row_number = ?',
          [rowNumber],
        );
        const row = rows[0];
        if (row === undefined) throw new Refusal('student-not-found');
        await appendAudit(
          transaction,
          [{ actor, action: 'student.face-shown', subject: `student:${row.id}` }],
          clock.nowMs(),
        );
        return {
          name: row.name,
          student_number: row.student_number,
          portrait_id: row.portrait_id?.toString('base64url') ?? null,
        };
      });
    },

    async summary() {
      const { rows } = await db.raw(
        `SELECT credential_state, count(*) AS students, count(*) FILTER (WHERE EXISTS (SELECT FROM gate_key g WHERE g.student_id = hs.student_id AND g.removed_at IS NULL)) AS with_wallet
         FROM holder_state hs WHERE enrolment_status <> 'deceased' GROUP BY credential_state`,
      );
      const statuses = await db.raw(
        "SELECT enrolment_status, count(*) AS students FROM student WHERE enrolment_status <> 'deceased' GROUP BY enrolment_status ORDER BY 2 DESC",
      );
      const colleges = await db.raw(
        "SELECT college, count(*) AS students FROM student WHERE enrolment_status <> 'deceased' GROUP BY college ORDER BY 2 DESC LIMIT 50",
      );
      const numbers = (list: Record<string, unknown>[]) =>
        list.map((row) => ({
          ...row,
          students: Number(row['students']),
          ...(row['with_wallet'] === undefined ? {} : { with_wallet: Number(row['with_wallet']) }),
        }));
      return {
        credential_states: numbers(rows),
        enrolment_statuses: numbers(statuses.rows),
        colleges: numbers(colleges.rows),
      };
    },
  };
}

async function resolve(transaction: Transaction, studentNumbers: string[] | 'all'): Promise<number[]> {
  const { rows } =
    studentNumbers === 'all'
      ? await transaction.raw('SELECT id FROM student ORDER BY id FOR UPDATE')
      : await transaction.raw('SELECT id FROM student WHERE student_number = ANY(?) ORDER BY id FOR UPDATE', [
          studentNumbers,
        ]);
  if (studentNumbers !== 'all' && rows.length !== new Set(studentNumbers).size)
    throw new Refusal('unknown-student-numbers');
  return (rows as { id: number }[]).map((row) => row.id);
}
export type StudentStore = ReturnType<typeof createStudentStore>;
