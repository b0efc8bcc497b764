import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { workbookToCsv } from '../../../issuer/src/domain/workbook/workbook-to-csv.js';
import { isPublicWorkday } from '../../src/adapters/public-holidays.js';
import { parseSchoolCalendar } from '../../src/domain/calendar/school-calendar.js';
import { addWorkingHours, workingMsBetween } from '../../src/domain/calendar/working-time.js';
import { CATALOGUE_JSON, SCHOOL_CALENDAR_JSON } from '../support/catalogue.js';
import { LEAVE, role, startCampus, type TestCampus } from './support/start-campus.js';

const CALENDAR = parseSchoolCalendar(SCHOOL_CALENDAR_JSON, isPublicWorkday);
const HOUR_MS = 3_600_000;
let campus: TestCampus;
const numberOf = (n: number) => `2031${String(n).padStart(8, '0')}`;
beforeAll(async () => {
  campus = await startCampus();
  await campus.enrol([
    ...Array.from({ length: 40 }, (_, n) => ({ number: numberOf(n + 1), name: `学生甲${n + 1}` })),
    ...['44400001', '44400002'].map((number) => ({ number, name: '匿名人', college: '密语学院', class: '密语2301' })),
    ...['33300001', '33300002'].map((number) => ({ number, name: '王五', counsellor: 'T002', class: '软件2302' })),
  ]);
}, 120_000);
afterEach(() => {
  campus.clock.ms = 0;
});
afterAll(() => campus?.close());

const counsellor = () => campus.staff('t001', role('counsellor', 'assigned'));
const dean = () => campus.staff('t003', role('department-officer', 'college', '软件学院'));
const office = () => campus.staff('t004', role('department-officer'));
const begin = async (number: string, service: string, form: object): Promise<string> => {
  const begun = await campus.student(number)('/v1/cases', { body: { service, form } });
  expect(begun).toMatchObject({ status: 201 });
  return begun.body.id;
};
const act = (as: ReturnType<TestCampus['staff']>, id: string, body: object) => as(`/v1/cases/${id}/actions`, { body });
type Line = { id: string; applicant: { student_number: string } | null; service: { id: string } };
async function listed(as: ReturnType<TestCampus['staff']>, query = ''): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const { body } = await as(`/v1/staff-cases?limit=3${query}${after === '' ? '' : `&after=${after}`}`);
    ids.push(...(body.cases as Line[]).map(({ id }) => id));
    after = body.next;
  }
  expect(new Set(ids).size).toBe(ids.length);
  return ids;
}

describe('a list of staff', () => {
  it('is exactly what each may read, page by page, the newest first', async () => {
    const own = [];
    for (let n = 1; n <= 7; n += 1) own.push(await begin(numberOf(n), 'leave', LEAVE));
    const others = await begin('33300001', 'leave', LEAVE);
    expect(await listed(counsellor())).toEqual([...own].reverse());
    expect(await listed(campus.staff('t002', role('counsellor', 'assigned')))).toEqual([others]);
    expect((await listed(campus.staff('t009', role('counsellor')))).sort()).toEqual([...own, others].sort());
    // Not asked yet: the college sees a leave when it comes to it, and who may void every one.
    expect(await listed(dean())).toEqual([]);
    await act(counsellor(), own[0] as string, { verb: 'agree', step: 'counsellor' });
    expect(await listed(dean())).toEqual([own[0]]);
    expect(await listed(office())).toHaveLength(8);
    for (const nobody of [campus.staff('x1'), campus.staff('x2', role('guard')), campus.staff('x3', role('registrar'))])
      expect(await listed(nobody)).toEqual([]);
    // Asked by name, and a deputy.
    await act(counsellor(), own[1] as string, { verb: 'add-cosigner', step: 'counsellor', person: 't077' });
    expect(await listed(campus.staff('t077'))).toEqual([own[1]]);
    const [from, until] = [new Date(Date.now() - 1000).toISOString(), new Date(Date.now() + HOUR_MS).toISOString()];
    const made = await counsellor()('/v1/delegations', { body: { to: 't078', from, until } });
    expect(await listed(campus.staff('t078'))).toHaveLength(7);
    await counsellor()(`/v1/delegations/${made.body.id}/end`, { body: {} });
    expect(await listed(campus.staff('t078'))).toEqual([]);
  });
  it('is found by service, state, unit, student and day', async () => {
    const repair = await begin('33300002', 'repair', {
      ...{ category: 'network', place_building: '一号楼', place_room: '101', description: '断网' },
    });
    expect(await listed(office(), '&service=repair')).toEqual([repair]);
    expect(await listed(office(), '&module=daily-affairs&student=33300001')).toHaveLength(1);
    expect(await listed(office(), '&student=33300002')).toEqual([repair]);
    expect(await listed(office(), `&class=${encodeURIComponent('软件2302')}`)).toHaveLength(2);
    expect(await listed(office(), `&college=${encodeURIComponent('别的学院')}`)).toEqual([]);
    expect(await listed(office(), '&status=closed')).toEqual([]);
    expect(await listed(office(), '&status=open&from=2026-01-01&to=2099-12-31')).toHaveLength(9);
    expect(await listed(office(), '&from=2099-01-01')).toEqual([]);
    await act(campus.student('33300002'), repair, { verb: 'withdraw' });
    expect(await listed(office(), '&status=withdrawn')).toEqual([repair]);
    for (const query of [
      'status=mine',
      'service=A',
      'from=yesterday',
      'from=0001-01-01',
      'limit=1000',
      'after=x',
      'student=%25',
    ])
      expect((await office()(`/v1/staff-cases?${query}`)).status).toBe(400);
    expect((await campus.student(numberOf(1))('/v1/staff-cases')).status).toBe(403);
  });
  it('says whose a case is, where it stands, and nothing of its form', async () => {
    const { body } = await office()('/v1/staff-cases?student=33300001');
    expect(body.cases[0]).toMatchObject({
      service: { id: 'leave', title: { zh: '请销假' } },
      applicant: { name: '王五', class: '软件2302' },
      step: { id: 'counsellor' },
      status: 'open',
    });
    expect(JSON.stringify(body)).not.toContain('外婆');
  });
  it('does not find who is unknown by number, college or class', async () => {
    const form = { topic: 'canteen', anonymous: true, text: '菜价太高', may_publish: false };
    const hidden = await begin('44400001', 'complaint', form);
    const named = await begin('44400002', 'complaint', { ...form, anonymous: false });
    const community = campus.staff('c1', role('community-officer'));
    for (const id of [hidden, named])
      expect((await act(community, id, { verb: 'agree', step: 'classify', choice: 'canteen' })).status).toBe(200);
    const department = campus.staff('l1', role('logistics-officer'));
    expect((await listed(department)).sort()).toEqual([hidden, named].sort());
    for (const query of ['&student=44400001', '&student=44400002', `&college=${encodeURIComponent('密语学院')}`]) {
      expect(await listed(department, query)).toEqual(query === '&student=44400001' ? [] : [named]);
      expect(await listed(community, query)).toContain(query === '&student=44400002' ? named : hidden);
    }
    const { body } = await department('/v1/staff-cases');
    expect(body.cases.find(({ id }: Line) => id === hidden).applicant).toBeNull();
    await act(department, hidden, { verb: 'agree', step: 'plan' });
  });
  it('takes up what older code wrote', async () => {
    const before = await listed(office());
    await campus.database.run.raw('DELETE FROM case_reader');
    await campus.database.run.raw('UPDATE service_case SET listed_version = 0');
    expect(await listed(office())).toEqual([]);
    expect(await campus.listUnlisted()).toBeGreaterThan(8);
    expect(await campus.listUnlisted()).toBe(0);
    expect(await listed(office())).toEqual(before);
  });
});

describe('who is away', () => {
  it('is seen by who has charge of the student, and who has not returned is marked', async () => {
    const at = async (from: string, to: string, n: number) => {
      const id = await begin(numberOf(n), 'leave', { ...LEAVE, from, to, days: 1 });
      expect((await act(counsellor(), id, { verb: 'agree', step: 'counsellor' })).status).toBe(200);
      return id;
    };
    const [over, now, late] = [
      await at('2026-01-01', '2026-01-02', 21),
      await at('2026-01-01', '2099-01-02', 22),
      await at('2099-01-01', '2099-01-02', 23),
    ];
    type Absence = { case_id: string | null; state: string; applicant: { student_number: string } };
    const away = async (as: ReturnType<TestCampus['staff']>): Promise<Absence[]> =>
      (await as('/v1/absences')).body.absences;
    const states = async () =>
      Object.fromEntries((await away(counsellor())).map((one) => [one.case_id, one.state] as const));
    expect(await states()).toEqual({ [over]: 'not-returned', [now]: 'away', [late]: 'to-come' });
    const ofClass = await away(campus.staff('t050', role('counsellor', 'class', '软件2301')));
    // In charge of the class, but not asked in these cases.
    expect(ofClass.map(({ case_id, state }) => [case_id, state])).toContainEqual([null, 'away']);
    expect(await away(dean())).toHaveLength(3);
    for (const other of [
      campus.staff('t002', role('counsellor', 'assigned')),
      campus.staff('t051', role('counsellor', 'class', '软件2302')),
      campus.staff('t052', role('repair-dispatcher')),
      campus.staff('t053'),
    ])
      expect(await away(other)).toEqual([]);
    campus.clock.ms = 120 * 86_400_000;
    expect((await states())[now]).toBe('not-returned');
    await campus.tellBreaches();
    expect((await states())[now]).toBe('not-returned');
    campus.clock.ms = 0;
    await act(campus.student(numberOf(21)), over, { verb: 'agree', step: 'return' });
    expect(Object.keys(await states())).not.toContain(over);
  });
});

describe('statistics', () => {
  const STEP = 'teacher';
  const teacher = () => campus.staff('e001', role('course-teacher'));

  /** Worked out a second time, from nothing but what the log says in its columns, and by hand. */
  async function recomputed() {
    const { rows } = await campus.database.run.raw(
      `SELECT e.case_id, e.kind, e.step, e.at FROM case_event e JOIN service_case c ON c.id = e.case_id
       WHERE c.definition_id = 'course-exemption' ORDER BY e.case_id, e.sequence`,
    );
    const minutes: number[] = [];
    let [opened, late, returned] = [new Map<string, Date>(), 0, 0];
    const told = new Set<string>();
    for (const { case_id: id, kind, step, at } of rows as { case_id: string; kind: string; step: string; at: Date }[]) {
      if (kind === 'step-opened' && step === STEP) {
        opened.set(id, at);
        told.delete(id);
      }
      if (kind === 'reminded' || kind === 'escalated') told.add(id);
      const start = opened.get(id);
      if (start === undefined || !(['step-done', 'returned'].includes(kind) ? step === STEP : kind === 'closed'))
        continue;
      opened.delete(id);
      minutes.push(Math.round(workingMsBetween(CALENDAR, start.getTime(), at.getTime()) / 60_000));
      late += told.has(id) ? 1 : 0;
      returned += kind === 'returned' ? 1 : 0;
    }
    const sorted = minutes.sort((a, b) => a - b);
    const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1];
    return { runs: sorted.length, median_minutes: at(0.5), p90_minutes: at(0.9), late, returned };
  }

  it('equal what the event log says, worked out by hand', async () => {
    const ids: string[] = [];
    // The register's clock does not move with ours: all are handed in now.
    for (let n = 1; n <= 9; n += 1)
      ids.push(await begin(numberOf(n), 'course-exemption', { course: '大学英语', credits: 2, grounds: '六级 600' }));
    for (let n = 1; n <= 9; n += 1) {
      // Each lies a working hour longer than the one before, the last for months.
      campus.clock.ms = addWorkingHours(CALENDAR, Date.now(), n) - Date.now() + (n === 9 ? 90 * 86_400_000 : 0);
      await campus.tellBreaches();
      const body =
        n === 3
          ? { verb: 'return', step: STEP, to: 'applicant', reason: '请补充' }
          : n === 5
            ? { verb: 'refuse', step: STEP, reason: '不在籍' }
            : { verb: 'agree', step: STEP };
      expect((await act(teacher(), ids[n - 1] as string, body)).status).toBe(200);
    }
    await campus.student(numberOf(3))(`/v1/cases/${ids[2]}/actions`, {
      body: { verb: 'resubmit', form: { credits: 1 } },
    });
    expect((await act(teacher(), ids[2] as string, { verb: 'agree', step: STEP })).status).toBe(200);
    const { body } = await teacher()('/v1/statistics/course-exemption');
    expect(body.steps[0]).toMatchObject({ step: STEP, owner_role: 'course-teacher', ...(await recomputed()) });
    expect(body.steps[0]).toMatchObject({ runs: 10, returned: 1, late: 1 });
    const all = (await teacher()('/v1/statistics')).body.services;
    const line = all.find((one: { service: { id: string } }) => one.service.id === 'course-exemption');
    // One was refused: it would be known from the others, so one more count goes.
    expect(line).toMatchObject({ cases: 9, by_standing: { open: null, refused: null, granted: 0 } });
    // One was decided: how long that took is his alone.
    expect(line).toMatchObject({ p90_minutes: null, is_over_published: null });
    campus.clock.ms = 0;
  });
  it('are told to who has a part in the service, of the college he has it for, and of groups alone', async () => {
    const of = async (as: ReturnType<TestCampus['staff']>) =>
      ((await as('/v1/statistics')).body.services as { service: { id: string }; cases: number | null }[]).map(
        ({ service, cases }) => [service.id, cases] as const,
      );
    expect(await of(counsellor())).toEqual([]);
    expect(await of(campus.staff('x1', role('guard')))).toEqual([]);
    const ofDean = new Map(await of(dean()));
    expect(ofDean.get('leave')).toBeGreaterThan(10);
    expect(ofDean.has('complaint')).toBe(false);
    expect(ofDean.has('party-membership')).toBe(false);
    const other = campus.staff('t8', role('department-officer', 'college', '别的学院'));
    expect(new Map(await of(other)).get('leave')).toBeNull();
    // Two complaints are no group.
    expect(new Map(await of(campus.staff('l1', role('logistics-officer')))).get('complaint')).toBeNull();
    expect((await campus.staff('l1', role('logistics-officer'))('/v1/statistics/complaint')).body.colleges).toBeNull();
    expect((await dean()('/v1/statistics/complaint')).status).toBe(404);
    expect((await office()('/v1/statistics/party-membership')).body.code).toBe('service-not-found');
    expect((await office()('/v1/statistics?from=2026-11-05')).status).toBe(400);
    expect((await campus.student('1')('/v1/statistics')).status).toBe(403);
  });
});

async function readTable(as: ReturnType<TestCampus['staff']>, body: object): Promise<string[][]> {
  const answer = await as('/v1/exports', { body });
  expect(answer.status).toBe(200);
  let csv = '';
  await workbookToCsv(answer.body, new Set(), (text) => {
    csv += text;
  });
  return csv
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(','));
}

describe('an export', () => {
  it('is a workbook of what one sees, in which nothing is a formula, and is audited', async () => {
    const rows = await readTable(await office(), { what: 'cases', service: 'leave' });
    expect(rows[0]?.slice(0, 3)).toEqual(['办件', '事项', '学号']);
    expect(rows.length - 1).toBe((await listed(office(), '&service=leave')).length);
    const counted = await readTable(campus.staff('e001', role('course-teacher')), { what: 'statistics' });
    expect(counted.find((row) => row[0] === '课程免修')?.[1]).toBe('9');
    const audit = await campus.database.run.raw("SELECT row_text FROM audit WHERE row_text LIKE '%exported%'");
    expect(audit.rows).toHaveLength(2);
    expect(JSON.stringify(audit.rows)).not.toMatch(/t004|2031000000/);
  });
  it('leaves out what is not for everybody, also for those who see it', async () => {
    const id = await begin(numberOf(30), 'party-membership', { application: '我志愿……', applied_on: '2026-11-01' });
    const secretary = campus.staff('p1', role('party-secretary'));
    expect(await listed(secretary)).toEqual([id]);
    expect(await readTable(await secretary, { what: 'cases' })).toHaveLength(1);
    for (const body of [{ what: 'people' }, { what: 'cases', after: 'x' }, { what: 'statistics', service: 'leave' }])
      expect((await office()('/v1/exports', { body })).status).toBe(400);
    expect((await campus.student('1')('/v1/exports', { body: { what: 'cases' } })).status).toBe(403);
  });
});

describe('templates of comments', () => {
  it('are one’s own, thirty at most', async () => {
    const mine = counsellor();
    expect((await mine('/v1/comment-templates')).body).toEqual({ templates: [] });
    const templates = [{ name: '同意', text: '同意，注意安全。' }];
    expect((await mine('/v1/comment-templates', { method: 'PUT', body: { templates } })).status).toBe(200);
    expect((await mine('/v1/comment-templates')).body).toEqual({ templates });
    expect((await dean()('/v1/comment-templates')).body).toEqual({ templates: [] });
    const half = { name: '\ud83d', text: 'ab' };
    for (const bad of [
      Array.from({ length: 31 }, () => templates[0]),
      [{ name: '', text: 'ab' }],
      [{ name: 'a' }],
      [half],
    ])
      expect((await mine('/v1/comment-templates', { method: 'PUT', body: { templates: bad } })).status).toBe(400);
    expect((await campus.student('1')('/v1/comment-templates')).status).toBe(403);
  });
});

describe('the designer', () => {
  /** The version after the one in the catalogue. */
  const NEXT = (CATALOGUE_JSON.find(({ id }) => id === 'leave')?.version ?? 0) + 1;
  const operator = () => campus.staff('o1', role('operator'));
  const leave = (change: (json: LeaveJson) => void) => {
    const json = structuredClone(CATALOGUE_JSON.find(({ id }) => id === 'leave')) as never as LeaveJson;
    json.version += 1;
    change(json);
    return json;
  };
  interface LeaveJson {
    version: number;
    rules: Record<string, { when: object }[]>;
    form: { properties: Record<string, object>; required: string[] };
    steps: { id: string; due_working_hours: number }[];
    tests: { path?: string[] }[];
  }
  const fourDays = () =>
    leave((json) => {
      (json.rules['needs-college'] as [{ when: object }])[0].when = { '>': [{ var: 'form.days' }, 4] };
      (json.steps[0] as { due_working_hours: number }).due_working_hours = 14;
      json.form.properties['phone'] = { type: 'string', title: { zh: '电话', en: 'Phone' }, maxLength: 20 };
    });

  it('is told what is wrong, and what the tests say, and nothing is written', async () => {
    const check = async (body: object) => (await operator()('/v1/service-definitions/check', { body })).body;
    expect(await check({ id: 'x' })).toMatchObject({ errors: expect.any(Array), tests: [] });
    expect((await check(leave((json) => json.steps.pop()))).errors).toEqual([]);
    const good = await check(fourDays());
    expect(good).toMatchObject({ errors: [], taken: false });
    expect(good.tests.every(({ passed }: { passed: boolean }) => passed)).toBe(true);
    const bad = await check(
      leave((json) => ((json.rules['needs-college'] as [{ when: object }])[0].when = { '>': [1, 2] })),
    );
    expect(bad.tests.find(({ passed }: { passed: boolean }) => !passed)).toMatchObject({
      wanted: ['counsellor', 'college', 'return'],
      found: ['counsellor', 'return'],
    });
    expect((await operator()(`/v1/service-definitions/leave/${NEXT}`)).status).toBe(404);
    for (const other of [counsellor(), campus.student('1')])
      for (const path of ['/v1/service-definitions', '/v1/service-definitions/leave/1'])
        expect((await other(path)).status).toBe(403);
  });
  it('sees what a version changes, and which past cases would have gone another way', async () => {
    // Five days went to the college; four are asked of the counsellor alone from now on.
    const days = [4, 4, 4, 5, 1, 9];
    const ids: string[] = [];
    for (const [at, many] of days.entries()) {
      const id = await begin(numberOf(31 + at), 'leave', { ...LEAVE, days: many });
      ids.push(id);
      await act(counsellor(), id, {
        verb: at === 2 ? 'refuse' : 'agree',
        step: 'counsellor',
        ...(at === 2 ? { reason: '考试周' } : {}),
      });
      if (many > 3) await act(dean(), id, { verb: 'agree', step: 'college' });
      if (many > 7) await act(campus.staff('r1', role('registrar')), id, { verb: 'agree', step: 'student-office' });
      await act(campus.student(numberOf(31 + at)), id, { verb: 'agree', step: 'return' });
    }
    expect((await operator()('/v1/service-definitions', { body: fourDays() })).status).toBe(201);
    const { lines } = (await operator()(`/v1/service-definitions/leave/${NEXT}/difference?from=${NEXT - 1}`)).body;
    expect(lines).toEqual([
      { part: 'step', id: 'counsellor', what: 'due_working_hours', before: '7', after: '14' },
      { part: 'rule', id: 'needs-college v1', what: 'when', before: 'form.days > 3', after: 'form.days > 4' },
      { part: 'field', id: 'phone', what: 'there', before: null, after: '电话 / Phone' },
    ]);
    const dry = async (as: ReturnType<TestCampus['staff']>, last = 6) =>
      as(`/v1/service-definitions/leave/${NEXT}/dry-run`, { body: { last } });
    const { body } = await dry(operator());
    expect(body).toMatchObject({
      looked_at: 6,
      counts: { same: 3, 'other-path': 3, 'form-does-not-fit': 0, 'may-not-start': 0 },
      paths: [{ was: ['counsellor', 'college', 'return'], would: ['counsellor', 'return'], cases: 3 }],
      cases: [],
    });
    // Ids are for who may read the cases anyway.
    const both = campus.staff('o2', role('operator'), role('department-officer'));
    expect((await dry(both)).body.cases.map(({ id }: { id: string }) => id).sort()).toEqual(ids.slice(0, 3).sort());
    expect((await dry(both, 501)).status).toBe(400);
    expect((await dry(counsellor())).status).toBe(403);
    expect((await operator()('/v1/service-definitions/party-membership/1/dry-run', { body: {} })).status).toBe(404);
    const secretary = campus.staff('o3', role('operator'), role('party-secretary'));
    expect((await secretary('/v1/service-definitions/party-membership/1/dry-run', { body: {} })).status).toBe(200);
    expect((await operator()(`/v1/service-definitions/leave/${NEXT}/publish`, { body: {} })).status).toBe(200);
    expect((await counsellor()('/v1/services/leave')).body.version).toBe(NEXT);
    const audit = await campus.database.run.raw(
      "SELECT row_text FROM audit WHERE row_text LIKE '%service.published%leave%'",
    );
    expect(JSON.stringify(audit.rows)).not.toContain('o1"');
  });
  it('finds that a form asks for more, or that fewer may begin', async () => {
    const stricter = leave((json) => {
      json.version += 1;
      json.form.properties['guardian'] = { type: 'string', title: { zh: '家长', en: 'Guardian' }, maxLength: 20 };
      json.form.required.push('guardian');
      json.tests = json.tests.slice(-1);
    });
    expect((await operator()('/v1/service-definitions', { body: stricter })).status).toBe(201);
    const { body } = await operator()(`/v1/service-definitions/leave/${NEXT + 1}/dry-run`, { body: { last: 3 } });
    expect(body.counts).toMatchObject({ same: 0, 'form-does-not-fit': 3 });
  });
});

it('the mean of ratings is told where five people gave one', async () => {
  const { cases } = (await office()('/v1/staff-cases?service=leave&status=closed')).body;
  const rated = (cases as { id: string; applicant: { student_number: string } }[]).slice(0, 5);
  const ratingOf = async () =>
    (await office()('/v1/statistics')).body.services.find(
      ({ service }: { service: { id: string } }) => service.id === 'leave',
    ).rating;
  for (const [at, one] of rated.entries()) {
    expect(await ratingOf()).toBeNull();
    const body = { stars: at === 0 ? 1 : 4, comment: '' };
    const given = await campus.student(one.applicant.student_number)(`/v1/cases/${one.id}/rating`, { body });
    expect(given.status).toBeLessThan(300);
  }
  expect(await ratingOf()).toEqual({ mean: 3.4, ratings: 5 });
});
