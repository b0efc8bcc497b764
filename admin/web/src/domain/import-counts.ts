import type { Finding, ImportReport } from './answers.js';

/** Rows that applying writes or finds unchanged: all that were not refused and are in no conflict. */
export function writtenRows(report: Pick<ImportReport, 'importable' | 'difference'>): number {
  return report.importable - report.difference.conflicts;
}

/** Findings that refuse a row, and those that mended or kept a cell of a row. */
export function splitFindings(findings: readonly Finding[]): { refused: Finding[]; mended: Finding[] } {
  const refused = findings.filter((finding) => finding.verdict === 'reject');
  return { refused, mended: findings.filter((finding) => finding.verdict !== 'reject') };
}

/** How many different rows a list of findings is about. */
export function countLines(findings: readonly Finding[]): number {
  return new Set(findings.map((finding) => finding.line)).size;
}
