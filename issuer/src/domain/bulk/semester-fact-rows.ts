import type { Fee } from '../semester/semester.js';
import type { TableColumn, TableRow } from './read-table.js';
import type { FileFinding } from './status-change-rows.js';

export const SEMESTER_FACT_COLUMNS = {
  number: { names: ['学号', 'student_number', 'number'], required: true },
  fee: { names: ['缴费', '学费', 'fee'], required: false },
  present: { names: ['到校', '报到', 'present'], required: false },
} as const satisfies Record<string, TableColumn>;

export interface FactRow {
  readonly line: number;
  readonly studentNumber: string;
  /** Undefined: stays as it is. */
  readonly fee: Fee | undefined;
  readonly present: boolean | undefined;
}

const FEES: ReadonlyMap<string, Fee> = new Map([
  ...(['paid', '已缴', '已缴费', '是'] as const).map((word) => [word, 'paid'] as const),
  ...(['deferred', '缓缴'] as const).map((word) => [word, 'deferred'] as const),
  ...(['unpaid', '未缴', '未缴费', '否'] as const).map((word) => [word, 'unpaid'] as const),
]);
const ANSWERS: ReadonlyMap<string, boolean> = new Map([
  ...(['yes', 'true', '是', '已到'] as const).map((word) => [word, true] as const),
  ...(['no', 'false', '否', '未到'] as const).map((word) => [word, false] as const),
]);

export function readFactRows(rows: readonly TableRow<keyof typeof SEMESTER_FACT_COLUMNS>[]): {
  facts: FactRow[];
  findings: FileFinding[];
} {
  const facts: FactRow[] = [];
  const findings: FileFinding[] = [];
  const seen = new Set<string>();
  for (const { line, cells } of rows) {
    const code =
      cells === undefined
        ? 'row-unreadable'
        : !/^[A-Za-z0-9-]{1,32}$/.test(cells.number)
          ? 'student-number-malformed'
          : cells.fee !== '' && !FEES.has(cells.fee)
            ? 'fee-unknown'
            : cells.present !== '' && !ANSWERS.has(cells.present)
              ? 'presence-unknown'
              : seen.has(cells.number)
                ? 'student-number-duplicate'
                : undefined;
    if (cells === undefined || code !== undefined) {
      findings.push({ line, code: code ?? 'row-unreadable' });
      continue;
    }
    seen.add(cells.number);
    facts.push({ line, studentNumber: cells.number, fee: FEES.get(cells.fee), present: ANSWERS.get(cells.present) });
  }
  return { facts, findings };
}
