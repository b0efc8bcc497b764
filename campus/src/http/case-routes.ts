import { type Authenticate, type Clock, createRoutes, type Database, onceByKey, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import type { ReferenceLists } from '../adapters/reference-lists.js';
import type { Register } from '../adapters/register.js';
import type { RegisterActs } from '../adapters/register-acts.js';
import { mayPublish, officeOf } from '../domain/answers/may-publish.js';
import type { Action, PersonActor } from '../domain/cases/action.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { zSlug } from '../domain/definitions/texts.js';
import { type Applicant, NO_FACTS, type PersonId, parsePersonId } from '../domain/people/person.js';
import { hidesApplicant, seesService } from '../domain/views/who-sees.js';
import { type ActivityStore, minutesOf } from '../storage/activity-store.js';
import type { AnswerStore } from '../storage/answer-store.js';
import type { AttachmentStore } from '../storage/attachment-store.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { DraftStore } from '../storage/draft-store.js';
import type { EffectStore } from '../storage/effect-store.js';
import type { PlaceStore } from '../storage/place-store.js';
import type { RatingStore } from '../storage/rating-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import type { TalkStore } from '../storage/talk-store.js';
import { actingPerson, people } from './acting-person.js';
import { fileHeaders } from './attachment-routes.js';
import { caseAnswer, caseLine, filesIn, formAttachments, historyAnswer, seenAttachments } from './case-answer.js';
import { zAct, zCaseId, zRating, zStart } from './case-bodies.js';
import { broughtAbout, stepOfFile } from './effect-answer.js';
import { findApplicant } from './find-applicant.js';
import { findSeen, sees } from './find-case.js';
import { requireListed } from './require-listed.js';

const headers = { 'Cache-Control': 'no-store' };
const MAX_BYTES = 64 * 1024;
const WINDOW_CLERK = 'window-clerk';
const keyOf = (context: Context): string | undefined => context.get('Idempotency-Key') || undefined;

/** Cases: begun, acted on, read. Whoever may not see one is told that it is not there. */
export function createCaseRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  cases: CaseStore;
  places: PlaceStore;
  effects: EffectStore;
  acts: RegisterActs;
  activities: ActivityStore;
  answers: Pick<AnswerStore, 'isPublished'>;
  attachments: AttachmentStore;
  drafts: DraftStore;
  ratings: RatingStore;
  talks: Pick<TalkStore, 'countOf'>;
  register: Register;
  lists: ReferenceLists;
  sealer: CaseSealer;
  clock: Clock;
}) {
  const { cases, sealer, clock } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  const find = (id: string, viewer: PersonActor) => findSeen(cases, id, viewer);

  /** @throws Refusal `applicant-needed`, `applicant-not-here`, `applicant-unknown`, `dependency-unavailable` */
  async function aboutWhom(
    { about, form }: ServiceDefinition,
    actor: PersonActor,
    named: string | undefined,
  ): Promise<Applicant> {
    if (about === 'student') return findApplicant(applicantOf(actor, named), form, deps);
    if (named !== undefined) throw new Refusal('applicant-not-here');
    return { person: actor.person, facts: NO_FACTS };
  }

  route(
    {
      method: 'post',
      path: '/v1/cases',
      callers: people,
      body: zStart,
      maxBodyBytes: MAX_BYTES,
      summary: 'Hands in a form: by the student, by staff on his behalf, or by staff of an incident',
    },
    async ({ body, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      const ready = await deps.definitions.findInForce(body.service);
      if (!seesService(ready.definition, actor)) throw new Refusal('service-not-found');
      if (needsVisit(ready.definition, actor)) throw new Refusal('visit-needed');
      await requireListed(ready.definition, body.form, deps.lists);
      const applicant = await aboutWhom(ready.definition, actor, body.student_number);
      const answer = await onceByKey(
        deps.database,
        { caller: actor.person, key: keyOf(context), body },
        async (transaction) => {
          const action = { verb: 'submit', applicant, form: body.form } as const;
          const loaded = await cases.start(transaction, ready, actor, action, sealer.auditName(actor.person));
          await deps.drafts.drop(transaction, actor.person, body.service);
          return { status: 201, body: caseLine(loaded) };
        },
      );
      return { ...answer, headers };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/cases/:id/actions',
      callers: people,
      params: zCaseId,
      body: zAct,
      maxBodyBytes: MAX_BYTES,
      summary:
        'One action on a case: agree, refuse, return, transfer, co-signers, note, withdraw, urge, void, resubmit',
    },
    async ({ params, body, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      const { version, ...action } = body;
      if (action.verb === 'resubmit') {
        const { ready } = await find(params.id, actor);
        await requireListed(ready.definition, action.form, deps.lists);
      }
      const answer = await onceByKey(
        deps.database,
        { caller: actor.person, key: keyOf(context), body: { id: params.id, ...body } },
        async (transaction) => {
          const options = { version, auditName: sealer.auditName(actor.person), mayTouch: sees(actor) };
          const loaded = await cases.act(transaction, params.id, actor, action as Action, options);
          return { status: 200, body: caseLine(loaded) };
        },
      );
      return { ...answer, headers };
    },
  );
  route(
    { method: 'get', path: '/v1/cases/:id', callers: people, params: zCaseId, summary: 'A case with its timeline' },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const loaded = await find(params.id, viewer);
      const [places, rating, intervals, attachments, results] = await Promise.all([
        deps.places.ofCase(params.id),
        deps.ratings.of(params.id),
        deps.activities.intervalsOf(params.id),
        deps.attachments.list(params.id, formAttachments(loaded, viewer)),
        deps.effects.answersOf(params.id),
      ]);
      const isOwn = viewer.person === loaded.state.applicant.person;
      const attendance = intervals.length === 0 ? null : { intervals, minutes: minutesOf(intervals) };
      const isPublishable = mayPublish(loaded.ready.definition, loaded.state, viewer);
      const publication = isPublishable
        ? (await deps.answers.isPublished(params.id))
          ? 'published'
          : 'possible'
        : null;
      const { definition } = loaded.ready;
      const mayTalk = definition.match !== undefined && (isOwn || officeOf(definition, viewer) !== undefined);
      const talks = mayTalk ? await deps.talks.countOf(params.id) : 0;
      const more = { places, attachments, attendance, publication, talks, rating: isOwn ? rating : null };
      const body = { ...caseAnswer(loaded, viewer, clock.nowMs()), ...broughtAbout(loaded, results), ...more };
      return { body, headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/cases/:id/documents/:document',
      callers: people,
      params: zCaseId.extend({ document: zSlug }),
      summary: 'A document the case has issued, as PDF',
    },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const loaded = await find(params.id, viewer);
      const step = stepOfFile(loaded, params.document);
      // It says who the applicant is.
      if (step === undefined || hidesApplicant(loaded.ready.definition, loaded.state, viewer))
        throw new Refusal('document-not-found');
      return {
        body: await deps.acts.document(params.id, step),
        headers: {
          ...{ ...headers, 'Content-Type': 'application/pdf' },
          'Content-Disposition': `inline; filename="${params.document}.pdf"`,
        },
      };
    },
  );
  route(
    { method: 'get', path: '/v1/cases/:id/history', callers: people, params: zCaseId, summary: 'What happened to it' },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const loaded = await find(params.id, viewer);
      const events = await cases.events(params.id);
      const files = await deps.attachments.list(params.id, events.flatMap(filesIn));
      return { body: { history: historyAnswer(events, loaded, viewer, files) }, headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/cases',
      callers: ['service:campus-web'],
      query: z.object({
        after: zCaseId.shape.id.optional(),
        limit: z.coerce.number().int().min(1).max(100).default(20),
      }),
      summary: 'A student’s own cases, the newest first',
    },
    async ({ query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const hiddenServices = await deps.definitions.hiddenFrom(viewer);
      const found = await cases.ofApplicant(viewer.person, { ...query, after: query.after, hiddenServices });
      const last = found.length === query.limit ? found.at(-1)?.id : undefined;
      return { body: { cases: found.filter(sees(viewer)).map(caseLine), next: last ?? null }, headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/cases/:id/attachments/:attachment',
      callers: people,
      params: zCaseId.extend({ attachment: zCaseId.shape.id }),
      summary: 'A file of a case, for who may read the field that names it, or the log',
    },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const loaded = await find(params.id, viewer);
      if (!seenAttachments(loaded, viewer).includes(params.attachment)) throw new Refusal('attachment-not-found');
      const { body, name, media_type } = await deps.attachments.read(params.id, params.attachment);
      return { body, headers: { ...headers, ...fileHeaders(name, media_type) } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/cases/:id/rating',
      callers: ['service:campus-web'],
      params: zCaseId,
      body: zRating,
      summary: 'How it was, once, by the applicant',
    },
    async ({ params, body, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const loaded = await find(params.id, viewer);
      if (viewer.person !== loaded.state.applicant.person) throw new Refusal('case-not-found');
      await deps.ratings.give(params.id, body);
      return { headers };
    },
  );
  return router;
}

/**
 * Whether somebody could begin it for a student as a window clerk alone: then the student says yes first, in a visit. What
 * students cannot begin themselves, nobody can ask them to agree to.
 */
function needsVisit({ start }: ServiceDefinition, { person, roles }: PersonActor): boolean {
  if (person.startsWith('student:') || !start.students) return false;
  const fitting = roles.filter(({ role }) => start.staff_roles.includes(role));
  return fitting.length > 0 && fitting.every(({ role }) => role === WINDOW_CLERK);
}

/** A student is himself, whatever the body says; staff name the student. @throws Refusal `applicant-needed` */
function applicantOf(actor: PersonActor, named: string | undefined): PersonId {
  const isOwn = actor.person.startsWith('student:');
  const person = isOwn ? actor.person : named === undefined ? undefined : parsePersonId(`student:${named}`);
  if (person === undefined) throw new Refusal('applicant-needed');
  return person;
}
