import { createRowCheck } from './check-row.js';
import { cleanCells } from './clean-cells.js';
import { type CsvRecord, createCsvSplitter } from './csv-splitter.js';
import { type RosterEncoding, type TextDecoderPort, toUtf8 } from './detect-encoding.js';
import { RosterFileError } from './finding.js';
import { mapHeader, type RosterHeader } from './map-header.js';
import { type RosterColumnKey, rosterColumns } from './roster-columns.js';
import type { RosterRow } from './roster-row.js';
import { createRosterSummary, type RosterSummary } from './roster-summary.js';
import { createRowReport, type ReusableRowReport } from './row-report.js';

export interface RosterContext {
  /** Ten digits; a roster may also write the last five. */
  readonly universityCode: string;
  /** A streaming GB 18030 decoder, made anew for each file. */
  readonly decodeGb18030: () => TextDecoderPort;
  /** Longest row taken, in bytes of UTF-8. */
  readonly maxRowBytes?: number;
  /** How many findings the summary lists; the counts are complete whatever the number. */
  readonly maxFindings?: number;
  /** By line: columns whose identifier a workbook stores as a number. */
  readonly numbersNotText?: ReadonlyMap<number, readonly string[]>;
}

export interface RosterValidation {
  /** The rows in file order, in batches of one piece of the file. Can be read once. */
  readonly batches: AsyncIterable<readonly RosterRow[]>;
  /** Known once the first batch has been read. */
  header(): RosterHeader;
  encoding(): RosterEncoding;
  /** Complete once all batches have been read. */
  summary(): RosterSummary;
}

/**
 * Reads a roster and says of each row whether it can be imported, what was mended and why it was refused. It proves
 * that a record is well formed and agrees with itself and with the rest of the file, not that the person exists.
 * A row of another width than the header is refused without looking at its cells, even when only empty cells are
 * missing or left over: a stray comma may have moved all of them. Rows with only empty cells are blank lines.
 *
 * @throws {RosterFileError} while reading, when the file as a whole is no roster.
 */
export function validateRoster(chunks: AsyncIterable<Uint8Array>, context: RosterContext): RosterValidation {
  const summary = createRosterSummary(context.maxFindings ?? 20_000);
  let header: RosterHeader | undefined;
  let encoding: RosterEncoding = 'utf-8';

  async function* read(): AsyncGenerator<readonly RosterRow[]> {
    const splitter = createCsvSplitter({ maxRecordBytes: context.maxRowBytes ?? 65_536 });
    const report = createRowReport();
    const checkRow = createRowCheck(context.universityCode);

    function toRows(records: readonly CsvRecord[]): RosterRow[] {
      const rows: RosterRow[] = [];
      for (const record of records) {
        if (header === undefined) {
          if (isBlank(record)) continue;
          if (record.fault !== undefined) throw new RosterFileError('header-unreadable');
          header = mapHeader(record.cells);
          splitter.expectWidth(record.cells.length);
          continue;
        }
        if (record.fault === undefined && isBlank(record)) continue;
        const row = toRow(record, header, report, checkRow, context.numbersNotText?.get(record.line));
        summary.add(row);
        rows.push(row);
      }
      return rows;
    }

    const utf8 = toUtf8(chunks, context.decodeGb18030, (detected) => {
      encoding = detected;
    });
    for await (const chunk of utf8) {
      const rows = toRows(splitter.push(chunk));
      if (rows.length > 0) yield rows;
    }
    const rows = toRows(splitter.end());
    if (header === undefined) throw new RosterFileError('file-empty');
    if (rows.length > 0) yield rows;
  }

  return {
    batches: read(),
    header() {
      if (header === undefined) throw new TypeError('the header is known only after the first batch');
      return header;
    },
    encoding: () => encoding,
    summary: () => summary.read(header?.ignored ?? []),
  };
}

function isBlank(record: CsvRecord): boolean {
  return onlySeparators.test(record.text);
}
const onlySeparators = /^[,\s]*$/;
const keyOf = new Map<string, RosterColumnKey>(rosterColumns.map((column) => [column.header, column.key]));

function toRow(
  record: CsvRecord,
  header: RosterHeader,
  report: ReusableRowReport,
  checkRow: ReturnType<typeof createRowCheck>,
  numbersNotText: readonly string[] = [],
): RosterRow {
  const { line, cells } = record;
  report.start(line);
  const width = header.cells.length;
  for (const column of numbersNotText) report.add('number-not-text', keyOf.get(column));
  if (record.fault !== undefined) report.add(record.fault);
  else if (cells.length > width) report.add('too-many-columns');
  else if (cells.length < width) report.add('too-few-columns');
  else if (record.text.includes('\ufffd')) report.add('undecodable-bytes');
  if (!report.rejected()) {
    const checked = checkRow(cleanCells(record, header, report), line, report);
    if (checked !== undefined && !report.rejected()) return { line, record: checked, findings: report.findings() };
  }
  return { line, rejected: cells, findings: report.findings() };
}
