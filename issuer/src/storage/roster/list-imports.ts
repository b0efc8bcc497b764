import type { Database } from '@lanyard/platform';
import type { RosterImportReport } from './roster-import-report.js';

export interface RecordedImport {
  readonly id: number;
  readonly state: 'applied' | 'applying' | 'waiting-for-second-person' | 'declined';
  readonly created_by: string;
  readonly created_at: Date;
  readonly decided_by: string | null;
  readonly applied_at: Date | null;
  readonly expires_at: Date | null;
  readonly report: Omit<RosterImportReport, 'state' | 'import_id'>;
  /** Of a large import: the run that applies it. */
  readonly run_id: number | null;
  /** The newest run that undoes it; `applied` means that the import is undone. */
  readonly undo: { readonly id: number; readonly state: string } | null;
  /** Whether undoing is still offered. */
  readonly undoable: boolean;
}

/** Newest first, page by key; `id` for one. */
export async function listImports(
  db: Database,
  options: { readonly before?: number; readonly id?: number; readonly limit: number },
): Promise<RecordedImport[]> {
  const { rows } = await db.raw(
    `SELECT i.id, i.state, i.created_by, i.created_at, i.decided_by, i.applied_at, i.expires_at, i.report,
       (SELECT r.id FROM bulk_run r WHERE r.import_id = i.id AND r.kind = 'roster-import') AS run_id,
       (SELECT jsonb_build_object('id', r.id, 'state', r.state) FROM bulk_run r
        WHERE r.import_id = i.id AND r.kind = 'roster-undo' ORDER BY r.id DESC LIMIT 1) AS undo,
       i.state = 'applied' AND EXISTS (SELECT FROM roster_import_change c WHERE c.import_id = i.id)
         AND NOT EXISTS (SELECT FROM bulk_run r WHERE r.import_id = i.id AND r.kind = 'roster-undo' AND r.state NOT IN ('declined', 'undone')) AS undoable
     FROM roster_import i WHERE (?::bigint IS NULL OR i.id < ?) AND (?::bigint IS NULL OR i.id = ?) ORDER BY i.id DESC LIMIT ?`,
    [...[options.before ?? null, options.before ?? null, options.id ?? null, options.id ?? null], options.limit],
  );
  return rows as RecordedImport[];
}
