import { type Authenticate, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { PersonActor } from '../domain/cases/action.js';
import { wholeRoles } from '../domain/people/person.js';
import { rises } from '../domain/trends/count-topics.js';
import { topicWords } from '../domain/trends/topic.js';
import { weekBefore, weekOf } from '../domain/trends/week.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import type { TrendStore, WeekCount } from '../storage/trend-store.js';
import { actingPerson } from './acting-person.js';

const staff = ['service:admin'] as const;
const headers = { 'Cache-Control': 'no-store' };
/** Of the offices that answer what students say, and of who watches over them; for the whole university alone. */
const READERS = ['student-affairs-officer', 'community-lead', 'data-protection-officer'];
const OFFICER = ['data-protection-officer'];
const zWeeks = z.object({ weeks: z.coerce.number().int().min(1).max(52).default(12) });
const zPage = z.object({
  after: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** What students write about, by topic, week and campus, and nothing about any one of them. */
export function createTrendRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  trends: TrendStore;
  sealer: CaseSealer;
  clock: Clock;
}) {
  const { trends, clock } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      ...{ method: 'get', path: '/v1/trends', callers: staff, query: zWeeks },
      summary: 'Topics by week and campus, of weeks that are over; groups under five people are not counted',
    },
    async ({ query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      if (!holds(viewer, READERS)) throw new Refusal('not-allowed');
      const until = weekBefore(weekOf(clock.nowMs()));
      const weeks = Array.from({ length: query.weeks }, (_, n) => weekBefore(until, query.weeks - 1 - n));
      await trends.noteQuery(deps.sealer.auditName(viewer.person), weeks[0] ?? until, until);
      const lines = await linesOf(weeks, weekBefore(weeks[0] ?? until, 4), until);
      return { body: { weeks, lines }, headers };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/trend-queries', callers: staff, query: zPage },
      summary: 'Every question that was asked of the counts, for the data-protection officer',
    },
    async ({ query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      if (!holds(viewer, OFFICER)) throw new Refusal('not-allowed');
      const queries = await trends.queries({ after: query.after, limit: query.limit });
      return { body: { queries }, headers };
    },
  );

  /** One line for each topic at each campus; a week without a count is null, whether nobody wrote or too few. */
  async function linesOf(weeks: readonly string[], from: string, until: string) {
    const counts = await trends.list(from, until);
    const services = new Map((await deps.definitions.inForce()).map(({ definition }) => [definition.id, definition]));
    return byTopic(counts).flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { service, topic, campus } = first;
      const byWeek = new Map(group.map(({ week, cases }) => [week, cases]));
      const definition = services.get(service);
      const four = Array.from({ length: 4 }, (_, n) => byWeek.get(weekBefore(until, 4 - n)) ?? 0);
      const cases = weeks.map((week) => byWeek.get(week) ?? null);
      if (cases.every((one) => one === null)) return [];
      return [
        {
          service: { id: service, title: definition?.title ?? { zh: service, en: service } },
          topic: { id: topic, title: topicWords(definition, topic) },
          ...{ campus, cases, rises: rises([...four, byWeek.get(until) ?? 0]) },
        },
      ];
    });
  }
  return router;
}

/** For the whole university, and by oneself: counts are not lent to a deputy. */
const holds = ({ roles }: PersonActor, names: readonly string[]): boolean =>
  wholeRoles(roles).some((role) => names.includes(role));

/** Of each topic at each campus its weeks; the list comes in that order. */
function byTopic(counts: readonly WeekCount[]): WeekCount[][] {
  const groups: WeekCount[][] = [];
  for (const count of counts) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    const isSame = first?.service === count.service && first.topic === count.topic && first.campus === count.campus;
    if (last !== undefined && isSame) last.push(count);
    else groups.push([count]);
  }
  return groups;
}
