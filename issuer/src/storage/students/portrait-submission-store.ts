import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { PortraitRejection } from '../../domain/portraits/portrait-rules.js';
import { propagateStudentChange } from '../people/propagate-change.js';
import type { PortraitStore } from './portrait-store.js';

const PER_DAY = 5;
const DAY_MS = 86_400_000;

/** A portrait in the queue, as the reviewer sees it. */
export interface WaitingPortrait {
  readonly id: number;
  readonly student_number: string;
  readonly name: string;
  readonly college: string;
  readonly class: string;
  readonly submitted_by: string;
  readonly submitted_at: Date;
  readonly has_portrait: boolean;
}

/** What a wallet is told of its student's newest submission. */
export interface OwnSubmission {
  readonly state: 'none' | 'waiting' | 'accepted' | 'rejected';
  readonly reason_code: PortraitRejection | null;
  readonly submitted_at: Date | null;
}

/**
 * Portraits that people look at before anybody else does. One waits for a student at most: a newer one takes its place.
 * Deciding is one UPDATE, so of two reviewers one decides.
 */
export function createPortraitSubmissionStore(db: Database, clock: Clock, portraits: PortraitStore) {
  async function submitIn(
    transaction: Transaction,
    submission: { readonly studentId: number; readonly jpeg: Uint8Array; readonly actor: string },
  ): Promise<void> {
    const { studentId, jpeg, actor } = submission;
    const now = new Date(clock.nowMs());
    await transaction.raw('SELECT id FROM student WHERE id = ? FOR UPDATE', [studentId]);
    const portraitId = await portraits.write(transaction, jpeg);
    await transaction.raw(
      "UPDATE portrait_submission SET state = 'replaced' WHERE student_id = ? AND state = 'waiting'",
      [studentId],
    );
    await transaction.raw(
      'INSERT INTO portrait_submission (student_id, portrait_id, submitted_by, submitted_at) VALUES (?, ?, ?, ?)',
      [studentId, portraitId, actor, now],
    );
    await transaction.raw('UPDATE student SET pending_portrait_id = ?, updated_at = ? WHERE id = ?', [
      portraitId,
      now,
      studentId,
    ]);
    await appendAudit(
      transaction,
      [{ actor, action: 'portrait.handed-in', subject: `student:${studentId}` }],
      clock.nowMs(),
    );
  }

  return {
    submitIn,
    /** By number, for staff. */
    async submit(studentNumber: string, jpeg: Uint8Array, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          "SELECT id FROM student WHERE student_number = ? AND enrolment_status <> 'deceased'",
          [studentNumber],
        );
        if (rows[0] === undefined) throw new Refusal('student-not-found');
        await submitIn(transaction, { studentId: rows[0].id, jpeg, actor });
      });
    },
    /** By the student, a few times a day. */
    async submitOwn(holder: { studentId: number; walletId: number }, jpeg: Uint8Array): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw('SELECT id FROM student WHERE id = ? FOR UPDATE', [holder.studentId]);
        const { rows } = await transaction.raw(
          "SELECT count(*) AS n FROM portrait_submission WHERE student_id = ? AND submitted_by LIKE 'wallet:%' AND submitted_at > ?",
          [holder.studentId, new Date(clock.nowMs() - DAY_MS)],
        );
        if (Number(rows[0].n) >= PER_DAY) throw new Refusal('portrait-too-often');
        await submitIn(transaction, { studentId: holder.studentId, jpeg, actor: `wallet:${holder.walletId}` });
      });
    },
    async ownOf(studentId: number): Promise<OwnSubmission> {
      const { rows } = await db.raw(
        `SELECT state, reason_code, submitted_at FROM portrait_submission WHERE student_id = ? AND state <> 'replaced' ORDER BY id DESC LIMIT 1`,
        [studentId],
      );
      return rows[0] ?? { state: 'none', reason_code: null, submitted_at: null };
    },
    /** Oldest first, page by key. */
    async queue(query: { after: number; college?: string | undefined; limit: number }) {
      const { rows } = await db.raw(
        `SELECT p.id, s.student_number, s.name, s.college, s.class, p.submitted_by, p.submitted_at, s.portrait_id IS NOT NULL AS has_portrait
         FROM portrait_submission p JOIN student s ON s.id = p.student_id
         WHERE p.state = 'waiting' AND p.id > ? AND (?::text IS NULL OR s.college = ?) ORDER BY p.id LIMIT ?`,
        [query.after, query.college ?? null, query.college ?? null, query.limit + 1],
      );
      const counted = await db.raw("SELECT count(*) AS n FROM portrait_submission WHERE state = 'waiting'");
      const waiting = (rows as WaitingPortrait[]).slice(0, query.limit);
      return {
        ...{ waiting, total: Number(counted.rows[0].n) },
        next: rows.length > query.limit ? (waiting.at(-1)?.id ?? null) : null,
      };
    },
    /** The picture of a submission that waits; a look is an audit row its student can see. */
    async picture(id: number, actor: string): Promise<Buffer> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          "SELECT student_id, portrait_id FROM portrait_submission WHERE id = ? AND state = 'waiting'",
          [id],
        );
        const jpeg = rows[0] === undefined ? undefined : await portraits.read(transaction, rows[0].portrait_id);
        if (jpeg === undefined) throw new Refusal('portrait-not-pending');
        await appendAudit(
          transaction,
          [{ actor, action: 'portrait.reviewed', subject: `student:${rows[0].student_id}` }],
          clock.nowMs(),
        );
        return jpeg;
      });
    },
    /** Ends a review: the portrait is in use from now on, or it goes and the former one stays. */
    async decide(
      which: { readonly id: number } | { readonly studentNumber: string },
      decision: { readonly verdict: 'accepted' } | { readonly verdict: 'rejected'; readonly reason: PortraitRejection },
      actor: string,
    ): Promise<void> {
      await db.transaction(async (transaction) => {
        const accepted = decision.verdict === 'accepted';
        const reason = decision.verdict === 'accepted' ? null : decision.reason;
        const now = new Date(clock.nowMs());
        const { rows } = await transaction.raw(
          `UPDATE portrait_submission p SET state = ?, reason_code = ?, decided_by = ?, decided_at = ?
           FROM student s WHERE s.id = p.student_id AND p.state = 'waiting' AND ${'id' in which ? 'p.id' : 's.student_number'} = ?
           RETURNING p.student_id, p.portrait_id`,
          [decision.verdict, reason, actor, now, 'id' in which ? which.id : which.studentNumber],
        );
        const decided: { student_id: number; portrait_id: Buffer } | undefined = rows[0];
        if (decided === undefined) throw new Refusal(await whyNot(transaction, which));
        await transaction.raw(
          `UPDATE student SET pending_portrait_id = NULL, portrait_id = CASE WHEN ? THEN ?::bytea ELSE portrait_id END, updated_at = ? WHERE id = ?`,
          [accepted, decided.portrait_id, now, decided.student_id],
        );
        // The wallet hears of a rejection, too.
        await propagateStudentChange(transaction, [decided.student_id]);
        await appendAudit(
          transaction,
          [
            {
              ...{ actor, action: `portrait.${decision.verdict}`, subject: `student:${decided.student_id}` },
              detail: reason === null ? {} : { reason },
            },
          ],
          clock.nowMs(),
        );
      });
    },
  };
}
export type PortraitSubmissionStore = ReturnType<typeof createPortraitSubmissionStore>;

async function whyNot(
  transaction: Transaction,
  which: { readonly id: number } | { readonly studentNumber: string },
): Promise<'portrait-not-pending' | 'unknown-student-numbers'> {
  if ('id' in which) return 'portrait-not-pending';
  const { rowCount } = await transaction.raw('SELECT 1 FROM student WHERE student_number = ?', [which.studentNumber]);
  return rowCount === 0 ? 'unknown-student-numbers' : 'portrait-not-pending';
}
