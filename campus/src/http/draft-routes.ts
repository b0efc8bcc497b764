import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { PersonActor } from '../domain/cases/action.js';
import type { ReadyDefinition } from '../domain/cases/live-case.js';
import { zSlug } from '../domain/definitions/texts.js';
import { seesService } from '../domain/views/who-sees.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { DraftStore } from '../storage/draft-store.js';
import { actingPerson } from './acting-person.js';
import { zForm } from './case-bodies.js';

const callers = ['service:campus-web'] as const;
const zService = z.object({ service: zSlug });
const MAX_BYTES = 64 * 1024;

/** Forms a student has begun: written on the phone, finished at the PC. */
export function createDraftRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  drafts: DraftStore;
}) {
  const { drafts, definitions } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  async function serviceFor(id: string, viewer: PersonActor): Promise<ReadyDefinition> {
    const ready = await definitions.findInForce(id);
    if (!seesService(ready.definition, viewer)) throw new Refusal('service-not-found');
    return ready;
  }
  route(
    { method: 'get', path: '/v1/drafts', callers, summary: 'Forms begun, the last changed first' },
    async ({ caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const services = new Map((await definitions.inForce()).map(({ definition }) => [definition.id, definition]));
      const lines = (await drafts.list(viewer.person)).flatMap((draft) => {
        const definition = services.get(draft.service);
        if (definition === undefined || !seesService(definition, viewer)) return [];
        return [{ ...draft, module: definition.module, title: definition.title }];
      });
      return { body: { drafts: lines } };
    },
  );
  route(
    { method: 'get', path: '/v1/drafts/:service', callers, params: zService, summary: 'A form begun' },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      await serviceFor(params.service, viewer);
      return { body: await drafts.find(viewer.person, params.service) };
    },
  );
  route(
    {
      method: 'put',
      path: '/v1/drafts/:service',
      callers,
      params: zService,
      body: z.strictObject({ form: zForm, version: z.int32().min(1).nullable() }),
      maxBodyBytes: MAX_BYTES,
      summary: 'Keeps a form as far as it is filled; names the version it was written on',
    },
    async ({ params, body, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const { definition } = await serviceFor(params.service, viewer);
      // What the register fills in and what the form does not know is not kept.
      const form = Object.fromEntries(
        Object.entries(body.form).filter(([name]) => {
          const field = Object.hasOwn(definition.form.properties, name) ? definition.form.properties[name] : undefined;
          return field !== undefined && field['x-prefill'] === undefined;
        }),
      );
      return { body: await drafts.put(viewer.person, params.service, { form, version: body.version }) };
    },
  );
  route(
    { method: 'delete', path: '/v1/drafts/:service', callers, params: zService, summary: 'Throws a begun form away' },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      await serviceFor(params.service, viewer);
      await drafts.drop(undefined, viewer.person, params.service);
      return {};
    },
  );
  return router;
}
