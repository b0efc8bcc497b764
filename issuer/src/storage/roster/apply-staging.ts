import type { Transaction } from '@lanyard/platform';
import { FACT_COLUMNS, type FactColumn } from '../../domain/life/fold-life.js';
import type { EnrolmentStatus } from '../../domain/roster/roster-record.js';
import { imageOf, noteCreated } from './import-images.js';
import { importedColumns } from './imported-columns.js';

/** What an import did, for the audit and the outbox of the same transaction. Ids are those of `student`. */
export interface RosterChanges {
  readonly inserted: readonly number[];
  readonly changed: readonly {
    readonly id: number;
    readonly oldStatus: EnrolmentStatus;
    readonly newStatus: EnrolmentStatus;
    /** Facts of the life cycle, before and after. */
    readonly oldFacts: RegisterFacts;
    readonly newFacts: RegisterFacts;
  }[];
}

export type RegisterFacts = { readonly [Column in FactColumn]: string };

interface UpdatedRow {
  id: number;
  old_status: EnrolmentStatus;
  new_status: EnrolmentStatus;
  old_facts: RegisterFacts;
  new_facts: RegisterFacts;
}

/** The facts of the life cycle of a row of `student`, as SQL. */
export const factsOf = (of: string) =>
  `jsonb_build_object(${FACT_COLUMNS.map((column) => `'${column}', ${of}.${column}`).join(', ')})`;

/**
 * Brings the register in line with the staging table: changed rows first, then new ones. Never removes anybody; leaves
 * semester registration, policy class and portrait alone. Rows that changed elsewhere meanwhile are locked and taken
 * as they are at this moment. What stood there before is kept for an undo.
 */
export async function applyStaging(tx: Transaction, at: Date, importId: number): Promise<RosterChanges> {
  await tx.raw('SET CONSTRAINTS student_identity_once DEFERRED');
  const updated: { rows: UpdatedRow[] } = await tx.raw(
    `WITH old AS MATERIALIZED (
       SELECT t.id, t.enrolment_status, ${factsOf('t')} AS facts, ${imageOf('t')} AS image, s.line FROM student t JOIN roster_staging s ON s.student_number = t.student_number
       WHERE t.row_digest <> s.row_digest ORDER BY t.id FOR UPDATE OF t),
     changed AS (UPDATE student t SET ${importedColumns.map((name) => `${name} = s.${name}`).join(', ')}, updated_at = ?
     FROM old, roster_staging s
     WHERE t.id = old.id AND s.student_number = t.student_number
     RETURNING t.id, old.enrolment_status AS old_status, t.enrolment_status AS new_status, old.facts AS old_facts,
       ${factsOf('t')} AS new_facts),
     noted AS (INSERT INTO roster_import_change (import_id, student_id, line, created, former, image_digest)
       SELECT ?, id, line, false, image, '\\x${'00'.repeat(32)}' FROM old)
     SELECT * FROM changed`,
    [at, importId],
  );
  const columns = ['student_number', ...importedColumns].join(', ');
  const inserted: { rows: { id: number }[] } = await tx.raw(
    `INSERT INTO student (${columns}, created_at, updated_at)
     SELECT ${columns}, ?, ? FROM roster_staging s
     WHERE NOT EXISTS (SELECT FROM student t WHERE t.student_number = s.student_number) ORDER BY s.line
     RETURNING id`,
    [at, at],
  );
  await tx.raw('SET CONSTRAINTS student_identity_once IMMEDIATE');
  const created = inserted.rows.map((row) => row.id);
  await noteCreated(tx, importId, created);
  return {
    inserted: created,
    changed: updated.rows.map((row) => ({
      ...{ id: row.id, oldStatus: row.old_status, newStatus: row.new_status },
      ...{ oldFacts: row.old_facts, newFacts: row.new_facts },
    })),
  };
}
