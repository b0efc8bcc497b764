import { createHmac } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Queryable, Refusal } from '@lanyard/platform';
import { nameMatchKeyOf } from '../../domain/roster/name-keys.js';
import type { FieldSealer } from '../roster/field-sealer.js';

/**
 * How a check of a partner names a student: by the entry of what was shown, by the row of a card, or, afterwards, by the
 * subject the partner was told.
 */
export type NamedBy =
  | { readonly list: number; readonly index: number }
  | { readonly row: number }
  | { readonly subject: string };

/** Why a partner's check looks at a student. */
export const partnerActs = ['check', 'follow-up', 'passenger'] as const;

/** In whose name a ticket is; compared here and kept nowhere. */
export interface Passenger {
  readonly name: string;
  readonly document_number?: string | undefined;
}

export interface SubjectLookup {
  readonly by: NamedBy;
  readonly partner: string;
  readonly purpose: string;
  readonly act: (typeof partnerActs)[number];
  readonly passenger?: Passenger | undefined;
}

/** A student as a partner's check is decided by: no name, no number, and a subject that means nothing to others. */
export interface PartnerSubject {
  readonly subject: string;
  readonly enrolment_status: string;
  readonly study_form: string;
  readonly level: string;
  readonly entry_date: string;
  readonly registered_until: string | null;
  readonly interval: { readonly from: string; readonly to: string } | null;
  readonly passenger?: 'match' | 'mismatch';
}

/** The student behind something that was shown, for one partner; each look is an audit row the student can see. */
export function createPartnerSubjectStore(
  db: Database,
  parts: { subjectKey: Uint8Array; sealer: Pick<FieldSealer, 'hash'>; clock: Clock },
) {
  const { subjectKey, sealer, clock } = parts;
  const subjectOf = (partner: string, studentId: number | string) =>
    createHmac('sha256', subjectKey).update(`${partner}\0${studentId}`).digest('base64url');
  return {
    /** A student's subjects with every partner that was ever told of anybody. */
    async subjectsOf(on: Queryable, studentId: number): Promise<string[]> {
      const { rows } = await on.raw('SELECT partner FROM partner_seen ORDER BY partner');
      return (rows as { partner: string }[]).map(({ partner }) => subjectOf(partner, studentId));
    },
    /** Partners that were told of a student, with his subject at each. */
    async partnersOf(on: Queryable, studentId: number): Promise<{ partner: string; subject: string }[]> {
      const { rows } = await on.raw(
        'SELECT partner, subject FROM partner_subject WHERE student_id = ? ORDER BY partner LIMIT 200',
        [studentId],
      );
      return (rows as { partner: string; subject: Buffer }[]).map(({ partner, subject }) => ({
        ...{ partner, subject: subject.toString('base64url') },
      }));
    },
    /** @throws Refusal `student-not-found` */
    async find({ by, partner, purpose, act, passenger }: SubjectLookup): Promise<PartnerSubject> {
      return db.transaction(async (transaction) => {
        const { where, values } = whereOf(by, partner);
        const { rows } = await transaction.raw(
          `SELECT s.id, s.enrolment_status, s.study_form, s.level, s.entry_date::text AS entry_date,
             s.registered_until::text AS registered_until, s.rail_from, s.rail_to, s.name, s.identity_number_hash
           FROM student s WHERE ${where}`,
          values,
        );
        const row = rows[0];
        if (row === undefined) throw new Refusal('student-not-found');
        await transaction.raw('INSERT INTO partner_seen (partner) VALUES (?) ON CONFLICT DO NOTHING', [partner]);
        const subject = subjectOf(partner, row.id);
        await transaction.raw(
          'INSERT INTO partner_subject (partner, subject, student_id, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          [partner, Buffer.from(subject, 'base64url'), row.id, new Date(clock.nowMs())],
        );
        await appendAudit(
          transaction,
          [
            {
              ...{ actor: `partner:${partner}`, action: 'student.checked-by-partner', subject: `student:${row.id}` },
              detail: act === 'check' ? { purpose } : { purpose, act },
            },
          ],
          clock.nowMs(),
        );
        const { enrolment_status, study_form, level, entry_date, registered_until, rail_from, rail_to } = row;
        return {
          subject,
          ...{ enrolment_status, study_form, level, entry_date, registered_until },
          interval: rail_from === '' || rail_to === '' ? null : { from: rail_from, to: rail_to },
          ...(passenger === undefined ? {} : { passenger: isStudent(passenger, row, sealer) ? 'match' : 'mismatch' }),
        };
      });
    },
  };
}
export type PartnerSubjectStore = ReturnType<typeof createPartnerSubjectStore>;

function whereOf(by: NamedBy, partner: string): { where: string; values: (string | number | Buffer)[] } {
  if ('row' in by) return { where: 's.id = (SELECT student_id FROM holder WHERE row_number = ?)', values: [by.row] };
  if ('subject' in by) {
    const values = [partner, Buffer.from(by.subject, 'base64url')];
    return { where: 's.id = (SELECT student_id FROM partner_subject WHERE partner = ? AND subject = ?)', values };
  }
  const where = 's.id = (SELECT student_id FROM credential WHERE list_id = ? AND list_index = ?)';
  return { where, values: [by.list, by.index] };
}

/** One answer for name and document together: which of the two differs is nobody's to learn. */
function isStudent(
  { name, document_number: number }: Passenger,
  student: { name: string; identity_number_hash: Buffer },
  sealer: Pick<FieldSealer, 'hash'>,
): boolean {
  const sameName = nameMatchKeyOf(name) === nameMatchKeyOf(student.name);
  const sameNumber = number === undefined || sealer.hash(number.toUpperCase()).equals(student.identity_number_hash);
  return sameName && sameNumber;
}
