import type { RowReport } from '../finding.js';

/** Years as written, with or without 年, half years allowed: 1 to 9.5. */
export function checkLengthOfStudy(cell: string, report: RowReport): string | undefined {
  const match = /^([1-9])(?:\.(?:0|(5)))?年?$/.exec(cell);
  if (match === null) {
    report.add('length-of-study-unreadable', 'lengthOfStudy', { found: cell });
    return undefined;
  }
  return match[2] === undefined ? match[1] : `${match[1]}.5`;
}

/** The year of entry as four digits, with or without 级; may be empty. */
export function checkGrade(cell: string, report: RowReport): string | undefined {
  if (cell === '') return '';
  const match = /^((?:19|20|21)\d{2})级?$/.exec(cell);
  if (match === null) report.add('grade-unreadable', 'grade', { found: cell });
  return match?.[1];
}
