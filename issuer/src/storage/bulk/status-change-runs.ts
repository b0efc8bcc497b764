import { type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import { enrolmentStateByCode } from '@lanyard/protocol';
import type { AskedRow, FileFinding } from '../../domain/bulk/status-change-rows.js';
import type { ChangeKind, ChangeReason } from '../../domain/life/change-kinds.js';
import { needsSecondPerson } from '../../domain/roster/second-person.js';
import { readApprovalRule } from '../approvals/approval-rule-store.js';
import { carryOut, judgeAll } from '../life/carry-out.js';
import type { AskedChange, Judged, Request } from '../life/judge-changes.js';
import { takeRows } from './bulk-run-rows.js';
import type { BulkRunStore, OpenRun, PieceOutcome } from './bulk-run-store.js';

/** Students of one transaction. */
const PIECE = 100;
const JUDGE_PIECE = 1000;
const MAX_LISTED = 200;

export interface BatchReport {
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  readonly findings: readonly FileFinding[];
  readonly by_kind: Readonly<Record<string, number>>;
  /** Of accepted rows: status before and after, counted. */
  readonly by_status: readonly { readonly from: string; readonly to: string; readonly students: number }[];
  readonly by_college: readonly { readonly college: string; readonly students: number }[];
  /** Not today, but on their day. */
  readonly planned: number;
  readonly state_changes: number;
  readonly revocations: number;
  readonly existing: number;
}

/** Files of status changes: what they would do, and a run that does it. */
export function createStatusChangeRuns(db: Database, clock: Clock, runs: Pick<BulkRunStore, 'open'>) {
  /** Judges all rows on the register of this moment. */
  async function judgeRows(transaction: Transaction, asked: readonly AskedRow[], actor: string) {
    const findings: FileFinding[] = [];
    const good: { row: AskedRow; studentId: number; judged: Extract<Judged, { ok: true }> }[] = [];
    for (let start = 0; start < asked.length; start += JUDGE_PIECE) {
      const piece = asked.slice(start, start + JUDGE_PIECE);
      const { rows } = await transaction.raw('SELECT id, student_number FROM student WHERE student_number = ANY(?)', [
        piece.map((row) => row.studentNumber),
      ]);
      const idOf = new Map(
        (rows as { id: number; student_number: string }[]).map((row) => [row.student_number, row.id]),
      );
      const requests = piece.flatMap((row): Request[] => {
        const studentId = idOf.get(row.studentNumber);
        return studentId === undefined ? [] : [{ studentId, do: 'add', change: changeOf(row) }];
      });
      const judged = await judgeAll(transaction, requests, { actor, clock });
      for (const row of piece) {
        const studentId = idOf.get(row.studentNumber);
        const outcome = studentId === undefined ? undefined : judged.get(studentId);
        const at = { line: row.line, student_number: row.studentNumber };
        if (studentId === undefined || outcome === undefined) findings.push({ ...at, code: 'student-not-found' });
        else if (outcome.ok) good.push({ row, studentId, judged: outcome });
        else
          findings.push({
            ...at,
            code: outcome.refusal.code,
            ...('changeId' in outcome.refusal ? { change_id: outcome.refusal.changeId } : {}),
          });
      }
    }
    return { findings, good };
  }

  return {
    async run(request: {
      readonly asked: readonly AskedRow[];
      readonly findings: readonly FileFinding[];
      readonly actor: string;
      readonly dryRun: boolean;
    }) {
      return db.transaction(
        async (transaction) => {
          const { findings, good } = await judgeRows(transaction, request.asked, request.actor);
          const all = [...request.findings, ...findings].sort((a, b) => a.line - b.line);
          const report = await reportOf(transaction, good, all, request.asked.length + request.findings.length);
          const secondPerson = needsSecondPerson(report, await readApprovalRule(transaction));
          if (request.dryRun) return { ...report, id: null, state: 'dry-run' as const, second_person: secondPerson };
          if (good.length === 0) throw new Refusal('bulk-run-empty', { fields: { report } });
          const id = await runs.open(transaction, {
            ...{ kind: 'status-changes', report, actor: request.actor, total: good.length, secondPerson },
          });
          await writeRows(transaction, id, good);
          const state = secondPerson ? ('waiting-for-second-person' as const) : ('applying' as const);
          return { ...report, id, state, second_person: secondPerson };
        },
        request.dryRun ? { isolationLevel: 'repeatable read' } : {},
      );
    },
    piece: (transaction: Transaction, run: OpenRun): Promise<PieceOutcome> =>
      run.state === 'applying' ? applyPiece(transaction, run) : undoPiece(transaction, run),
  };

  async function reportOf(
    transaction: Transaction,
    good: Awaited<ReturnType<typeof judgeRows>>['good'],
    findings: FileFinding[],
    rows: number,
  ): Promise<BatchReport> {
    const today = dayInShanghai(clock.nowMs());
    const byKind: Record<string, number> = {};
    const byStatus = new Map<string, { from: string; to: string; students: number }>();
    const byCollege = new Map<string, number>();
    let revocations = 0;
    let stateChanges = 0;
    for (const { row, judged } of good) {
      const id = judged.rows[0]?.id ?? 0;
      const { from, to } = judged.whole.steps.get(id) ?? { from: judged.stored.status, to: judged.stored.status };
      byKind[row.kind] = (byKind[row.kind] ?? 0) + 1;
      const college = judged.stored.facts.college;
      byCollege.set(college, (byCollege.get(college) ?? 0) + 1);
      const key = `${from} ${to}`;
      byStatus.set(key, { from, to, students: (byStatus.get(key)?.students ?? 0) + 1 });
      if (from !== to) stateChanges += 1;
      const effect = (status: string) => enrolmentStateByCode(status)?.credential;
      if (effect(from) !== 'revoked' && effect(to) === 'revoked') revocations += 1;
    }
    const counted = await transaction.raw('SELECT count(*) AS n FROM student');
    return {
      ...{ rows, accepted: good.length, refused: findings.length, findings: findings.slice(0, MAX_LISTED) },
      by_kind: byKind,
      by_status: [...byStatus.values()].sort((a, b) => b.students - a.students),
      by_college: [...byCollege]
        .map(([college, students]) => ({ college, students }))
        .sort((a, b) => b.students - a.students),
      planned: good.filter(({ row }) => row.effectiveDate > today).length,
      ...{ state_changes: stateChanges, revocations, existing: Number(counted.rows[0].n) },
    };
  }

  async function applyPiece(transaction: Transaction, run: OpenRun): Promise<PieceOutcome> {
    const columns = 'student_id, kind, effective_date, document_number, until_date, reason_code';
    const piece = await takeRows<StoredRow>(transaction, run, { columns, limit: PIECE });
    const requests = piece.map(
      (row): Request => ({
        ...{ studentId: row.student_id, do: 'add' },
        change: {
          ...{ kind: row.kind, effectiveDate: row.effective_date, until: row.until_date ?? undefined },
          ...{ documentNumber: row.document_number ?? undefined, reasonCode: row.reason_code },
        },
      }),
    );
    return record(transaction, run, piece, await carryOut(transaction, requests, optionsOf(run)), ['done', 'refused']);
  }

  async function undoPiece(transaction: Transaction, run: OpenRun): Promise<PieceOutcome> {
    const piece = await takeRows<{ line: number; student_id: number; change_id: number }>(transaction, run, {
      ...{ columns: 'student_id, change_id', limit: PIECE },
    });
    const requests = piece.map(
      (row): Request => ({
        ...{ studentId: row.student_id, do: 'undo', changeId: row.change_id, reasonCode: 'data-error' },
        documentNumber: run.undoDocumentNumber ?? undefined,
      }),
    );
    return record(transaction, run, piece, await carryOut(transaction, requests, optionsOf(run)), ['undone', 'kept']);
  }

  function optionsOf(run: OpenRun) {
    return { actor: run.actor, clock, source: `bulk-run:${run.id}` };
  }
}
export type StatusChangeRuns = ReturnType<typeof createStatusChangeRuns>;

interface StoredRow {
  line: number;
  student_id: number;
  kind: ChangeKind;
  effective_date: string;
  document_number: string | null;
  until_date: string | null;
  reason_code: ChangeReason;
}

const changeOf = (row: AskedRow): AskedChange => ({
  ...{ kind: row.kind, effectiveDate: row.effectiveDate, until: row.until },
  ...{ documentNumber: row.documentNumber, reasonCode: row.reasonCode },
});

async function writeRows(
  transaction: Transaction,
  id: number,
  good: readonly { row: AskedRow; studentId: number }[],
): Promise<void> {
  const rows = good.map(({ row, studentId }) => ({
    ...{ line: row.line, student_id: studentId, kind: row.kind, effective_date: row.effectiveDate },
    ...{ document_number: row.documentNumber ?? null, until_date: row.until ?? null, reason_code: row.reasonCode },
  }));
  await transaction.raw(
    `INSERT INTO bulk_run_row (run_id, line, student_id, kind, effective_date, document_number, until_date, reason_code)
     SELECT ?, t.* FROM jsonb_to_recordset(?::jsonb) AS t (line integer, student_id bigint, kind text, effective_date date,
       document_number text, until_date date, reason_code text)`,
    [id, JSON.stringify(rows)],
  );
}

/** What became of each row, in the transaction that did it. */
async function record(
  transaction: Transaction,
  run: OpenRun,
  piece: readonly { line: number; student_id: number }[],
  judged: ReadonlyMap<number, Judged>,
  [good, bad]: readonly [string, string],
): Promise<PieceOutcome> {
  const rows = piece.map(({ line, student_id }) => {
    const outcome = judged.get(student_id);
    if (outcome?.ok === true) return { line, state: good, code: null, change_id: outcome.rows[0]?.id ?? null };
    return { line, state: bad, code: outcome?.refusal.code ?? 'student-not-found', change_id: null };
  });
  // An undone row keeps the number of the change that was undone.
  await transaction.raw(
    `UPDATE bulk_run_row w SET state = t.state, code = t.code, change_id = CASE WHEN ? THEN t.change_id ELSE w.change_id END
     FROM jsonb_to_recordset(?::jsonb) AS t (line integer, state text, code text, change_id bigint)
     WHERE w.run_id = ? AND w.line = t.line`,
    [run.state === 'applying', JSON.stringify(rows), run.id],
  );
  const refused = rows.filter((row) => row.state === bad).length;
  return { done: rows.length - refused, refused, upTo: piece.at(-1)?.line };
}
