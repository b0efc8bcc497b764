/** Fewer people than this are not a group: what is said of them would be said of somebody. */
export const SMALLEST_GROUP = 5;

export interface Group<Name extends string> {
  readonly name: Name;
  readonly cases: number;
  /** Different applicants. */
  readonly people: number;
}

/**
 * Counts that may be told: a group of fewer than five people is null, and where only one would be, the next smallest
 * with it, so that nothing is found by taking the others from the whole. An empty group is told.
 */
export function suppressed<Name extends string>(groups: readonly Group<Name>[]): Map<Name, number | null> {
  const hidden = new Set(groups.filter(({ people }) => people > 0 && people < SMALLEST_GROUP).map(({ name }) => name));
  // One alone, or several that together are no group, would be found from the whole.
  const others = groups
    .filter(({ name, people }) => people > 0 && !hidden.has(name))
    .sort((a, b) => a.people - b.people);
  for (const { name } of others) {
    if (hidden.size === 0 || (hidden.size > 1 && peopleOf(groups, hidden) >= SMALLEST_GROUP)) break;
    hidden.add(name);
  }
  return new Map(groups.map(({ name, cases }) => [name, hidden.has(name) ? null : cases]));
}
const peopleOf = <Name extends string>(groups: readonly Group<Name>[], names: ReadonlySet<Name>): number =>
  groups.reduce((total, { name, people }) => total + (names.has(name) ? people : 0), 0);
