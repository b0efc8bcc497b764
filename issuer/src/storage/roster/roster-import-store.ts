import { createHash } from 'node:crypto';
import { appendAudit, type Database, type Transaction } from '@lanyard/platform';
import { needsSecondPerson } from '../../domain/roster/second-person.js';
import { type RosterContext, validateRoster } from '../../domain/roster/validate-roster.js';
import { badRow, badRowsHead } from '../../domain/roster/write-bad-rows.js';
import { EXPIRY, expiryOf, readApprovalRule } from '../approvals/approval-rule-store.js';
import { applyStaging, type RosterChanges } from './apply-staging.js';
import { computeDifference, type RosterDifference, removeConflicts } from './difference.js';
import type { FieldSealer } from './field-sealer.js';
import { noteImages } from './import-images.js';
import { createImportPiece, lockImports } from './import-piece.js';
import { loadKnownStudents } from './known-students.js';
import { listImports } from './list-imports.js';
import type { RosterImportReport, RosterImportState } from './roster-import-report.js';
import { createStagingTable, stageRows } from './stage-rows.js';
import { stagingColumns } from './staging-line.js';

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
  /** Opens the run of a large import. */
  readonly openRun: (tx: Transaction, run: ImportRun) => Promise<number>;
  /** More new and changed rows than this are applied in pieces. */
  readonly piecewiseAbove?: number;
  /** How many new, changed, absent and conflicting students a report lists. */
  readonly maxListed?: number;
}

export interface ImportRun {
  readonly importId: number;
  readonly actor: string;
  readonly total: number;
  readonly report: object;
}

export type RosterDecisionErrorCode =
  | 'roster-import-unknown'
  | 'roster-import-not-waiting'
  | 'roster-import-running'
  | 'approval-expired'
  | 'second-person-is-first';

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
  const piecewiseAbove = ports.piecewiseAbove ?? 2000;

  async function importRoster(request: RosterImportRequest): Promise<RosterImportReport> {
    // A dry run sees one moment of the register while it reads; an import holds the lock instead.
    const tx = await db.transaction(request.dryRun ? { isolationLevel: 'repeatable read' } : {});
    try {
      const report = await importWithin(tx, request);
      if (KEPT_STATES.includes(report.state)) await tx.commit();
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
    if (!request.dryRun) await refuseWhileRunning(tx);
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
    const rule = await readApprovalRule(tx);
    const waits = needsSecondPerson(difference, rule);
    const total = difference.new + difference.changed;
    const inPieces = !waits && total > piecewiseAbove;
    const state = waits ? 'waiting-for-second-person' : inPieces ? 'applying' : 'applied';
    const [row]: { id: number }[] = await tx('roster_import').insert(
      {
        state,
        file_digest: fileDigest,
        all_or_nothing: request.allOrNothing === true,
        report: JSON.stringify(report),
        created_by: request.actor,
        created_at: now,
        decided_by: waits ? null : request.actor,
        applied_at: waits || inPieces ? null : now,
        expires_at: waits ? expiryOf(rule, now.getTime()) : null,
      },
      ['id'],
    );
    const importId = Number(row?.id);
    if (waits || inPieces) await keepStaging(tx, importId);
    else await applyAndTell(tx, importId, request.actor, now);
    if (!inPieces) return { state, ...report, import_id: importId };
    const run = { importId, actor: request.actor, total: await countKept(tx, importId), report: countsOf(difference) };
    return { state, ...report, import_id: importId, run_id: await ports.openRun(tx, run) };
  }

  async function applyAndTell(tx: Transaction, importId: number, actor: string, now: Date): Promise<RosterChanges> {
    const changes = await applyStaging(tx, now, importId);
    if (changes.inserted.length > 0 || changes.changed.length > 0)
      await ports.onChanged(tx, changes, { actor, importId });
    await noteImages(tx, importId, [...changes.inserted, ...changes.changed.map((one) => one.id)]);
    return changes;
  }

  /**
   * The second person applies an import that waits. The difference is computed anew: what the register already holds
   * by now is not touched again.
   *
   * @throws {RosterDecisionError}
   */
  async function approve(importId: number, actor: string): Promise<Approved> {
    return db.transaction(async (tx) => {
      await lockImports(tx);
      await refuseWhileRunning(tx);
      await takeWaiting(tx, importId, actor, false, ports.now());
      const total = await countKept(tx, importId);
      if (total > piecewiseAbove) {
        await tx('roster_import').where({ id: importId }).update({ state: 'applying', decided_by: actor });
        const { report } = await tx('roster_import').select('report').where({ id: importId }).first();
        const run = { importId, actor, total, report: countsOf(report.difference) };
        return { state: 'applying', run_id: await ports.openRun(tx, run) };
      }
      await createStagingTable(tx);
      const columns = stagingColumns.join(', ');
      await tx.raw(
        `INSERT INTO roster_staging (${columns}) SELECT ${columns} FROM roster_import_row WHERE import_id = ? ORDER BY line`,
        [importId],
      );
      // Takes out rows that have come into conflict since.
      await removeConflicts(tx);
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
      await takeWaiting(tx, importId, actor, true, ports.now());
      await tx('roster_import').where({ id: importId }).update({ state: 'declined', decided_by: actor });
      await tx('roster_import_row').where({ import_id: importId }).delete();
    });
  }

  /** Declines what nobody has approved in time. */
  async function expire(): Promise<void> {
    await db.transaction(async (tx) => {
      const late: { rows: { id: number }[] } = await tx.raw(
        `UPDATE roster_import SET state = 'declined', decided_by = ? WHERE state = 'waiting-for-second-person' AND expires_at < ? RETURNING id`,
        [EXPIRY, ports.now()],
      );
      const ids = late.rows.map((row) => row.id);
      await tx('roster_import_row').whereIn('import_id', ids).delete();
      await appendAudit(
        tx,
        ids.map((id) => ({ actor: EXPIRY, action: 'roster.expired', subject: `roster-import:${id}` })),
        ports.now().getTime(),
      );
    });
  }

  return {
    ...{ importRoster, approve, decline, expire },
    list: (options: { readonly before?: number; readonly id?: number; readonly limit: number }) =>
      listImports(db, options),
    piece: createImportPiece({ applyAndTell, now: ports.now }),
  };
}

type Approved =
  | { readonly state: 'applied'; readonly new: number; readonly changed: number }
  | { readonly state: 'applying'; readonly run_id: number };

const KEPT_STATES: readonly RosterImportState[] = ['applied', 'applying', 'waiting-for-second-person'];

/** What a run says of its import: numbers, no names. */
const countsOf = (difference: RosterDifference) => ({
  ...{ new: difference.new, changed: difference.changed, conflicts: difference.conflicts },
  ...{ state_changes: difference.state_changes, revocations: difference.revocations, existing: difference.existing },
});

/** Keeps what differs from the register, sealed, until the second person decides. */
async function keepStaging(tx: Transaction, importId: number): Promise<void> {
  const columns = stagingColumns.map((name) => `s.${name}`).join(', ');
  await tx.raw(
    `INSERT INTO roster_import_row (import_id, ${stagingColumns.join(', ')})
     SELECT ?, ${columns} FROM roster_staging s LEFT JOIN student t ON t.student_number = s.student_number
     WHERE t.id IS NULL OR t.row_digest <> s.row_digest`,
    [importId],
  );
  // Numbers that go from one student to another: who gives and who takes are applied together.
  await tx.raw(
    `WITH taken AS (
       SELECT r.student_number AS taker, t.student_number AS giver FROM roster_import_row r
       JOIN student t ON t.identity_document_type = r.identity_document_type AND t.identity_number_hash = r.identity_number_hash
       WHERE r.import_id = ? AND t.student_number <> r.student_number)
     UPDATE roster_import_row r SET early = true
     WHERE r.import_id = ? AND r.student_number IN (SELECT taker FROM taken UNION SELECT giver FROM taken)`,
    [importId, importId],
  );
}

async function takeWaiting(
  tx: Transaction,
  importId: number,
  actor: string,
  mayBeFirst: boolean,
  now: Date,
): Promise<void> {
  const found: { state: string; created_by: string; expires_at: Date | null } | undefined = await tx('roster_import')
    .select('state', 'created_by', 'expires_at')
    .where({ id: importId })
    .forUpdate()
    .first();
  if (found === undefined) throw new RosterDecisionError('roster-import-unknown');
  if (found.state !== 'waiting-for-second-person') throw new RosterDecisionError('roster-import-not-waiting');
  if (!mayBeFirst && found.expires_at !== null && found.expires_at < now)
    throw new RosterDecisionError('approval-expired');
  if (!mayBeFirst && found.created_by === actor) throw new RosterDecisionError('second-person-is-first');
}

async function countKept(tx: Transaction, importId: number): Promise<number> {
  const [row] = await tx('roster_import_row').where({ import_id: importId }).count('* as n');
  return Number(row?.['n'] ?? 0);
}

/** A large import is not done: what a further one would find is neither before nor after it. */
async function refuseWhileRunning(tx: Transaction): Promise<void> {
  const running = await tx('roster_import').select('id').where({ state: 'applying' }).first();
  if (running !== undefined) throw new RosterDecisionError('roster-import-running');
}
