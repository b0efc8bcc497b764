import type { WorkbookErrorCode } from '../workbook/workbook-error.js';
import type { RosterColumnKey } from './roster-columns.js';

/** `reject`: not imported. `repair`: imported after mending. `keep`: imported exactly as written. */
export type Verdict = 'reject' | 'repair' | 'keep';

export const findingVerdicts = {
  'student-number-missing': 'reject',
  'student-number-mangled-by-spreadsheet': 'reject',
  'student-number-malformed': 'reject',
  'student-number-duplicate': 'reject',
  'name-missing': 'reject',
  'value-missing': 'reject',
  'value-too-long': 'reject',
  'sex-unknown': 'reject',
  'sex-differs-from-identity-number': 'reject',
  'birth-date-impossible': 'reject',
  'birth-date-differs-from-identity-number': 'reject',
  'identity-number-length': 'reject',
  'identity-number-check-digit': 'reject',
  'identity-number-duplicate': 'reject',
  'university-code-foreign': 'reject',
  'grade-unreadable': 'reject',
  'level-unknown': 'reject',
  'length-of-study-unreadable': 'reject',
  'study-form-unknown': 'reject',
  'entry-date-impossible': 'reject',
  'expected-graduation-impossible': 'reject',
  'graduation-before-entry': 'reject',
  'enrolment-status-unknown': 'reject',
  'too-many-columns': 'reject',
  'too-few-columns': 'reject',
  'number-not-text': 'reject',
  'quote-unclosed': 'reject',
  'quote-misplaced': 'reject',
  'row-too-large': 'reject',
  'undecodable-bytes': 'reject',
  'zero-width-character': 'repair',
  'control-character': 'repair',
  'surrounding-white-space': 'repair',
  'unusual-white-space': 'repair',
  'white-space-inside-name': 'repair',
  'full-width-characters': 'repair',
  'middle-dot-variant': 'repair',
  'lower-case-check-character': 'repair',
  'compact-date': 'repair',
  'slashed-date': 'repair',
  'dotted-date': 'repair',
  'chinese-date': 'repair',
  'unpadded-date': 'repair',
  'formula-like-text-kept-as-text': 'keep',
} as const satisfies Record<string, Verdict>;

export type FindingCode = keyof typeof findingVerdicts;

/** One remark about one row, in the shape the API and the command line answer with. */
export interface Finding {
  /** Line of the record's first line in the file; the header is line 1. */
  readonly line: number;
  readonly verdict: Verdict;
  readonly code: FindingCode;
  readonly column?: string;
  readonly same_as_line?: number;
  /** The text as found and as imported; never present for identity numbers, phone numbers and addresses. */
  readonly found?: string;
  readonly becomes?: string;
}

/** Codes for a file that is refused as a whole, before any row. */
export type RosterFileErrorCode =
  | 'file-empty'
  | 'file-is-not-csv'
  | 'encoding-unsupported'
  | 'header-column-missing'
  | 'header-duplicate'
  | 'header-unreadable'
  | WorkbookErrorCode;

/** The file cannot be read as a roster at all; `columns` names the header cells concerned. */
export class RosterFileError extends Error {
  override readonly name = 'RosterFileError';
  constructor(
    readonly code: RosterFileErrorCode,
    readonly columns: readonly string[] = [],
  ) {
    super(columns.length === 0 ? code : `${code}: ${columns.join(', ')}`);
  }
}

/** Where the checks of one row write what they find. Reused from row to row: a clean row allocates nothing. */
export interface RowReport {
  add(code: FindingCode, column?: RosterColumnKey, details?: FindingDetails): void;
}

export interface FindingDetails {
  readonly sameAsLine?: number;
  readonly found?: string;
  readonly becomes?: string;
}
