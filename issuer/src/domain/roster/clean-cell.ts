import type { FindingCode } from './finding.js';
import { repairMiddleDots } from './repair-middle-dots.js';
import type { RosterColumn } from './roster-columns.js';

/**
 * A whole row that needs no mending: visible ASCII, Han, the middle dot, no cell that starts or ends with a space or
 * starts like a formula. Tested once per row, so that a clean row never looks at its cells one by one. `text` is the row's cells joined by commas.
 */
export function isPlainRow(text: string): boolean {
  return !unusual.test(text) && !cellEdge.test(text);
}
const unusual = /[^ -~\u3400-\u4dbf\u4e00-\u9fff\u00b7\ud840-\ud8ff\udc00-\udfff]/;
const cellEdge = /(?:^|,)[ =+\-@']|[ ](?:,|$)/;

// Zero-width and direction marks, soft hyphen, fillers. Variation selectors stay: they are part of a name's glyph.
const zeroWidth =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0001}]|\u034f/u;
const zeroWidthAll = new RegExp(zeroWidth.source, 'gu');
const control = /\p{Cc}/u;
const lineBreaksAndTabs = /[\t\n\r\v\f\u0085]+/g;
const controlAll = /\p{Cc}/gu;
const unusualSpace = /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const unusualSpaceAll = /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;
const fullWidthSign = /[\uff01-\uff5e]/g;
const fullWidthLetterOrDigit = /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/g;
const spaceBetweenHan = /(?<=\p{Script=Han}) +(?=\p{Script=Han})/gu;
const onlyHan = /^(?:\p{Script=Han}|\p{Variation_Selector}| )+$/u;
const formulaStart = /^(?:'\s*)?[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const guardedFormula = /^'(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/;
const signedNumber = /^[+-]?[\d ()-]*$/;

/**
 * Mends one cell and says how. Never refuses anything: a name is taken whatever its characters, and text that looks
 * like a formula stays text. The guard that `writeBadRows` puts before such text is taken off again.
 */
export function cleanCell(raw: string, column: RosterColumn, repaired: (code: FindingCode) => void): string {
  let cell = raw;
  const change = (next: string, code: FindingCode): void => {
    if (next === cell) return;
    repaired(code);
    cell = next;
  };
  if (zeroWidth.test(cell)) change(cell.replace(zeroWidthAll, ''), 'zero-width-character');
  change(cell.trim(), 'surrounding-white-space');
  if (control.test(cell)) {
    change(cell.replace(lineBreaksAndTabs, ' ').replace(controlAll, '').trim(), 'control-character');
  }
  if (unusualSpace.test(cell)) change(cell.replace(unusualSpaceAll, ' '), 'unusual-white-space');
  if (column.kind === 'name') change(repairMiddleDots(cell), 'middle-dot-variant');
  change(
    cell.replace(column.kind === 'code' ? fullWidthSign : fullWidthLetterOrDigit, toHalfWidth),
    'full-width-characters',
  );
  if (column.kind === 'name' && onlyHan.test(cell))
    change(cell.replace(spaceBetweenHan, ''), 'white-space-inside-name');
  if (formulaStart.test(cell) && !signedNumber.test(cell)) {
    cell = cell.replace(guardedFormula, '');
    repaired('formula-like-text-kept-as-text');
  }
  return cell;
}

function toHalfWidth(sign: string): string {
  return String.fromCharCode(sign.charCodeAt(0) - 0xfee0);
}
