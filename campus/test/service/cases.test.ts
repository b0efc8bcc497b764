import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAMPUS_RETENTION } from '../../src/domain/retention/rules.js';
import { CATALOGUE_JSON } from '../support/catalogue.js';
import { LEAVE, role, startCampus, type TestCampus } from './support/start-campus.js';

let campus: TestCampus;
const numberOf = (n: number) => `2023${String(n).padStart(8, '0')}`;
beforeAll(async () => {
  campus = await startCampus();
  const of = (counsellor: string, numbers: string[]) => numbers.map((number) => ({ number, counsellor }));
  await campus.enrol([
    ...Array.from({ length: 80 }, (_, n) => ({ number: numberOf(n + 1) })),
    ...['202399990001', '202300990099', '88800001', '55500001'].map((number) => ({ number })),
    ...['counselling-appointment', 'party-membership'].map((service) => ({ number: `77000${service.length}` })),
    ...of(
      'T500',
      Array.from({ length: 7 }, (_, n) => `202400${n}`),
    ),
    ...of('T600', ['20250001']),
    { number: '66600001', name: '不想说' },
  ]);
}, 120_000);
afterAll(() => campus?.close());

const counsellor = () => campus.staff('t001', role('counsellor', 'assigned'));
const dean = () => campus.staff('t002', role('department-officer', 'college', '软件学院'));
const agree = (step: string, more: object = {}) => ({ body: { verb: 'agree', step, ...more } });
let students = 0;

/** A student of his own with a leave handed in. */
async function leave(given?: string, form: object = LEAVE) {
  students += 1;
  const number = given ?? numberOf(students);
  const student = campus.student(number);
  const { status, body } = await student('/v1/cases', { body: { service: 'leave', form } });
  expect(status).toBe(201);
  return { id: body.id as string, number, student, path: `/v1/cases/${body.id}/actions` };
}

describe('a leave of five days', () => {
  it('goes to counsellor and college, and each state names owner and due time', async () => {
    const { id, path, student } = await leave();
    const at = async () =>
      (await student(`/v1/cases/${id}`)).body.timeline.filter(({ state }: { state: string }) => state === 'now');
    expect(await at()).toMatchObject([
      {
        step: 'counsellor',
        owners: [{ kind: 'role', role: 'counsellor', scope_kind: 'assigned', scope_value: 't001' }],
      },
    ]);
    expect((await at())[0].due_at).toMatch(/^20/);
    expect((await counsellor()(path, agree('counsellor'))).status).toBe(200);
    expect(await at()).toMatchObject([{ step: 'college' }]);
    expect((await dean()(path, agree('college'))).status).toBe(200);
    expect(await at()).toMatchObject([{ step: 'return', owners: [{ kind: 'applicant' }] }]);
    expect((await student(path, agree('return'))).body).toMatchObject({ status: 'closed', outcome: 'granted' });
    const { state, folded, tasks } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
    expect(tasks.found).toEqual([]);
  });
  it('is filled from what is known, and refuses what is not so', async () => {
    const { id, student } = await leave();
    expect((await student(`/v1/cases/${id}`)).body.form).toMatchObject({ name: '张三', class: '软件2301', days: 5 });
    const lied = await student('/v1/cases', {
      body: { service: 'leave', form: { ...LEAVE, name: '李四' } },
    });
    expect(lied).toMatchObject({ status: 422, body: { code: 'form-invalid' } });
    const short = await student('/v1/cases', {
      body: { service: 'leave', form: { ...LEAVE, days: 0 } },
    });
    expect(short).toMatchObject({ status: 422, body: { code: 'form-invalid', errors: [{ at: '/days' }] } });
  });
  it('shows its reason to those it is for', async () => {
    const { id, path } = await leave();
    await counsellor()(path, { body: { verb: 'add-cosigner', step: 'counsellor', person: 't077' } });
    expect((await campus.staff('t077')(`/v1/cases/${id}`)).body.form).not.toHaveProperty('reason');
    expect((await counsellor()(`/v1/cases/${id}`)).body.form).toHaveProperty('reason');
  });
});

describe('nobody', () => {
  it('decides on his own case [role of a student assistant]', async () => {
    const { path, number } = await leave();
    const own = await campus.student(number, [role('counsellor')])(path, agree('counsellor'));
    expect(own).toMatchObject({ status: 403, body: { code: 'own-case' } });
  });
  it('decides on his own case [made a co-signer under the number he works by]', async () => {
    const { path, number } = await leave();
    const added = await counsellor()(path, { body: { verb: 'add-cosigner', step: 'counsellor', person: number } });
    expect(added).toMatchObject({ status: 422, body: { code: 'person-not-possible' } });
    expect((await campus.student(number)(path, agree('counsellor'))).body.code).toBe('not-your-turn');
  });
  it('signs twice in an all-sign step, himself or for another', async () => {
    const student = campus.student('202399990001');
    const form = { kind: 'withdrawal', effective_date: '2026-12-10', reason: '创业' };
    const { body } = await student('/v1/cases', { body: { service: 'status-change', form } });
    const path = `/v1/cases/${body.id}/actions`;
    await counsellor()(path, agree('counsellor'));
    await dean()(path, agree('college'));
    const one = campus.staff('r001', role('registrar'));
    const other = campus.staff('r002', role('registrar'));
    const period = {
      from: new Date(Date.now() - 1000).toISOString(),
      until: new Date(Date.now() + 86_400_000).toISOString(),
    };
    expect((await other('/v1/delegations', { body: { to: 'r001', ...period } })).status).toBe(201);
    expect((await one(path, agree('two-of-registry'))).status).toBe(200);
    expect((await one(path, agree('two-of-registry'))).body.code).toBe('signed-already');
    const waiting = (await one('/v1/inbox?limit=200')).body.tasks as { case_id: string }[];
    expect(waiting.map(({ case_id }) => case_id)).not.toContain(body.id);
    expect(JSON.stringify((await other('/v1/inbox?limit=200')).body)).toContain(body.id);
    expect((await other(path, agree('two-of-registry'))).status).toBe(200);
  });
  it('learns of a case he has no part in', async () => {
    const { id, path } = await leave();
    for (const stranger of [
      campus.student('209900000000'),
      campus.staff('x1'),
      campus.staff('x2', role('counsellor', 'assigned')),
    ]) {
      expect(await stranger(`/v1/cases/${id}`)).toMatchObject({ status: 404, body: { code: 'case-not-found' } });
      expect((await stranger(`/v1/cases/${id}/history`)).status).toBe(404);
      expect((await stranger(path, agree('counsellor'))).status).toBe(404);
    }
  });
});

describe('at the same time', () => {
  it('of two decisions on one case exactly one counts', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, path } = await leave();
      const [a, b] = [campus.staff('p1', role('counsellor')), campus.staff('p2', role('counsellor'))];
      const answers = await Promise.all([
        a(path, agree('counsellor')),
        b(path, { body: { verb: 'refuse', step: 'counsellor', reason: '考试周' } }),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(['step-not-open', 'case-closed']).toContain(answers.find(({ status }) => status !== 200)?.body.code);
      const { state, folded, tasks } = await campus.rowsOf(id);
      expect(folded).toEqual(state);
      expect(tasks.found).toEqual(tasks.wanted);
    }
  });
  it('five departments that act together on their branches all count', async () => {
    const student = campus.student('202300990099');
    const form = { leaves_on: '2027-06-30' };
    const begun = await student('/v1/cases', { body: { service: 'graduation-clearance', form } });
    const path = `/v1/cases/${begun.body.id}/actions`;
    const branches = ['library', 'finance', 'dormitory', 'loan', 'card'];
    const answers = await Promise.all(
      branches.map((name) => campus.staff(`d-${name}`, role(`${name}-officer`, 'campus', '主校区'))(path, agree(name))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await dean()(path, agree('release'))).body).toMatchObject({ status: 'open' });
    await campus.carryOutEffects();
    const { state, folded } = await campus.rowsOf(begun.body.id);
    expect(state).toMatchObject({ status: 'closed', outcome: 'granted' });
    expect(folded).toEqual(state);
    expect(state.emitted).toMatchObject([{ document: 'alumni-id' }]);
  });
  it('a repeat under the same key is the same action, and another body is refused', async () => {
    const { path, id } = await leave();
    const call = { ...agree('counsellor'), key: 'agree-once-1' };
    const answers = await Promise.all([counsellor()(path, call), counsellor()(path, call), counsellor()(path, call)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect((await counsellor()(path, { ...agree('college'), key: 'agree-once-1' })).body.code).toBe(
      'idempotency-key-reused',
    );
    const { rows } = await campus.database.run.raw(
      "SELECT count(*) AS n FROM case_event WHERE case_id = ? AND kind = 'signed'",
      [id],
    );
    expect(Number(rows[0].n)).toBe(1);
  });
  it('a decision on an older version is refused', async () => {
    const { path, student, id } = await leave();
    const { version } = (await student(`/v1/cases/${id}`)).body;
    await student(path, { body: { verb: 'urge' } });
    expect(await counsellor()(path, agree('counsellor', { version }))).toMatchObject({
      status: 409,
      body: { code: 'case-version-conflict', version: version + 1 },
    });
  });
});

describe('the inbox', () => {
  it('pages by key, the most urgent first, each task once', async () => {
    for (let n = 0; n < 7; n += 1)
      await campus.student(`202400${n}`)('/v1/cases', {
        body: { service: 'leave', form: LEAVE },
      });
    const reader = campus.staff('t500', role('counsellor', 'assigned'));
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const { body } = await reader(`/v1/inbox?limit=3${after === '' ? '' : `&after=${after}`}`);
      seen.push(...body.tasks.map(({ case_id }: { case_id: string }) => case_id));
      after = body.next;
    }
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    expect((await reader('/v1/inbox?after=nonsense')).body.code).toBe('page-key-invalid');
    expect((await campus.staff('t501', role('counsellor', 'assigned'))('/v1/inbox')).body.tasks).toEqual([]);
  });
  it('holds what somebody stands in for, until it ends', async () => {
    await campus.student('20250001')('/v1/cases', {
      body: { service: 'leave', form: LEAVE },
    });
    const away = campus.staff('t600', role('counsellor', 'assigned'));
    const deputy = campus.staff('t601');
    expect((await deputy('/v1/inbox')).body.tasks).toEqual([]);
    const period = {
      from: new Date(Date.now() - 1000).toISOString(),
      until: new Date(Date.now() + 86_400_000).toISOString(),
    };
    const made = await away('/v1/delegations', { body: { to: 't601', ...period } });
    expect((await deputy('/v1/inbox')).body.tasks).toHaveLength(1);
    expect((await deputy(`/v1/delegations/${made.body.id}/end`, { body: {} })).body.code).toBe('delegation-not-found');
    expect((await away(`/v1/delegations/${made.body.id}/end`, { body: {} })).status).toBe(204);
    expect((await deputy('/v1/inbox')).body.tasks).toEqual([]);
    for (const [to, from, until] of [
      ['t600', period.from, period.until],
      ['t601', period.until, period.from],
      ['t601', period.from, '2099-01-01T00:00:00Z'],
    ])
      expect((await away('/v1/delegations', { body: { to, from, until } })).status).toBe(422);
  });
  it('of the student has what he has to do', async () => {
    const { path, student } = await leave();
    await counsellor()(path, { body: { verb: 'return', step: 'counsellor', to: 'applicant', reason: '请补充' } });
    expect((await student('/v1/inbox')).body.tasks).toMatchObject([{ step: null, service: 'leave' }]);
    expect((await student(path, { body: { verb: 'resubmit', form: { destination: '广州' } } })).body.status).toBe(
      'open',
    );
    expect((await student('/v1/inbox')).body.tasks).toEqual([]);
    expect((await student('/v1/cases')).body.cases).toHaveLength(1);
  });
});

describe('services that others must not know of', () => {
  it.each([
    ['counselling-appointment', { preferred_day: '2026-12-05', slot: 'morning' }, 'psychologist'],
    ['party-membership', { application: '我志愿……', applied_on: '2026-11-01' }, 'party-secretary'],
  ])('%s is not there for other staff, in lists, cases and inbox', async (service, form, insider) => {
    const student = campus.student(`77000${service.length}`);
    const { body } = await student('/v1/cases', { body: { service, form } });
    const outsiders = ['counsellor', 'department-officer', 'registrar', 'operator', 'security-auditor'].map((name) =>
      campus.staff(`o-${name}`, role(name)),
    );
    for (const outsider of outsiders) {
      expect((await outsider(`/v1/services/${service}`)).body.code).toBe('service-not-found');
      expect((await outsider('/v1/services')).body.services.map(({ id }: { id: string }) => id)).not.toContain(service);
      expect((await outsider(`/v1/cases/${body.id}`)).body.code).toBe('case-not-found');
      expect((await outsider(`/v1/cases/${body.id}/actions`, agree('talk'))).status).toBe(404);
      expect(JSON.stringify((await outsider('/v1/inbox?limit=200')).body)).not.toContain(service);
    }
    expect((await campus.staff('in', role(insider))(`/v1/cases/${body.id}`)).status).toBe(200);
    expect(
      (await campus.staff('in', role(insider))('/v1/services')).body.services.map(({ id }: { id: string }) => id),
    ).toContain(service);
    expect((await student(`/v1/cases/${body.id}`)).status).toBe(200);
  });
  it('an anonymous complaint does not say who, but to those who may know', async () => {
    const student = campus.student('66600001');
    const form = { topic: 'canteen', anonymous: true, text: '菜价太高', may_publish: false };
    const { body } = await student('/v1/cases', {
      body: { service: 'complaint', form },
    });
    const community = campus.staff('c1', role('community-officer'));
    const seen = (await community(`/v1/cases/${body.id}`)).body;
    expect(seen.choices.classify.map(({ id }: { id: string }) => id)).toContain('canteen');
    expect(seen.fields.find(({ id }: { id: string }) => id === 'name').value.zh).toBe('不想说');
    expect((await community(`/v1/cases/${body.id}/actions`, agree('classify', { choice: 'canteen' }))).status).toBe(
      200,
    );
    const department = campus.staff('l1', role('logistics-officer'));
    for (const path of ['', '/history']) {
      const told = JSON.stringify((await department(`/v1/cases/${body.id}${path}`)).body);
      expect(told).not.toMatch(/66600001|不想说/);
    }
    expect((await community(`/v1/cases/${body.id}`)).body.applicant.student_number).toBe('66600001');
  });
});

describe('a definition', () => {
  const NEXT = (CATALOGUE_JSON.find(({ id }) => id === 'leave')?.version ?? 0) + 1;
  const version2 = () => {
    const json = structuredClone(CATALOGUE_JSON.find(({ id }) => id === 'leave')) as never as {
      id: string;
      version: number;
      rules: Record<string, { when: object }[]>;
      tests: { name: string; path?: string[] }[];
    };
    json.version = NEXT;
    json.rules['needs-college']![0]!.when = { '>': [{ var: 'form.days' }, 30] };
    return json;
  };
  it('whose own tests fail is not published', async () => {
    const json = version2();
    expect((await campus.operator('/v1/service-definitions', json)).status).toBe(201);
    const refused = await campus.operator(`/v1/service-definitions/leave/${NEXT}/publish`, {});
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'service-tests-failed', failed: [{ name: '5 days: college as well' }, { name: '10 days: three' }] },
    });
  });
  it('of a version that was taken is refused with other content, and taken again with the same', async () => {
    const json = version2();
    expect((await campus.operator('/v1/service-definitions', json)).status).toBe(200);
    json.tests.pop();
    expect((await campus.operator('/v1/service-definitions', json)).body.code).toBe('service-version-taken');
  });
  it('imported while running is used at once by every process, and cases go on by the version they began with', async () => {
    const before = await leave();
    const other = await campus.startProcess();
    const json = { ...structuredClone(CATALOGUE_JSON.find(({ id }) => id === 'repair')), id: 'bicycle-repair' } as {
      id: string;
      version: number;
    };
    expect((await campus.student('1')('/v1/services/bicycle-repair')).status).toBe(404);
    await campus.publish(json);
    const form = { category: 'network', place_building: '车棚', place_room: '1', description: '链条' };
    const student = campus.student('88800001');
    const begun = await student('/v1/cases', {
      body: { service: 'bicycle-repair', form },
      url: other.url,
    });
    expect(begun.status).toBe(201);
    const done = await campus.staff('n1', role('repair-network'))(`/v1/cases/${begun.body.id}/actions`, agree('work'));
    expect(done.status).toBe(200);
    expect(
      (await student(`/v1/cases/${begun.body.id}/actions`, { ...agree('confirm'), url: other.url })).body.status,
    ).toBe('closed');
    expect((await before.student(`/v1/cases/${before.id}`)).body.service.version).toBe(NEXT - 1);
    await other.kill();
  }, 60_000);
  it('is imported by the operator alone', async () => {
    for (const caller of [
      campus.staff('t001', role('registrar')),
      campus.staff('t001', role('operator', 'college', '软件学院')),
      campus.student('1'),
    ])
      expect((await caller('/v1/service-definitions', { body: {} })).status).toBe(403);
    expect((await campus.operator('/v1/service-definitions', { id: 'x' })).body.code).toBe('service-malformed');
  });
});

describe('the register', () => {
  it('says who an applicant is, whatever a caller says [a student nobody knows] [facts in the body]', async () => {
    const stranger = campus.student('209900000000');
    expect(await stranger('/v1/cases', { body: { service: 'leave', form: LEAVE } })).toMatchObject({
      status: 422,
      body: { code: 'applicant-unknown' },
    });
    const applicant = { class: '软件2302' };
    const told = await campus.student(numberOf(79))('/v1/cases', {
      body: { service: 'leave', form: LEAVE, applicant },
    });
    expect(told.status).toBe(400);
  });
});

describe('callers', () => {
  const ID = 'a'.repeat(22);
  it.each([
    ['GET', '/v1/services'],
    ['GET', '/v1/services/leave'],
    ['POST', '/v1/cases'],
    ['GET', '/v1/cases'],
    ['GET', `/v1/cases/${ID}`],
    ['GET', `/v1/cases/${ID}/history`],
    ['POST', `/v1/cases/${ID}/actions`],
    ['GET', '/v1/inbox'],
    ['GET', '/v1/delegations'],
    ['POST', '/v1/delegations'],
    ['POST', `/v1/delegations/${ID}/end`],
    ['POST', '/v1/service-definitions'],
    ['GET', '/v1/service-definitions'],
    ['POST', '/v1/service-definitions/leave/1/publish'],
    ['GET', '/v1/audit'],
  ])('that show nothing get nothing [%s %s]', async (method, path) => {
    const answer = await fetch(new URL(path, campus.url), { method });
    expect(answer.status).toBe(401);
    const isForOperator = path.startsWith('/v1/service-definitions') || path === '/v1/audit';
    if (!isForOperator && method === 'GET') expect((await campus.operator(path)).status).toBe(403);
    if (path.startsWith('/v1/delegations') && method === 'GET')
      expect((await campus.student('1')(path)).status).toBe(403);
  });
  it('act for a signed-in person of their own kind', async () => {
    const forms: ['admin' | 'campus-web', string][] = [
      ['admin', 'student:1'],
      ['campus-web', 'account:t001'],
      ['campus-web', 'staff:t001'],
      ['admin', 'operator'],
    ];
    for (const [name, actor] of forms)
      expect(await campus.caller(name, actor, [])('/v1/inbox')).toMatchObject({
        status: 403,
        body: { code: 'person-needed' },
      });
  });
  it('name a student where staff begin a case', async () => {
    const organiser = campus.staff('p1', role('party-organiser'));
    const form = { applied_on: '2026-11-20', application: '我志愿加入中国共产党' };
    const body = { service: 'party-membership', form };
    expect((await organiser('/v1/cases', { body })).body.code).toBe('applicant-needed');
    const begun = await organiser('/v1/cases', { body: { ...body, student_number: '55500001' } });
    expect(begun.status).toBe(201);
    expect((await campus.student('55500001')(`/v1/cases/${begun.body.id}`)).status).toBe(200);
    // A window clerk has the student say so first (windows.test.ts).
    const clerk = campus.staff('w1', role('window-clerk'));
    const direct = { service: 'leave', form: LEAVE, student_number: '55500001' };
    expect((await clerk('/v1/cases', { body: direct })).body.code).toBe('visit-needed');
    expect(
      (
        await campus.staff('x9')('/v1/cases', {
          body: { service: 'leave', form: LEAVE, student_number: '55500001' },
        })
      ).body.code,
    ).toBe('start-not-allowed');
  });
});

describe('deadlines', () => {
  it('escalate each breach once, also with two workers at once', async () => {
    const { id, path } = await leave(undefined, { ...LEAVE, days: 1 });
    campus.clock.ms = 60 * 86_400_000;
    await Promise.all([campus.tellBreaches(), campus.tellBreaches(), campus.tellBreaches()]);
    await campus.tellBreaches();
    const { rows } = await campus.database.run.raw(
      "SELECT kind FROM case_event WHERE case_id = ? AND kind IN ('escalated', 'reminded')",
      [id],
    );
    expect(rows).toEqual([{ kind: 'escalated' }]);
    expect((await dean()(path, agree('counsellor'))).status).toBe(200);
    campus.clock.ms = 0;
  });
});

describe('what is kept', () => {
  it('is named by the retention rules, table by table', async () => {
    const { rows } = await campus.database.run.raw(
      "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'campus' AND table_type = 'BASE TABLE'",
    );
    expect(CAMPUS_RETENTION.map(({ table }) => table).sort()).toEqual(rows.map(({ t }: { t: string }) => t).sort());
  });
  it('goes with its time, and events go with their case alone', async () => {
    const { id, student, path } = await leave();
    await student(path, { body: { verb: 'withdraw' } });
    const raw = campus.database.run.raw.bind(campus.database.run);
    await expect(raw('DELETE FROM case_event WHERE case_id = ?', [id])).rejects.toThrow('stays');
    await expect(raw("UPDATE case_event SET kind = 'x' WHERE case_id = ?", [id])).rejects.toThrow('stays');
    await expect(raw("UPDATE service_definition SET body = '{}'")).rejects.toThrow('never changes');
    await raw("UPDATE service_case SET keep_until = now() - interval '1 day' WHERE id = ?", [id]);
    await campus.retain();
    const { rows } = await raw('SELECT count(*) AS n FROM case_event WHERE case_id = ?', [id]);
    expect(Number(rows[0].n)).toBe(0);
    expect((await student(`/v1/cases/${id}`)).status).toBe(404);
  });
  it('goes when nobody has touched it for three years, and each act begins them anew [open]', async () => {
    const [left, moved] = [await leave(), await leave()];
    const until = async (id: string) => {
      const { rows } = await campus.database.run.raw('SELECT keep_until FROM service_case WHERE id = ?', [id]);
      return (rows[0] as { keep_until: Date } | undefined)?.keep_until.getTime() ?? 0;
    };
    const before = await until(moved.id);
    expect(before - Date.now()).toBeGreaterThan(1_094 * 86_400_000);
    campus.clock.ms = 86_400_000;
    expect((await counsellor()(moved.path, agree('counsellor'))).status).toBe(200);
    expect((await until(moved.id)) - before).toBeGreaterThanOrEqual(86_000_000);
    campus.clock.ms = 1_095 * 86_400_000 + 60_000;
    await campus.retain();
    campus.clock.ms = 0;
    expect((await left.student(`/v1/cases/${left.id}`)).status).toBe(404);
    expect((await moved.student(`/v1/cases/${moved.id}`)).status).toBe(200);
  });
  it('says no number and no name in log and audit, and no text of a form in the database', async () => {
    const { number } = await leave();
    const { rows } = await campus.database.run.raw("SELECT string_agg(row_text, ' ') AS text FROM audit");
    for (const text of [rows[0].text, campus.logLines.join(' ')])
      expect(text).not.toMatch(new RegExp(`${number}|张三|外婆`));
    const sealed = await campus.database.run.raw(
      "SELECT count(*) AS n FROM service_case WHERE position(convert_to('外婆', 'UTF8') IN state) > 0",
    );
    expect(Number(sealed.rows[0].n)).toBe(0);
  });
});

it('killed in the middle, a case is as before the action or after it', async () => {
  const begun = await Promise.all(Array.from({ length: 12 }, () => leave()));
  for (let round = 0; round < 3; round += 1) {
    const victim = await campus.startProcess();
    const cases = begun.slice(round * 4, round * 4 + 4);
    const calls = cases.flatMap(({ path }) => [
      counsellor()(path, { ...agree('counsellor'), url: victim.url }),
      dean()(path, { ...agree('college'), url: victim.url }),
    ]);
    await Promise.race(calls);
    await victim.kill();
    const answers = await Promise.all(calls);
    for (const [at, { id }] of cases.entries()) {
      const { state, folded, version, tasks } = await campus.rowsOf(id);
      expect(folded).toEqual(state);
      expect(version).toBe(state.version);
      expect(tasks.found).toEqual(tasks.wanted);
      // What was answered as done is done.
      if (answers[at * 2]?.status === 200) expect(state.steps['counsellor']?.status).toBe('done');
    }
  }
}, 120_000);
