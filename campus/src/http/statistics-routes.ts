import { type Authenticate, type Clock, createRoutes, dayInShanghai, Refusal, startOfDay } from '@lanyard/platform';
import { z } from 'zod';
import type { PersonActor } from '../domain/cases/action.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { zSlug } from '../domain/definitions/texts.js';
import { allSteps, findStep } from '../domain/definitions/walk-steps.js';
import { byCollege, byStanding, countOf, timesOf } from '../domain/statistics/summary.js';
import { SMALLEST_GROUP } from '../domain/statistics/suppress.js';
import { countedIn } from '../domain/views/reach.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CountedService, Period, RatingRow, StatisticsStore } from '../storage/statistics-store.js';
import { actingPerson } from './acting-person.js';

const staff = ['service:admin'] as const;
const headers = { 'Cache-Control': 'no-store' };
const MINUTES = 60;
const MONTHS = 12;

/** Whole months in Asia/Shanghai, the last one inclusive: two answers a day apart would tell of one person. */
const zMonth = z.string().regex(/^20\d{2}-(?:0[1-9]|1[0-2])$/);
export const zPeriod = z.object({ from: zMonth.optional(), to: zMonth.optional() });
const monthAfter = (month: string, by: number): string => {
  const months = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`;
};
export function periodOf(asked: z.output<typeof zPeriod>, nowMs: number): Period & { from: string; to: string } {
  const to = asked.to ?? dayInShanghai(nowMs).slice(0, 7);
  const from = asked.from ?? monthAfter(to, 1 - MONTHS);
  return { from, to, fromMs: startOfDay(`${from}-01`), untilMs: startOfDay(`${monthAfter(to, 1)}-01`) };
}

export interface StatisticsDeps {
  definitions: DefinitionStore;
  statistics: StatisticsStore;
}
/** The services of which somebody may count anything, with how much. */
async function countable({ definitions }: StatisticsDeps, viewer: PersonActor) {
  return (await definitions.inForce()).flatMap(
    ({ definition }): { definition: ServiceDefinition; mine: CountedService }[] => {
      const counted = countedIn(definition, viewer);
      return counted.length === 0 ? [] : [{ definition, mine: { service: definition.id, counted } }];
    },
  );
}

/** One line for each service somebody may count. */
export async function statisticsLines(
  deps: StatisticsDeps,
  viewer: PersonActor,
  period: Period,
  { withRestricted = true } = {},
) {
  const services = (await countable(deps, viewer)).filter(
    ({ definition }) => withRestricted || definition.visible_to === 'everyone',
  );
  const mine = services.map((one) => one.mine);
  const [counts, times, ratings] = await Promise.all([
    deps.statistics.counts(mine, period),
    deps.statistics.times(mine, period),
    deps.statistics.ratings(mine, period),
  ]);
  return services.map(({ definition, mine: { service, counted } }) => {
    const rows = counts.filter((row) => row.service === service);
    const all = rows.find(({ by }) => by === 'all') ?? { cases: 0, people: 0 };
    const publishedMinutes = definition.published_time_limit_working_hours * MINUTES;
    return {
      service: { id: service, title: definition.title, module: definition.module },
      counted,
      cases: countOf(all.people, all.cases),
      by_standing: byStanding(named(rows, 'standing'), all.people),
      rating: ratingOf(ratings.find((row) => row.service === service)),
      published_minutes: publishedMinutes,
      ...timesOf(
        times.find((row) => row.service === service),
        publishedMinutes,
      ),
    };
  });
}

const ratingOf = (row: RatingRow | undefined) =>
  row === undefined || row.people < SMALLEST_GROUP ? null : { mean: row.mean, ratings: row.ratings };

const named = (rows: Awaited<ReturnType<StatisticsStore['counts']>>, by: 'standing' | 'college') =>
  rows.filter((row) => row.by === by).map(({ name, cases, people }) => ({ name: name ?? '', cases, people }));

/** Steps and colleges of one service. @throws Refusal `service-not-found` also where nothing of it is to be counted */
export async function serviceFigures(deps: StatisticsDeps, viewer: PersonActor, id: string, period: Period) {
  const found = (await countable(deps, viewer)).find(({ definition }) => definition.id === id);
  if (found === undefined) throw new Refusal('service-not-found');
  const { definition, mine } = found;
  const [steps, colleges] = await Promise.all([
    deps.statistics.steps(mine, period),
    deps.statistics.colleges(mine, period),
  ]);
  const order = allSteps(definition.steps).map((step) => step.id);
  return {
    service: id,
    steps: steps
      .map((row) => ({
        step: row.step,
        title: findStep(definition.steps, row.step)?.title ?? { zh: row.step, en: row.step },
        owner_role: row.owner_role,
        runs: countOf(row.people, row.runs),
        median_minutes: countOf(row.people, row.median),
        p90_minutes: countOf(row.people, row.p90),
        late: countOf(row.people, row.late),
        returned: countOf(row.people, row.returned),
      }))
      .sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step)),
    // In which college somebody complained without a name is for nobody to count.
    colleges: definition.anonymity === null ? byCollege(named(colleges, 'college')) : null,
  };
}

/** Counts and times by service, office and college; never of one person. */
export function createStatisticsRoutes(
  deps: StatisticsDeps & { authenticate: Authenticate; delegations: DelegationStore; clock: Clock },
) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/statistics',
      callers: staff,
      query: zPeriod,
      summary: 'Counts and times of the services whose work this person has a part in',
    },
    async ({ query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const period = periodOf(query, deps.clock.nowMs());
      const services = await statisticsLines(deps, viewer, period);
      return { body: { from: period.from, to: period.to, services }, headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/statistics/:id',
      callers: staff,
      params: z.object({ id: zSlug }),
      query: zPeriod,
      summary: 'Steps with their times, and colleges, of one service',
    },
    async ({ params, query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const period = periodOf(query, deps.clock.nowMs());
      const figures = await serviceFigures(deps, viewer, params.id, period);
      return { body: { from: period.from, to: period.to, ...figures }, headers };
    },
  );
  return router;
}
