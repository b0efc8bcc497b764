import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Transaction } from '@lanyard/platform';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { RosterRecord } from '../../domain/roster/roster-record.js';
import type { RosterRow } from '../../domain/roster/roster-row.js';
import type { FieldSealer } from './field-sealer.js';
import type { KnownStudents } from './known-students.js';
import { rowImage, stagingColumns, toStagingLine } from './staging-line.js';

/** Makes the temporary table of this transaction; it is dropped with it, and leaves no trace in WAL or backups. */
export async function createStagingTable(tx: Transaction): Promise<void> {
  await tx.raw('CREATE TEMPORARY TABLE roster_staging (LIKE roster_import_row) ON COMMIT DROP');
}

/** What reading the file told beside the rows that were staged. */
export interface StagedRows {
  /** Rows equal to what was imported last; not staged. */
  readonly unchanged: number;
  /** New students that a dry run did not need to stage. */
  readonly newNotStaged: number;
  /** The first new students, as many as asked for. */
  readonly firstNew: readonly NewStudent[];
  /** The first students of the register that no row named, by number. */
  readonly firstAbsent: readonly string[];
}

export interface NewStudent {
  readonly line: number;
  readonly student_number: string;
  readonly name: string;
}

/**
 * Streams the rows that matter into the staging table by COPY, no faster than the database takes them: new and changed
 * students; in a dry run of the new ones only those whose identity number the register may already hold.
 */
export async function stageRows(
  tx: Transaction,
  batches: AsyncIterable<readonly RosterRow[]>,
  known: KnownStudents,
  sealer: FieldSealer,
  options: { readonly dryRun: boolean; readonly maxListed: number; readonly onRejected: (row: RosterRow) => void },
): Promise<StagedRows> {
  // Within a transaction knex answers the transaction's own connection.
  const connection: pg.Client = await tx.client.acquireConnection();
  const copy = connection.query(copyFrom(`COPY roster_staging (${stagingColumns.join(', ')}) FROM STDIN`));
  // Listens from the start: a refused COPY must not become an unhandled error while a batch is awaited.
  const done = finished(copy);
  done.catch(() => undefined);
  let unchanged = 0;
  let newNotStaged = 0;
  const firstNew: NewStudent[] = [];

  function lineFor(record: RosterRecord, line: number): string {
    const before = known.find(record.studentNumber);
    if (before === undefined) {
      if (firstNew.length < options.maxListed) {
        firstNew.push({ line, student_number: record.studentNumber, name: record.name });
      }
      if (options.dryRun && !known.mayHoldIdentity(record.identityNumber)) {
        newNotStaged += 1;
        return '';
      }
      return toStagingLine(record, line, sealer.digest(rowImage(record)), sealer, options.dryRun);
    }
    const digest = sealer.digest(rowImage(record));
    if (digest !== before) return toStagingLine(record, line, digest, sealer, options.dryRun);
    unchanged += 1;
    return '';
  }

  try {
    for await (const batch of batches) {
      let text = '';
      for (const row of batch) {
        if ('record' in row) text += lineFor(row.record, row.line);
        else options.onRejected(row);
      }
      if (text !== '' && !copy.write(text)) await Promise.race([once(copy, 'drain'), done]);
    }
    copy.end();
  } catch (error) {
    copy.destroy();
    await done.catch(() => undefined);
    throw error;
  }
  await done;
  return { unchanged, newNotStaged, firstNew, firstAbsent: known.neverFound(options.maxListed) };
}
