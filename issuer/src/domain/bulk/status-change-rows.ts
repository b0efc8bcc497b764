import {
  CHANGE_KINDS,
  CHANGE_REASON_CODES,
  CHANGE_REASONS,
  type ChangeKind,
  type ChangeReason,
  OPEN_KIND_CODES,
} from '../life/change-kinds.js';
import { parseRosterDate } from '../roster/parse-roster-date.js';
import type { TableColumn, TableRow } from './read-table.js';

export const STATUS_CHANGE_COLUMNS = {
  number: { names: ['学号', 'student_number', 'number'], required: true },
  kind: { names: ['变更类别', '变更', 'kind'], required: true },
  date: { names: ['生效日期', '日期', 'effective_date', 'date'], required: true },
  document: { names: ['文号', 'document_number', 'document'], required: false },
  until: { names: ['截止日期', 'until'], required: false },
  reason: { names: ['原因', 'reason_code', 'reason'], required: false },
} as const satisfies Record<string, TableColumn>;
type Column = keyof typeof STATUS_CHANGE_COLUMNS;

export interface FileFinding {
  readonly line: number;
  readonly student_number?: string;
  readonly code: string;
  /** The change in the way. */
  readonly change_id?: number;
}

export interface AskedRow {
  readonly line: number;
  readonly studentNumber: string;
  readonly kind: ChangeKind;
  readonly effectiveDate: string;
  readonly until: string | undefined;
  readonly documentNumber: string | undefined;
  readonly reasonCode: ChangeReason;
}

/** Rows that are well formed, and why the others are not; one change for each student. */
export function readStatusChangeRows(rows: readonly TableRow<Column>[]): {
  asked: AskedRow[];
  findings: FileFinding[];
} {
  const asked: AskedRow[] = [];
  const findings: FileFinding[] = [];
  const seen = new Set<string>();
  for (const { line, cells } of rows) {
    const row = cells === undefined ? 'row-unreadable' : readRow(line, cells);
    const code = typeof row === 'string' ? row : seen.has(row.studentNumber) ? 'student-number-duplicate' : undefined;
    if (code !== undefined) {
      const number = cells?.number;
      const named = number !== undefined && NUMBER.test(number) ? { student_number: number } : {};
      findings.push({ line, ...named, code });
    } else if (typeof row !== 'string') {
      seen.add(row.studentNumber);
      asked.push(row);
    }
  }
  return { asked, findings };
}

const NUMBER = /^[A-Za-z0-9-]{1,32}$/;
const kindByWord = new Map<string, ChangeKind>(
  OPEN_KIND_CODES.flatMap((code) => [[code, code] as const, [CHANGE_KINDS[code].zh, code] as const]),
);
const reasonByWord = new Map<string, ChangeReason>(
  CHANGE_REASON_CODES.flatMap((code) => [[code, code] as const, [CHANGE_REASONS[code].zh, code] as const]),
);

function readRow(line: number, cells: { readonly [C in Column]: string }): AskedRow | string {
  if (!NUMBER.test(cells.number)) return 'student-number-malformed';
  const kind = kindByWord.get(cells.kind);
  if (kind === undefined) return 'kind-unknown';
  // Each student's new name or class is another: that is what a roster is for.
  if (CHANGE_KINDS[kind].facts !== 'none') return 'kind-not-for-files';
  const date = parseRosterDate(cells.date)?.fullDate;
  if (date === undefined) return 'date-unreadable';
  const until = cells.until === '' ? undefined : parseRosterDate(cells.until)?.fullDate;
  if (cells.until !== '' && until === undefined) return 'date-unreadable';
  const reason = cells.reason === '' ? 'regular' : reasonByWord.get(cells.reason);
  if (reason === undefined) return 'reason-unknown';
  if (cells.document.length > 64) return 'document-number-too-long';
  return {
    ...{ line, studentNumber: cells.number, kind, effectiveDate: date, until, reasonCode: reason },
    documentNumber: cells.document === '' ? undefined : cells.document,
  };
}
