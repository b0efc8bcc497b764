import { type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { CaseStore } from './case-store.js';
import type { CheckAnswer, SourceCheckStore } from './source-check-store.js';

/**
 * The answer of a source to a check of its own, once: the same again is answered the same, another is refused.
 * @throws Refusal `check-not-found`, `check-answered`, `step-not-open`
 */
export async function answerAsSource(
  deps: { cases: Pick<CaseStore, 'act'>; checks: SourceCheckStore; database: Database },
  given: { source: string; caseId: string; step: string; answer: CheckAnswer },
): Promise<{ answer: CheckAnswer }> {
  const { source, caseId, step, answer } = given;
  return deps.database.transaction(async (transaction: Transaction) => {
    const state = await deps.checks.lock(transaction, source, caseId, step);
    if (state === undefined) throw new Refusal('check-not-found');
    if (state === answer) return { answer };
    if (state === 'gone') throw new Refusal('step-not-open');
    if (!(await deps.checks.answer(transaction, caseId, step, answer))) throw new Refusal('check-answered');
    const actor = { kind: 'source', name: source } as const;
    const options = { version: undefined, auditName: `source:${source}`, mayTouch: () => true };
    await deps.cases.act(transaction, caseId, actor, { verb: 'answer-check', step, answer }, options);
    return { answer };
  });
}
