import { createHmac } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Queryable, Refusal } from '@lanyard/platform';

/** How a check of a partner names a student: by the entry of a pass that was shown, or by the row of a card. */
export type ShownBy = { readonly list: number; readonly index: number } | { readonly row: number };

/** A student as a partner's check is decided by: no name, no number, and a subject that means nothing to others. */
export interface PartnerSubject {
  readonly subject: string;
  readonly enrolment_status: string;
  readonly study_form: string;
  readonly level: string;
  readonly entry_date: string;
  readonly registered_until: string | null;
  readonly interval: { readonly from: string; readonly to: string } | null;
}

/** The student behind something that was shown, for one partner; each look is an audit row the student can see. */
export function createPartnerSubjectStore(db: Database, subjectKey: Uint8Array, clock: Clock) {
  const subjectOf = (partner: string, studentId: number | string) =>
    createHmac('sha256', subjectKey).update(`${partner}\0${studentId}`).digest('base64url');
  return {
    /** A student's subjects with every partner that was ever told of anybody. */
    async subjectsOf(on: Queryable, studentId: number): Promise<string[]> {
      const { rows } = await on.raw('SELECT partner FROM partner_seen ORDER BY partner');
      return (rows as { partner: string }[]).map(({ partner }) => subjectOf(partner, studentId));
    },
    /** @throws Refusal `student-not-found` */
    async find(by: ShownBy, partner: string, purpose: string): Promise<PartnerSubject> {
      return db.transaction(async (transaction) => {
        const where =
          'row' in by
            ? 's.id = (SELECT student_id FROM holder WHERE row_number = ?)'
            : 's.id = (SELECT student_id FROM credential WHERE list_id = ? AND list_index = ?)';
        const { rows } = await transaction.raw(
          `SELECT s.id, s.enrolment_status, s.study_form, s.level, s.entry_date::text AS entry_date,
             s.registered_until::text AS registered_until, s.rail_from, s.rail_to FROM student s WHERE ${where}`,
          'row' in by ? [by.row] : [by.list, by.index],
        );
        const row = rows[0];
        if (row === undefined) throw new Refusal('student-not-found');
        await transaction.raw('INSERT INTO partner_seen (partner) VALUES (?) ON CONFLICT DO NOTHING', [partner]);
        await appendAudit(
          transaction,
          [
            {
              ...{ actor: `partner:${partner}`, action: 'student.checked-by-partner', subject: `student:${row.id}` },
              detail: { purpose },
            },
          ],
          clock.nowMs(),
        );
        const { enrolment_status, study_form, level, entry_date, registered_until, rail_from, rail_to } = row;
        return {
          subject: subjectOf(partner, row.id),
          ...{ enrolment_status, study_form, level, entry_date, registered_until },
          interval: rail_from === '' || rail_to === '' ? null : { from: rail_from, to: rail_to },
        };
      });
    },
  };
}
export type PartnerSubjectStore = ReturnType<typeof createPartnerSubjectStore>;
