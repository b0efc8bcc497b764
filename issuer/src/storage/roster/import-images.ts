import type { Transaction } from '@lanyard/platform';
import { importedColumns } from './imported-columns.js';

/** The imported columns of one student as one value, as SQL. What is sealed stays sealed. */
export const imageOf = (of: string): string =>
  `jsonb_build_object(${importedColumns.map((column) => `'${column}', ${of}.${column}`).join(', ')})`;

/** Tells whether anything of it has changed. */
export const imageDigestOf = (of: string): string => `sha256(convert_to(${imageOf(of)}::text, 'UTF8'))`;

/** The newest change of a student's life, as SQL; planned ones count. */
export const lifeChangeOf = (of: string): string =>
  `(SELECT max(l.id) FROM status_change l WHERE l.student_id = ${of}.id AND l.state <> 'refused')`;

/** Students that an import has just created from its staging table. */
export async function noteCreated(tx: Transaction, importId: number, studentIds: readonly number[]): Promise<void> {
  await tx.raw(
    `INSERT INTO roster_import_change (import_id, student_id, line, created, image_digest)
     SELECT ?, t.id, s.line, true, '\\x${'00'.repeat(32)}' FROM student t JOIN roster_staging s ON s.student_number = t.student_number
     WHERE t.id = ANY(?)`,
    [importId, [...studentIds]],
  );
}

/** Once all that follows from an import is written: what the students look like now, to see later what came after. */
export async function noteImages(tx: Transaction, importId: number, studentIds: readonly number[]): Promise<void> {
  await tx.raw(
    `UPDATE roster_import_change c SET image_digest = ${imageDigestOf('t')}, life_change_id = ${lifeChangeOf('t')}
     FROM student t WHERE c.import_id = ? AND c.student_id = t.id AND t.id = ANY(?)`,
    [importId, [...studentIds]],
  );
}
