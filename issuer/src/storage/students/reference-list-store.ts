import { type Database, Refusal, type Transaction } from '@lanyard/platform';
import { REVOKING_STATUSES } from '../../domain/life/revoking-statuses.js';
import { REFERENCE_LISTS, type ReferenceList } from '../../domain/people/reference-lists.js';

const AT_MOST = 500;
/** A name with fewer students could tell of one of them; it is known and not offered. */
const OFFERED_FROM = 5;

/** The parts of the university that students of today belong to. */
export function createReferenceListStore(db: Database) {
  return {
    /** Names, those with most students first. */
    async list(name: ReferenceList): Promise<{ name: string; offered: boolean }[]> {
      const column = REFERENCE_LISTS[name];
      const { rows } = await db.raw(
        `SELECT ${column} AS name, count(*) >= ${OFFERED_FROM} AS offered FROM student WHERE enrolment_status <> ALL(?::text[]) AND ${column} <> ''
         GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${AT_MOST}`,
        [REVOKING_STATUSES] as never,
      );
      return rows;
    },
  };
}
export type ReferenceListStore = ReturnType<typeof createReferenceListStore>;

/**
 * A change of study leads to a college that there is, and to a major of the college somebody is in afterwards. A part of
 * the university without students is begun at the register, not by a form.
 *
 * @throws Refusal `study-unit-unknown`
 */
export async function requireStudyUnits(
  transaction: Transaction,
  studentId: number,
  { college, major }: { readonly college?: string | undefined; readonly major?: string | undefined },
): Promise<void> {
  if (college === undefined && major === undefined) return;
  const { rows } = await transaction.raw(
    `SELECT EXISTS (SELECT FROM student s WHERE s.college = coalesce(?, own.college) AND s.major = coalesce(?, s.major)) AS known
     FROM student own WHERE own.id = ?`,
    [college ?? null, major ?? null, studentId],
  );
  if (rows[0]?.known !== true) throw new Refusal('study-unit-unknown');
}
