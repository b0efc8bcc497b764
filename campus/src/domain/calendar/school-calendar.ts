import { z } from 'zod';

const zTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);
const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** A school's own calendar over the public holidays, as data. */
export const zSchoolCalendar = z
  .strictObject({
    /** Working time of a day, in order, `["08:30", "12:00"]`. */
    hours: z
      .array(z.tuple([zTime, zTime]))
      .min(1)
      .max(6),
    /** Holidays of the school (寒暑假), first and last day. */
    days_off: z.array(z.strictObject({ from: z.iso.date(), to: z.iso.date() })).max(100),
    /** Days the school works although others do not; they win. */
    days_on: z.array(z.iso.date()).max(200),
  })
  .refine(
    ({ hours }) => hours.flat().every((time, at, all) => at === 0 || minutesOf(all[at - 1] ?? '') < minutesOf(time)),
    'hours are in order and do not overlap',
  )
  .refine(({ days_off }) => days_off.every(({ from, to }) => from <= to), 'days off end after they begin')
  // Over this, no work would be due for years.
  .refine(
    ({ days_off }) => days_off.every(({ from, to }) => Date.parse(to) - Date.parse(from) < 120 * 86_400_000),
    'days off for more than 120 days',
  );

export interface SchoolCalendar {
  /** Minutes since midnight, first inclusive, last exclusive. */
  readonly hours: readonly (readonly [number, number])[];
  readonly isWorkday: (day: string) => boolean;
}

/** @param isPublicWorkday whether the public calendar works on a day (YYYY-MM-DD) */
export function parseSchoolCalendar(json: unknown, isPublicWorkday: (day: string) => boolean): SchoolCalendar {
  const { hours, days_off, days_on } = zSchoolCalendar.parse(json);
  const on = new Set(days_on);
  return {
    hours: hours.map(([from, to]) => [minutesOf(from), minutesOf(to)] as const),
    isWorkday: (day) =>
      on.has(day) || (isPublicWorkday(day) && !days_off.some(({ from, to }) => from <= day && day <= to)),
  };
}
