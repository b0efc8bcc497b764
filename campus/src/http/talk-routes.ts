import { type Authenticate, createRoutes, type Database, onceByKey, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { PersonActor } from '../domain/cases/action.js';
import { contactDetailIn } from '../domain/talks/contact-details.js';
import { pairForTalk, readsTalk, TALK_ENDINGS } from '../domain/talks/talk.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { LoadedCase } from '../storage/loaded-case.js';
import type { CaseSealer } from '../storage/sealer.js';
import { sideOf, type Talk, type TalkStore } from '../storage/talk-store.js';
import { actingPerson, people } from './acting-person.js';
import { zCaseId } from './case-bodies.js';
import { findSeen } from './find-case.js';

const staff = ['service:admin'] as const;
const students = ['service:campus-web'] as const;
const headers = { 'Cache-Control': 'no-store' };
/** 500 letters, escaped. */
const MAX_BYTES = 8 * 1024;
const zTalk = zCaseId.extend({ talk: zCaseId.shape.id });

/**
 * Finder and owner write to each other from their own cases (decision 0040). What one is answered holds nothing of the
 * other but a side, texts and times.
 */
export function createTalkRoutes(deps: {
  database: Database;
  authenticate: Authenticate;
  delegations: DelegationStore;
  cases: CaseStore;
  talks: TalkStore;
  sealer: CaseSealer;
}) {
  const { cases, talks, sealer } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      ...{ method: 'get', path: '/v1/cases/:id/talks', callers: people, params: zCaseId },
      summary: 'Talks of a case: for its applicant, and for the office of both cases',
    },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const loaded = await findSeen(cases, params.id, viewer);
      const isOwn = isApplicant(loaded, viewer);
      const found = await talks.ofCase(params.id);
      const shown = isOwn ? found : await readAsOffice(found, viewer);
      return {
        body: {
          talks: await Promise.all(shown.map((talk) => answerOf(talk, params.id, isOwn))),
          left_today: isOwn ? await talks.leftToday(viewer.person) : null,
        },
        headers,
      };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/cases/:id/talks', callers: staff, params: zCaseId },
      body: z.strictObject({ case: zCaseId.shape.id }),
      summary: 'Opens the talk between the applicants of two cases that fit, once, by the office of both',
    },
    async ({ params, body, caller, context }) => {
      const office = await actingPerson(caller, context, deps.delegations);
      if (params.id === body.case) throw new Refusal('talk-with-oneself');
      await findSeen(cases, params.id, office);
      await findSeen(cases, body.case, office);
      const id = await deps.database.transaction(async (transaction) => {
        const held = await cases.hold(transaction, [params.id, body.case]);
        const [one, other] = [params.id, body.case].map((wanted) => held.find((found) => found.id === wanted));
        if (one === undefined || other === undefined) throw new Refusal('case-not-found');
        const pair = pairForTalk(one, other, office);
        if (!pair.ok) throw new Refusal(pair.code);
        const sides = pair.side === 'owner' ? { owner: one, finder: other } : { owner: other, finder: one };
        return talks.open(transaction, sides, sealer.auditName(office.person));
      });
      return { status: 201, body: { id }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/cases/:id/talks/:talk/messages', callers: students, params: zTalk },
      body: z.strictObject({ text: z.string().trim().min(1).max(500) }),
      maxBodyBytes: MAX_BYTES,
      summary: 'One message to the other side',
    },
    async ({ params, body, caller, context }) => {
      const { viewer, loaded } = await own(params.id, await actingPerson(caller, context, deps.delegations));
      const { ready, state } = loaded;
      const found = contactDetailIn(body.text, state.applicant, ready.definition.contact.phone);
      if (found !== undefined) throw new Refusal('talk-holds-contact', { fields: { found } });
      const key = context.get('Idempotency-Key') || undefined;
      const answer = await onceByKey(
        deps.database,
        { caller: viewer.person, key, body: { ...params, ...body } },
        async (transaction) => {
          const message = { talk: params.talk, caseId: params.id, person: viewer.person, text: body.text };
          // Kept beside the key: nothing of the text.
          return { status: 201, body: await talks.write(transaction, message) };
        },
      );
      return { ...answer, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/cases/:id/talks/read', callers: students, params: zCaseId },
      body: z.strictObject({}),
      summary: 'What was told of the talks of a case has been seen',
    },
    async ({ params, caller, context }) => {
      const { viewer } = await own(params.id, await actingPerson(caller, context, deps.delegations));
      await talks.markRead(viewer.person, params.id);
      return { headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/cases/:id/talks/:talk/end', callers: staff, params: zTalk },
      body: z.strictObject({ reason: z.enum(TALK_ENDINGS) }),
      summary: 'Ends a talk, by an office that reads it',
    },
    async ({ params, body, caller, context }) => {
      const office = await actingPerson(caller, context, deps.delegations);
      await findSeen(cases, params.id, office);
      const talk = (await talks.ofCase(params.id)).find(({ id }) => id === params.talk);
      const [read] = talk === undefined ? [] : await readAsOffice([talk], office);
      if (read === undefined) throw new Refusal('talk-not-found');
      const actor = sealer.auditName(office.person);
      await deps.database.transaction((transaction) => talks.end(transaction, read, body.reason, actor));
      return { headers };
    },
  );
  return router;

  /** @throws Refusal `case-not-found`, also where it is another's */
  async function own(id: string, viewer: PersonActor) {
    const loaded = await findSeen(cases, id, viewer);
    if (!isApplicant(loaded, viewer)) throw new Refusal('case-not-found');
    return { viewer, loaded };
  }
  /** Those of which somebody sees both cases as their office. */
  async function readAsOffice(found: readonly Talk[], viewer: PersonActor): Promise<Talk[]> {
    const ids = new Set(found.flatMap(({ owner_case, finder_case }) => [owner_case, finder_case]));
    const loaded = ids.size === 0 ? [] : await cases.findAll([...ids]);
    return found.filter(({ owner_case: owner, finder_case: finder }) =>
      readsTalk(
        loaded.filter(({ id }) => id === owner || id === finder),
        viewer,
      ),
    );
  }
  /** The other's case is told to the office alone. */
  async function answerOf(talk: Talk, caseId: string, isOwn: boolean) {
    const side = sideOf(talk, caseId);
    return {
      ...{ id: talk.id, side, state: talk.is_over ? ('over' as const) : ('open' as const), opened_at: talk.opened_at },
      ended: talk.end_reason === null ? null : { at: talk.ended_at, reason: talk.end_reason },
      ...(isOwn ? {} : { other_case: side === 'owner' ? talk.finder_case : talk.owner_case }),
      messages: await talks.messagesOf(talk.id),
    };
  }
}

const isApplicant = ({ state }: LoadedCase, { person }: PersonActor): boolean => person === state.applicant.person;
