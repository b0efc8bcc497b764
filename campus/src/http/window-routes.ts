import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { reaches } from '../domain/people/person.js';
import { seesService } from '../domain/views/who-sees.js';
import { worksAt } from '../domain/windows/service-window.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import type { WindowStore } from '../storage/window-store.js';
import { actingPerson } from './acting-person.js';
import { designerOf } from './definition-routes.js';
import { zWindow, zWindowId } from './window-bodies.js';

/** Who sets up the windows of a college or campus, beside the operator. */
const OFFICER = 'department-officer';

/** Service windows as data. */
export function createWindowRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  windows: WindowStore;
  sealer: CaseSealer;
}) {
  const { windows, definitions } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'put',
      path: '/v1/windows/:id',
      callers: ['operator', 'service:admin'],
      params: zWindowId,
      body: zWindow,
      summary: 'Makes a window or changes it: its place, services, hours, and whose role works at it',
    },
    async ({ params, body, caller, context }) => {
      const viewer =
        caller.kind !== 'service' || caller.actor === 'operator'
          ? undefined
          : await actingPerson(caller, context, deps.delegations);
      const wanted = { role: OFFICER, scope: body.clerks.scope };
      const isOfficer = viewer?.roles.some((held) => reaches(held, wanted)) ?? false;
      const name = isOfficer && viewer !== undefined ? deps.sealer.auditName(viewer.person) : undefined;
      const actor = name ?? (await designerOf(caller, context, deps)).actor;
      for (const service of body.services) {
        const { definition } = await definitions.findInForce(service);
        if (viewer !== undefined && isOfficer && !seesService(definition, viewer))
          throw new Refusal('service-not-found');
      }
      await windows.put({ id: params.id, ...body }, actor);
      return { body: { id: params.id } };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/clerk-windows', callers: ['service:admin'] },
      summary: 'Windows that somebody works at',
    },
    async ({ caller, context }) => {
      const clerk = await actingPerson(caller, context, deps.delegations);
      const own = (await windows.all()).filter((window) => worksAt(window, clerk));
      return { body: { windows: own.map(({ id, title, place, hours }) => ({ id, title, place, hours })) } };
    },
  );
  return router;
}
