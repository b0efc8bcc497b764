import { describe, expect, it } from 'vitest';
import { decideEntitled, decideJourney } from '../../../src/domain/entitlements/decide-entitlement.js';
import { entitledYear } from '../../../src/domain/entitlements/entitled-year.js';
import type { EntitledStudent } from '../../../src/domain/entitlements/entitlement.js';
import { railStudentDiscount as rail } from '../../../src/domain/entitlements/rail-student-discount.js';

const student: EntitledStudent = {
  subject: 'S'.repeat(43),
  ...{ enrolmentStatus: 'enrolled', studyForm: 'full-time', level: 'bachelor', entryDate: '2024-09-01' },
  registeredUntil: '2027-02-28',
  interval: { from: '广州南', to: '武汉' },
};
const today = '2026-11-29';
const journey = {
  travelDate: '2026-12-20',
  from: '广州南',
  to: '武汉',
  seatClass: 'emu-second',
  chargedFen: 46_350,
  publishedFen: 46_350,
};
const verdictOn = (day: string, change: Partial<EntitledStudent> = {}) => {
  const verdict = decideEntitled(rail, { ...student, ...change }, day);
  return verdict.eligible ? `until ${verdict.validUntil}` : verdict.reason;
};
const travel = (change: Partial<typeof journey> = {}, who: Partial<EntitledStudent> = {}, day = today) => {
  const verdict = decideJourney(rail, { ...student, ...who }, { ...journey, ...change }, day);
  return verdict.eligible ? `${verdict.year} ${verdict.fareFen}` : verdict.reason;
};

describe('the railway’s year', () => {
  it.each([
    ['2026-09-30', { year: 2025, from: '2025-10-01', to: '2026-09-30' }],
    ['2026-10-01', { year: 2026, from: '2026-10-01', to: '2027-09-30' }],
    ['2027-01-01', { year: 2026, from: '2026-10-01', to: '2027-09-30' }],
    ['2028-02-29', { year: 2027, from: '2027-10-01', to: '2028-09-30' }],
  ])('%s lies in %j', (day, year) => {
    expect(entitledYear(rail, day)).toEqual(year);
  });
});

describe('a student', () => {
  it('has the discount until the registration or the year ends, whichever is first', () => {
    expect(verdictOn(today)).toBe('until 2027-02-28');
    expect(verdictOn('2026-09-30', { registeredUntil: '2027-02-28' })).toBe('until 2026-09-30');
  });

  it.each<[string, string, string, Partial<EntitledStudent>]>([
    [
      'graduated in July, inside the railway’s year',
      'not-a-current-student',
      '2027-07-02',
      { enrolmentStatus: 'graduated' },
    ],
    ['withdrawn', 'not-a-current-student', today, { enrolmentStatus: 'withdrawn' }],
    ['dead', 'not-a-current-student', today, { enrolmentStatus: 'deceased' }],
    ['exchange guest', 'not-a-current-student', today, { enrolmentStatus: 'exchange' }],
    [
      'freshman in September, before the first registration',
      'not-yet',
      '2026-09-05',
      { enrolmentStatus: 'not-registered', registeredUntil: undefined, entryDate: '2026-09-01' },
    ],
    [
      'freshman enrolled, registration to come',
      'not-yet',
      '2026-09-20',
      { registeredUntil: undefined, entryDate: '2026-09-01' },
    ],
    ['never registered, long after entry', 'not-registered', today, { registeredUntil: undefined }],
    ['on leave of absence', 'suspended', today, { enrolmentStatus: 'on-leave-of-absence' }],
    ['registration ended yesterday', 'not-registered', today, { registeredUntil: '2026-11-28' }],
    ['part-time', 'study-form-not-covered', today, { studyForm: 'part-time' }],
    ['no stations on record', 'interval-missing', today, { interval: undefined }],
    ['unknown station', 'station-unknown', today, { interval: { from: '广州南', to: '不存在站' } }],
  ])('has none [%s]', (_, reason, day, change) => {
    expect(verdictOn(day, change)).toBe(reason);
  });

  it('has it on the last day of the registration', () => {
    expect(verdictOn(today, { registeredUntil: today })).toBe(`until ${today}`);
  });
});

describe('a journey', () => {
  it.each([
    ['three quarters of the price charged', { chargedFen: 40_000, publishedFen: 46_350 }, '2026 30000'],
    ['rounded half up', { chargedFen: 46_350, publishedFen: 46_350 }, '2026 34763'],
    ['the floor of 40 % of the published price', { chargedFen: 20_000, publishedFen: 46_350 }, '2026 18540'],
    ['what anybody pays, where that is below the floor', { chargedFen: 10_000, publishedFen: 46_350 }, '2026 10000'],
    [
      'half of the published price in a hard seat',
      { seatClass: 'hard-seat', chargedFen: 14_050, publishedFen: 14_050 },
      '2026 7025',
    ],
  ])('costs %s', (_, change, costs) => {
    expect(travel(change)).toBe(costs);
  });

  it('goes either way between home and school, and takes the uses of the year of travel', () => {
    expect(travel({ from: '武汉', to: '广州南' })).toBe('2026 34763');
    expect(travel({ travelDate: '2026-09-30' }, {}, '2026-09-15')).toBe('2025 34763');
    expect(travel({ travelDate: '2026-10-01' }, {}, '2026-09-15')).toBe('2026 34763');
  });

  it.each<[string, string, Partial<typeof journey>]>([
    ['to another place', 'outside-interval', { to: '长沙南' }],
    ['from a place nobody knows', 'station-unknown', { from: '不存在站' }],
    ['in business class', 'seat-class-not-covered', { seatClass: 'emu-business' }],
    ['yesterday', 'outside-year', { travelDate: '2026-11-28' }],
    ['in two years', 'outside-year', { travelDate: '2028-10-01' }],
  ])('is not covered [%s]', (_, reason, change) => {
    expect(travel(change)).toBe(reason);
  });

  it('is not covered for who has no discount today, whenever it goes', () => {
    expect(travel({}, { enrolmentStatus: 'graduated' })).toBe('not-a-current-student');
    expect(travel({}, { registeredUntil: '2026-11-28' })).toBe('not-registered');
  });
});
