import {
  type Authenticate,
  actorOf,
  type Caller,
  createRoutes,
  type Database,
  Refusal,
  zInstant,
} from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import type { AttendanceScanner } from '../adapters/code-scanners.js';
import type { PersonActor } from '../domain/cases/action.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { zSlug } from '../domain/definitions/texts.js';
import { allSteps } from '../domain/definitions/walk-steps.js';
import { isSamePerson, type PersonId, parsePersonId } from '../domain/people/person.js';
import { isQuota, occasionKey } from '../domain/places/occasion.js';
import { rolesOf, seesService } from '../domain/views/who-sees.js';
import type { ActivityStore } from '../storage/activity-store.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { PlaceStore } from '../storage/place-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import { actingPerson, people } from './acting-person.js';

const zActivityId = z.object({ id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/) });
const zTime = zInstant.transform((text) => new Date(text));
const zTitle = z.strictObject({ zh: z.string().trim().min(1).max(100), en: z.string().trim().min(1).max(200) });
const zActivity = z
  .strictObject({
    ...{ service: zSlug, title: zTitle, place: zTitle, starts_at: zTime, ends_at: zTime },
    capacity: z.int().min(0).max(1_000_000),
    ...{ opens_at: zTime.nullable().default(null), closes_at: zTime.nullable().default(null) },
  })
  .refine(({ starts_at, ends_at }) => starts_at < ends_at, { path: ['ends_at'], message: 'ends before it starts' })
  .refine(({ opens_at, closes_at }) => opens_at === null || closes_at === null || opens_at < closes_at, {
    ...{ path: ['closes_at'], message: 'closes before it opens' },
  });
const zInterval = z
  .strictObject({
    student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
    ...{ in_at: zTime, out_at: zTime, reason: z.string().trim().min(2).max(500) },
  })
  .refine(({ in_at, out_at }) => in_at < out_at, { path: ['out_at'], message: 'left before he came' });
const zPage = z.object({
  after: zActivityId.shape.id.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Activities with places: signed up for by a case, come to by the student's own code, counted in hours. */
export function createActivityRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  activities: ActivityStore;
  places: PlaceStore;
  cases: CaseStore;
  scanner: AttendanceScanner;
  sealer: CaseSealer;
}) {
  const { activities, definitions, database, sealer } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  const staff = ['service:admin'] as const;

  /** Who owns the check-in of a service, for whatever part of the university. @throws Refusal `service-not-found`, `not-your-turn` */
  async function hostOf(caller: Caller, context: Context, service: string) {
    const host = await actingPerson(caller, context, deps.delegations);
    const { definition } = await definitions.findInForce(service);
    if (!seesService(definition, host)) throw new Refusal('service-not-found');
    if (!leads(definition, host)) throw new Refusal('not-your-turn');
    return { definition, host, name: sealer.auditName(host.person) };
  }

  route(
    {
      method: 'get',
      path: '/v1/activity-services',
      callers: staff,
      summary: 'Services with activities that somebody leads',
    },
    async ({ caller, context }) => {
      const host = await actingPerson(caller, context, deps.delegations);
      const led = (await definitions.inForce()).filter(
        ({ definition }) => seesService(definition, host) && leads(definition, host) && hasActivities(definition),
      );
      return { body: { services: led.map(({ definition: { id, title } }) => ({ id, title })) } };
    },
  );
  route(
    {
      ...{
        method: 'put',
        path: '/v1/activities/:id',
        callers: ['operator', ...staff],
        params: zActivityId,
        body: zActivity,
      },
      summary: 'Makes an activity or changes it, with its number of places',
    },
    async ({ params, body, caller, context }) => {
      const { definition, name } =
        caller.kind === 'operator'
          ? { ...(await definitions.findInForce(body.service)), name: actorOf(caller) }
          : await hostOf(caller, context, body.service);
      const step = allSteps(definition.steps).find(isQuota);
      const key = step === undefined ? undefined : occasionKey(step, { activity: params.id });
      if (key === undefined) throw new Refusal('occasion-unknown');
      const { service, capacity, opens_at: opensAt, closes_at: closesAt, title, place, starts_at, ends_at } = body;
      await database.transaction(async (transaction) => {
        await deps.places.put(transaction, { key, service, capacity, opensAt, closesAt }, name);
        const words = { title_zh: title.zh, title_en: title.en, place_zh: place.zh, place_en: place.en };
        await activities.put(
          transaction,
          { id: params.id, service, ...words, starts_at, ends_at, occasion: key },
          name,
        );
      });
      return { body: { id: params.id } };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/services/:service/activities', callers: people },
      params: z.object({ service: zSlug }),
      query: zPage,
      summary: 'Activities of a service that are not over, the next first, with their places',
    },
    async ({ params, query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const { definition } = await definitions.findInForce(params.service);
      if (!seesService(definition, viewer)) throw new Refusal('service-not-found');
      const found = await activities.list(params.service, { after: query.after, limit: query.limit });
      const last = found.length === query.limit ? found.at(-1)?.id : undefined;
      const lines = found.map(({ title_zh, title_en, place_zh, place_en, ...rest }) => ({
        ...rest,
        ...{ title: { zh: title_zh, en: title_en }, place: { zh: place_zh, en: place_en } },
      }));
      return { body: { activities: lines, next: last ?? null } };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/activities/:id/scans', callers: staff, params: zActivityId },
      body: z.strictObject({ code: z.string().min(1).max(1_024), way: z.enum(['in', 'out']) }),
      summary: 'Somebody comes or goes, by the code on his own phone; a screenshot counts for nothing',
    },
    async ({ params, body, caller, context }) => {
      const activity = await activities.find(params.id);
      const { host, name } = await hostOf(caller, context, activity.service);
      const { student_number: number, ...verdict } = await deps.scanner.scan(body.code, 'service:campus');
      if (verdict.verdict !== 'accepted' || number === null) return { body: { ...verdict, person: null } };
      const applicant = numbered(number);
      if (isSamePerson(applicant, host.person)) throw new Refusal('own-case');
      const caseId = await activities.caseOf(activity.id, applicant);
      const attendee = { caseId, activity: activity.id, applicant };
      await database.transaction((transaction) =>
        body.way === 'in'
          ? activities.checkIn(transaction, attendee, name)
          : activities.checkOut(transaction, attendee, name),
      );
      const { state } = await deps.cases.find(caseId);
      return { body: { ...verdict, person: { name: state.applicant.facts.name, case: caseId, way: body.way } } };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/activities/:id/intervals', callers: staff, params: zActivityId, body: zInterval },
      summary: 'After an appeal: when somebody was there, entered by hand with why',
    },
    async ({ params, body, caller, context }) => {
      const activity = await activities.find(params.id);
      const { host, name } = await hostOf(caller, context, activity.service);
      const applicant = numbered(body.student_number);
      if (isSamePerson(applicant, host.person)) throw new Refusal('own-case');
      const caseId = await activities.caseOf(activity.id, applicant);
      const interval = { inAt: body.in_at, outAt: body.out_at, reason: body.reason };
      if (interval.inAt < activity.starts_at || interval.outAt > activity.ends_at)
        throw new Refusal('attendance-outside');
      await database.transaction((transaction) =>
        activities.enter(transaction, { caseId, activity: activity.id, applicant }, interval, name),
      );
      return { status: 201, body: { case: caseId } };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/activities/:id/attendees', callers: staff, params: zActivityId },
      summary: 'Who signed up, who waits, who is here, for how long',
    },
    async ({ params, caller, context }) => {
      const activity = await activities.find(params.id);
      await hostOf(caller, context, activity.service);
      const rows = await activities.attendees(activity.id);
      const cases = new Map((await deps.cases.findAll(rows.map((row) => row.case_id))).map((one) => [one.id, one]));
      const attendees = rows.map((row) => {
        const facts = cases.get(row.case_id)?.state.applicant.facts;
        return {
          ...row,
          name: facts?.name ?? '',
          student_number: facts?.student_number ?? '',
          class: facts?.class ?? '',
        };
      });
      return { body: { attendees }, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  route(
    { method: 'get', path: '/v1/hours', callers: ['service:campus-web'], summary: 'A student’s own hours by service' },
    async ({ caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const hidden = await definitions.hiddenFrom(viewer);
      const sums = (await activities.sums(viewer.person)).filter(({ service }) => !hidden.includes(service));
      return { body: { hours: sums } };
    },
  );
  return router;
}

function numbered(number: string): PersonId {
  const person = parsePersonId(`student:${number}`);
  if (person === undefined) throw new Refusal('not-signed-up');
  return person;
}

const leads = ({ steps }: ServiceDefinition, host: PersonActor): boolean =>
  allSteps(steps).some(
    (step) =>
      step.kind === 'check-in' && step.owners.some(({ role }) => rolesOf(host).some((held) => held.role === role)),
  );

/** Whether what one signs up for is an activity. */
const hasActivities = ({ steps }: ServiceDefinition): boolean =>
  allSteps(steps).some((step) => isQuota(step) && step.key === 'activity');
