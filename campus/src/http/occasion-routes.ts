import { type Authenticate, type Caller, createRoutes, type Database, Refusal, zInstant } from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import type { PersonActor } from '../domain/cases/action.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { zSlug } from '../domain/definitions/texts.js';
import { findStep } from '../domain/definitions/walk-steps.js';
import { wholeRoles } from '../domain/people/person.js';
import { isQuota, occasionKey, type QuotaStep } from '../domain/places/occasion.js';
import { rolesOf, seesService } from '../domain/views/who-sees.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { PlaceStore } from '../storage/place-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import { actingPerson, people } from './acting-person.js';

const zOccasion = z
  .strictObject({
    service: zSlug,
    step: zSlug,
    /** The form's values that name the occasion: `{"competition": "challenge-cup"}`. */
    values: z.record(z.string().max(40), z.union([z.string().max(100), z.number()])),
    capacity: z.int().min(0).max(1_000_000),
    opens_at: zInstant.nullable().default(null),
    closes_at: zInstant.nullable().default(null),
  })
  .refine(({ opens_at: from, closes_at: to }) => from === null || to === null || Date.parse(from) < Date.parse(to), {
    path: ['closes_at'],
    message: 'closes before it opens',
  });
const zPage = z.object({
  after: z.string().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** Numbers of places: set by the operator and by who owns the step, seen by all who see the service. */
export function createOccasionRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  places: PlaceStore;
  sealer: CaseSealer;
}) {
  const { router, route } = createRoutes(deps.authenticate);

  /** Undefined for the operator, who may set any. */
  const staffOf = (caller: Caller, context: Context): Promise<PersonActor> | undefined =>
    caller.kind === 'operator' ? undefined : actingPerson(caller, context, deps.delegations);

  route(
    {
      method: 'put',
      path: '/v1/occasions',
      callers: ['operator', 'service:admin'],
      body: zOccasion,
      summary: 'Sets a number of places; more places go to who waits',
    },
    async ({ body, caller, context }) => {
      const staff = await staffOf(caller, context);
      const { definition } = await deps.definitions.findInForce(body.service);
      if (staff !== undefined && !seesService(definition, staff)) throw new Refusal('service-not-found');
      const step = quotaOf(definition, body.step);
      if (staff !== undefined && !owns(step, staff)) throw new Refusal('not-your-turn');
      const key = occasionKey(step, body.values);
      if (key === undefined) throw new Refusal('occasion-unknown');
      const { service, capacity } = body;
      const period = { opensAt: dateOf(body.opens_at), closesAt: dateOf(body.closes_at) };
      const actor = staff === undefined ? 'operator' : deps.sealer.auditName(staff.person);
      await deps.database.transaction((transaction) =>
        deps.places.put(transaction, { key, service, capacity, ...period }, actor),
      );
      return { body: { key } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/services/:id/occasions',
      callers: people,
      params: z.object({ id: zSlug }),
      query: zPage,
      summary: 'Numbers of places of a service: how many there are, are taken and wait',
    },
    async ({ params, query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const { definition } = await deps.definitions.findInForce(params.id);
      if (!seesService(definition, viewer)) throw new Refusal('service-not-found');
      const occasions = await deps.places.list(params.id, query);
      const last = occasions.length === query.limit ? occasions.at(-1)?.key : undefined;
      return { body: { occasions, next: last ?? null } };
    },
  );
  return router;
}

function quotaOf({ steps }: ServiceDefinition, id: string): QuotaStep {
  const step = findStep(steps, id);
  if (step === undefined || !isQuota(step)) throw new Refusal('occasion-unknown');
  return step;
}

/** The role for the whole university: places are not counted by college. */
const owns = (step: QuotaStep, staff: PersonActor): boolean =>
  wholeRoles(rolesOf(staff)).some((role) => step.owners.some((owner) => owner.role === role));
