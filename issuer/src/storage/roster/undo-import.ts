import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import type { EnrolmentStatus } from '@lanyard/protocol';
import { FACT_COLUMNS } from '../../domain/life/fold-life.js';
import { needsSecondPerson } from '../../domain/roster/second-person.js';
import { readApprovalRule } from '../approvals/approval-rule-store.js';
import { takeRows } from '../bulk/bulk-run-rows.js';
import type { BulkRunStore, OpenRun, PieceOutcome } from '../bulk/bulk-run-store.js';
import { carryOut } from '../life/carry-out.js';
import type { Request } from '../life/judge-changes.js';
import { lockStudents } from '../life/read-lives.js';
import { propagateStudentChange } from '../people/propagate-change.js';
import { factsOf, type RegisterFacts } from './apply-staging.js';
import { imageDigestOf, imageOf, lifeChangeOf, noteImages } from './import-images.js';
import { importOf, lockImports } from './import-piece.js';
import { importedColumns } from './imported-columns.js';
import { judgeUndo, type KeptCode, planOf } from './undo-plan.js';

const PIECE = 500;
/** How long former images are kept. */
const UNDO_DAYS = 90;

/** Undoing whole imports: a plan, a run that carries out exactly that plan, and a way back. */
export function createImportUndo(db: Database, clock: Clock, runs: Pick<BulkRunStore, 'open'>) {
  return {
    /** Without `plan`: what would be done. With it: a run, if that is still what would be done. */
    async undo(request: { importId: number; actor: string; plan: string | undefined }) {
      return db.transaction(async (tx) => {
        if (request.plan !== undefined) await lockImports(tx);
        await requireUndoable(tx, request.importId);
        const judged = await judgeUndo(tx, request.importId);
        if (judged.rows.length === 0) throw new Refusal('import-undo-expired');
        const plan = await planOf(tx, judged);
        const secondPerson = needsSecondPerson(plan, await readApprovalRule(tx));
        if (request.plan === undefined) return { ...plan, id: null, state: 'dry-run', second_person: secondPerson };
        if (request.plan !== plan.plan) throw new Refusal('import-plan-stale', { fields: { plan } });
        const good = judged.rows.filter((row) => row.code === null);
        if (good.length === 0) throw new Refusal('import-nothing-to-undo');
        const { kept_students: _, ...counts } = plan;
        const id = await runs.open(tx, {
          ...{ kind: 'roster-undo', report: counts, actor: request.actor, importId: request.importId },
          ...{ total: good.length, secondPerson },
        });
        await tx.raw(
          'INSERT INTO bulk_run_row (run_id, line, student_id) SELECT ?, n, id FROM unnest(?::bigint[]) WITH ORDINALITY AS t (id, n)',
          [id, good.map((row) => row.student_id)],
        );
        return {
          ...plan,
          id,
          state: secondPerson ? 'waiting-for-second-person' : 'applying',
          second_person: secondPerson,
        };
      });
    },
    /** One piece of an undo, or of its own undo. */
    async piece(tx: Transaction, run: OpenRun): Promise<PieceOutcome> {
      await lockImports(tx);
      const back = run.state === 'undoing';
      const piece = await takeRows<{ line: number; student_id: number }>(tx, run, {
        ...{ columns: 'student_id', limit: PIECE },
      });
      const kept = await swapImages(
        tx,
        run,
        piece.map((row) => row.student_id),
        clock,
      );
      const outcome = piece.map(({ line, student_id }) => ({
        ...{ line, code: kept.get(student_id) ?? null },
        state: kept.has(student_id) ? (back ? 'kept' : 'refused') : back ? 'undone' : 'done',
      }));
      await tx.raw(
        `UPDATE bulk_run_row w SET state = t.state, code = t.code
         FROM jsonb_to_recordset(?::jsonb) AS t (line integer, state text, code text) WHERE w.run_id = ? AND w.line = t.line`,
        [JSON.stringify(outcome), run.id],
      );
      return { done: piece.length - kept.size, refused: kept.size, upTo: piece.at(-1)?.line };
    },
    /** Drops images that nobody may use any more. */
    async sweep(): Promise<void> {
      await db.raw(
        `DELETE FROM roster_import_change c USING roster_import i WHERE i.id = c.import_id AND i.applied_at < ?
           AND NOT EXISTS (SELECT FROM bulk_run r WHERE r.import_id = i.id AND r.state IN ('applying', 'undoing', 'waiting-for-second-person', 'undo-waiting'))`,
        [new Date(clock.nowMs() - UNDO_DAYS * 86_400_000)],
      );
    },
  };
}
export type ImportUndo = ReturnType<typeof createImportUndo>;

async function requireUndoable(tx: Transaction, importId: number): Promise<void> {
  const { rows } = await tx.raw(
    `SELECT i.state, EXISTS (SELECT FROM bulk_run r WHERE r.import_id = i.id AND r.kind = 'roster-undo'
       AND r.state NOT IN ('declined', 'undone')) AS taken FROM roster_import i WHERE i.id = ? FOR UPDATE`,
    [importId],
  );
  if (rows[0] === undefined) throw new Refusal('import-not-found');
  if (rows[0].state !== 'applied' || rows[0].taken) throw new Refusal('import-state-conflict');
}

interface Swapped {
  id: number;
  old_status: EnrolmentStatus;
  new_status: EnrolmentStatus;
  old_facts: RegisterFacts;
  new_facts: RegisterFacts;
}

/**
 * Exchanges what an import wrote for what stood there before, or the other way round, and carries out what follows.
 * Whom the import created becomes withdrawn and lets go of the identity number. Answers whom it left alone, and why.
 */
async function swapImages(
  tx: Transaction,
  run: OpenRun,
  studentIds: readonly number[],
  clock: Clock,
): Promise<Map<number, KeptCode>> {
  const importId = importOf(run);
  const back = run.state === 'undoing';
  await lockStudents(tx, studentIds);
  const kept = await whoIsKept(tx, importId, studentIds, back);
  const ids = studentIds.filter((id) => !kept.has(id));
  await tx.raw('SET CONSTRAINTS student_identity_once DEFERRED');
  // An undone row is recognised by no digest, so that the same file may bring it back.
  const withdrawn = `${imageOf('t')} || jsonb_build_object('enrolment_status', 'withdrawn', 'row_digest', '\\x${'00'.repeat(16)}',
    'identity_number_hash', sha256(convert_to('undone import ' || t.id, 'UTF8')))`;
  const { rows }: { rows: Swapped[] } = await tx.raw(
    `WITH old AS MATERIALIZED (
       SELECT t.id, t.enrolment_status, ${factsOf('t')} AS facts, ${imageOf('t')} AS image,
         ${back ? 'c.found' : `coalesce(c.former, ${withdrawn})`} AS target
       FROM student t JOIN roster_import_change c ON c.student_id = t.id AND c.import_id = ? WHERE t.id = ANY(?)),
     noted AS (UPDATE roster_import_change c SET found = ${back ? 'NULL' : 'o.image'} FROM old o WHERE c.import_id = ? AND c.student_id = o.id)
     UPDATE student t SET ${importedColumns.map((column) => `${column} = p.${column}`).join(', ')}, updated_at = ?
     FROM old o, LATERAL jsonb_populate_record(NULL::student, o.target) p WHERE t.id = o.id
     RETURNING t.id, o.enrolment_status AS old_status, t.enrolment_status AS new_status, o.facts AS old_facts, ${factsOf('t')} AS new_facts`,
    [importId, [...ids], importId, new Date(clock.nowMs())],
  );
  await tx.raw('SET CONSTRAINTS student_identity_once IMMEDIATE');
  const lived = rows.filter((row) => row.old_status !== row.new_status || differing(row).length > 0);
  const today = dayInShanghai(clock.nowMs());
  await carryOut(
    tx,
    lived.map((row) => requestOf(row, today)),
    {
      ...{ actor: run.actor, clock, source: `bulk-run:${run.id}` },
      former: new Map(lived.map((row) => [row.id, { status: row.old_status, facts: row.old_facts }])),
    },
  );
  const carried = new Set(lived.map((row) => row.id));
  const others = rows.map((row) => row.id).filter((id) => !carried.has(id));
  await propagateStudentChange(tx, others);
  await appendAudit(
    tx,
    others.map((id) => ({
      ...{ actor: run.actor, action: 'student.changed', subject: `student:${id}`, detail: { run: run.id } },
    })),
    clock.nowMs(),
  );
  await noteImages(tx, importId, ids);
  return kept;
}

/** The students are locked: what is found here holds until the end of the piece. */
async function whoIsKept(
  tx: Transaction,
  importId: number,
  studentIds: readonly number[],
  back: boolean,
): Promise<Map<number, KeptCode>> {
  const target = back ? 'c.found' : 'c.former';
  const { rows } = await tx.raw(
    `SELECT c.student_id, CASE
       WHEN c.image_digest <> ${imageDigestOf('t')} OR c.life_change_id IS DISTINCT FROM ${lifeChangeOf('t')} THEN 'changed-since'
       WHEN EXISTS (SELECT FROM student o WHERE o.id <> t.id AND NOT o.id = ANY(?) AND o.identity_document_type = ${target}->>'identity_document_type'
         AND o.identity_number_hash = (${target}->>'identity_number_hash')::bytea) THEN 'identity-in-use' END AS code
     FROM roster_import_change c JOIN student t ON t.id = c.student_id WHERE c.import_id = ? AND c.student_id = ANY(?)`,
    [[...studentIds], importId, [...studentIds]],
  );
  return new Map(
    (rows as { student_id: number; code: KeptCode | null }[]).flatMap((row) =>
      row.code === null ? [] : [[row.student_id, row.code] as const],
    ),
  );
}

const differing = (row: Swapped) => FACT_COLUMNS.filter((column) => row.old_facts[column] !== row.new_facts[column]);

/** An undo says that something was never so: a correction, whatever kind would lead there. */
function requestOf(row: Swapped, today: string): Request {
  const facts = Object.fromEntries(differing(row).map((column) => [column, row.new_facts[column]]));
  return {
    ...{ studentId: row.id, do: 'follow-roster', changes: [] },
    orElse: {
      ...{ kind: 'correction', effectiveDate: today, reasonCode: 'data-error', to: row.new_status },
      ...(Object.keys(facts).length === 0 ? {} : { facts }),
    },
  };
}
