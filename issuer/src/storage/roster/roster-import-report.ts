import type { RosterSummary } from '../../domain/roster/roster-summary.js';
import type { RosterDifference } from './difference.js';

export type RosterImportState =
  | 'dry-run'
  | 'applied'
  /** Large: being applied piece by piece. */
  | 'applying'
  /** All or nothing was asked for and a row was refused or in conflict. */
  | 'refused-bad-rows'
  | 'waiting-for-second-person'
  | 'declined';

export interface RosterImportReport extends RosterSummary {
  readonly state: RosterImportState;
  readonly encoding: 'utf-8' | 'gb18030';
  readonly format: 'csv' | 'xlsx';
  /** Of a workbook: the sheet that was read, and how many there are. */
  readonly sheet?: { readonly name: string; readonly of: number };
  /** SHA-256 of the file, hexadecimal. */
  readonly file_digest: string;
  readonly difference: RosterDifference;
  /** Present once the import was recorded: applied or waiting. */
  readonly import_id?: number;
  /** Of a large import: the run that applies it. */
  readonly run_id?: number;
}
