import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, type Queryable, Refusal } from '@lanyard/platform';
import { factsAsIssued } from '../../domain/life/name-as-issued.js';
import {
  CORRECTABLE_FIELDS,
  CORRECTIONS_OPEN_AT_MOST,
  type CorrectableField,
  type CorrectionState,
} from '../../domain/rights/correction.js';
import type { LifeStore } from '../life/life-store.js';
import type { FieldSealer } from '../roster/field-sealer.js';

export interface Correction {
  id: string;
  field: CorrectableField;
  wanted: string;
  reason: string;
  state: CorrectionState;
  /** Unix seconds. */
  asked_at: number;
  decided_at: number | null;
  decision_reason: string | null;
  /** How a granted one is carried out: at once by a status change, or by the next roster. */
  carried_out: 'status-change' | 'roster' | null;
}
export interface StaffCorrection extends Correction {
  student_number: string;
  name: string;
  college: string;
}

const place = (id: string) => `correction/${id}`;

/** Corrections that students ask for: each decided once, by a person, with a reason the student reads. */
export function createCorrectionStore(db: Database, parts: { sealer: FieldSealer; lives: LifeStore; clock: Clock }) {
  const { sealer, lives, clock } = parts;
  const now = () => new Date(clock.nowMs());

  async function select(
    on: Queryable,
    where: string,
    bindings: readonly (string | number)[],
  ): Promise<StaffCorrection[]> {
    const { rows } = await on.raw(
      `SELECT c.id, c.field, c.wanted_sealed, c.state, c.asked_at, c.decided_at, c.decision_reason, c.change_id,
         s.student_number, s.name, s.college
       FROM correction_request c JOIN student s ON s.id = c.student_id ${where}`,
      [...bindings],
    );
    return (rows as CorrectionRow[]).map((row) => {
      const { wanted, reason } = JSON.parse(sealer.open(row.wanted_sealed, place(row.id))) as Wanted;
      return {
        ...{ id: row.id, field: row.field, wanted, reason, state: row.state },
        asked_at: Math.floor(row.asked_at.getTime() / 1000),
        decided_at: row.decided_at === null ? null : Math.floor(row.decided_at.getTime() / 1000),
        decision_reason: row.decision_reason,
        carried_out: row.state === 'granted' ? (row.change_id === null ? 'roster' : 'status-change') : null,
        ...{ student_number: row.student_number, name: row.name, college: row.college },
      };
    });
  }

  async function ofStudent(on: Queryable, studentId: number): Promise<Correction[]> {
    const found = await select(on, 'WHERE c.student_id = ? ORDER BY c.asked_at DESC, c.id LIMIT 100', [studentId]);
    return found.map(({ student_number: _, name: __, college: ___, ...own }) => own);
  }

  return {
    ofStudent: (studentId: number) => ofStudent(db, studentId),

    /** @throws Refusal `corrections-at-most` */
    async ask(
      holder: { studentId: number; walletId: number },
      asked: Wanted & { field: CorrectableField },
    ): Promise<Correction[]> {
      const id = randomBytes(16).toString('base64url');
      const { field, wanted, reason } = asked;
      return db.transaction(async (transaction) => {
        // Locked, so that requests at once are counted one after the other.
        await transaction.raw('SELECT 1 FROM student WHERE id = ? FOR UPDATE', [holder.studentId]);
        const { rowCount } = await transaction.raw(
          `INSERT INTO correction_request (id, student_id, field, wanted_sealed, asked_at)
           SELECT ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM correction_request WHERE student_id = ? AND state = 'asked') < ?`,
          [
            ...[id, holder.studentId, field, sealer.seal(JSON.stringify({ wanted, reason }), place(id)), now()],
            ...[holder.studentId, CORRECTIONS_OPEN_AT_MOST],
          ],
        );
        if (rowCount !== 1) throw new Refusal('corrections-at-most');
        const subject = `student:${holder.studentId}`;
        const event = {
          actor: `wallet:${holder.walletId}`,
          action: 'correction.asked',
          subject,
          detail: { id, field },
        };
        await appendAudit(transaction, [event], clock.nowMs());
        return ofStudent(transaction, holder.studentId);
      });
    },

    /** @throws Refusal `correction-not-open` */
    async withdraw(holder: { studentId: number; walletId: number }, id: string): Promise<Correction[]> {
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          "UPDATE correction_request SET state = 'withdrawn', decided_at = ? WHERE id = ? AND student_id = ? AND state = 'asked'",
          [now(), id, holder.studentId],
        );
        if (rowCount !== 1) throw new Refusal('correction-not-open');
        const subject = `student:${holder.studentId}`;
        const event = { actor: `wallet:${holder.walletId}`, action: 'correction.withdrawn', subject, detail: { id } };
        await appendAudit(transaction, [event], clock.nowMs());
        return ofStudent(transaction, holder.studentId);
      });
    },

    /** Those that wait, the oldest first. */
    async open(query: { after: string | undefined; limit: number }) {
      const where =
        query.after === undefined
          ? "WHERE c.state = 'asked'"
          : "WHERE c.state = 'asked' AND (c.asked_at, c.id) > (SELECT asked_at, id FROM correction_request WHERE id = ?)";
      const found = await select(db, `${where} ORDER BY c.asked_at, c.id LIMIT ?`, [
        ...(query.after === undefined ? [] : [query.after]),
        query.limit + 1,
      ]);
      const corrections = found.slice(0, query.limit);
      return { corrections, next: found.length > query.limit ? (corrections.at(-1)?.id ?? null) : null };
    },

    /**
     * Decides one, once. What a status change can carry out is carried out with it, in the same transaction.
     * @throws Refusal `correction-not-open`, and those of a status change
     */
    async decide(
      id: string,
      decision: { verdict: 'granted' | 'refused'; reason: string; documentNumber: string | undefined },
      actor: string,
    ): Promise<StaffCorrection> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE correction_request SET state = ?, decided_by = ?, decided_at = ?, decision_reason = ?
           WHERE id = ? AND state = 'asked' RETURNING student_id, field`,
          [decision.verdict, actor, now(), decision.reason, id],
        );
        const row = rows[0] as { student_id: number; field: CorrectableField } | undefined;
        if (row === undefined) throw new Refusal('correction-not-open');
        const [correction] = await select(transaction, 'WHERE c.id = ?', [id]);
        if (correction === undefined) throw new TypeError('a decided correction is there');
        const { field, wanted } = correction;
        const kind = CORRECTABLE_FIELDS[field];
        if (decision.verdict === 'granted' && kind !== 'roster') {
          const change = {
            ...{ kind, effectiveDate: dayInShanghai(clock.nowMs()), until: undefined },
            ...{ facts: factsAsIssued({ [field]: wanted }).facts },
            ...{ documentNumber: decision.documentNumber, reasonCode: 'data-error' as const },
          };
          const added = await lives.add(transaction, correction.student_number, change, undefined, actor);
          await transaction.raw('UPDATE correction_request SET change_id = ? WHERE id = ?', [added.id, id]);
        }
        const detail = { id, field, verdict: decision.verdict };
        const event = { actor, action: 'correction.decided', subject: `student:${row.student_id}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
        const [decided] = await select(transaction, 'WHERE c.id = ?', [id]);
        if (decided === undefined) throw new TypeError('a decided correction is there');
        return decided;
      });
    },
  };
}
export type CorrectionStore = ReturnType<typeof createCorrectionStore>;

interface Wanted {
  wanted: string;
  reason: string;
}
interface CorrectionRow {
  id: string;
  field: CorrectableField;
  wanted_sealed: Buffer;
  state: CorrectionState;
  asked_at: Date;
  decided_at: Date | null;
  decision_reason: string | null;
  change_id: number | null;
  student_number: string;
  name: string;
  college: string;
}
