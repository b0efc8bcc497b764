import type { FindingCode, RowReport } from '../finding.js';
import { parseRosterDate } from '../parse-roster-date.js';
import type { RosterColumnKey } from '../roster-columns.js';

const remembered = 4096;

/**
 * A check for one date column. The same few entry and graduation days fill a roster, and birth dates repeat, so
 * canonical dates already found good are remembered, up to a bound.
 *
 * @returns the full-date, or undefined when it was refused with `impossible`.
 */
export function createDateCheck(
  column: RosterColumnKey,
  impossible: FindingCode,
): (cell: string, report: RowReport) => string | undefined {
  const good = new Set<string>();
  return (cell, report) => {
    if (good.has(cell)) return cell;
    const date = parseRosterDate(cell);
    if (date === undefined) {
      report.add(impossible, column, { found: cell });
      return undefined;
    }
    if (date.repair !== undefined) report.add(date.repair, column, { found: cell, becomes: date.fullDate });
    else if (good.size < remembered) good.add(cell);
    return date.fullDate;
  };
}
