import type { PersonId } from '../people/person.js';

/** Fewer people than this are no group. */
export const FEWEST_AUTHORS = 5;
const RISES_BY = 2;
const RISES_FROM = 10;
const WEEKS_BEFORE = 4;

/** One case as far as it is counted; the author is looked at here and nowhere after. */
export interface ToldTopic {
  readonly service: string;
  readonly topic: string;
  readonly campus: string;
  readonly author: PersonId;
}
export interface TopicCount {
  readonly service: string;
  readonly topic: string;
  readonly campus: string;
  readonly cases: number;
}

/** Cases by topic and campus, where at least five different people wrote them; the others are in no count. */
export function countTopics(told: readonly ToldTopic[]): TopicCount[] {
  const groups = new Map<string, { count: TopicCount; authors: Set<PersonId> }>();
  for (const { service, topic, campus, author } of told) {
    const key = JSON.stringify([service, topic, campus]);
    const known = groups.get(key);
    const authors = known?.authors ?? new Set<PersonId>();
    authors.add(author);
    groups.set(key, { count: { service, topic, campus, cases: (known?.count.cases ?? 0) + 1 }, authors });
  }
  return [...groups.values()].filter(({ authors }) => authors.size >= FEWEST_AUTHORS).map(({ count }) => count);
}

/**
 * Whether a topic rises: ten cases at least, and twice the mean of the four weeks before, a week without a count being
 * none. `cases` are those of consecutive weeks, the latest last.
 */
export function rises(cases: readonly number[]): boolean {
  const latest = cases.at(-1) ?? 0;
  const before = cases.slice(-1 - WEEKS_BEFORE, -1);
  const mean = before.reduce((sum, one) => sum + one, 0) / WEEKS_BEFORE;
  return latest >= RISES_FROM && latest >= RISES_BY * mean;
}
