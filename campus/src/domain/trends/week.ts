import { dayInShanghai, startOfDay } from '@lanyard/platform';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** The Monday (YYYY-MM-DD) of the week an instant is in, in Asia/Shanghai. */
export function weekOf(ms: number): string {
  const day = dayInShanghai(ms);
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return dayInShanghai(startOfDay(day) - sinceMonday * DAY_MS);
}

export const endOfWeek = (monday: string): number => startOfDay(monday) + WEEK_MS;
export const weekBefore = (monday: string, by = 1): string => dayInShanghai(startOfDay(monday) - by * WEEK_MS);
