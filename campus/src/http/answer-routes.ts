import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { agreesToPublish, officeOf } from '../domain/answers/may-publish.js';
import { namesSomebody } from '../domain/answers/redaction.js';
import { subjectOf } from '../domain/cases/case-state.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { isSamePerson } from '../domain/people/person.js';
import { topicOf, topicWords } from '../domain/trends/topic.js';
import type { AnswerStore, PublishedAnswer } from '../storage/answer-store.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import { actingPerson, people } from './acting-person.js';
import { zCaseId } from './case-bodies.js';
import { findSeen } from './find-case.js';

const staff = ['service:admin'] as const;
const headers = { 'Cache-Control': 'no-store' };
const zTold = z.strictObject({
  question: z.string().trim().min(5).max(500),
  answer: z.string().trim().min(5).max(2_000),
});
const zPage = z.object({
  q: z.string().trim().max(60).default(''),
  after: zCaseId.shape.id.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** Answers to one that help everybody: written for it by who answered, where the student agreed, naming nobody. */
export function createAnswerRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  cases: Pick<CaseStore, 'find'>;
  answers: AnswerStore;
  sealer: CaseSealer;
}) {
  const { answers, definitions } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      ...{ method: 'post', path: '/v1/cases/:id/publication', callers: staff, params: zCaseId, body: zTold },
      maxBodyBytes: 16 * 1024,
      summary: 'Publishes what came of a case, in words that name nobody, once',
    },
    async ({ params, body, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      const { ready, state } = await findSeen(deps.cases, params.id, actor);
      const { definition } = ready;
      const office = officeOf(definition, actor);
      if (office === undefined || isSamePerson(subjectOf(state), actor.person)) throw new Refusal('not-your-turn');
      if (state.status !== 'closed' || state.outcome !== 'granted') throw new Refusal('publication-not-closed');
      if (!agreesToPublish(definition, state)) throw new Refusal('publication-not-agreed');
      if (namesSomebody(`${body.question}\n${body.answer}`, state.applicant, definition.contact.phone))
        throw new Refusal('publication-names-somebody');
      const told = { ...body, service: definition.id, topic: topicOf(definition, state) ?? null, office };
      const published = await answers.publish(params.id, told, deps.sealer.auditName(actor.person));
      return { status: 201, body: { id: published.id }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/published-answers/:id/withdraw', callers: staff, params: zCaseId },
      summary: 'Takes an answer back, by an office of its service',
    },
    async ({ params, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      const { service } = await answers.find(params.id);
      const { definition } = await definitions.findInForce(service);
      if (officeOf(definition, actor) === undefined) throw new Refusal('not-your-turn');
      await answers.withdraw(params.id, deps.sealer.auditName(actor.person));
      return {};
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/published-answers', callers: people, query: zPage },
      summary: 'What was asked and answered, the newest first',
    },
    async ({ query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const hiddenServices = await definitions.hiddenFrom(viewer);
      const page = { words: query.q, after: query.after, limit: query.limit, hiddenServices };
      const found = await answers.list(page);
      const services = new Map((await definitions.inForce()).map(({ definition }) => [definition.id, definition]));
      const last = found.length === query.limit ? found.at(-1)?.id : undefined;
      return { body: { answers: found.map((one) => lineOf(one, services.get(one.service))), next: last ?? null } };
    },
  );
  return router;
}

function lineOf({ service, topic, office, ...rest }: PublishedAnswer, definition: ServiceDefinition | undefined) {
  return {
    ...{ ...rest, office },
    service: {
      id: service,
      title: definition?.title ?? { zh: service, en: service },
      module: definition?.module ?? null,
    },
    topic: topic === null || definition === undefined ? null : topicWords(definition, topic),
  };
}
