import type { CheckpointPolicy, PolicyHours } from './checkpoint-policy.js';

const minutesPerDay = 1440;

/** True when the policy's hours hold at this time (seconds since 1970 UTC). */
export function withinHours(
  policy: Pick<CheckpointPolicy, 'hours' | 'utc_offset_minutes'>,
  nowSeconds: number,
): boolean {
  if (policy.hours === 'always') return true;
  const localMinutes = Math.floor(nowSeconds / 60) + policy.utc_offset_minutes;
  const day = Math.floor(localMinutes / minutesPerDay);
  const minute = localMinutes - day * minutesPerDay;
  // 1970-01-01 was a Thursday, ISO weekday 4.
  const weekday = ((day + 3) % 7) + 1;
  const yesterday = weekday === 1 ? 7 : weekday - 1;
  return policy.hours.some((hours) => holds(hours, weekday, yesterday, minute));
}

function holds(hours: PolicyHours, weekday: number, yesterday: number, minute: number): boolean {
  const from = minutesOf(hours.from);
  const to = minutesOf(hours.to);
  if (from < to) return hours.days.includes(weekday) && from <= minute && minute < to;
  return (hours.days.includes(weekday) && minute >= from) || (hours.days.includes(yesterday) && minute < to);
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/** The calendar day of a time in the policy's zone, in days since 1970-01-01. */
export function localDay(policy: Pick<CheckpointPolicy, 'utc_offset_minutes'>, nowSeconds: number): number {
  return Math.floor((Math.floor(nowSeconds / 60) + policy.utc_offset_minutes) / minutesPerDay);
}
