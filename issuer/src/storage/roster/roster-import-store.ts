import { createHash } from 'node:crypto';
import type { Database, Transaction } from '@lanyard/platform';
import type { RosterSummary } from '../../domain/roster/roster-summary.js';
import { needsSecondPerson } from '../../domain/roster/second-person.js';
import { type RosterContext, validateRoster } from '../../domain/roster/validate-roster.js';
import { badRow, badRowsHead } from '../../domain/roster/write-bad-rows.js';
import { applyStaging, type RosterChanges } from './apply-staging.js';
import { computeDifference, type RosterDifference } from './difference.js';
import type { FieldSealer } from './field-sealer.js';
import { loadKnownStudents } from './known-students.js';
import { createStagingTable, stageRows } from './stage-rows.js';
import { stagingColumns } from './staging-line.js';

export type RosterImportState =
  | 'dry-run'
  | 'applied'
  /** All or nothing was asked for and a row was refused or in conflict. */
  | 'refused-bad-rows'
  | 'waiting-for-second-person'
  | 'declined';

export interface RosterImportReport extends RosterSummary {
  readonly state: RosterImportState;
  readonly encoding: 'utf-8' | 'gb18030';
  readonly format: 'csv' | 'xlsx';
  /** Of a workbook: the sheet that was read, and how many there are. */
  readonly sheet?: { readonly name: string; readonly of: number };
  /** SHA-256 of the file, hexadecimal. */
  readonly file_digest: string;
  readonly difference: RosterDifference;
  /** Present once the import was recorded: applied or waiting. */
  readonly import_id?: number;
}

/** What is known of a workbook beside the CSV made from it. */
export interface SheetFile {
  /** SHA-256 of the workbook. */
  readonly digest: Buffer;
  readonly sheet: { readonly name: string; readonly of: number };
  readonly numbersNotText: ReadonlyMap<number, readonly string[]>;
}

export interface RosterImportRequest {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly sheet?: SheetFile;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly allOrNothing?: boolean;
  /** Receives the file of refused rows piece by piece, head first; not called when there is none. */
  readonly onBadRows?: (csv: string) => void;
}

export interface RosterImportPorts {
  readonly context: RosterContext;
  readonly sealer: FieldSealer;
  /** Writes audit and outbox rows; its failure undoes the import. Not called when nothing changed. */
  readonly onChanged: (
    tx: Transaction,
    changes: RosterChanges,
    by: { actor: string; importId: number },
  ) => Promise<void>;
  readonly now: () => Date;
  /** How many new, changed, absent and conflicting students a report lists. */
  readonly maxListed?: number;
}

export type RosterDecisionErrorCode = 'roster-import-unknown' | 'roster-import-not-waiting' | 'second-person-is-first';

/** A decision on a waiting import was refused. */
export class RosterDecisionError extends Error {
  override readonly name = 'RosterDecisionError';
  constructor(readonly code: RosterDecisionErrorCode) {
    super(code);
  }
}

/**
 * Rosters into the register. Each import is one transaction: either all it says happened, with its audit and outbox
 * rows, or nothing. Imports exclude each other from beginning to end, so hand over a file that has already arrived. A
 * dry run leaves no row behind and waits for nobody. The same file a second time changes nothing.
 *
 * @throws {RosterFileError} when the file as a whole is no roster.
 */
export function createRosterImportStore(db: Database, ports: RosterImportPorts) {
  const maxListed = ports.maxListed ?? 200;

  async function importRoster(request: RosterImportRequest): Promise<RosterImportReport> {
    // A dry run sees one moment of the register while it reads; an import holds the lock instead.
    const tx = await db.transaction(request.dryRun ? { isolationLevel: 'repeatable read' } : {});
    try {
      const report = await importWithin(tx, request);
      if (report.state === 'applied' || report.state === 'waiting-for-second-person') await tx.commit();
      else await tx.rollback();
      return report;
    } catch (error) {
      if (!tx.isCompleted()) await tx.rollback();
      throw error;
    }
  }

  async function importWithin(tx: Transaction, request: RosterImportRequest): Promise<RosterImportReport> {
    const file = createHash('sha256');
    async function* digested(): AsyncGenerator<Uint8Array> {
      for await (const chunk of request.chunks) {
        file.update(chunk);
        yield chunk;
      }
    }
    const { sheet } = request;
    const roster = validateRoster(
      digested(),
      sheet === undefined ? ports.context : { ...ports.context, numbersNotText: sheet.numbersNotText },
    );
    let badRows = 0;
    if (!request.dryRun) await lockImports(tx);
    await createStagingTable(tx);
    const known = await loadKnownStudents(tx, ports.sealer);
    const read = await stageRows(tx, roster.batches, known, ports.sealer, {
      dryRun: request.dryRun,
      maxListed,
      onRejected: (row) => {
        if (badRows === 0) request.onBadRows?.(badRowsHead(roster.header().cells));
        badRows += 1;
        request.onBadRows?.(badRow(row));
      },
    });
    const difference = await computeDifference(tx, read, maxListed);
    const fileDigest = sheet?.digest ?? file.digest();
    const summary = roster.summary();
    const report = {
      ...{ ...summary, encoding: roster.encoding(), file_digest: fileDigest.toString('hex'), difference },
      format: sheet === undefined ? ('csv' as const) : ('xlsx' as const),
      ...(sheet === undefined ? {} : { sheet: { name: sheet.sheet.name, of: sheet.sheet.of } }),
    };
    if (request.dryRun) return { state: 'dry-run', ...report };
    if (request.allOrNothing === true && (summary.rejected > 0 || difference.conflicts > 0)) {
      return { state: 'refused-bad-rows', ...report };
    }
    const now = ports.now();
    const waits = needsSecondPerson(difference);
    const state = waits ? ('waiting-for-second-person' as const) : ('applied' as const);
    const [row]: { id: number }[] = await tx('roster_import').insert(
      {
        state,
        file_digest: fileDigest,
        all_or_nothing: request.allOrNothing === true,
        report: JSON.stringify(report),
        created_by: request.actor,
        created_at: now,
        decided_by: waits ? null : request.actor,
        applied_at: waits ? null : now,
      },
      ['id'],
    );
    const importId = Number(row?.id);
    if (waits) await keepStaging(tx, importId);
    else await applyAndTell(tx, importId, request.actor, now);
    return { state, ...report, import_id: importId };
  }

  async function applyAndTell(tx: Transaction, importId: number, actor: string, now: Date): Promise<RosterChanges> {
    const changes = await applyStaging(tx, now);
    if (changes.inserted.length > 0 || changes.changed.length > 0)
      await ports.onChanged(tx, changes, { actor, importId });
    return changes;
  }

  /**
   * The second person applies an import that waits. The difference is computed anew: what the register already holds
   * by now is not touched again.
   *
   * @throws {RosterDecisionError}
   */
  async function approve(importId: number, actor: string): Promise<{ state: 'applied'; new: number; changed: number }> {
    return db.transaction(async (tx) => {
      await lockImports(tx);
      await takeWaiting(tx, importId, actor, false);
      await createStagingTable(tx);
      const columns = stagingColumns.join(', ');
      await tx.raw(
        `INSERT INTO roster_staging (${columns}) SELECT ${columns} FROM roster_import_row WHERE import_id = ? ORDER BY line`,
        [importId],
      );
      // Takes out rows that have come into conflict since.
      await computeDifference(tx, { unchanged: 0, newNotStaged: 0, firstNew: [], firstAbsent: [] }, 0);
      const now = ports.now();
      await tx('roster_import')
        .where({ id: importId })
        .update({ state: 'applied', decided_by: actor, applied_at: now });
      const changes = await applyAndTell(tx, importId, actor, now);
      await tx('roster_import_row').where({ import_id: importId }).delete();
      return { state: 'applied', new: changes.inserted.length, changed: changes.changed.length };
    });
  }

  /** Discards an import that waits; whoever started it may do so too. @throws {RosterDecisionError} */
  async function decline(importId: number, actor: string): Promise<void> {
    await db.transaction(async (tx) => {
      await takeWaiting(tx, importId, actor, true);
      await tx('roster_import').where({ id: importId }).update({ state: 'declined', decided_by: actor });
      await tx('roster_import_row').where({ import_id: importId }).delete();
    });
  }

  /** Newest first, page by key. */
  async function list(options: { readonly before?: number; readonly limit: number }): Promise<RecordedImport[]> {
    const query = db('roster_import')
      .select('id', 'state', 'created_by', 'created_at', 'decided_by', 'applied_at', 'report')
      .orderBy('id', 'desc')
      .limit(options.limit);
    if (options.before !== undefined) query.where('id', '<', options.before);
    return query;
  }

  return { importRoster, approve, decline, list };
}

export interface RecordedImport {
  readonly id: number;
  readonly state: Exclude<RosterImportState, 'dry-run' | 'refused-bad-rows'>;
  readonly created_by: string;
  readonly created_at: Date;
  readonly decided_by: string | null;
  readonly applied_at: Date | null;
  readonly report: Omit<RosterImportReport, 'state' | 'import_id'>;
}

/** Number of the advisory lock that keeps two imports of one database apart. */
const importLock = 7_463_010;

async function lockImports(tx: Transaction): Promise<void> {
  await tx.raw('SELECT pg_advisory_xact_lock(?)', [importLock]);
}

/** Keeps what differs from the register, sealed, until the second person decides. */
async function keepStaging(tx: Transaction, importId: number): Promise<void> {
  const columns = stagingColumns.map((name) => `s.${name}`).join(', ');
  await tx.raw(
    `INSERT INTO roster_import_row (import_id, ${stagingColumns.join(', ')})
     SELECT ?, ${columns} FROM roster_staging s LEFT JOIN student t ON t.student_number = s.student_number
     WHERE t.id IS NULL OR t.row_digest <> s.row_digest`,
    [importId],
  );
}

async function takeWaiting(tx: Transaction, importId: number, actor: string, mayBeFirst: boolean): Promise<void> {
  const found: { state: string; created_by: string } | undefined = await tx('roster_import')
    .select('state', 'created_by')
    .where({ id: importId })
    .forUpdate()
    .first();
  if (found === undefined) throw new RosterDecisionError('roster-import-unknown');
  if (found.state !== 'waiting-for-second-person') throw new RosterDecisionError('roster-import-not-waiting');
  if (!mayBeFirst && found.created_by === actor) throw new RosterDecisionError('second-person-is-first');
}
