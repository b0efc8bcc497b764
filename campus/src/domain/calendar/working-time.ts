import type { SchoolCalendar } from './school-calendar.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Asia/Shanghai, without summer time since 1991. */
export const SCHOOL_OFFSET_MS = 8 * 3_600_000;
/** Against a calendar without any work: ten years of days. */
const MAX_DAYS = 3_660;

/**
 * The instant by which so many working hours have passed since `fromMs`. Time outside working hours does not count; the
 * answer lies within working hours, at their end where it falls between two stretches.
 *
 * @throws TypeError for a calendar that does not work often enough
 */
export function addWorkingHours(calendar: SchoolCalendar, fromMs: number, hours: number): number {
  let leftMs = hours * 60 * MINUTE_MS;
  const firstDayMs = Math.floor((fromMs + SCHOOL_OFFSET_MS) / DAY_MS) * DAY_MS;
  for (let days = 0; days < MAX_DAYS; days += 1) {
    const dayMs = firstDayMs + days * DAY_MS;
    if (!calendar.isWorkday(new Date(dayMs).toISOString().slice(0, 10))) continue;
    for (const [startMinutes, endMinutes] of calendar.hours) {
      const startMs = Math.max(dayMs - SCHOOL_OFFSET_MS + startMinutes * MINUTE_MS, fromMs);
      const lengthMs = dayMs - SCHOOL_OFFSET_MS + endMinutes * MINUTE_MS - startMs;
      if (lengthMs <= 0) continue;
      if (lengthMs >= leftMs) return startMs + leftMs;
      leftMs -= lengthMs;
    }
  }
  throw new TypeError('the calendar does not work often enough');
}

/** Working milliseconds between two instants; 0 when the second is not later. */
export function workingMsBetween(calendar: SchoolCalendar, fromMs: number, toMs: number): number {
  let total = 0;
  for (
    let dayMs = Math.floor((fromMs + SCHOOL_OFFSET_MS) / DAY_MS) * DAY_MS;
    dayMs - SCHOOL_OFFSET_MS < toMs;
    dayMs += DAY_MS
  ) {
    if (!calendar.isWorkday(new Date(dayMs).toISOString().slice(0, 10))) continue;
    for (const [startMinutes, endMinutes] of calendar.hours) {
      const startMs = Math.max(dayMs - SCHOOL_OFFSET_MS + startMinutes * MINUTE_MS, fromMs);
      total += Math.max(0, Math.min(dayMs - SCHOOL_OFFSET_MS + endMinutes * MINUTE_MS, toMs) - startMs);
    }
  }
  return total;
}
