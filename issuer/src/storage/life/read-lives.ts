import type { Queryable } from '@lanyard/platform';
import type { EnrolmentStatus } from '@lanyard/protocol';
import type { ChangeKind } from '../../domain/life/change-kinds.js';
import { FACT_COLUMNS, type FactColumn, type Facts, type Life } from '../../domain/life/fold-life.js';
import type { Hold } from '../../domain/life/life-state.js';

/** One student's life as it stands in the database. */
export interface StoredLife {
  readonly studentId: number;
  readonly studentNumber: string;
  readonly version: number;
  readonly life: Life;
  readonly status: EnrolmentStatus;
  readonly facts: { readonly [Column in FactColumn]: string };
  readonly hold: Hold;
  /** Numbers of changes that wait for their day. */
  readonly planned: readonly number[];
  /** Changes made along with another, by that other one. */
  readonly along: ReadonlyMap<number, readonly number[]>;
}

/** What stood in the register before somebody else's statement of this transaction changed it. */
export type FormerRow = { readonly status: EnrolmentStatus; readonly facts: Facts };

/** Takes the students for this transaction, in the order of their ids, so that parallel changes form no ring. */
export async function lockStudents(on: Queryable, studentIds: readonly number[]): Promise<void> {
  await on.raw('SELECT id FROM student WHERE id = ANY(?) ORDER BY id FOR UPDATE', [[...studentIds]]);
}

export async function readLives(
  on: Queryable,
  studentIds: readonly number[],
  former?: ReadonlyMap<number, FormerRow>,
): Promise<Map<number, StoredLife>> {
  const ids = [...studentIds];
  const columns = FACT_COLUMNS.map((column) => `s.${column}`).join(', ');
  const found = await on.raw(
    `SELECT s.id, s.student_number, s.enrolment_status, ${columns}, coalesce(h.hold, 'none') AS hold,
       coalesce(l.version, 0) AS version, l.first_status, l.first_facts
     FROM student s LEFT JOIN student_life l ON l.student_id = s.id LEFT JOIN holder h ON h.student_id = s.id
     WHERE s.id = ANY(?)`,
    [ids],
  );
  const changes = await on.raw(
    `SELECT id, student_id, kind, state, effective_date, until_date, asked_status, facts, along_with FROM status_change
     WHERE student_id = ANY(?) AND state <> 'refused' ORDER BY id`,
    [ids],
  );
  const byStudent = new Map<number, ChangeRow[]>();
  for (const row of changes.rows as ChangeRow[]) {
    const list = byStudent.get(row.student_id);
    if (list === undefined) byStudent.set(row.student_id, [row]);
    else list.push(row);
  }
  return new Map(
    (found.rows as StudentRow[]).map((row) => [
      row.id,
      toStored(row, byStudent.get(row.id) ?? [], former?.get(row.id)),
    ]),
  );
}

type StudentRow = { [Column in FactColumn]: string } & {
  id: number;
  student_number: string;
  enrolment_status: EnrolmentStatus;
  hold: Hold;
  version: number;
  first_status: EnrolmentStatus | null;
  first_facts: Facts | null;
};
interface ChangeRow {
  id: number;
  student_id: number;
  kind: ChangeKind;
  state: 'planned' | 'in-force' | 'undone';
  effective_date: string;
  until_date: string | null;
  asked_status: EnrolmentStatus | null;
  facts: Facts | null;
  along_with: number | null;
}

function toStored(row: StudentRow, changes: readonly ChangeRow[], former: FormerRow | undefined): StoredLife {
  const along = new Map<number, number[]>();
  for (const change of changes) {
    if (change.along_with === null || change.state === 'undone') continue;
    along.set(change.along_with, [...(along.get(change.along_with) ?? []), change.id]);
  }
  const facts = Object.fromEntries(FACT_COLUMNS.map((column) => [column, row[column]])) as StoredLife['facts'];
  return {
    studentId: row.id,
    studentNumber: row.student_number,
    version: Number(row.version),
    status: former?.status ?? row.enrolment_status,
    facts: { ...facts, ...former?.facts },
    hold: row.hold,
    planned: changes.filter((change) => change.state === 'planned').map((change) => change.id),
    along,
    life: {
      firstStatus: row.first_status ?? former?.status ?? row.enrolment_status,
      firstFacts: row.first_facts ?? {},
      changes: changes.map((change) => ({
        ...{ id: change.id, kind: change.kind, effectiveDate: change.effective_date },
        to: change.asked_status ?? undefined,
        until: change.until_date ?? undefined,
        facts: change.facts ?? undefined,
        undone: change.state === 'undone',
      })),
    },
  };
}
