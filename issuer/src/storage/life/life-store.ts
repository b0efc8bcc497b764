import { type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import { enrolmentStateByCode } from '@lanyard/protocol';
import type { ChangeReason } from '../../domain/life/change-kinds.js';
import { effectsOf } from '../../domain/life/life-state.js';
import { carryOut, judgeAll } from './carry-out.js';
import type { AskedChange, Judged, Request, RequestRefusal } from './judge-changes.js';

/** How many students fall due in one transaction. */
const PIECE = 200;

/** Lives of students one by one, and what falls due. */
export function createLifeStore(db: Database, clock: Clock) {
  async function idOf(on: Database | Transaction, number: string): Promise<number> {
    const { rows } = await on.raw('SELECT id FROM student WHERE student_number = ?', [number]);
    if (rows[0] === undefined) throw new Refusal('student-not-found');
    return rows[0].id;
  }

  async function preview(number: string, make: (studentId: number) => Request, actor: string) {
    return db.transaction(async (transaction) => {
      const studentId = await idOf(transaction, number);
      const judged = (await judgeAll(transaction, [make(studentId)], { actor, clock })).get(studentId);
      return previewOf(accepted(judged), await holdings(transaction, studentId));
    });
  }

  async function change(
    transaction: Transaction,
    number: string,
    make: (studentId: number) => Request,
    actor: string,
    source?: string,
  ) {
    const studentId = await idOf(transaction, number);
    const judged = accepted(
      (
        await carryOut(transaction, [make(studentId)], { actor, clock, ...(source === undefined ? {} : { source }) })
      ).get(studentId),
    );
    return {
      student_number: number,
      id: judged.rows[0]?.id ?? null,
      version: judged.stored.version + 1,
      enrolment_status: judged.after.state.status,
      carried_out: isNow(judged) ? 'now' : 'on-its-day',
    };
  }

  return {
    /** What a change would do; nothing is written. @throws Refusal as {@link add} */
    previewAdd: (number: string, asked: AskedChange, actor: string) =>
      preview(number, (studentId) => ({ studentId, do: 'add', change: asked }), actor),
    /** @throws Refusal of every life code of ISSUER_PROBLEMS, `student-not-found` */
    add: (
      transaction: Transaction,
      number: string,
      asked: AskedChange,
      version: number | undefined,
      actor: string,
      source?: string,
    ) => change(transaction, number, (studentId) => ({ studentId, do: 'add', change: asked, version }), actor, source),
    previewUndo: (number: string, undo: UndoAsked, actor: string) =>
      preview(number, (studentId) => ({ studentId, do: 'undo', ...undo }), actor),
    undo: (transaction: Transaction, number: string, undo: UndoAsked, version: number | undefined, actor: string) =>
      change(transaction, number, (studentId) => ({ studentId, do: 'undo', ...undo, version }), actor),

    /** The life of one student, newest day first. */
    async history(number: string) {
      const { rows } = await db.raw(
        `SELECT s.id, s.enrolment_status, coalesce(l.version, 0) AS version, coalesce(l.first_status, s.enrolment_status) AS first_status
         FROM student s LEFT JOIN student_life l ON l.student_id = s.id WHERE s.student_number = ?`,
        [number],
      );
      const student = rows[0];
      if (student === undefined) throw new Refusal('student-not-found');
      const changes = await db.raw(
        `SELECT id, kind, state, effective_date, until_date, from_status, to_status, facts, document_number, reason_code, actor,
           recorded_at, carried_out_at, undoes, along_with, source,
           (SELECT r.id FROM status_change r WHERE r.undoes = c.id) AS undone_by
         FROM status_change c WHERE student_id = ? ORDER BY effective_date DESC, id DESC LIMIT 500`,
        [student.id],
      );
      return {
        student_number: number,
        ...{ version: Number(student.version), enrolment_status: student.enrolment_status },
        first_status: student.first_status,
        today: dayInShanghai(clock.nowMs()),
        changes: changes.rows,
      };
    },

    /**
     * Carries out what has fallen due, in pieces of one transaction each; answers how many students. Two processes share
     * the work, and one that is killed leaves the rest waiting.
     */
    async carryOutDue(): Promise<number> {
      const today = dayInShanghai(clock.nowMs());
      let total = 0;
      for (;;) {
        const done = await db.transaction(async (transaction) => {
          const { rows } = await transaction.raw(
            `SELECT s.id FROM student s WHERE s.id IN (SELECT student_id FROM (
               SELECT student_id FROM status_change WHERE state = 'planned' AND effective_date <= ? ORDER BY effective_date, id LIMIT ?) due)
             ORDER BY s.id FOR UPDATE SKIP LOCKED`,
            [today, PIECE],
          );
          const ids = (rows as { id: number }[]).map((row) => row.id);
          if (ids.length === 0) return 0;
          await carryOut(
            transaction,
            ids.map((studentId) => ({ studentId, do: 'carry-out' })),
            { actor: 'calendar', clock },
          );
          return ids.length;
        });
        total += done;
        if (done === 0) return total;
      }
    },
  };
}
export type LifeStore = ReturnType<typeof createLifeStore>;

export interface UndoAsked {
  readonly changeId: number;
  readonly documentNumber?: string | undefined;
  readonly reasonCode: ChangeReason;
}

type Good = Extract<Judged, { ok: true }>;

function accepted(judged: Judged | undefined): Good {
  if (judged === undefined) throw new Refusal('student-not-found');
  if (!judged.ok) throw refusalOf(judged.refusal);
  return judged;
}

export function refusalOf(refusal: RequestRefusal): Refusal {
  const { code, ...fields } = refusal;
  const named = 'changeId' in fields ? { change_id: fields.changeId } : fields;
  return new Refusal(code, { fields: named });
}

const isNow = (judged: Good) => {
  const [row] = judged.rows;
  return row === undefined || row.undoes !== undefined || judged.after.steps.has(row.id);
};

async function holdings(transaction: Transaction, studentId: number) {
  const { rows } = await transaction.raw(
    `SELECT (SELECT count(*) FROM credential c WHERE c.student_id = ? AND c.status <> 1 AND c.expires_at > now() AND c.document_id IS NULL) AS copies,
       (SELECT count(*) FROM gate_key g WHERE g.student_id = ? AND g.removed_at IS NULL) AS gate_keys,
       (SELECT count(*) FROM wallet w WHERE w.student_id = ? AND w.retired_at IS NULL) AS wallets`,
    [studentId, studentId, studentId],
  );
  const row = rows[0];
  return { copies: Number(row.copies), gate_keys: Number(row.gate_keys), wallets: Number(row.wallets) };
}

/** What would follow, on the day it takes effect. */
function previewOf(judged: Good, holds: { copies: number; gate_keys: number; wallets: number }) {
  const { stored } = judged;
  const [row] = judged.rows;
  const step =
    row === undefined || row.undoes !== undefined
      ? { from: judged.before.state.status, to: judged.after.state.status }
      : judged.whole.steps.get(row.id);
  const from = step?.from ?? stored.status;
  const to = step?.to ?? stored.status;
  const now = isNow(judged);
  const target = now ? judged.after.state.status : to;
  return {
    student_number: stored.studentNumber,
    version: stored.version,
    dry_run: true,
    carried_out: now ? 'now' : 'on-its-day',
    effective_date: row?.effectiveDate ?? null,
    enrolment_status: { from, to, today: judged.after.state.status },
    effects: { from: effectsOf(now ? stored.status : from, stored.hold), to: effectsOf(target, stored.hold) },
    holds,
    facts: row?.facts ?? null,
    quiet: enrolmentStateByCode(target)?.quiet === true,
  };
}
