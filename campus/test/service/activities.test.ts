import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Scan } from '../../src/adapters/code-scanners.js';
import { role, startCampus, type TestCampus } from './support/start-campus.js';

/** What the verifier says of a code is tried with the real one in the journeys; here its answers are given. */
let campus: TestCampus;
const scans = new Map<string, Scan>();
const PASS = { verdict: 'accepted', title_zh: '通过', title_en: 'Pass' } as const;
const numberOf = (n: number) => `92023200000${String(n).padStart(2, '0')}`;
const host = () => campus.staff('h001', role('student-affairs-officer'));
const HOUR = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + campus.clock.ms + hours * HOUR).toISOString();
const lecture = (capacity = 30, change: object = {}) => ({
  ...{ service: 'second-classroom', capacity },
  title: { zh: '嵌入式系统讲座', en: 'Lecture on embedded systems' },
  place: { zh: '报告厅', en: 'Lecture hall' },
  ...{ starts_at: inHours(-1), ends_at: inHours(5) },
  ...change,
});
const put = (id: string, body: object, by = host()) => by(`/v1/activities/${id}`, { method: 'PUT', body });
const trySignUp = (n: number, activity: string) =>
  campus.student(numberOf(n))('/v1/cases', { body: { service: 'second-classroom', form: { activity } } });
const signUp = async (n: number, activity: string) => {
  const answer = await trySignUp(n, activity);
  expect(answer).toMatchObject({ status: 201 });
  return answer;
};
const scan = (activity: string, n: number, way: 'in' | 'out', by = host()) => {
  const code = `code-${n}-${Math.random()}`;
  scans.set(code, { ...PASS, student_number: numberOf(n) });
  return by(`/v1/activities/${activity}/scans`, { body: { code, way } });
};

beforeAll(async () => {
  campus = await startCampus({ scan: async (code) => scans.get(code) ?? { ...REPLAYED, student_number: null } });
  await campus.enrol(Array.from({ length: 12 }, (_, n) => ({ number: numberOf(n) })));
});
// The register's clock is not moved with ours, and takes no calls from the future.
afterEach(() => {
  campus.clock.ms = 0;
});
afterAll(() => campus?.close());
const TRANSCRIPT = 'second-classroom-transcript';
const REPLAYED = { verdict: 'rejected', reason: 'replayed', title_zh: '刚用过', title_en: 'Just used' } as const;

describe('activities', () => {
  it('are set by who leads the check-in and by the operator, and by nobody else [counsellor, student, another service’s host]', async () => {
    expect((await put('talk', lecture())).status).toBe(200);
    const byOperator = await fetch(`${campus.url}/v1/activities/talk`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${campus.operatorToken}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(lecture()),
    });
    expect(byOperator.status).toBe(200);
    expect((await put('talk', lecture(), campus.staff('c1', role('counsellor')))).body.code).toBe('not-your-turn');
    expect((await put('talk', lecture(), campus.student(numberOf(1)))).status).toBe(403);
    expect((await put('talk', lecture(), campus.staff('v1', role('community-officer')))).body.code).toBe(
      'not-your-turn',
    );
    expect((await put('talk', { ...lecture(), ends_at: inHours(-2) })).status).toBe(400);
    expect((await put('talk', lecture(5, { service: 'leave' }))).body.code).toBe('not-your-turn');
  });
  it('are listed with their places until they are over', async () => {
    await put('soon', lecture(1));
    for (const n of [1, 2]) await signUp(n, 'soon');
    const list = async () =>
      (await campus.student(numberOf(3))('/v1/services/second-classroom/activities')).body.activities.find(
        (one: { id: string }) => one.id === 'soon',
      );
    expect(await list()).toMatchObject({ capacity: 1, taken: 1, waiting: 1, place: { zh: '报告厅' } });
    await put('soon', lecture(2, { starts_at: inHours(-3), ends_at: inHours(-2) }));
    expect(await list()).toBeUndefined();
  });
  it('refuse a sign-up for one that is none', async () => {
    expect((await trySignUp(1, 'made-up')).body.code).toBe('occasion-not-open');
  });
});

describe('check-in and check-out', () => {
  it('counts the time between, and nothing is credited to who was not there', async () => {
    await put('hours', lecture());
    const { body: started } = await signUp(4, 'hours');
    const path = `/v1/cases/${started.id}`;
    const credit = () => host()(`${path}/actions`, { body: { verb: 'agree', step: 'check-in' } });
    expect((await credit()).body.code).toBe('nobody-came');
    expect((await scan('hours', 4, 'in')).body).toMatchObject({
      verdict: 'accepted',
      person: { name: '张三', way: 'in' },
    });
    expect((await credit()).body.code).toBe('nobody-came');
    campus.clock.ms += 90 * 60_000;
    expect((await scan('hours', 4, 'out')).status).toBe(200);
    campus.clock.ms += 30 * 60_000;
    await scan('hours', 4, 'in');
    campus.clock.ms += 20 * 60_000;
    await scan('hours', 4, 'out');
    const { body: seen } = await campus.student(numberOf(4))(path);
    expect(seen.attendance.minutes).toBe(110);
    expect(seen.attendance.intervals).toHaveLength(2);
    const { attendees } = (await host()('/v1/activities/hours/attendees')).body;
    expect(attendees).toMatchObject([{ student_number: numberOf(4), minutes: 110, is_here: false, state: 'taken' }]);
    expect((await credit()).status).toBe(200);
    const { hours } = (await campus.student(numberOf(4))('/v1/hours')).body;
    expect(hours).toEqual([{ service: 'second-classroom', minutes: 110, times: 1 }]);
  });
  it('is what a transcript says, which nobody writes himself [nothing attended] [hours of his own]', async () => {
    const me = campus.student(numberOf(4));
    const none = campus.student(numberOf(10));
    const ask = (by: typeof me, form: object) => by('/v1/cases', { body: { service: TRANSCRIPT, form } });
    expect((await none(`/v1/services/${TRANSCRIPT}`)).body.known).toMatchObject({ classroom_hours: '0' });
    expect(await ask(none, { purpose: 'award' })).toMatchObject({ status: 409, body: { code: 'nothing-attended' } });
    expect(await ask(none, { purpose: 'award', classroom_hours: '9.0' })).toMatchObject({ status: 409 });
    const { known } = (await me(`/v1/services/${TRANSCRIPT}`)).body;
    expect(known).toMatchObject({ classroom_hours: '1.8' });
    expect(known.classroom_record).toMatch(/^\d{4}-\d\d-\d\d 嵌入式系统讲座 Lecture on embedded systems 1\.8 h$/);
    expect(await ask(me, { purpose: 'award', classroom_hours: '9.0' })).toMatchObject({
      ...{ status: 422, body: { code: 'form-invalid', errors: [{ at: '/classroom_hours' }] } },
    });
    const { body: begun } = await ask(me, { purpose: 'award' });
    await campus.carryOutEffects();
    const path = `/v1/cases/${begun.id}`;
    expect((await me(path)).body).toMatchObject({ status: 'closed', outcome: 'granted', form: known });
    const pdf = await me(`${path}/documents/${TRANSCRIPT}`, { isFile: true });
    expect(pdf.status).toBe(200);
  });
  it('nobody checks himself in, by code or by hand', async () => {
    await put('oneself', lecture());
    await signUp(11, 'oneself');
    const self = campus.staff(numberOf(11), role('student-affairs-officer'));
    expect((await scan('oneself', 11, 'in', self)).body.code).toBe('own-case');
    const body = { student_number: numberOf(11), in_at: inHours(0), out_at: inHours(1), reason: '当时没有签上' };
    expect((await self('/v1/activities/oneself/intervals', { body })).body.code).toBe('own-case');
  });
  it('refuses a code that was used before or is old, and writes nothing [screenshot]', async () => {
    await put('shots', lecture());
    const { body: started } = await signUp(5, 'shots');
    const answer = await host()('/v1/activities/shots/scans', { body: { code: 'a screenshot', way: 'in' } });
    expect(answer.body).toEqual({ ...REPLAYED, person: null });
    expect((await campus.student(numberOf(5))(`/v1/cases/${started.id}`)).body.attendance).toBeNull();
  });
  it.each([
    ['who did not sign up', 6, 'not-signed-up', false],
    ['who waits for a place', 7, 'not-signed-up', true],
  ])('refuses %s', async (_who, n, code, signsUp) => {
    await put('small', lecture(1));
    await trySignUp(8, 'small');
    if (signsUp) await signUp(n, 'small');
    expect((await scan('small', n, 'in')).body.code).toBe(code);
  });
  it('nobody is at two places, comes twice, or leaves where he never came', async () => {
    for (const id of ['first', 'second']) {
      await put(id, lecture());
      await signUp(9, id);
    }
    expect((await scan('first', 9, 'out')).body.code).toBe('not-attending');
    const ins = await Promise.all(Array.from({ length: 8 }, () => scan('first', 9, 'in')));
    expect(ins.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(ins.filter(({ status }) => status !== 200).map(({ body }) => body.code))).toEqual(
      new Set(['attending-already']),
    );
    expect((await scan('second', 9, 'in')).body.code).toBe('attending-elsewhere');
    campus.clock.ms += 60_000;
    expect((await scan('second', 9, 'out')).body.code).toBe('not-attending');
    expect((await scan('first', 9, 'out')).status).toBe(200);
    expect((await scan('second', 9, 'in')).status).toBe(200);
  });
  it('counts nothing before it begins and after it ends, and takes nobody in out of time', async () => {
    await put('timed', lecture(30, { starts_at: inHours(2), ends_at: inHours(4) }));
    const { body: started } = await signUp(2, 'timed');
    expect((await scan('timed', 2, 'in')).body.code).toBe('attendance-outside');
    await put('timed', lecture(30, { starts_at: inHours(0.5), ends_at: inHours(2.5) }));
    expect((await scan('timed', 2, 'in')).status).toBe(200);
    campus.clock.ms = 3 * HOUR;
    expect((await scan('timed', 2, 'in')).body.code).toBe('attendance-outside');
    expect((await scan('timed', 2, 'out')).status).toBe(200);
    campus.clock.ms = 0;
    const { attendance } = (await campus.student(numberOf(2))(`/v1/cases/${started.id}`)).body;
    expect(attendance.minutes).toBe(120);
  });
  it('who forgot to check out is not held there, and that time counts for nothing', async () => {
    await put('left', lecture(30, { ends_at: inHours(0.5) }));
    await put('next', lecture(30, { starts_at: inHours(1), ends_at: inHours(4) }));
    const { body: first } = await signUp(3, 'left');
    await signUp(3, 'next');
    expect((await scan('left', 3, 'in')).status).toBe(200);
    campus.clock.ms = HOUR;
    expect((await scan('next', 3, 'in')).body.code).toBe('attending-elsewhere');
    campus.clock.ms = 2 * HOUR;
    expect((await scan('left', 3, 'out')).body.code).toBe('attendance-outside');
    expect((await scan('next', 3, 'in')).status).toBe(200);
    campus.clock.ms = 0;
    expect((await campus.student(numberOf(3))(`/v1/cases/${first.id}`)).body.attendance).toBeNull();
  });
  it('a host of another service scans nobody here', async () => {
    await put('ours', lecture());
    await signUp(10, 'ours');
    expect((await scan('ours', 10, 'in', campus.staff('v1', role('community-officer')))).body.code).toBe(
      'not-your-turn',
    );
  });
});

describe('after an appeal', () => {
  it('a time is entered by hand, within the activity, over no other, with why; what is closed stays', async () => {
    await put('appeal', lecture(30, { starts_at: inHours(-4), ends_at: inHours(4) }));
    const { body: started } = await signUp(11, 'appeal');
    const enter = (from: number, to: number, reason = '签退时扫码器没有电') =>
      host()('/v1/activities/appeal/intervals', {
        body: { student_number: numberOf(11), in_at: inHours(from), out_at: inHours(to), reason },
      });
    expect((await enter(-3, -1)).status).toBe(201);
    expect((await enter(-2, 0)).body.code).toBe('attendance-overlaps');
    expect((await enter(-5, -3.5)).body.code).toBe('attendance-outside');
    expect((await enter(2, 1)).status).toBe(400);
    expect((await enter(0, 1, ' ')).status).toBe(400);
    const same = await Promise.all(Array.from({ length: 6 }, () => enter(0, 1)));
    expect(same.filter(({ status }) => status === 201)).toHaveLength(1);
    const { attendance } = (await campus.student(numberOf(11))(`/v1/cases/${started.id}`)).body;
    expect(attendance).toMatchObject({ minutes: 180, intervals: [{ by_hand: true }, { by_hand: true }] });
    await expect(
      campus.database.run.raw("UPDATE attendance SET out_at = out_at + interval '1 hour' WHERE case_id = ?", [
        started.id,
      ]),
    ).rejects.toThrow('who came and went stays');
  });
});
