import type { EntitlementDefinition } from './entitlement.js';

/** The year a day (`YYYY-MM-DD`) belongs to, named by the calendar year it begins in, with its first and last day. */
export function entitledYear(definition: Pick<EntitlementDefinition, 'yearBegins'>, day: string): EntitledYear {
  const { month, day: first } = definition.yearBegins;
  const begins = `${String(month).padStart(2, '0')}-${String(first).padStart(2, '0')}`;
  const calendar = Number(day.slice(0, 4));
  const year = day.slice(5) >= begins ? calendar : calendar - 1;
  return { year, from: `${year}-${begins}`, to: dayBefore(`${year + 1}-${begins}`) };
}

export interface EntitledYear {
  readonly year: number;
  readonly from: string;
  readonly to: string;
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
