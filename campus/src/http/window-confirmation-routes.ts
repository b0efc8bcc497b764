import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import type { Register } from '../adapters/register.js';
import { seesService } from '../domain/views/who-sees.js';
import type { ActivityStore } from '../storage/activity-store.js';
import type { CarryOutRequest } from '../storage/carry-out-request.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { WindowRequestStore } from '../storage/window-request-store.js';
import type { WindowStore } from '../storage/window-store.js';
import { actingPerson } from './acting-person.js';
import { caseLine } from './case-answer.js';
import { findApplicant } from './find-applicant.js';
import { zAnswer, zVisitId } from './window-bodies.js';

const student = ['service:campus-web'] as const;
const headers = { 'Cache-Control': 'no-store' };

/** What a clerk has written for a student, and the student's word on it, on the own phone. */
export function createWindowConfirmationRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  windows: WindowStore;
  requests: WindowRequestStore;
  register: Register;
  activities: ActivityStore;
  carryOut: CarryOutRequest;
}) {
  const { requests, definitions, windows } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      ...{ method: 'get', path: '/v1/window-confirmations', callers: student },
      summary: 'What a window has written for this student and waits for his word on',
    },
    async ({ caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const lines = [];
      for (const request of await requests.waitingFor(viewer.person)) {
        const { definition } = await definitions.findVersion(request.service, request.version);
        // A service that is not of this part is not told here.
        if (!seesService(definition, viewer)) continue;
        const { title, place } = await windows.find(request.window);
        lines.push({
          ...{ id: request.id, verb: request.verb, case: request.caseId, module: definition.module },
          ...{ title: definition.title, window: { title, place }, fields: request.fields },
          ...{ made_at: request.madeAt, expires_at: request.expiresAt },
        });
      }
      return { body: { confirmations: lines }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/window-confirmations/:id', callers: student, params: zVisitId, body: zAnswer },
      summary: '“That is right” hands it in; “that is not what I want” hands in nothing',
    },
    async ({ params, body, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const request = await requests.find(params.id, { student: viewer.person });
      const { definition } = await definitions.findVersion(request.service, request.version);
      if (!seesService(definition, viewer)) throw new Refusal('window-request-not-found');
      // Before the register is asked: it is looked at once more where the answer is taken.
      if (request.state !== 'waiting') throw new Refusal('window-request-over');
      if (body.answer === 'not-right') {
        await requests.refuse(params.id, viewer.person);
        return { body: { case: null }, headers };
      }
      const applicant =
        request.verb === 'submit' ? await findApplicant(viewer.person, definition.form, deps) : undefined;
      const done = await deps.carryOut(params.id, viewer.person, 'phone', applicant);
      return { body: { case: caseLine(done) }, headers };
    },
  );
  return router;
}
