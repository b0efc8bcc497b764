import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Refusal } from '@lanyard/platform';
import type { WorkbookReader } from '../adapters/children/workbook-reader.js';
import { RosterFileError, type RosterFileErrorCode } from '../domain/roster/finding.js';
import { identifierColumns } from '../domain/roster/roster-columns.js';
import { looksLikeWorkbook } from '../domain/workbook/open-workbook.js';
import { WorkbookError } from '../domain/workbook/workbook-error.js';
import type { CellFault } from '../domain/workbook/workbook-to-csv.js';
import type { IssuerCode } from '../problems.js';
import type { SheetFile } from '../storage/roster/roster-import-store.js';
import { withReceivedFile } from './receive-file.js';

const UPLOAD = { maxBytes: 1024 * 1024 * 1024, tooLarge: 'roster-too-large' } as const;
/** A workbook is read as a whole. */
const MAX_WORKBOOK_BYTES = 64 * 1024 * 1024;

/** A roster as the import takes it, whatever file it came in. */
export interface UploadedRoster {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly sheet?: SheetFile;
}

/** Takes the whole upload into a private temporary file first: an import holds locks and must not wait for a slow line. */
export async function withRosterUpload<T>(
  request: IncomingMessage,
  workbooks: WorkbookReader,
  work: (roster: UploadedRoster) => Promise<T>,
): Promise<T> {
  if (Number(request.headers['content-length'] ?? 0) > UPLOAD.maxBytes) throw new Refusal(UPLOAD.tooLarge);
  try {
    return await withReceivedFile(request, UPLOAD, async ({ path, bytes, digest }) => {
      if (!looksLikeWorkbook(await headOf(path))) return work({ chunks: piecesOf(path) });
      if (bytes > MAX_WORKBOOK_BYTES) throw new WorkbookError('workbook-too-large');
      return workbooks.withCsv(path, identifierColumns, (csv, read) =>
        work({ chunks: piecesOf(csv), sheet: { digest, sheet: read.sheet, numbersNotText: byLine(read.faults) } }),
      );
    });
  } catch (error) {
    throw refusalOf(error);
  }
}

const piecesOf = (path: string) => createReadStream(path, { highWaterMark: 256 * 1024 });

export async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function byLine(faults: readonly CellFault[]): ReadonlyMap<number, readonly string[]> {
  const lines = new Map<number, string[]>();
  for (const { line, column } of faults) lines.set(line, [...(lines.get(line) ?? []), column]);
  return lines;
}

const FILE_CODES = {
  'file-empty': 'roster-empty',
  'file-is-not-csv': 'roster-unreadable',
  'encoding-unsupported': 'roster-encoding',
  'header-column-missing': 'roster-header-invalid',
  'header-duplicate': 'roster-header-invalid',
  'header-unreadable': 'roster-header-invalid',
  'workbook-unreadable': 'roster-unreadable',
  'workbook-encrypted': 'roster-unreadable',
  'workbook-old-format': 'roster-unreadable',
  'workbook-macros': 'roster-unreadable',
  'workbook-unsafe': 'roster-unreadable',
  'workbook-merged-cells': 'roster-unreadable',
  'workbook-empty': 'roster-empty',
  'workbook-too-large': 'roster-too-large',
} as const satisfies Record<RosterFileErrorCode, IssuerCode>;

function refusalOf(error: unknown): unknown {
  const known =
    error instanceof RosterFileError
      ? { code: error.code, columns: error.columns }
      : error instanceof WorkbookError
        ? { code: error.code, columns: error.places }
        : undefined;
  if (known === undefined) return error;
  return new Refusal(FILE_CODES[known.code], {
    detail: known.code,
    fields: { findings: [{ line: 1, verdict: 'reject', ...known }] },
  });
}
