import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { DUTY_STEP } from '../domain/definitions/danger.js';
import { rolesOf } from '../domain/views/who-sees.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { DutyStore } from '../storage/duty-store.js';
import type { InboxKey, InboxStore } from '../storage/inbox-store.js';
import { actingPerson, people } from './acting-person.js';
import { glanceAt } from './case-answer.js';

const MOST_DANGER = 200;

const zPage = z.object({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Everything that waits for one person, over all services. */
export function createInboxRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  inbox: InboxStore;
  duty: Pick<DutyStore, 'seen'>;
  cases: CaseStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/inbox',
      callers: people,
      query: zPage,
      summary: 'What waits for this person: danger to life first, then what is due first',
    },
    async ({ query, caller, context }) => {
      const actor = await actingPerson(caller, context, deps.delegations);
      const hiddenServices = await deps.definitions.hiddenFrom(actor);
      const faces = [{ person: actor.person, roles: actor.roles }, ...actor.standsInFor];
      const after = query.after === undefined ? undefined : readKey(query.after);
      const page = { actor: actor.person, after, limit: query.limit, hiddenServices };
      const others = await deps.inbox.page(faces, { ...page, danger: false });
      // Of danger all at the head of the first page.
      const danger =
        after === undefined ? await deps.inbox.page(faces, { ...page, limit: MOST_DANGER, danger: true }) : [];
      await deps.duty.seen(actor.person, rolesOf(actor));
      const tasks = [...danger, ...others];
      const last = others.length === query.limit ? others.at(-1) : undefined;
      const next =
        last === undefined
          ? null
          : writeKey({ dueAtMs: last.due_at.getTime(), caseId: last.case_id, step: last.step ?? '', slot: last.slot });
      const cases = new Map((await deps.cases.findAll(tasks.map(({ case_id: id }) => id))).map((one) => [one.id, one]));
      const told = tasks.map((task) => {
        const loaded = cases.get(task.case_id);
        return {
          ...task,
          is_danger: task.step === DUTY_STEP,
          ...(loaded === undefined ? {} : glanceAt(loaded, actor)),
        };
      });
      return { body: { tasks: told, next }, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  return router;
}

const writeKey = ({ dueAtMs, caseId, step, slot }: InboxKey): string => [dueAtMs, caseId, step, slot].join('.');

function readKey(text: string): InboxKey {
  const [, dueAtMs, caseId, step, slot] =
    /^(\d{1,15})\.([A-Za-z0-9_-]{22})\.([a-z0-9-]{0,40})\.(-?\d{1,4})$/.exec(text) ?? [];
  if (dueAtMs === undefined || caseId === undefined || step === undefined) throw new Refusal('page-key-invalid');
  return { dueAtMs: Number(dueAtMs), caseId, step, slot: Number(slot) };
}
