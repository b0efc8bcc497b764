import type { RowReport } from '../finding.js';

const plain = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/;
/** 2.02301E+11, 2,02301E+11, 2E+11; not 2023E001, which is a number some universities give. */
const scientific = /^[+-]?(?:\d+[.,]\d*E[+-]?\d+|\d+E[+-]\d+)$/i;
/** 202301000001.0; 202,301,000,001; 202 301 000 001. */
const asAmount = /^[+-]?\d+\.0*$|^[+-]?\d{1,3}(?:[, ]\d{3})+(?:\.\d*)?$/;
/** '202301000001 or ="202301000001", the marks that make a spreadsheet keep text, and its error values. */
const marked = /^['`\u2018\u2019]|^=|^#/;

/** Whether a spreadsheet turned the number into an amount, or left its own marks on it: the digits are not certain. */
function isMangledBySpreadsheet(text: string): boolean {
  return scientific.test(text) || asAmount.test(text) || marked.test(text);
}

/** The number by which everything else finds the student: 1 to 32 letters, digits and inner hyphens. */
export function checkStudentNumber(cell: string, report: RowReport): boolean {
  if (cell === '') report.add('student-number-missing', 'studentNumber');
  else if (isMangledBySpreadsheet(cell)) {
    report.add('student-number-mangled-by-spreadsheet', 'studentNumber', { found: cell });
  } else if (!plain.test(cell)) report.add('student-number-malformed', 'studentNumber', { found: cell });
  else return true;
  return false;
}
