import { dayInShanghai, startOfDay } from '@lanyard/platform';

/** Times of a week in Asia/Shanghai; 1 is Monday, `to` is exclusive. */
export interface OpeningTime {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** Whether a window is open at an instant. */
export function isOpenAt(hours: readonly OpeningTime[], nowMs: number): boolean {
  const start = startOfDay(dayInShanghai(nowMs));
  // 1 January 1970 was a Thursday.
  const weekday = ((Math.floor((start + 8 * 3_600_000) / DAY_MS) + 3) % 7) + 1;
  const minute = (nowMs - start) / MINUTE_MS;
  return hours.some(
    ({ days, from, to }) => days.includes(weekday) && minute >= minutesOf(from) && minute < minutesOf(to),
  );
}
