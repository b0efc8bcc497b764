import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { ringBell } from '../../adapters/change-bell.js';
import { EXPIRY, expiryOf, readApprovalRule } from '../approvals/approval-rule-store.js';
import { awaitedState, type RunAt } from './bulk-run-rows.js';

export const BULK_KINDS = [
  'status-changes',
  'semester-registration',
  'roster-import',
  'roster-undo',
  'portraits',
] as const;
export type BulkKind = (typeof BULK_KINDS)[number];
/** What is undone by a run of another kind, or by a review. */
const NOT_UNDONE: readonly BulkKind[] = ['roster-import', 'portraits'];
export type BulkState =
  | 'waiting-for-second-person'
  | 'declined'
  | 'applying'
  | 'applied'
  | 'undo-waiting'
  | 'undoing'
  | 'undone';

/** A run as a piece of work sees it, locked for this transaction. */
export interface OpenRun extends RunAt {
  readonly kind: BulkKind;
  readonly semesterId: string | null;
  readonly importId: number | null;
  /** Who decided it: `applying` or `undoing`. */
  readonly actor: string;
  readonly undoDocumentNumber: string | null;
  /** Staff number of the counsellor within whose students this direction stays; null is everybody. */
  readonly ownStudentsOf: string | null;
}

/** The counsellor who acts, within the students of their own. */
export interface OwnStudents {
  readonly staffNumber: string;
  readonly actor: string;
}

/** What one piece has come to: how far it went in `bulk_run_row`, or of other rows whether it was the last. */
export type PieceOutcome = { readonly done: number; readonly refused: number } & (
  | { readonly upTo: number | undefined }
  | { readonly ended: boolean }
);

export type WorkPiece = (transaction: Transaction, run: OpenRun) => Promise<PieceOutcome>;

/**
 * Work on many students that outlives the process: rows are written with the decision, and pieces of one transaction each
 * deal with them and move the count. Two processes never work on one run at once, and a killed one leaves the rest.
 */
export function createBulkRunStore(db: Database, clock: Clock, pieces: Record<BulkKind, WorkPiece>) {
  let working: Promise<void> | undefined;
  let again = false;

  /** One piece of some run; undefined where there is nothing to do. */
  async function workOnce(): Promise<number | undefined> {
    return db.transaction(async (transaction) => {
      const { rows } = await transaction.raw(
        `SELECT id, kind, state, CASE WHEN at_state = state THEN at_line ELSE 0 END AS at_line, semester_id, import_id, created_by, decided_by, undone_by, undo_document_number, own_students_of, undo_own_students_of FROM bulk_run
         WHERE state IN ('applying', 'undoing') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      const run: OpenRun = {
        ...{ id: row.id, kind: row.kind, state: row.state, semesterId: row.semester_id },
        ...{ importId: row.import_id, atLine: row.at_line },
        actor: row.state === 'undoing' ? row.undone_by : (row.decided_by ?? row.created_by),
        undoDocumentNumber: row.undo_document_number,
        ownStudentsOf: row.state === 'undoing' ? row.undo_own_students_of : row.own_students_of,
      };
      const outcome = await pieces[run.kind](transaction, run);
      const { done, refused } = outcome;
      const ended = 'ended' in outcome ? outcome.ended : null;
      const upTo = ('upTo' in outcome ? outcome.upTo : undefined) ?? run.atLine;
      const now = new Date(clock.nowMs());
      const moved = await transaction.raw(
        `UPDATE bulk_run r SET done = r.done + ?, refused = r.refused + ?, at_line = ?, at_state = r.state,
           state = CASE WHEN ended THEN ? ELSE r.state END, finished_at = CASE WHEN ended THEN ?::timestamptz END
         FROM (SELECT coalesce(?::boolean, NOT EXISTS (SELECT FROM bulk_run_row w WHERE w.run_id = ? AND w.line > ? AND w.state = ?)) AS ended) e
         WHERE r.id = ? RETURNING r.state, r.total, r.done, r.refused`,
        [
          ...[done + refused, refused, upTo, run.state === 'undoing' ? 'undone' : 'applied', now, ended],
          ...[run.id, upTo, awaitedState(run), run.id],
        ],
      );
      const after = moved.rows[0];
      if (after.state !== run.state)
        await appendAudit(
          transaction,
          [
            {
              ...{ actor: run.actor, action: `bulk-run.${after.state}`, subject: `bulk-run:${run.id}` },
              detail: { total: after.total, refused: after.refused },
            },
          ],
          clock.nowMs(),
        );
      return done + refused;
    });
  }

  /** Works until nothing is left. Many calls at once are one. */
  function work(): Promise<void> {
    again = true;
    working ??= (async () => {
      try {
        while (again) {
          again = false;
          while ((await workOnce()) !== undefined);
        }
      } finally {
        working = undefined;
      }
    })();
    return working;
  }

  async function decide(
    id: number,
    from: BulkState,
    change: { sql: string; values: unknown[] },
    audit: { actor: string; action: string },
    twoPersons: 'created_by' | 'undone_by' | undefined,
    own?: OwnStudents,
  ): Promise<void> {
    await db.transaction(async (transaction) => {
      const { rows } = await transaction.raw(
        'SELECT state, kind, created_by, undone_by, expires_at, own_students_of FROM bulk_run WHERE id = ? FOR UPDATE',
        [id],
      );
      const run = rows[0];
      if (run === undefined || (own !== undefined && !isOwn(run, own))) throw new Refusal('bulk-run-not-found');
      if (run.state !== from) throw new Refusal('bulk-run-state-conflict');
      if (from === 'applied' && NOT_UNDONE.includes(run.kind)) throw new Refusal('bulk-run-state-conflict');
      if (twoPersons !== undefined && run.expires_at !== null && run.expires_at.getTime() < clock.nowMs())
        throw new Refusal('approval-expired');
      if (twoPersons !== undefined && run[twoPersons] === audit.actor) throw new Refusal('import-same-person');
      await transaction.raw(`UPDATE bulk_run SET ${change.sql} WHERE id = ?`, [...change.values, id] as never);
      await appendAudit(transaction, [{ ...audit, subject: `bulk-run:${id}` }], clock.nowMs());
      await ringBell(transaction);
    });
  }

  const stateOf = async (id: number): Promise<{ state: BulkState; second_person: boolean }> => {
    const { rows } = await db.raw('SELECT state, second_person FROM bulk_run WHERE id = ?', [id]);
    if (rows[0] === undefined) throw new Refusal('bulk-run-not-found');
    return rows[0];
  };
  const begin = () => ({ sql: "state = 'applying', decided_by = ?, started_at = ?", now: new Date(clock.nowMs()) });
  const UNDO = `state = 'undoing', finished_at = NULL, done = 0, refused = 0, started_at = ?,
    total = (SELECT count(*) FROM bulk_run_row w WHERE w.run_id = bulk_run.id AND w.state = 'done')`;

  return {
    work,
    /** Writes the run; its rows follow in the same transaction. */
    async open(
      transaction: Transaction,
      run: {
        kind: BulkKind;
        report: object;
        actor: string;
        semesterId?: string;
        importId?: number;
        ownStudentsOf?: string | undefined;
        total: number;
        secondPerson: boolean;
      },
    ): Promise<number> {
      const now = new Date(clock.nowMs());
      const expires = run.secondPerson ? expiryOf(await readApprovalRule(transaction), clock.nowMs()) : null;
      const { rows } = await transaction.raw(
        `INSERT INTO bulk_run (kind, state, report, semester_id, import_id, total, created_by, created_at, decided_by, started_at, second_person, expires_at, own_students_of)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        [
          ...[run.kind, run.secondPerson ? 'waiting-for-second-person' : 'applying', JSON.stringify(run.report)],
          ...[run.semesterId ?? null, run.importId ?? null, run.total, run.actor, now],
          ...[run.secondPerson ? null : run.actor, run.secondPerson ? null : now, run.secondPerson, expires],
          run.ownStudentsOf ?? null,
        ],
      );
      const id: number = rows[0].id;
      await appendAudit(
        transaction,
        [
          {
            ...{ actor: run.actor, action: 'bulk-run.opened', subject: `bulk-run:${id}` },
            detail: { kind: run.kind, total: run.total, second_person: run.secondPerson },
          },
        ],
        clock.nowMs(),
      );
      return id;
    },
    async approve(id: number, actor: string): Promise<void> {
      const { state } = await stateOf(id);
      if (state === 'undo-waiting')
        return decide(
          id,
          'undo-waiting',
          { sql: UNDO, values: [new Date(clock.nowMs())] },
          { actor, action: 'bulk-run.undo-approved' },
          'undone_by',
        );
      const { sql, now } = begin();
      return decide(
        id,
        'waiting-for-second-person',
        { sql, values: [actor, now] },
        { actor, action: 'bulk-run.approved' },
        'created_by',
      );
    },
    async decline(id: number, actor: string): Promise<void> {
      const { state } = await stateOf(id);
      const audit = { actor, action: 'bulk-run.declined' };
      if (state === 'undo-waiting')
        return decide(id, state, { sql: "state = 'applied', undone_by = NULL", values: [] }, audit, undefined);
      return decide(
        id,
        'waiting-for-second-person',
        { sql: "state = 'declined', decided_by = ?", values: [actor] },
        audit,
        undefined,
      );
    },
    /** Undoes what was done; a run that took two persons takes two to be undone. */
    async undo(id: number, documentNumber: string | undefined, actor: string, own?: OwnStudents): Promise<void> {
      const { second_person: two } = await stateOf(id);
      const now = new Date(clock.nowMs());
      const expires = two ? expiryOf(await readApprovalRule(db), clock.nowMs()) : null;
      const sql = `undone_by = ?, undo_document_number = ?, undo_own_students_of = ?, expires_at = ?, ${two ? "state = 'undo-waiting'" : UNDO}`;
      const values = [actor, documentNumber ?? null, own?.staffNumber ?? null, expires, ...(two ? [] : [now])];
      await decide(id, 'applied', { sql, values }, { actor, action: 'bulk-run.undo-asked' }, undefined, own);
    },
    async find(id: number, own?: OwnStudents) {
      const { rows } = await db.raw(`${SELECT_RUN} WHERE id = ?`, [id]);
      if (rows[0] === undefined || (own !== undefined && !isOwn(rows[0], own))) throw new Refusal('bulk-run-not-found');
      return runAnswer(rows[0], clock.nowMs());
    },
    /** What a counsellor has had done to the students of their own, newest first. */
    async listOwn(own: OwnStudents, limit: number) {
      const { rows } = await db.raw(
        `${SELECT_RUN} WHERE own_students_of = ? AND created_by = ? ORDER BY id DESC LIMIT ?`,
        [own.staffNumber, own.actor, limit],
      );
      return { runs: (rows as RunRow[]).map((row) => runAnswer(row, clock.nowMs())) };
    },
    async list(query: { before?: number | undefined; limit: number; kind?: BulkKind | undefined; waiting?: boolean }) {
      const { rows } = await db.raw(
        `${SELECT_RUN} WHERE id < ? AND (?::text IS NULL OR kind = ?)
           AND (NOT ? OR state IN ('waiting-for-second-person', 'undo-waiting')) ORDER BY id DESC LIMIT ?`,
        [
          ...[query.before ?? Number.MAX_SAFE_INTEGER, query.kind ?? null, query.kind ?? null],
          ...[query.waiting === true, query.limit],
        ],
      );
      const runs = (rows as RunRow[]).map((row) => runAnswer(row, clock.nowMs()));
      return { runs, next: runs.length === query.limit ? runs.at(-1)?.id : null };
    },
    /** What nobody approved in time is declined, or stays applied. */
    async expire(): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE bulk_run SET state = CASE state WHEN 'undo-waiting' THEN 'applied' ELSE 'declined' END, expires_at = NULL,
             undone_by = CASE state WHEN 'undo-waiting' THEN NULL ELSE undone_by END,
             decided_by = CASE state WHEN 'undo-waiting' THEN decided_by ELSE ? END
           WHERE state IN ('waiting-for-second-person', 'undo-waiting') AND expires_at < ? RETURNING id`,
          [EXPIRY, new Date(clock.nowMs())],
        );
        await appendAudit(
          transaction,
          (rows as { id: number }[]).map(({ id }) => ({
            ...{ actor: EXPIRY, action: 'bulk-run.expired', subject: `bulk-run:${id}` },
          })),
          clock.nowMs(),
        );
      });
    },
    /** Rows that were refused, or kept at an undo, with the reason. */
    async listRefused(id: number, after: number, limit: number) {
      const { rows } = await db.raw(
        `SELECT w.line, s.student_number, w.state, w.code FROM bulk_run_row w JOIN student s ON s.id = w.student_id
         WHERE w.run_id = ? AND w.state IN ('refused', 'kept') AND w.line > ? ORDER BY w.line LIMIT ?`,
        [id, after, limit],
      );
      return { rows, next: rows.length === limit ? rows.at(-1).line : null };
    },
  };
}
export type BulkRunStore = ReturnType<typeof createBulkRunStore>;

/** A run of the same person for the same students; any other is none they know of. */
const isOwn = (run: { own_students_of?: unknown; created_by?: unknown }, own: OwnStudents): boolean =>
  run.own_students_of === own.staffNumber && run.created_by === own.actor;

const SELECT_RUN = `SELECT id, kind, state, report, semester_id, import_id, expires_at, total, done, refused, second_person, created_by, created_at, decided_by,
  started_at, finished_at, undone_by, own_students_of FROM bulk_run`;

interface RunRow {
  id: number;
  state: BulkState;
  total: number;
  done: number;
  started_at: Date | null;
  finished_at: Date | null;
  [column: string]: unknown;
}

/** The row with what follows from it: students a second, and seconds left at that rate. */
function runAnswer(row: RunRow, nowMs: number) {
  const untilMs = row.finished_at?.getTime() ?? nowMs;
  const seconds = row.started_at === null ? 0 : Math.max(0.001, (untilMs - row.started_at.getTime()) / 1000);
  const rate = seconds === 0 ? 0 : row.done / seconds;
  const open = row.state === 'applying' || row.state === 'undoing';
  return {
    ...row,
    rate_per_second: Math.round(rate * 10) / 10,
    seconds_left: open && rate > 0 ? Math.ceil((row.total - row.done) / rate) : open ? null : 0,
  };
}
