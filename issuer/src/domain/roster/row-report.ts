import { type Finding, type FindingCode, type FindingDetails, findingVerdicts, type RowReport } from './finding.js';
import { type RosterColumnKey, rosterColumns } from './roster-columns.js';

const none: readonly Finding[] = Object.freeze([]);
const columns = new Map(rosterColumns.map((column) => [column.key, column]));
const maxQuotedLength = 80;

/** A report that is emptied and used again for each row. */
export interface ReusableRowReport extends RowReport {
  start(line: number): void;
  rejected(): boolean;
  findings(): readonly Finding[];
}

export function createRowReport(): ReusableRowReport {
  let line = 0;
  let rejected = false;
  let found: Finding[] | undefined;
  return {
    start(next) {
      line = next;
      rejected = false;
      found = undefined;
    },
    rejected: () => rejected,
    findings: () => found ?? none,
    add(code, column, details) {
      const verdict = findingVerdicts[code];
      if (verdict === 'reject') rejected = true;
      const finding = describe(line, code, column, details);
      if (found === undefined) found = [finding];
      else if (!found.some((other) => other.code === code && other.column === finding.column)) found.push(finding);
    },
  };
}

function describe(line: number, code: FindingCode, key?: RosterColumnKey, details: FindingDetails = {}): Finding {
  const column = key === undefined ? undefined : columns.get(key);
  const quote = (text: string | undefined) =>
    column?.sensitive === true ? undefined : text?.slice(0, maxQuotedLength);
  const found = quote(details.found);
  const becomes = quote(details.becomes);
  return {
    line,
    verdict: findingVerdicts[code],
    code,
    ...(column === undefined ? {} : { column: column.header }),
    ...(details.sameAsLine === undefined ? {} : { same_as_line: details.sameAsLine }),
    ...(found === undefined ? {} : { found }),
    ...(becomes === undefined ? {} : { becomes }),
  };
}
