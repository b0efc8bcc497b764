import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '@lanyard/platform';
import { ReaderChildError } from '../adapters/children/reader-child.js';
import type { WorkbookReader } from '../adapters/children/workbook-reader.js';
import { RosterFileError, type RosterFileErrorCode } from '../domain/roster/finding.js';
import { identifierColumns } from '../domain/roster/roster-columns.js';
import { looksLikeWorkbook } from '../domain/workbook/open-workbook.js';
import { WorkbookError } from '../domain/workbook/workbook-error.js';
import type { CellFault } from '../domain/workbook/workbook-to-csv.js';
import type { IssuerCode } from '../problems.js';
import type { SheetFile } from '../storage/roster/roster-import-store.js';

const MAX_ROSTER_BYTES = 1024 * 1024 * 1024;
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
  if (Number(request.headers['content-length'] ?? 0) > MAX_ROSTER_BYTES) throw new Refusal('roster-too-large');
  const path = join(tmpdir(), `lanyard-roster-${randomBytes(8).toString('hex')}`);
  try {
    const { bytes, digest } = await receive(request, path);
    if (!looksLikeWorkbook(await headOf(path))) return await work({ chunks: piecesOf(path) });
    if (bytes > MAX_WORKBOOK_BYTES) throw new WorkbookError('workbook-too-large');
    return await workbooks.withCsv(path, identifierColumns, (csv, read) =>
      work({ chunks: piecesOf(csv), sheet: { digest, sheet: read.sheet, numbersNotText: byLine(read.faults) } }),
    );
  } catch (error) {
    throw refusalOf(error);
  } finally {
    await rm(path, { force: true });
  }
}

const piecesOf = (path: string) => createReadStream(path, { highWaterMark: 256 * 1024 });

async function headOf(path: string): Promise<Uint8Array> {
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
  if (error instanceof ReaderChildError) return new Refusal('dependency-unavailable', { cause: error });
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

async function receive(request: IncomingMessage, path: string): Promise<{ bytes: number; digest: Buffer }> {
  let bytes = 0;
  const hash = createHash('sha256');
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > MAX_ROSTER_BYTES ? new Refusal('roster-too-large') : null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(request), limit, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('client-went-away', { cause: error });
  }
  return { bytes, digest: hash.digest() };
}
