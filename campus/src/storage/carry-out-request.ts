import type { Database } from '@lanyard/platform';
import type { Action, PersonActor } from '../domain/cases/action.js';
import type { Applicant, PersonId } from '../domain/people/person.js';
import type { ConsentWay } from '../domain/windows/consent.js';
import type { CaseStore } from './case-store.js';
import type { DefinitionStore } from './definition-store.js';
import type { LoadedCase } from './loaded-case.js';
import type { CaseSealer } from './sealer.js';
import type { WindowRequestStore } from './window-request-store.js';

/**
 * Does what a student has just agreed to: the word is taken and the case written in one transaction, so that there is
 * neither without the other. The clerk is who did it; the student is whom it was done for.
 */
export function createRequestCarrier(deps: {
  database: Database;
  cases: CaseStore;
  definitions: DefinitionStore;
  requests: WindowRequestStore;
  sealer: CaseSealer;
}) {
  const { cases, definitions, requests, sealer } = deps;
  /** @throws Refusal `window-request-over`, and the domain's codes, after which it still waits */
  return (
    id: string,
    student: PersonId,
    way: ConsentWay,
    /** Of a submission, as the register has him now: asked for before, because nothing is asked within a transaction. */
    applicant: Applicant | undefined,
  ): Promise<LoadedCase> =>
    deps.database.transaction(async (transaction) => {
      const { request, clerk, consent, act } = await requests.confirm(transaction, id, student, way);
      const actor: PersonActor = { kind: 'person', person: clerk, roles: [], standsInFor: [], atWindow: consent };
      const auditName = sealer.auditName(clerk);
      if (act.verb === 'submit') {
        if (applicant === undefined) throw new TypeError('a submission is about somebody');
        const ready = await definitions.findVersion(request.service, request.version);
        const action = { verb: 'submit', applicant, form: act.form } as const;
        const begun = await cases.start(transaction, ready, actor, action, auditName);
        await requests.became(transaction, id, begun.id);
        return begun;
      }
      const { caseId, ...action } = act;
      return cases.act(transaction, caseId, actor, action satisfies Action, {
        ...{ version: undefined, auditName },
        mayTouch: ({ state }) => state.applicant.person === student,
      });
    });
}
export type CarryOutRequest = ReturnType<typeof createRequestCarrier>;
