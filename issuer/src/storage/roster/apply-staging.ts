import type { Transaction } from '@lanyard/platform';
import { FACT_COLUMNS, type FactColumn } from '../../domain/life/fold-life.js';
import type { EnrolmentStatus } from '../../domain/roster/roster-record.js';

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

type RegisterFacts = { readonly [Column in FactColumn]: string };

const imported = [
  'name',
  'name_match_key',
  'name_latin',
  'pinyin_full',
  'pinyin_initials',
  'sex',
  'birth_date',
  'ethnicity',
  'identity_document_type',
  'identity_number_encrypted',
  'identity_number_hash',
  'identity_number_masked',
  'college',
  'major_code',
  'major',
  'class',
  'grade',
  'level',
  'length_of_study',
  'study_form',
  'entry_date',
  'expected_graduation',
  'enrolment_status',
  'campus',
  'rail_from',
  'rail_to',
  'phone_encrypted',
  'email_encrypted',
  'contact_hash',
  'counsellor_staff_number',
  'row_digest',
];

interface UpdatedRow {
  id: number;
  old_status: EnrolmentStatus;
  new_status: EnrolmentStatus;
  old_facts: RegisterFacts;
  new_facts: RegisterFacts;
}

/**
 * Brings the register in line with the staging table: changed rows first, then new ones. Never removes anybody; leaves
 * semester registration, policy class and portrait alone. Rows that changed elsewhere meanwhile are locked and taken
 * as they are at this moment.
 */
export async function applyStaging(tx: Transaction, at: Date): Promise<RosterChanges> {
  await tx.raw('SET CONSTRAINTS student_identity_once DEFERRED');
  const facts = (of: string) =>
    `jsonb_build_object(${FACT_COLUMNS.map((column) => `'${column}', ${of}.${column}`).join(', ')})`;
  const updated: { rows: UpdatedRow[] } = await tx.raw(
    `WITH old AS MATERIALIZED (
       SELECT t.id, t.enrolment_status, ${facts('t')} AS facts FROM student t JOIN roster_staging s ON s.student_number = t.student_number
       WHERE t.row_digest <> s.row_digest ORDER BY t.id FOR UPDATE OF t)
     UPDATE student t SET ${imported.map((name) => `${name} = s.${name}`).join(', ')}, updated_at = ?
     FROM old, roster_staging s
     WHERE t.id = old.id AND s.student_number = t.student_number
     RETURNING t.id, old.enrolment_status AS old_status, t.enrolment_status AS new_status, old.facts AS old_facts,
       ${facts('t')} AS new_facts`,
    [at],
  );
  const columns = ['student_number', ...imported].join(', ');
  const inserted: { rows: { id: number }[] } = await tx.raw(
    `INSERT INTO student (${columns}, created_at, updated_at)
     SELECT ${columns}, ?, ? FROM roster_staging s
     WHERE NOT EXISTS (SELECT FROM student t WHERE t.student_number = s.student_number) ORDER BY s.line
     RETURNING id`,
    [at, at],
  );
  await tx.raw('SET CONSTRAINTS student_identity_once IMMEDIATE');
  return {
    inserted: inserted.rows.map((row) => row.id),
    changed: updated.rows.map((row) => ({
      ...{ id: row.id, oldStatus: row.old_status, newStatus: row.new_status },
      ...{ oldFacts: row.old_facts, newFacts: row.new_facts },
    })),
  };
}
