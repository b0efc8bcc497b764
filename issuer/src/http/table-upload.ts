import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Refusal } from '@lanyard/platform';
import type { WorkbookReader } from '../adapters/children/workbook-reader.js';
import { readTable, type TableColumn, TableError, type TableRow } from '../domain/bulk/read-table.js';
import type { TextDecoderPort } from '../domain/roster/detect-encoding.js';
import { looksLikeWorkbook } from '../domain/workbook/open-workbook.js';
import { WorkbookError } from '../domain/workbook/workbook-error.js';
import { withReceivedFile } from './receive-file.js';
import { headOf } from './roster-upload.js';

export interface TableUploadDeps {
  workbooks: WorkbookReader;
  decodeGb18030: () => TextDecoderPort;
}

export interface UploadedTable<Key extends string> {
  readonly rows: TableRow<Key>[];
  /** Rows left out: an identifier stored as a number may have lost digits, and nobody can tell. */
  readonly findings: { readonly line: number; readonly code: 'number-not-text' }[];
}

const MAX_ROWS = 1_000_000;
const MAX_WORKBOOK_BYTES = 16 << 20;

/**
 * A small table out of an upload, CSV or .xlsx; a workbook is read in the roster's child process (decision 0026).
 * @param identifiers columns whose cells have to be text in a workbook
 * @throws Refusal `table-…`, `body-too-large`
 */
export async function readUploadedTable<Key extends string>(
  request: IncomingMessage,
  columns: { readonly [K in Key]: TableColumn },
  identifiers: readonly NoInfer<Key>[],
  { workbooks, decodeGb18030, maxBytes }: TableUploadDeps & { readonly maxBytes: number },
): Promise<UploadedTable<Key>> {
  const options = { maxRows: MAX_ROWS, decodeGb18030 };
  try {
    return await withReceivedFile(request, { maxBytes, tooLarge: 'body-too-large' }, async ({ path, bytes }) => {
      if (!looksLikeWorkbook(await headOf(path)))
        return { rows: await readTable(createReadStream(path), columns, options), findings: [] };
      if (bytes > MAX_WORKBOOK_BYTES) throw new WorkbookError('workbook-too-large');
      const names = identifiers.flatMap((key) => columns[key].names);
      return workbooks.withCsv(path, names, async (csv, read) => {
        const unsure = new Set(read.faults.map(({ line }) => line));
        const rows = await readTable(createReadStream(csv), columns, options);
        return {
          rows: rows.filter(({ line }) => !unsure.has(line)),
          findings: [...unsure].map((line) => ({ line, code: 'number-not-text' as const })),
        };
      });
    });
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof TableError)
    return new Refusal(error.code, error.columns.length === 0 ? {} : { fields: { columns: error.columns } });
  if (error instanceof WorkbookError) {
    const code = { 'workbook-empty': 'table-empty', 'workbook-too-large': 'table-too-long' } as const;
    const own = error.code === 'workbook-empty' || error.code === 'workbook-too-large' ? code[error.code] : undefined;
    return new Refusal(own ?? 'table-unreadable', { detail: error.code });
  }
  if (error instanceof Error && error.name === 'RosterFileError')
    return new Refusal('table-unreadable', { cause: error });
  return error;
}
