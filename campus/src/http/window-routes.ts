import { type Authenticate, type Caller, createRoutes, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { PersonActor } from '../domain/cases/action.js';
import { reaches, type Scope, WHOLE_UNIVERSITY, wholeRoles } from '../domain/people/person.js';
import { seesService } from '../domain/views/who-sees.js';
import { worksAt } from '../domain/windows/service-window.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import type { WindowStore } from '../storage/window-store.js';
import { actingOperator } from './acting-operator.js';
import { actingPerson } from './acting-person.js';
import { zWindow, zWindowId } from './window-bodies.js';

/** Who sets up the windows of a college or campus, beside the operator. */
const OFFICER = 'department-officer';
const headers = { 'Cache-Control': 'no-store' };

const isOfficerOf = ({ roles }: PersonActor, scope: Scope): boolean =>
  roles.some((held) => reaches(held, { role: OFFICER, scope }));

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
  /** Nobody where it is the operator, by token or link. */
  const personOf = (caller: Caller, context: Context): Promise<PersonActor> | undefined =>
    caller.kind !== 'service' || caller.actor === 'operator'
      ? undefined
      : actingPerson(caller, context, deps.delegations);
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
      const viewer = await personOf(caller, context);
      const isOfficer = viewer !== undefined && isOfficerOf(viewer, body.clerks.scope);
      const name = isOfficer && viewer !== undefined ? deps.sealer.auditName(viewer.person) : undefined;
      const actor = name ?? (await actingOperator(caller, context, deps)).actor;
      for (const service of body.services) {
        const { definition } = await definitions.findInForce(service);
        if (viewer !== undefined && isOfficer && !seesService(definition, viewer))
          throw new Refusal('service-not-found');
      }
      const { card_confirms: cardConfirms, ...window } = body;
      await windows.put({ id: params.id, ...window, cardConfirms }, actor);
      return { body: { id: params.id } };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/window-settings', callers: ['operator', 'service:admin'] },
      summary: 'Windows that somebody sets up, as they are set, with the services and roles there are to choose from',
    },
    async ({ caller, context }) => {
      const viewer = await personOf(caller, context);
      const isOperator = viewer === undefined || wholeRoles(viewer.roles).includes('operator');
      const parts = viewer?.roles.filter(({ role }) => role === OFFICER).map(({ scope }) => scope) ?? [];
      if (!isOperator && parts.length === 0) return { body: { scopes: [], windows: [], services: [] }, headers };
      const all = await windows.all();
      const own = all.filter(({ clerks }) => isOperator || (viewer !== undefined && isOfficerOf(viewer, clerks.scope)));
      const inForce = (await definitions.inForce()).filter(
        ({ definition }) => isOperator || viewer === undefined || seesService(definition, viewer),
      );
      // A clerk begins there what the student could begin himself, and nothing else.
      const services = inForce.flatMap(({ definition: { id, title, start } }) =>
        start.students ? [{ id, title }] : [],
      );
      const set = own.map(({ cardConfirms, ...window }) => ({ ...window, card_confirms: cardConfirms }));
      return { body: { scopes: isOperator ? [WHOLE_UNIVERSITY] : parts, windows: set, services }, headers };
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
      const lines = own.map(({ id, title, place, hours, reader, cardConfirms }) => ({
        ...{ id, title, place, hours, has_reader: reader !== null, card_confirms: cardConfirms },
      }));
      return { body: { windows: lines } };
    },
  );
  return router;
}
