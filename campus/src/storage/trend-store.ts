import { type Clock, type Database, startOfDay, type Transaction } from '@lanyard/platform';
import { countTopics, type ToldTopic, type TopicCount } from '../domain/trends/count-topics.js';
import { topicOf } from '../domain/trends/topic.js';
import { endOfWeek, weekBefore, weekOf } from '../domain/trends/week.js';
import type { CaseStore } from './case-store.js';
import type { LoadedCase } from './loaded-case.js';

export interface WeekCount extends TopicCount {
  readonly week: string;
}
const PAGE = 500;

/**
 * Topic counts. A week is counted once when it is over, in one transaction, by whichever process comes first; what goes
 * into the counts leaves no key behind.
 */
export function createTrendStore(db: Database, deps: { cases: Pick<CaseStore, 'withTopics'>; clock: Clock }) {
  const { clock } = deps;

  async function tell(week: string): Promise<ToldTopic[]> {
    const told: ToldTopic[] = [];
    for (let after: string | undefined; ; ) {
      const page = { fromMs: startOfDay(week), untilMs: endOfWeek(week), after, limit: PAGE };
      const found = await deps.cases.withTopics(page);
      told.push(...found.flatMap(toldBy));
      if (found.length < PAGE) return told;
      after = found.at(-1)?.id;
    }
  }
  return {
    /** Counts the weeks that are over and not counted, of the last `weeks`; answers how many. */
    async countWeeks(weeks = 8): Promise<number> {
      const now = weekOf(clock.nowMs());
      const wanted = Array.from({ length: weeks }, (_, n) => weekBefore(now, weeks - n));
      const { rows } = await db.raw('SELECT week::text FROM topic_week WHERE week = ANY(?::date[])', [wanted] as never);
      const known = new Set((rows as { week: string }[]).map(({ week }) => week));
      let counted = 0;
      for (const week of wanted.filter((one) => !known.has(one))) {
        const counts = countTopics(await tell(week));
        counted += await db.transaction((transaction) => keep(transaction, week, counts));
      }
      return counted;
    },
    /** Counts of weeks, the first and the last named by their Mondays, both inclusive. */
    async list(from: string, until: string): Promise<WeekCount[]> {
      const { rows } = await db.raw(
        `SELECT week::text, service, topic, campus, cases FROM topic_count WHERE week BETWEEN ? AND ?
         ORDER BY service, topic, campus, week LIMIT 5000`,
        [from, until],
      );
      return rows;
    },
    async noteQuery(askedBy: string, from: string, until: string): Promise<void> {
      await db.raw('INSERT INTO trend_query (at, asked_by, from_week, until_week) VALUES (?, ?, ?, ?)', [
        ...[new Date(clock.nowMs()), askedBy, from, until],
      ]);
    },
    /** The newest first. `after` is the id of the last one seen. */
    async queries(page: { after: string | undefined; limit: number }): Promise<object[]> {
      const { rows } = await db.raw(
        `SELECT id::text, at, asked_by, from_week::text, until_week::text FROM trend_query
         WHERE ?::bigint IS NULL OR id < ?::bigint ORDER BY id DESC LIMIT ?`,
        [page.after ?? null, page.after ?? null, page.limit] as never,
      );
      return rows;
    },
  };

  async function keep(transaction: Transaction, week: string, counts: readonly TopicCount[]): Promise<number> {
    const { rowCount } = await transaction.raw(
      'INSERT INTO topic_week (week, counted_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
      [week, new Date(clock.nowMs())],
    );
    if (rowCount !== 1) return 0;
    for (const { service, topic, campus, cases } of counts)
      await transaction.raw('INSERT INTO topic_count (week, service, topic, campus, cases) VALUES (?, ?, ?, ?, ?)', [
        ...[week, service, topic, campus, cases],
      ]);
    return 1;
  }
}
export type TrendStore = ReturnType<typeof createTrendStore>;

/** Nothing of a service that names no topic, or that others must not know of. */
function toldBy({ ready: { definition }, state }: LoadedCase): ToldTopic[] {
  const topic = definition.visible_to === 'everyone' ? topicOf(definition, state) : undefined;
  if (topic === undefined) return [];
  const { person, facts } = state.applicant;
  return [{ service: definition.id, topic, campus: facts.campus, author: person }];
}
