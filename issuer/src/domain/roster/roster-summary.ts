import type { Finding, FindingCode } from './finding.js';
import type { RosterRow } from './roster-row.js';

/** The answer of a dry run and of an import. `importable` = `rows` − `rejected`. */
export interface RosterSummary {
  readonly rows: number;
  readonly importable: number;
  readonly rejected: number;
  /** In file order, as many as asked for; `findings_left_off` says how many more there are. */
  readonly findings: readonly Finding[];
  readonly findings_left_off: number;
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>;
  /** Header cells that name no known column. */
  readonly ignored_columns: readonly string[];
}

export function createRosterSummary(maxFindings: number) {
  let rows = 0;
  let rejected = 0;
  let leftOff = 0;
  const findings: Finding[] = [];
  const counts: Partial<Record<FindingCode, number>> = {};
  return {
    add(row: RosterRow): void {
      rows += 1;
      if ('rejected' in row) rejected += 1;
      for (const finding of row.findings) {
        counts[finding.code] = (counts[finding.code] ?? 0) + 1;
        if (findings.length < maxFindings) findings.push(finding);
        else leftOff += 1;
      }
    },
    read(ignored: readonly string[]): RosterSummary {
      return {
        rows,
        importable: rows - rejected,
        rejected,
        findings: [...findings],
        findings_left_off: leftOff,
        counts: { ...counts },
        ignored_columns: ignored,
      };
    },
  };
}
