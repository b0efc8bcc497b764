import type { Transaction } from '@lanyard/platform';
import type { OpenRun, PieceOutcome, WorkPiece } from '../bulk/bulk-run-store.js';
import type { RosterChanges } from './apply-staging.js';
import { removeConflicts } from './difference.js';
import { createStagingTable } from './stage-rows.js';
import { stagingColumns } from './staging-line.js';

/** Rows of one transaction. */
const PIECE = 500;
/** Number of the advisory lock that keeps two imports of one database apart. */
const importLock = 7_463_010;

export async function lockImports(tx: Transaction): Promise<void> {
  await tx.raw('SELECT pg_advisory_xact_lock(?)', [importLock]);
}

/**
 * One piece of a large import. Its rows leave the table in the transaction that applies them: a killed process leaves
 * the rest, and nothing is applied twice. Rows in conflict by now are counted as refused and named in the report.
 */
export function createImportPiece(parts: {
  applyAndTell: (tx: Transaction, importId: number, actor: string, now: Date) => Promise<RosterChanges>;
  now: () => Date;
}): WorkPiece {
  return async (tx, run): Promise<PieceOutcome> => {
    const importId = importOf(run);
    await lockImports(tx);
    await createStagingTable(tx);
    const columns = stagingColumns.join(', ');
    const taken = await tx.raw(
      `WITH piece AS (
         SELECT ctid FROM roster_import_row WHERE import_id = ?
           AND (early OR NOT EXISTS (SELECT FROM roster_import_row e WHERE e.import_id = ? AND e.early))
         ORDER BY line LIMIT (SELECT greatest(?, count(*)) FROM roster_import_row e WHERE e.import_id = ? AND e.early)),
       gone AS (DELETE FROM roster_import_row r USING piece p WHERE r.ctid = p.ctid RETURNING r.*)
       INSERT INTO roster_staging (${columns}) SELECT ${columns} FROM gone`,
      [importId, importId, PIECE, importId],
    );
    const conflicts = await removeConflicts(tx);
    const now = parts.now();
    await parts.applyAndTell(tx, importId, run.actor, now);
    if (conflicts.length > 0)
      await tx.raw(
        `UPDATE roster_import SET report = jsonb_set(report, '{difference,conflicting_rows}',
           coalesce(report->'difference'->'conflicting_rows', '[]') || ?::jsonb) WHERE id = ?`,
        [JSON.stringify(conflicts), importId],
      );
    const left = await tx('roster_import_row').select('line').where({ import_id: importId }).first();
    const ended = left === undefined;
    if (ended) await tx('roster_import').where({ id: importId }).update({ state: 'applied', applied_at: now });
    return { done: Number(taken.rowCount) - conflicts.length, refused: conflicts.length, ended };
  };
}

export function importOf(run: OpenRun): number {
  if (run.importId === null) throw new TypeError('a run of an import names it');
  return run.importId;
}
