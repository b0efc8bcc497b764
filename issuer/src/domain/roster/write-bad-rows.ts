import { findingTexts } from './finding-texts.js';
import type { RosterRow } from './roster-row.js';

const remarkColumns = ['行号', '问题代码', '说明', 'Explanation'];
const byteOrderMark = '\ufeff';

/**
 * The head of the file of bad rows: UTF-8 with mark, CRLF, the remark columns first, then the columns of the roster in
 * their order. The remarks stand in front so that a row with too many cells still lines up with its remarks, and are
 * ignored when the corrected file is imported again.
 */
export function badRowsHead(header: readonly string[]): string {
  return byteOrderMark + csvLine([...remarkColumns, ...header]);
}

/** One refused row with every reason; an importable row gives an empty text. */
export function badRow(row: RosterRow): string {
  if (!('rejected' in row)) return '';
  const codes = [...new Set(row.findings.filter((one) => one.verdict === 'reject').map((one) => one.code))];
  const same = row.findings.find((one) => one.same_as_line !== undefined)?.same_as_line;
  const [zh, en] = same === undefined ? ['', ''] : [`（见第${same}行）`, ` (see line ${same})`];
  return csvLine([
    String(row.line),
    codes.join(' '),
    codes.map((code) => findingTexts[code].zh).join(' ') + zh,
    codes.map((code) => findingTexts[code].en).join(' ') + en,
    ...row.rejected,
  ]);
}

/** What a spreadsheet takes for a formula at the start of a cell, full-width signs and lone white space included. */
const startsFormula = /^[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/**
 * Guards one cell for a spreadsheet: an apostrophe in front makes `=1+1` text that is shown and never executed. Our
 * own import takes the apostrophe off again (see `cleanCell`), so that a corrected file gives back the text as it was.
 * For every CSV that leaves this service.
 */
export function guardFormula(cell: string): string {
  return startsFormula.test(cell) ? `'${cell}` : cell;
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: string): string {
  const guarded = guardFormula(cell);
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
