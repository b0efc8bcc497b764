import type { Transaction } from '@lanyard/platform';
import type { NewStudent, StagedRows } from './stage-rows.js';

/** What an import would do to the register. Lists are cut at `maxListed`; the numbers are complete. */
export interface RosterDifference {
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Students of the register that the file does not name; reported, never removed. */
  readonly absent: number;
  /** Rows whose identity document belongs to another student of the register; listed, not imported. */
  readonly conflicts: number;
  /** Existing students whose enrolment status would become another. */
  readonly state_changes: number;
  /** Those of them whose credential would be revoked. */
  readonly revocations: number;
  /** Students in the register before the import. */
  readonly existing: number;
  /** How many changed students differ in each column, by the column's Chinese name. */
  readonly changes_by_column: Readonly<Record<string, number>>;
  readonly new_students: readonly NewStudent[];
  readonly changed_students: readonly ChangedStudent[];
  /** Student numbers. */
  readonly absent_students: readonly string[];
  readonly conflicting_rows: readonly {
    readonly line: number;
    readonly student_number: string;
    readonly same_as_student_number: string;
  }[];
}

export interface ChangedStudent {
  readonly line: number;
  readonly student_number: string;
  /** Identity numbers masked; phone and email only named. */
  readonly changes: readonly { readonly column: string; readonly from?: string; readonly to?: string }[];
}

/** Compared columns: name in the database, name for people, and what may be shown of the value. */
const compared: readonly (readonly [name: string, column: string, shown: string | null])[] = [
  ['name', '姓名', 'name'],
  ['sex', '性别', 'sex'],
  ['birth_date', '出生日期', 'birth_date'],
  ['ethnicity', '民族', 'ethnicity'],
  ['identity_document_type', '证件类型', 'identity_document_type'],
  ['identity_number_hash', '证件号码', 'identity_number_masked'],
  ['college', '学院', 'college'],
  ['major_code', '专业代码', 'major_code'],
  ['major', '专业', 'major'],
  ['class', '班级', 'class'],
  ['grade', '年级', 'grade'],
  ['level', '培养层次', 'level'],
  ['length_of_study', '学制', 'length_of_study'],
  ['study_form', '学习形式', 'study_form'],
  ['entry_date', '入学日期', 'entry_date'],
  ['expected_graduation', '预计毕业日期', 'expected_graduation'],
  ['enrolment_status', '学籍状态', 'enrolment_status'],
  ['campus', '校区', 'campus'],
  ['rail_from', '乘车区间起点', 'rail_from'],
  ['rail_to', '乘车区间终点', 'rail_to'],
  ['contact_hash', '手机号码、电子邮箱', null],
  ['counsellor_staff_number', '辅导员工号', 'counsellor_staff_number'],
];

/** Enrolment states that end a credential (formats.md section 7). */
const revokingStates = "'transferred-out', 'withdrawn', 'expelled', 'graduated', 'completed', 'attended', 'deceased'";

const changedRows = 'FROM roster_staging s JOIN student t ON t.student_number = s.student_number';

/**
 * Compares the staging table and what was read beside it with the register, set by set; takes rows in conflict out of
 * the staging table first.
 */
export async function computeDifference(
  tx: Transaction,
  read: StagedRows,
  maxListed: number,
): Promise<RosterDifference> {
  const existing = Number((await one(tx, 'SELECT count(*) AS n FROM student'))['n'] ?? 0);
  const conflicts = existing === 0 ? [] : await removeConflicts(tx);
  const totals = await one(
    tx,
    `SELECT count(*) AS staged, count(t.id) AS changed,
       count(*) FILTER (WHERE t.enrolment_status <> s.enrolment_status) AS state_changes,
       count(*) FILTER (WHERE t.enrolment_status NOT IN (${revokingStates})
         AND s.enrolment_status IN (${revokingStates})) AS revocations
     FROM roster_staging s LEFT JOIN student t ON t.student_number = s.student_number`,
  );
  const number = (name: string) => Number(totals[name] ?? 0);
  const changed = number('changed');
  const conflicting = new Set(conflicts.map((row) => row.line));
  const inConflictKnown = await countKnown(tx, conflicts);
  const absent = existing - changed - read.unchanged - inConflictKnown;
  return {
    new: number('staged') - changed + read.newNotStaged,
    changed,
    unchanged: read.unchanged,
    absent,
    conflicts: conflicts.length,
    state_changes: number('state_changes'),
    revocations: number('revocations'),
    existing,
    changes_by_column: changed === 0 ? {} : await countChangesByColumn(tx),
    new_students: read.firstNew.filter((row) => !conflicting.has(row.line)),
    changed_students: changed === 0 ? [] : await listChanged(tx, maxListed),
    absent_students: absent === 0 ? [] : read.firstAbsent,
    conflicting_rows: conflicts.slice(0, maxListed),
  };
}

/** Students of the register whose row is in the file and in conflict: they are not absent. */
async function countKnown(tx: Transaction, conflicts: RosterDifference['conflicting_rows']): Promise<number> {
  if (conflicts.length === 0) return 0;
  const { rows }: { rows: Row[] } = await tx.raw('SELECT count(*) AS n FROM student WHERE student_number = ANY(?)', [
    conflicts.map((row) => row.student_number),
  ]);
  return Number(rows[0]?.['n'] ?? 0);
}

/**
 * A row may take an identity number that another student holds only when the same file gives that student another one.
 */
export async function removeConflicts(tx: Transaction): Promise<RosterDifference['conflicting_rows']> {
  const found: RosterDifference['conflicting_rows'][number][] = [];
  // A row taken out no longer gives its student another number, which may bring a further row into conflict.
  for (;;) {
    const more = await removeConflictsOnce(tx);
    if (more.length === 0) return found.sort((a, b) => a.line - b.line);
    found.push(...more);
  }
}

async function removeConflictsOnce(tx: Transaction): Promise<RosterDifference['conflicting_rows']> {
  const rows: Row[] = (
    await tx.raw(
      `DELETE FROM roster_staging s USING student t
       WHERE t.identity_document_type = s.identity_document_type AND t.identity_number_hash = s.identity_number_hash
         AND t.student_number <> s.student_number
         AND NOT EXISTS (SELECT FROM roster_staging o WHERE o.student_number = t.student_number
           AND (o.identity_document_type, o.identity_number_hash) <> (t.identity_document_type, t.identity_number_hash))
       RETURNING s.line, s.student_number, t.student_number AS other`,
    )
  ).rows;
  return rows.map((row) => ({
    line: Number(row['line']),
    student_number: String(row['student_number']),
    same_as_student_number: String(row['other']),
  }));
}

async function countChangesByColumn(tx: Transaction): Promise<Record<string, number>> {
  const counts = compared.map(([name]) => `count(*) FILTER (WHERE t.${name} <> s.${name}) AS ${name}`);
  const row = await one(tx, `SELECT ${counts.join(', ')} ${changedRows}`);
  const entries = compared.map(([name, header]) => [header, Number(row[name] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, changes]) => changes > 0));
}

async function listChanged(tx: Transaction, limit: number): Promise<ChangedStudent[]> {
  const columns = compared.map(
    ([name, , shown], index) =>
      `t.${name} <> s.${name} AS differs_${index}, ${shown === null ? 'NULL' : `t.${shown}::text`} AS from_${index}, ` +
      `${shown === null ? 'NULL' : `s.${shown}::text`} AS to_${index}`,
  );
  const { rows }: { rows: Row[] } = await tx.raw(
    `SELECT s.line, s.student_number, ${columns.join(', ')} ${changedRows} ORDER BY s.line LIMIT ?`,
    [limit],
  );
  return rows.map((row) => ({
    line: Number(row['line']),
    student_number: String(row['student_number']),
    changes: compared.flatMap(([, column, shown], index) => {
      if (row[`differs_${index}`] !== true) return [];
      return shown === null
        ? [{ column }]
        : [{ column, from: String(row[`from_${index}`]), to: String(row[`to_${index}`]) }];
    }),
  }));
}

type Row = Readonly<Record<string, unknown>>;

async function one(tx: Transaction, sql: string): Promise<Row> {
  const { rows }: { rows: Row[] } = await tx.raw(sql);
  return rows[0] ?? {};
}
