import { createHash } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import { type CaseActRequest, changeOf, FINAL_ACTS } from '../../domain/cases/case-act.js';
import type { LifeStore } from '../life/life-store.js';
import type { SemesterStore } from '../semester/semester-store.js';
import { requireStudyUnits } from '../students/reference-list-store.js';
import type { CaseDocumentStore } from './case-document-store.js';

const DAY_MS = 86_400_000;

/**
 * What cases have the register do. Each act is carried out once: of two requests for one step of one case the second
 * waits for the first and gets its answer. A refused one leaves nothing behind.
 */
export function createCaseActStore(
  db: Database,
  deps: {
    lives: LifeStore;
    semesters: SemesterStore;
    documents: CaseDocumentStore;
    /** Acts that end studies, in 24 hours: a stolen key of campus does not end a university's. */
    finalActsPerDay: number;
    clock: Clock;
  },
) {
  const { clock } = deps;

  async function carryOut(transaction: Transaction, studentId: number, request: CaseActRequest): Promise<object> {
    const { asked, student_number: number } = request;
    const by = { actor: 'service:campus', source: `case:${request.case}` };
    if (asked.act === 'register-semester') return deps.semesters.registerByCase(transaction, studentId, by);
    if (asked.act === 'issue-document') return deps.documents.issue(transaction, studentId, { ...request, asked });
    const change = changeOf(asked, dayInShanghai(clock.nowMs()));
    if (change === undefined) throw new TypeError(`${asked.act} is no change`);
    if (asked.act === 'change-of-study') await requireStudyUnits(transaction, studentId, asked);
    const documented = { ...change, documentNumber: request.case, reasonCode: 'own-request' } as const;
    const { enrolment_status, carried_out } = await deps.lives.add(
      ...([transaction, number, documented, undefined, by.actor, by.source] as const),
    );
    return { enrolment_status, carried_out, effective_date: change.effectiveDate };
  }

  /** Counted under a lock: two at once are not both the last. */
  async function refuseTooMany(transaction: Transaction): Promise<void> {
    await transaction.raw("SELECT pg_advisory_xact_lock(hashtextextended('final acts of cases', 0))");
    const { rows } = await transaction.raw('SELECT count(*) AS n FROM case_act WHERE act = ANY(?::text[]) AND at > ?', [
      [...FINAL_ACTS],
      new Date(clock.nowMs() - DAY_MS),
    ] as never);
    if (Number(rows[0].n) >= deps.finalActsPerDay)
      throw new Refusal('case-acts-at-most', { logDetail: `${rows[0].n} acts of cases that end studies in a day` });
  }

  return {
    /** @throws Refusal of every life code, `case-act-undecided`, `case-acts-at-most`, `idempotency-key-reused` */
    async carryOut(request: CaseActRequest): Promise<object> {
      const { case: caseId, step, asked } = request;
      const digest = createHash('sha256').update(JSON.stringify(request)).digest();
      return db.transaction(async (transaction) => {
        await transaction.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`case act ${caseId} ${step}`]);
        const known = await transaction.raw(
          'SELECT request_digest, answer FROM case_act WHERE case_id = ? AND step = ?',
          [caseId, step],
        );
        const kept: { request_digest: Buffer; answer: object } | undefined = known.rows[0];
        if (kept !== undefined) {
          if (!kept.request_digest.equals(digest)) throw new Refusal('idempotency-key-reused');
          return kept.answer;
        }
        const isFinal = FINAL_ACTS.includes(asked.act);
        if (isFinal && request.decided_by.length === 0) throw new Refusal('case-act-undecided');
        if (isFinal) await refuseTooMany(transaction);
        const { rows } = await transaction.raw('SELECT id FROM student WHERE student_number = ?', [
          request.student_number,
        ]);
        if (rows[0] === undefined) throw new Refusal('student-not-found');
        const studentId: number = rows[0].id;
        const answer = await carryOut(transaction, studentId, request);
        const at = new Date(clock.nowMs());
        await transaction.raw(
          'INSERT INTO case_act (case_id, step, student_id, act, request_digest, answer, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
          [caseId, step, studentId, asked.act, digest, JSON.stringify(answer), at],
        );
        const { service, decided_by } = request;
        const detail = { case: caseId, step, act: asked.act, service, decided_by };
        const event = {
          actor: 'service:campus',
          action: 'case-act.carried-out',
          subject: `student:${studentId}`,
          detail,
        };
        await appendAudit(transaction, [event], clock.nowMs());
        return answer;
      });
    },
  };
}
export type CaseActStore = ReturnType<typeof createCaseActStore>;
