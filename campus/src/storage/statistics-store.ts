import type { Database } from '@lanyard/platform';
import type { Counted } from '../domain/views/reach.js';

export interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
}
export interface CountRow {
  readonly service: string;
  readonly by: 'all' | 'standing' | 'college';
  /** `open`, `returned`, or the outcome of what is closed; the college; null for all. */
  readonly name: string | null;
  readonly cases: number;
  /** Different applicants. */
  readonly people: number;
}
export interface TimeRow {
  readonly service: string;
  readonly people: number;
  readonly cases: number;
  readonly median: number;
  readonly p90: number;
}
export interface RatingRow {
  readonly service: string;
  readonly people: number;
  readonly ratings: number;
  readonly mean: number;
}
export interface StepRow {
  readonly step: string;
  readonly owner_role: string | null;
  readonly runs: number;
  readonly people: number;
  readonly median: number;
  readonly p90: number;
  readonly late: number;
  readonly returned: number;
}

/** A service and what may be counted of it. */
export interface CountedService {
  readonly service: string;
  readonly counted: Counted;
}

const SERVICES = `unnest(?::text[], ?::text[]) AS mine (service, college)
  JOIN service_case c ON c.definition_id = mine.service AND (mine.college IS NULL OR c.college = mine.college)
    AND c.started_at >= ?::timestamptz AND c.started_at < ?::timestamptz`;
const STANDING = 'coalesce(c.outcome, c.status)';

/** Counts of cases that began in a period; people are counted here and never named. */
export function createStatisticsStore(db: Database) {
  return {
    /** Of each service: in all, and by standing. */
    async counts(services: readonly CountedService[], period: Period): Promise<CountRow[]> {
      const { rows } = await db.raw(
        `SELECT service, CASE WHEN grouping(standing) = 0 THEN 'standing' ELSE 'all' END AS by, standing AS name,
           sum(cases)::integer AS cases, count(DISTINCT applicant)::integer AS people
         FROM (SELECT mine.service, ${STANDING} AS standing, c.applicant, count(*) AS cases
               FROM ${SERVICES} GROUP BY mine.service, ${STANDING}, c.applicant) one
         GROUP BY GROUPING SETS ((service), (service, standing))`,
        bindingsOf(services, period) as never,
      );
      return rows;
    },
    /** Of one service, by college. */
    async colleges(service: CountedService, period: Period): Promise<CountRow[]> {
      const { rows } = await db.raw(
        `SELECT mine.service, 'college' AS by, c.college AS name, count(*)::integer AS cases, count(DISTINCT c.applicant)::integer AS people
         FROM ${SERVICES} GROUP BY mine.service, c.college`,
        bindingsOf([service], period) as never,
      );
      return rows;
    },
    /** Working minutes that decided cases lay with the staff. */
    async times(services: readonly CountedService[], period: Period): Promise<TimeRow[]> {
      const { rows } = await db.raw(
        `SELECT mine.service, count(*)::integer AS cases, count(DISTINCT c.applicant)::integer AS people,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY c.office_minutes) AS median,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY c.office_minutes) AS p90
         FROM ${SERVICES} WHERE c.outcome IN ('granted', 'refused') GROUP BY mine.service`,
        bindingsOf(services, period) as never,
      );
      return rows;
    },
    /** What closed cases were rated, by those who answered. */
    async ratings(services: readonly CountedService[], period: Period): Promise<RatingRow[]> {
      const { rows } = await db.raw(
        `SELECT mine.service, count(*)::integer AS ratings, count(DISTINCT c.applicant)::integer AS people,
           round(avg(g.stars), 2)::double precision AS mean
         FROM ${SERVICES} JOIN case_rating g ON g.case_id = c.id AND g.stars IS NOT NULL GROUP BY mine.service`,
        bindingsOf(services, period) as never,
      );
      return rows;
    },
    /** Of one service, each step with the role it belonged to. Times are working minutes of runs that came to an end. */
    async steps(service: CountedService, period: Period): Promise<StepRow[]> {
      const { rows } = await db.raw(
        `SELECT r.step, r.owner_role, count(*)::integer AS runs, count(DISTINCT c.applicant)::integer AS people,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY r.working_minutes) AS median,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY r.working_minutes) AS p90,
           (count(*) FILTER (WHERE r.is_late))::integer AS late,
           (count(*) FILTER (WHERE r.how = 'returned'))::integer AS returned
         FROM ${SERVICES} JOIN step_run r ON r.case_id = c.id GROUP BY r.step, r.owner_role`,
        bindingsOf([service], period) as never,
      );
      return rows;
    },
  };
}
export type StatisticsStore = ReturnType<typeof createStatisticsStore>;

function bindingsOf(services: readonly CountedService[], { fromMs, untilMs }: Period): unknown[] {
  const pairs = services.flatMap(({ service, counted }): [string, string | null][] =>
    counted === 'whole' ? [[service, null]] : counted.map((college) => [service, college]),
  );
  return [
    ...[pairs.map(([service]) => service), pairs.map(([, college]) => college)],
    ...[new Date(fromMs).toISOString(), new Date(untilMs).toISOString()],
  ];
}
