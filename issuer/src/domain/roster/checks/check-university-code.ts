import type { RowReport } from '../finding.js';

/** The ten-digit code of this installation or its last five digits: rosters use either. */
export function checkUniversityCode(cell: string, universityCode: string, report: RowReport): boolean {
  if (cell === universityCode || cell === universityCode.slice(-5)) return true;
  report.add(cell === '' ? 'value-missing' : 'university-code-foreign', 'universityCode', { found: cell });
  return false;
}
