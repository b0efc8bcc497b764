import { type Clock, type Database, dayInShanghai, type Logger, Refusal } from '@lanyard/platform';
import { answerOfRegister } from '../domain/checks/open-checks.js';
import { REGISTER_SOURCE } from '../domain/checks/source-names.js';
import { answerAsSource } from '../storage/answer-check.js';
import type { CaseStore } from '../storage/case-store.js';
import type { SourceCheckStore } from '../storage/source-check-store.js';
import type { Register } from './register.js';

const AT_A_TIME = 50;

/** Answers checks that ask the register; where it is away they wait. Answers how many were answered. */
export function createRegisterChecks(deps: {
  database: Database;
  checks: SourceCheckStore;
  cases: Pick<CaseStore, 'act'>;
  register: Pick<Register, 'findStanding'>;
  clock: Clock;
  log: Logger;
}) {
  return async (): Promise<number> => {
    let answered = 0;
    for (const { caseId, step, studentNumber, asks } of await deps.checks.ofRegister(AT_A_TIME)) {
      try {
        const answer = answerOfRegister(
          asks,
          await deps.register.findStanding(studentNumber),
          dayInShanghai(deps.clock.nowMs()),
        );
        await answerAsSource(deps, { source: REGISTER_SOURCE, caseId, step, answer });
        answered += 1;
      } catch (error) {
        // Decided by somebody in between, or the register is away: the next round sees.
        if (!(error instanceof Refusal)) throw error;
        deps.log.warn('register-check.left', { case: caseId, step, code: error.code });
      }
    }
    return answered;
  };
}
