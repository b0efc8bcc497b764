import { type Group, SMALLEST_GROUP, suppressed } from './suppress.js';

export const STANDINGS = ['open', 'returned', 'granted', 'refused', 'withdrawn', 'voided'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Measured {
  readonly people: number;
  readonly median: number;
  readonly p90: number;
}

/** Null for fewer people than a group. */
export const countOf = (people: number, value: number): number | null => (people < SMALLEST_GROUP ? null : value);

/** Cases by standing, small ones null; all null where the service itself is no group. */
export function byStanding(groups: readonly Group<string>[], people: number): Record<Standing, number | null> {
  const all = STANDINGS.map((name) => groups.find((one) => one.name === name) ?? { name, cases: 0, people: 0 });
  const told = suppressed(all);
  return Object.fromEntries(
    STANDINGS.map((name) => [name, people < SMALLEST_GROUP ? null : (told.get(name) ?? null)]),
  ) as Record<Standing, number | null>;
}

/** Colleges by number of cases; those that are too small stand together under null, with one more where they must. */
export function byCollege(groups: readonly Group<string>[]): { college: string | null; cases: number | null }[] {
  const told = suppressed(groups);
  const lines = groups.flatMap(({ name }): { college: string | null; cases: number | null }[] => {
    const cases = told.get(name) ?? null;
    return cases === null ? [] : [{ college: name, cases }];
  });
  const rest = groups.filter(({ name }) => told.get(name) === null);
  const people = rest.reduce((total, one) => total + one.people, 0);
  const cases = rest.reduce((total, one) => total + one.cases, 0);
  const others = rest.length === 0 ? [] : [{ college: null, cases: countOf(people, cases) }];
  return [...lines.sort((a, b) => (b.cases ?? 0) - (a.cases ?? 0)), ...others];
}

/** Times of a group, and whether nine of ten took longer than was published. */
export function timesOf(measured: Measured | undefined, publishedMinutes: number) {
  if (measured === undefined || measured.people < SMALLEST_GROUP)
    return { median_minutes: null, p90_minutes: null, is_over_published: null };
  const { median, p90 } = measured;
  return { median_minutes: median, p90_minutes: p90, is_over_published: p90 > publishedMinutes };
}
