import { appendAudit, type Clock, type Queryable, Refusal } from '@lanyard/platform';
import { type CredentialState, HOLD_VERBS, type HoldVerb } from '../../domain/credentials/hold.js';
import { propagateStudentChange } from './propagate-change.js';

export interface HoldChange {
  studentNumber: string;
  verb: HoldVerb;
  reasonCode: string;
  documentNumber: string | undefined;
  actor: string;
  /** Whose hold it becomes, or has to be: a holder lifts none but his own. */
  by?: 'holder';
}

/** Suspends, reinstates or revokes in one transaction with audit and outbox; from a wrong state it changes nothing. */
export function createHoldStore(clock: Clock) {
  return {
    /** Within the transaction `on`, or in one of its own. */
    async change(
      on: Queryable,
      change: HoldChange,
    ): Promise<{ student_number: string; credential_state: CredentialState; version: number }> {
      const rule = HOLD_VERBS[change.verb];
      return on.transaction(async (transaction) => {
        const found = await transaction.raw('SELECT id FROM student WHERE student_number = ? FOR UPDATE', [
          change.studentNumber,
        ]);
        const studentId: number | undefined = found.rows[0]?.id;
        if (studentId === undefined) throw new Refusal('student-not-found');
        await transaction.raw('INSERT INTO holder (student_id) VALUES (?) ON CONFLICT DO NOTHING', [studentId]);
        const changed = await transaction.raw(
          `UPDATE holder SET hold = ?, reason_code = ?, document_number = ?, held_at = ?, held_by = ?
           WHERE student_id = ? AND hold = ANY(?) AND (?::text IS NULL OR hold = 'none' OR held_by = ?)`,
          [
            rule.to,
            change.reasonCode,
            change.documentNumber ?? null,
            rule.to === 'none' ? null : new Date(clock.nowMs()),
            rule.to === 'none' ? null : (change.by ?? null),
            studentId,
            [...rule.from],
            ...[change.by ?? null, change.by ?? null],
          ],
        );
        if (changed.rowCount !== 1) throw new Refusal('credential-state-conflict');
        await propagateStudentChange(transaction, [studentId]);
        await appendAudit(
          transaction,
          [
            {
              actor: change.actor,
              action: rule.action,
              subject: `student:${studentId}`,
              detail: {
                reason_code: change.reasonCode,
                ...(change.by === undefined ? {} : { by: change.by }),
                ...(change.documentNumber === undefined ? {} : { document_number: change.documentNumber }),
              },
            },
          ],
          clock.nowMs(),
        );
        const state = await transaction.raw('SELECT credential_state, version FROM holder_state WHERE student_id = ?', [
          studentId,
        ]);
        return {
          student_number: change.studentNumber,
          credential_state: state.rows[0].credential_state,
          version: state.rows[0].version,
        };
      });
    },
  };
}
