import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicWorkday } from '../../src/adapters/public-holidays.js';
import { parseSchoolCalendar } from '../../src/domain/calendar/school-calendar.js';
import { addWorkingHours, workingMsBetween } from '../../src/domain/calendar/working-time.js';
import { SCHOOL_CALENDAR_JSON } from '../support/catalogue.js';

const calendar = parseSchoolCalendar(SCHOOL_CALENDAR_JSON, isPublicWorkday);
const at = (text: string) => Date.parse(`${text}+08:00`);
const HOUR_MS = 3_600_000;

describe('working hours', () => {
  it.each([
    ['within a morning', '2026-11-30T09:00:00', 2, '2026-11-30T11:00:00'],
    ['over noon', '2026-11-30T11:00:00', 2, '2026-11-30T15:00:00'],
    ['at the end of the morning exactly', '2026-11-30T10:00:00', 2, '2026-11-30T12:00:00'],
    ['over night', '2026-11-30T17:00:00', 1, '2026-12-01T09:00:00'],
    ['from the night before', '2026-11-30T03:00:00', 1, '2026-11-30T09:30:00'],
    ['over a weekend', '2026-11-27T17:00:00', 1, '2026-11-30T09:00:00'],
    ['over the National Day holidays, the adjusted Saturday counts', '2026-09-30T17:00:00', 8, '2026-10-09T09:00:00'],
    ['on an adjusted Saturday', '2026-10-09T17:00:00', 1, '2026-10-10T09:00:00'],
    ['over the winter holidays of the school', '2027-01-22T17:00:00', 1, '2027-02-22T09:00:00'],
  ])('%s', (_, from, hours, wanted) => {
    expect(new Date(addWorkingHours(calendar, at(from), hours)).toISOString()).toBe(new Date(at(wanted)).toISOString());
  });

  const instant = fc.integer({ min: at('2024-01-01T00:00:00'), max: at('2028-12-31T00:00:00') });
  const hours = fc.integer({ min: 1, max: 300 });
  it('pass exactly between an instant and what was added to it', () =>
    fc.assert(
      fc.property(instant, hours, (from, count) => {
        const due = addWorkingHours(calendar, from, count);
        expect(due).toBeGreaterThan(from);
        expect(workingMsBetween(calendar, from, due)).toBe(count * HOUR_MS);
      }),
      { numRuns: 200 },
    ));
  it('are never due earlier for who begins later', () =>
    fc.assert(
      fc.property(instant, instant, hours, (one, other, count) => {
        const [early, late] = one < other ? [one, other] : [other, one];
        expect(addWorkingHours(calendar, early, count)).toBeLessThanOrEqual(addWorkingHours(calendar, late, count));
      }),
      { numRuns: 100 },
    ));
  it('are due within working hours of a day that works', () =>
    fc.assert(
      fc.property(instant, hours, (from, count) => {
        const due = new Date(addWorkingHours(calendar, from, count) + 8 * HOUR_MS);
        expect(calendar.isWorkday(due.toISOString().slice(0, 10))).toBe(true);
        const minutes = due.getUTCHours() * 60 + due.getUTCMinutes();
        expect(calendar.hours.some(([start, end]) => start < minutes + 1 && minutes <= end)).toBe(true);
      }),
      { numRuns: 200 },
    ));
  it('of a calendar that never works are refused', () =>
    expect(() => addWorkingHours({ hours: calendar.hours, isWorkday: () => false }, 0, 1)).toThrow(TypeError));
});

describe('a school calendar', () => {
  const good = { hours: [['08:30', '12:00']], days_off: [], days_on: [] };
  it('lets a day on win over holidays', () =>
    expect(parseSchoolCalendar({ ...good, days_on: ['2026-10-01'] }, isPublicWorkday).isWorkday('2026-10-01')).toBe(
      true,
    ));
  it.each([
    [
      'hours that overlap',
      {
        ...good,
        hours: [
          ['08:30', '12:00'],
          ['11:00', '13:00'],
        ],
      },
    ],
    ['hours that end before they begin', { ...good, hours: [['12:00', '08:30']] }],
    ['no hours', { ...good, hours: [] }],
    ['a day that is none', { ...good, days_on: ['2026-02-30'] }],
    ['holidays of a year', { ...good, days_off: [{ from: '2026-01-01', to: '2026-12-31' }] }],
    ['something else', { ...good, lunch: true }],
  ])('refuses %s', (_, json) => expect(() => parseSchoolCalendar(json, isPublicWorkday)).toThrow());
});
