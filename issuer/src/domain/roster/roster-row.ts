import type { Finding } from './finding.js';
import type { RosterRecord } from './roster-record.js';

/** One row of the file: importable with its record, or rejected with its cells as they were. */
export type RosterRow =
  | { readonly line: number; readonly record: RosterRecord; readonly findings: readonly Finding[] }
  | { readonly line: number; readonly rejected: readonly string[]; readonly findings: readonly Finding[] };
