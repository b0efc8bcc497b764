import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countTopics, rises } from '../../src/domain/trends/count-topics.js';
import { weekBefore, weekOf } from '../../src/domain/trends/week.js';
import { role, startCampus, type TestCampus } from './support/start-campus.js';

let campus: TestCampus;
const WEEK_MS = 7 * 86_400_000;
const UNIQUE = '食堂二楼靠窗第三张桌子的腿是歪的';
const numberOf = (n: number) => `92023300000${String(n).padStart(2, '0')}`;
const complain = (n: number, topic: string, anonymous = false) =>
  campus.student(numberOf(n))('/v1/cases', {
    body: { service: 'complaint', form: { topic, anonymous, text: n === 1 ? UNIQUE : '希望改进', may_publish: false } },
  });
const reader = () => campus.staff('s001', role('student-affairs-officer'));
const officer = () => campus.staff('d001', role('data-protection-officer'));

beforeAll(async () => {
  campus = await startCampus();
  await campus.enrol(Array.from({ length: 10 }, (_, n) => ({ number: numberOf(n) })));
  // Six people of one topic, one of them anonymous and one twice; four of another.
  for (const n of [1, 2, 3, 4, 5, 6, 6]) expect((await complain(n, 'dormitory', n === 2)).status).toBe(201);
  for (const n of [1, 2, 3, 4, 4, 4]) expect((await complain(n, 'canteen')).status).toBe(201);
});
afterAll(() => campus?.close());

describe('topic trends', () => {
  it('say nothing of a week that is not over', async () => {
    expect(await campus.countTrends()).toBeGreaterThan(0);
    expect((await reader()('/v1/trends')).body.lines).toEqual([]);
  });
  it('count a week once, by one of two at once, and no group under five people', async () => {
    campus.clock.ms = WEEK_MS;
    const counted = await Promise.all([campus.countTrends(), campus.countTrends()]);
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(1);
    const { body } = await reader()('/v1/trends?weeks=2');
    expect(body.lines).toMatchObject([
      {
        service: { id: 'complaint' },
        topic: { id: 'dormitory', title: { zh: '宿舍' } },
        campus: '主校区',
        rises: false,
      },
    ]);
    expect(body.lines[0].cases.at(-1)).toBe(7);
    expect(await campus.countTrends()).toBe(0);
  });
  it('let nobody be found again: no words, no number, no case, no column that could hold one', async () => {
    const { body } = await reader()('/v1/trends?weeks=52');
    const told = JSON.stringify(body);
    for (const canary of [UNIQUE, '希望改进', ...Array.from({ length: 10 }, (_, n) => numberOf(n)), '张三'])
      expect(told).not.toContain(canary);
    const { rows } = await campus.database.run.raw(
      "SELECT column_name FROM information_schema.columns WHERE table_name IN ('topic_count', 'topic_week')",
    );
    expect(rows.map((row: { column_name: string }) => row.column_name).sort()).toEqual(
      ['campus', 'cases', 'counted_at', 'service', 'topic', 'week', 'week'].sort(),
    );
    await expect(
      campus.database.run.raw("INSERT INTO topic_count VALUES ((SELECT max(week) FROM topic_week), 'x', 'y', 'z', 4)"),
    ).rejects.toThrow('topic_count_cases_check');
  });
  it.each([
    ['a counsellor', () => campus.staff('c001', role('counsellor'))],
    ['the office of one campus', () => campus.staff('s002', role('student-affairs-officer', 'campus', '主校区'))],
  ])('are not for %s', async (_who, viewer) => {
    expect((await viewer()('/v1/trends')).body.code).toBe('not-allowed');
    expect((await viewer()('/v1/trend-queries')).body.code).toBe('not-allowed');
  });
  it('are not for students, and each question stands in a list for the data-protection officer alone', async () => {
    expect((await campus.student(numberOf(1))('/v1/trends')).status).toBe(403);
    expect((await reader()('/v1/trend-queries')).body.code).toBe('not-allowed');
    const { queries } = (await officer()('/v1/trend-queries')).body;
    expect(queries.length).toBeGreaterThanOrEqual(3);
    for (const query of queries) expect(query.asked_by).toMatch(/^person:[0-9a-f]{32}$/);
  });
});

describe('counting', () => {
  const told = (n: number, topic = 'a') => ({ service: 's', topic, campus: 'c', author: `student:${n}` as never });
  it('takes different people, not cases [five of one, five of five]', () => {
    expect(countTopics([1, 1, 1, 1, 1].map((n) => told(n)))).toEqual([]);
    expect(countTopics([1, 2, 3, 4].map((n) => told(n)))).toEqual([]);
    expect(countTopics([1, 2, 3, 4, 5].map((n) => told(n)))).toMatchObject([{ cases: 5 }]);
  });
  it.each([
    [[0, 0, 0, 0, 10], true],
    [[5, 5, 5, 5, 10], true],
    [[0, 0, 0, 0, 9], false],
    [[6, 6, 6, 6, 11], false],
  ])('a topic rises from ten on, at twice what was usual %j: %s', (cases, isRising) => {
    expect(rises(cases)).toBe(isRising);
  });
  it('weeks begin on Monday in Shanghai, whatever the day in UTC', () => {
    expect(weekOf(Date.parse('2026-11-29T15:59:59Z'))).toBe('2026-11-23');
    expect(weekOf(Date.parse('2026-11-29T16:00:00Z'))).toBe('2026-11-30');
    expect(weekBefore('2026-03-02', 9)).toBe('2025-12-29');
  });
});
