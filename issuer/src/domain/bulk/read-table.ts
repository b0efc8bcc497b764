import { createCsvSplitter } from '../roster/csv-splitter.js';
import { type TextDecoderPort, toUtf8 } from '../roster/detect-encoding.js';

/** A file that is no such table. `columns` names what is missing or there twice. */
export class TableError extends Error {
  override readonly name = 'TableError';
  constructor(
    readonly code: 'table-unreadable' | 'table-empty' | 'table-header-invalid' | 'table-too-long',
    readonly columns: readonly string[] = [],
  ) {
    super(code);
  }
}

export interface TableColumn {
  /** Headers that mean it, in any language; the first is named to people. */
  readonly names: readonly [string, ...string[]];
  readonly required: boolean;
}

export interface TableRow<Key extends string> {
  readonly line: number;
  /** Trimmed; an absent column is the empty text. Undefined where the row does not split. */
  readonly cells: { readonly [K in Key]: string } | undefined;
}

/**
 * Reads a small table (CSV, UTF-8 or GB 18030) whose columns stand in any order; others are left alone.
 * @throws TableError
 */
export async function readTable<Key extends string>(
  chunks: AsyncIterable<Uint8Array>,
  columns: { readonly [K in Key]: TableColumn },
  options: { readonly maxRows: number; readonly decodeGb18030: () => TextDecoderPort },
): Promise<TableRow<Key>[]> {
  const splitter = createCsvSplitter({ maxRecordBytes: 4096 });
  const keys = Object.keys(columns) as Key[];
  let places: Map<Key, number> | undefined;
  const rows: TableRow<Key>[] = [];
  const take = (records: ReturnType<typeof splitter.push>) => {
    for (const record of records) {
      if (record.fault === undefined && record.cells.every((cell) => cell.trim() === '')) continue;
      if (places === undefined) {
        if (record.fault !== undefined) throw new TableError('table-unreadable');
        places = placesOf(record.cells, columns, keys);
        splitter.expectWidth(record.cells.length);
        continue;
      }
      if (rows.length >= options.maxRows) throw new TableError('table-too-long');
      const found = places;
      const cellOf = (key: Key) => (record.cells[found.get(key) ?? -1] ?? '').trim();
      rows.push({
        line: record.line,
        cells:
          record.fault === undefined
            ? (Object.fromEntries(keys.map((key) => [key, cellOf(key)])) as { [K in Key]: string })
            : undefined,
      });
    }
  };
  for await (const chunk of toUtf8(chunks, options.decodeGb18030)) take(splitter.push(chunk));
  take(splitter.end());
  if (rows.length === 0) throw new TableError('table-empty');
  return rows;
}

function placesOf<Key extends string>(
  header: readonly string[],
  columns: { readonly [K in Key]: TableColumn },
  keys: readonly Key[],
): Map<Key, number> {
  const cells = header.map((cell) =>
    cell
      .replace(/^\ufeff/, '')
      .trim()
      .toLowerCase(),
  );
  const places = new Map<Key, number>();
  const wrong: string[] = [];
  for (const key of keys) {
    const found = cells.flatMap((cell, place) => (columns[key].names.includes(cell) ? [place] : []));
    if (found.length > 1 || (found.length === 0 && columns[key].required)) wrong.push(columns[key].names[0]);
    if (found[0] !== undefined) places.set(key, found[0]);
  }
  if (wrong.length > 0) throw new TableError('table-header-invalid', wrong);
  return places;
}
