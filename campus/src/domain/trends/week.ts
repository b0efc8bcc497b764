import { dayInShanghai } from '@lanyard/platform';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** The Monday (YYYY-MM-DD) of the week an instant is in, in Asia/Shanghai. */
export function weekOf(ms: number): string {
  const midnight = startOfWeek(dayInShanghai(ms));
  const weekday = (new Date(midnight + 8 * 3_600_000).getUTCDay() + 6) % 7;
  return dayInShanghai(midnight - weekday * DAY_MS);
}

/** The instant a day begins in Asia/Shanghai. */
export const startOfWeek = (monday: string): number => Date.parse(`${monday}T00:00:00+08:00`);
export const endOfWeek = (monday: string): number => startOfWeek(monday) + WEEK_MS;
export const weekBefore = (monday: string, by = 1): string => dayInShanghai(startOfWeek(monday) - by * WEEK_MS);
