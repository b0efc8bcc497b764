import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { ReferenceLists } from '../adapters/reference-lists.js';
import type { Register } from '../adapters/register.js';
import type { PersonActor } from '../domain/cases/action.js';
import { prefilled } from '../domain/definitions/check-form.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { zSlug } from '../domain/definitions/texts.js';
import { withChoices } from '../domain/definitions/with-choices.js';
import { mayReport, seesService } from '../domain/views/who-sees.js';
import type { ActivityStore } from '../storage/activity-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { ModulePlaceStore } from '../storage/module-place-store.js';
import { actingPerson, people } from './acting-person.js';
import { dangerAnswer } from './danger-answer.js';
import { findApplicant } from './find-applicant.js';

/** The catalogue as one person sees it; what he may not see is not there. */
export function createCatalogueRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  modules: ModulePlaceStore;
  register: Register;
  activities: ActivityStore;
  lists: ReferenceLists;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/services', callers: people, summary: 'Services in force, by module and facet' },
    async ({ caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const all = await deps.definitions.inForce();
      const elsewhere = await deps.modules.all();
      const seen = all.filter(
        ({ definition }) => seesService(definition, viewer) && elsewhere[definition.module] === null,
      );
      return { body: { services: seen.map(({ definition }) => entryOf(definition, viewer)) } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/services/:id',
      callers: people,
      params: z.object({ id: zSlug }),
      summary: 'One service with its form, steps and office',
    },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const { definition } = await deps.definitions.findInForce(params.id);
      if (!seesService(definition, viewer)) throw new Refusal('service-not-found');
      const { steps, documents, contact, start, may_withdraw, returned_due_working_hours } = definition;
      const form = await withChoices(definition.form, deps.lists);
      const more = { form, steps, documents, contact, start, may_withdraw, returned_due_working_hours };
      const danger = dangerAnswer(definition);
      return { body: { ...entryOf(definition, viewer), ...more, danger, known: await knownOf(definition, viewer) } };
    },
  );

  /** What is filled in for this student; null where it cannot be asked now: it is filled in all the same. */
  async function knownOf({ form }: ServiceDefinition, { person }: PersonActor): Promise<object | null> {
    if (!person.startsWith('student:')) return null;
    try {
      return prefilled(form, await findApplicant(person, form, deps));
    } catch (error) {
      if (error instanceof Refusal && error.code === 'dependency-unavailable') return null;
      throw error;
    }
  }
  return router;
}

function entryOf(definition: ServiceDefinition, viewer: PersonActor) {
  const { id, version, about, module, facet, title, summary, published_time_limit_working_hours } = definition;
  const more = { module, facet, title, summary, published_time_limit_working_hours };
  return { id, version, about, may_report: mayReport(definition, viewer), ...more };
}
