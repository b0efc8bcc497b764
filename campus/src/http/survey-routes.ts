import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { Register } from '../adapters/register.js';
import type { PersonActor } from '../domain/cases/action.js';
import { zSlug } from '../domain/definitions/texts.js';
import { wholeRoles } from '../domain/people/person.js';
import { resultsOf } from '../domain/surveys/results.js';
import { asks, checkAnswer, type Survey, zSurvey } from '../domain/surveys/survey.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import type { SurveyStore } from '../storage/survey-store.js';
import { actingPerson } from './acting-person.js';

const staff = ['service:admin'] as const;
const students = ['service:campus-web'] as const;
const headers = { 'Cache-Control': 'no-store' };
const zId = z.object({ id: zSlug });

/** Surveys: made by an office for students, answered once, told in counts of five and more. */
export function createSurveyRoutes(deps: {
  authenticate: Authenticate;
  delegations: DelegationStore;
  surveys: SurveyStore;
  register: Register;
  sealer: CaseSealer;
}) {
  const { surveys } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  const factsOf = ({ person }: PersonActor) => deps.register.findFacts(person.slice('student:'.length));

  route(
    {
      ...{ method: 'post', path: '/v1/surveys', callers: staff, body: zSurvey, maxBodyBytes: 128 * 1024 },
      summary: 'Makes a survey for a role of one’s own',
    },
    async ({ body, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      if (!ownRoles(actor).includes(body.owner)) throw new Refusal('not-allowed');
      await surveys.add(body, deps.sealer.auditName(actor.person));
      return { status: 201, body: lineOf(body) };
    },
  );
  route(
    { method: 'get', path: '/v1/surveys', callers: staff, summary: 'Surveys of one’s offices, with how many answered' },
    async ({ caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const offices = ownRoles(viewer);
      const owned = await surveys.owned(offices);
      const lines = owned.map(({ survey, answers }) => ({ ...lineOf(survey), answers }));
      return { body: { offices, surveys: lines }, headers };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/surveys/:id/results', callers: staff, params: zId },
      summary: 'What came of a survey; nothing of fewer than five people',
    },
    async ({ params, caller, context }) => {
      const survey = await owned(params.id, await actingPerson(caller, context, deps.delegations));
      const results = resultsOf(survey.form, await surveys.answers(survey.id));
      return { body: { ...lineOf(survey), form: survey.form, ...results }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/surveys/:id/close', callers: staff, params: zId },
      summary: 'Takes no more answers from now on',
    },
    async ({ params, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      const survey = await owned(params.id, actor);
      await surveys.close(survey.id, deps.sealer.auditName(actor.person));
      return {};
    },
  );

  route(
    { method: 'get', path: '/v1/open-surveys', callers: students, summary: 'Surveys that ask this student now' },
    async ({ caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const open = (await surveys.open(viewer.person)).filter(({ survey }) => isWithin(survey, viewer));
      // The register is asked only where it matters.
      const facts = open.some(({ survey }) => Object.keys(survey.audience).length > 0)
        ? await factsOf(viewer)
        : undefined;
      const asked = open.filter(({ survey }) => facts === undefined || asks(survey.audience, facts));
      return { body: { surveys: asked.map(({ survey, answered }) => ({ ...lineOf(survey), answered })) }, headers };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/open-surveys/:id', callers: students, params: zId },
      summary: 'The questions of a survey that asks this student',
    },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const { survey } = await asking(params.id, viewer);
      return { body: { ...lineOf(survey), form: survey.form }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/open-surveys/:id/answer', callers: students, params: zId },
      ...{ body: z.strictObject({ form: z.record(z.string(), z.unknown()) }), maxBodyBytes: 64 * 1024 },
      summary: 'Answers once; of an anonymous survey nobody can say afterwards who answered what',
    },
    async ({ params, body, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const { survey, college } = await asking(params.id, viewer);
      const errors = checkAnswer(survey, body.form);
      if (errors.length > 0) throw new Refusal('form-invalid', { fields: { errors } });
      await surveys.answer(survey, viewer.person, college, body.form);
      return { headers };
    },
  );
  return router;

  async function owned(id: string, viewer: PersonActor): Promise<Survey> {
    const survey = await surveys.find(id);
    if (!ownRoles(viewer).includes(survey.owner)) throw new Refusal('survey-not-found');
    return survey;
  }
  /** A survey that asks this student; whom it does not ask does not learn of it. */
  async function asking(id: string, viewer: PersonActor): Promise<{ survey: Survey; college: string }> {
    const survey = await surveys.find(id);
    if (!isWithin(survey, viewer)) throw new Refusal('survey-not-found');
    const facts = await factsOf(viewer);
    if (!asks(survey.audience, facts)) throw new Refusal('survey-not-found');
    return { survey, college: facts.college };
  }
}

/** Roles somebody holds for the whole university. */
const ownRoles = ({ roles }: PersonActor): string[] => wholeRoles(roles);

/** At the home page one sees all, at a module its own. */
const isWithin = ({ module }: Survey, { within }: PersonActor): boolean =>
  within === undefined || within === 'home' || within === module;

function lineOf({ id, module, title, summary, anonymous, owner, opens_at, closes_at }: Survey) {
  return { id, module, title, summary, anonymous, owner, opens_at, closes_at };
}
