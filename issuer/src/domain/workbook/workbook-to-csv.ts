import { readSheet } from 'read-excel-file/node';
import { writeArchive } from '../archive/write-archive.js';
import { type OpenWorkbook, openWorkbook } from './open-workbook.js';
import { WorkbookError } from './workbook-error.js';

/** A cell whose digits are not certain: an identifier that is stored as a number or a date. */
export interface CellFault {
  readonly line: number;
  /** The column's name as written in the header. */
  readonly column: string;
}

export interface SheetText {
  readonly sheet: OpenWorkbook['sheet'];
  readonly rows: number;
  readonly faults: readonly CellFault[];
}

/** Longer rosters are sent as CSV, which needs no memory for the whole. */
export const MAX_SHEET_ROWS = 200_000;
const MAX_COLUMNS = 200;
const INVISIBLE = /[\p{White_Space}\p{Cc}\p{Cf}]/gu;
/** Numbers come as written in the file, so that none is rounded on the way. */
interface StoredNumber {
  readonly stored: string;
}

/**
 * The first visible sheet as CSV: line n is row n of the sheet. Formulas are read as the text kept beside them, dates
 * as YYYY-MM-DD by the workbook's own calendar.
 * @param textColumns names of columns that hold identifiers
 * @throws {WorkbookError}
 */
export async function workbookToCsv(
  bytes: Buffer,
  textColumns: ReadonlySet<string>,
  write: (csv: string) => void,
): Promise<SheetText> {
  const workbook = openWorkbook(bytes);
  const rows = await readRows(workbook);
  if (rows.length === 0) throw new WorkbookError('workbook-empty');
  if (rows.length > MAX_SHEET_ROWS || rows.some((row) => row.length > MAX_COLUMNS))
    throw new WorkbookError('workbook-too-large');
  const faults: CellFault[] = [];
  let header: readonly string[] | undefined;
  rows.forEach((row, index) => {
    const texts = row.map(textOf);
    if (header === undefined) {
      if (texts.some((text) => text.trim() !== '')) header = texts.map((text) => text.replace(INVISIBLE, ''));
    } else {
      row.forEach((cell, place) => {
        const column = header?.[place] ?? '';
        if (isStoredNumber(cell) && textColumns.has(column)) faults.push({ line: index + 1, column });
      });
    }
    write(`${texts.map(csvCell).join(',')}\n`);
  });
  return { sheet: workbook.sheet, rows: rows.length, faults };
}

async function readRows(workbook: OpenWorkbook): Promise<readonly (readonly unknown[])[]> {
  try {
    return await readSheet(writeArchive(workbook.parts), workbook.sheet.place, {
      trim: false,
      parseNumber: (stored: string): StoredNumber => ({ stored }),
    });
  } catch {
    throw new WorkbookError('workbook-unreadable', [workbook.sheet.name]);
  }
}

const isStoredNumber = (cell: unknown): boolean =>
  cell instanceof Date || (typeof cell === 'object' && cell !== null && 'stored' in cell);

function textOf(cell: unknown): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE';
  if (cell instanceof Date) {
    const text = Number.isNaN(cell.getTime()) ? '' : cell.toISOString();
    return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
  }
  if (typeof cell === 'object' && cell !== null && 'stored' in cell) {
    const number = Number(cell.stored);
    return Number.isSafeInteger(number) ? String(number) : String(cell.stored);
  }
  return '';
}

/** Line breaks within a cell would move the numbers of the lines after it. */
function csvCell(text: string): string {
  const flat = text.replace(/[\r\n]+/g, ' ');
  return /[",]/.test(flat) ? `"${flat.replaceAll('"', '""')}"` : flat;
}
