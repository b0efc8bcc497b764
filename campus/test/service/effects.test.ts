import { createServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { CATALOGUE_JSON } from '../support/catalogue.js';
import { openBadLine } from './support/bad-line.js';
import { role, startCampus, type TestCampus } from './support/start-campus.js';

let issuer: TestIssuer;
let line: Awaited<ReturnType<typeof openBadLine>>;
let campus: TestCampus;
let students = 0;
const numberOf = (n: number) => `2023${String(n).padStart(8, '0')}`;
const FINAL_ACTS = 40;

beforeAll(async () => {
  campus = await startCampus({
    issuerEnvironment: { LANYARD_CASE_FINAL_ACTS_PER_DAY: String(FINAL_ACTS) },
    through: async (url) => {
      line = await openBadLine(url);
      return line.url;
    },
  });
  ({ issuer } = campus);
  await campus.enrol(Array.from({ length: 120 }, (_, n) => ({ number: numberOf(n + 1) })));
  await campus.enrol([
    { number: numberOf(201), college: '外国语学院', major: '英语' },
    { number: numberOf(202), college: '只有一人学院', major: '只有一人专业' },
    ...Array.from({ length: 5 }, (_, n) => ({ number: numberOf(203 + n), major: '信息与计算科学' })),
  ]);
}, 180_000);
afterAll(async () => {
  await campus?.close();
  await line?.close();
});

const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
const agree = (step: string, more: object = {}) => ({ body: { verb: 'agree', step, ...more } });
const registrar = (number = 'r001') => campus.staff(number, role('registrar'));
const dean = () => campus.staff('t002', role('department-officer', 'college', '软件学院'));
const next = () => {
  students += 1;
  return numberOf(students);
};

async function begun(service: string, form: object, number = next()) {
  const student = campus.student(number);
  const { status, body } = await student('/v1/cases', { body: { service, form } });
  expect(status).toBe(201);
  const id = body.id as string;
  const see = async () => (await student(`/v1/cases/${id}`)).body;
  return { id, number, student, see, path: `/v1/cases/${id}/actions` };
}
type Begun = Awaited<ReturnType<typeof begun>>;

/** All five checks and the release of the college. */
async function released(number?: string): Promise<Begun> {
  const made = await begun('graduation-clearance', { leaves_on: today() }, number);
  for (const step of ['card', 'loan', 'dormitory', 'finance', 'library'])
    expect((await campus.staff(`o-${step}`, role(`${step}-officer`))(made.path, agree(step))).status).toBe(200);
  expect((await dean()(made.path, agree('release'))).status).toBe(200);
  return made;
}
async function change(kind: string, form: object, number?: string): Promise<Begun> {
  const made = await begun('status-change', { kind, effective_date: today(), reason: '个人原因', ...form }, number);
  await campus.staff('t001', role('counsellor', 'assigned'))(made.path, agree('counsellor'));
  await dean()(made.path, agree('college'));
  if (kind === 'study-change')
    await campus.staff('t003', role('department-officer', 'college', '外国语学院'))(made.path, agree('new-college'));
  if (kind === 'withdrawal')
    for (const one of ['r001', 'r002']) await registrar(one)(made.path, agree('two-of-registry'));
  expect((await registrar('r003')(made.path, agree('registry'))).status).toBe(200);
  return made;
}
const standing = async (number: string) =>
  (await (await issuer.operator(`/v1/students/${number}`)).json()) as Record<string, unknown>;
const acts = async (id: string) =>
  (await issuer.database.run.raw('SELECT step, act FROM case_act WHERE case_id = ? ORDER BY step', [id])).rows;
const changes = async (id: string) =>
  (await issuer.database.run.raw('SELECT kind, actor, source FROM status_change WHERE document_number = ?', [id])).rows;
const effectRow = async (id: string) =>
  (await campus.database.run.raw('SELECT state, tries, trouble, code FROM case_effect WHERE case_id = ?', [id]))
    .rows[0];

describe('a released graduation', () => {
  it('waits for the register with an owner and a due time, and is closed when the register has done it', async () => {
    const { id, number, see, student, path } = await released();
    const waiting = await see();
    expect(waiting).toMatchObject({ status: 'open', documents: [], effects: [{ step: 'alumni', state: 'pending' }] });
    const now = waiting.timeline.find(({ state }: { state: string }) => state === 'now');
    expect(now).toMatchObject({ step: 'alumni', owners: [{ kind: 'role', role: 'registrar' }] });
    expect(now.due_at).toMatch(/^20/);
    expect(await standing(number)).toMatchObject({ enrolment_status: 'enrolled' });
    // What is on its way to the register can neither be taken back nor decided twice.
    expect((await student(path, { body: { verb: 'withdraw' } })).body.code).toBe('effect-under-way');
    for (const verb of ['agree', 'refuse', 'return'])
      expect(
        (
          await registrar()(path, {
            body: { verb, step: 'alumni', reason: 'nein', ...(verb === 'return' ? { to: 'previous' } : {}) },
          })
        ).status,
      ).not.toBe(200);
    expect(await campus.carryOutEffects()).toBeGreaterThan(0);
    expect(await see()).toMatchObject({
      ...{ status: 'closed', outcome: 'granted', documents: [{ document: 'alumni-id', is_file: false }] },
      effects: [{ state: 'done', result: { enrolment_status: 'graduated', carried_out: 'now' } }],
    });
    expect(await standing(number)).toMatchObject({ enrolment_status: 'graduated', credential_state: 'revoked' });
    expect(await changes(id)).toEqual([{ kind: 'graduation', actor: 'service:campus', source: `case:${id}` }]);
    const { state, folded, tasks } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
    expect(tasks.found).toEqual([]);
  });
  it('is in the audit of the register with its case and who decided, by keyed names', async () => {
    const { id, number } = await released();
    await campus.carryOutEffects();
    const { rows } = await issuer.database.run.raw(
      "SELECT row_text FROM audit WHERE action = 'case-act.carried-out' AND row_text LIKE ?",
      [`%${id}%`],
    );
    const { detail } = JSON.parse(rows[0].row_text);
    expect(detail).toMatchObject({
      case: id,
      step: 'alumni',
      act: 'graduate',
      service: { id: 'graduation-clearance' },
    });
    expect(detail.decided_by).toHaveLength(6);
    for (const name of detail.decided_by) expect(name).toMatch(/^person:[0-9a-f]{32}$/);
    expect([...issuer.logLines, ...campus.logLines].join(' ')).not.toContain(number);
  });
  it('lies sealed until it is done', async () => {
    const { id, number } = await released();
    const { rows } = await campus.database.run.raw(
      "SELECT position(convert_to(?, 'UTF8') IN request) AS at FROM case_effect WHERE case_id = ?",
      [number, id],
    );
    expect(rows).toEqual([{ at: 0 }]);
    await campus.carryOutEffects();
  });
});

describe('what the register refuses', () => {
  const leaveAlready = async (number: string) =>
    expect(
      (
        await issuer.operator(`/v1/students/${number}/status-changes`, {
          body: { kind: 'leave', effective_date: today() },
        })
      ).status,
    ).toBe(201);

  it('comes to the owner with the reason, and is done once it was put right and tried again', async () => {
    const { id, number, see, student, path } = await released();
    await leaveAlready(number);
    await campus.carryOutEffects();
    expect(await see()).toMatchObject({
      status: 'open',
      effects: [
        { state: 'refused', problem: { code: 'status-change-not-allowed', zh: expect.stringContaining('学籍') } },
      ],
    });
    expect(await acts(id)).toEqual([]);
    expect((await registrar()(`/v1/cases/${id}`)).body.your_steps).toEqual(['alumni']);
    expect(JSON.stringify((await registrar()('/v1/inbox?limit=200')).body)).toContain(id);
    // Nobody else's, and not the applicant's.
    expect((await campus.staff('x', role('library-officer'))(path, agree('alumni'))).body.code).toBe('not-your-turn');
    expect((await student(path, agree('alumni'))).status).toBe(403);
    // Tried again while nothing has changed: refused again, and still there.
    expect((await registrar()(path, agree('alumni'))).status).toBe(200);
    expect((await registrar()(path, agree('alumni'))).body.code).toBe('effect-under-way');
    await campus.carryOutEffects();
    expect(await see()).toMatchObject({ status: 'open', effects: [{ state: 'refused' }] });
    const back = { kind: 'return', effective_date: today() };
    expect((await issuer.operator(`/v1/students/${number}/status-changes`, { body: back })).status).toBe(201);
    expect((await registrar()(path, agree('alumni', { comment: '已复学' }))).status).toBe(200);
    await campus.carryOutEffects();
    expect(await see()).toMatchObject({ status: 'closed', outcome: 'granted', effects: [{ state: 'done' }] });
    expect(await standing(number)).toMatchObject({ enrolment_status: 'graduated' });
    const { state, folded } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
  });
  it('is refused by the owner, or sent back, and asked for anew', async () => {
    const [refused, returned] = [await released(), await released()];
    for (const { number } of [refused, returned]) await leaveAlready(number);
    await campus.carryOutEffects();
    expect(
      (await registrar()(refused.path, { body: { verb: 'refuse', step: 'alumni', reason: '休学中' } })).body,
    ).toMatchObject({ status: 'closed', outcome: 'refused' });
    expect(await acts(refused.id)).toEqual([]);
    const to = { verb: 'return', step: 'alumni', to: 'previous', reason: '请核对' };
    expect((await registrar()(returned.path, { body: to })).status).toBe(200);
    expect((await returned.see()).timeline.find(({ state }: { state: string }) => state === 'now').step).toBe(
      'release',
    );
    await issuer.operator(`/v1/students/${returned.number}/status-changes`, {
      body: { kind: 'return', effective_date: today() },
    });
    expect((await dean()(returned.path, agree('release'))).status).toBe(200);
    await campus.carryOutEffects();
    expect(await returned.see()).toMatchObject({ status: 'closed', outcome: 'granted' });
  });
});

describe('a change of status', () => {
  it('is a leave of absence until its day, and a return', async () => {
    const number = next();
    const away = await change('leave', { until: '2027-08-31' }, number);
    await campus.carryOutEffects();
    expect(await away.see()).toMatchObject({ status: 'closed', outcome: 'granted' });
    expect(await standing(number)).toMatchObject({ enrolment_status: 'on-leave-of-absence' });
    const back = await change('return', {}, number);
    await campus.carryOutEffects();
    expect(await back.see()).toMatchObject({ status: 'closed' });
    expect(await standing(number)).toMatchObject({ enrolment_status: 'enrolled', credential_state: 'valid' });
  });
  it('is a change of study or a withdrawal, and on a later day it is planned', async () => {
    const moved = await change('study-change', { new_college: '外国语学院', new_major: '英语' });
    const left = await change('withdrawal', {});
    const planned = await change('leave', { effective_date: '2099-01-01' });
    await campus.carryOutEffects();
    expect(await standing(moved.number)).toMatchObject({ college: '外国语学院', major: '英语' });
    expect(await standing(left.number)).toMatchObject({ enrolment_status: 'withdrawn' });
    expect((await planned.see()).effects[0].result).toMatchObject({ carried_out: 'on-its-day' });
    expect(await standing(planned.number)).toMatchObject({ enrolment_status: 'enrolled' });
  });
});

describe('a part of the university that a form names', () => {
  const form = { kind: 'study-change', effective_date: today(), reason: '个人原因', new_major: '英语' };
  const hand = (more: object) =>
    campus.student(next())('/v1/cases', { body: { service: 'status-change', form: { ...form, ...more } } });
  const offeredBy = async (service: string, field: string) =>
    (await campus.student(numberOf(1))(`/v1/services/${service}`)).body.form.properties[field]['x-choices'];

  it('is offered from the register, those with most students first, and no list where nobody keeps one', async () => {
    expect(await offeredBy('status-change', 'new_major')).toContain('信息与计算科学');
    expect((await offeredBy('status-change', 'new_college'))[0]).toBe('软件学院');
    // Known, and not offered: of one student it would tell something.
    for (const field of ['new_college', 'new_major'])
      expect(JSON.stringify(await offeredBy('status-change', field))).not.toContain('只有一人');
    expect((await hand({ new_college: '只有一人学院', new_major: '只有一人专业' })).status).toBe(201);
    const { body } = await campus.student(numberOf(1))('/v1/services/course-exemption');
    expect(JSON.stringify(body.form)).toMatch(/^(?!.*x-choices).*"x-reference":"courses"/);
  });
  it.each([
    ['misspelt', '外国语学校'],
    ['of another university', '北方学院'],
  ])('is refused where it is somebody’s turn by it and nobody is there [%s]', async (_, new_college) => {
    const { status, body } = await hand({ new_college });
    expect([status, body.code]).toEqual([422, 'form-invalid']);
    expect(body.errors).toEqual([{ at: '/new_college', message: expect.stringMatching(/^enum: /) }]);
  });
  it('that is no major there is refused by the register, and the step’s owners read why', async () => {
    const moved = await change('study-change', { new_college: '外国语学院', new_major: '英语学' });
    await campus.carryOutEffects();
    const { effects, status } = await moved.see();
    expect([status, effects[0].problem]).toEqual([
      'open',
      {
        ...{ code: 'study-unit-unknown', zh: expect.stringContaining('没有这个专业') },
        en: expect.stringContaining('no such major'),
      },
    ]);
    expect(await standing(moved.number)).toMatchObject({ college: '软件学院' });
  });
  it('is told to campus alone, and only of lists there are', async () => {
    const ask = (name: string) => campus.issuerClient.json(`/v1/reference-lists/${name}`);
    expect(await ask('buildings')).toEqual({ values: expect.any(Array) });
    await expect(ask('students')).rejects.toMatchObject({ status: 400 });
    expect((await issuer.operator('/v1/reference-lists/colleges')).status).toBe(403);
    expect((await fetch(new URL('/v1/reference-lists/colleges', issuer.url))).status).toBe(401);
  });
});

describe('an issuer that', () => {
  it('is away is asked again, later each time, and nothing is lost', async () => {
    const { id, number, see } = await released();
    line.line.state = 'down';
    await campus.carryOutEffects();
    await campus.carryOutEffects();
    expect(await effectRow(id)).toMatchObject({ state: 'pending', tries: 1, trouble: 'unreachable' });
    line.line.state = 'good';
    campus.clock.ms = 5_000;
    await campus.carryOutEffects();
    campus.clock.ms = 0;
    expect(await see()).toMatchObject({ status: 'closed' });
    expect(await standing(number)).toMatchObject({ enrolment_status: 'graduated' });
  });
  it('has done it and whose answer is lost says the same again', async () => {
    const { id, see } = await released();
    line.line.state = 'loses-answers';
    await campus.carryOutEffects();
    line.line.state = 'good';
    expect(await changes(id)).toHaveLength(1);
    expect(await see()).toMatchObject({ status: 'open', effects: [{ state: 'pending' }] });
    campus.clock.ms = 5_000;
    await campus.carryOutEffects();
    campus.clock.ms = 0;
    expect(await see()).toMatchObject({ status: 'closed', effects: [{ result: { enrolment_status: 'graduated' } }] });
    expect(await changes(id)).toHaveLength(1);
  });
  it('is asked by two processes, one of them killed, does each once', async () => {
    const cases = await Promise.all(Array.from({ length: 10 }, () => released()));
    line.line.state = 'loses-answers';
    const victim = await campus.startProcess();
    const before = line.line.passed;
    await vi.waitFor(() => expect(line.line.passed).toBeGreaterThan(before), { timeout: 30_000, interval: 20 });
    await victim.kill();
    line.line.state = 'good';
    const other = await campus.startProcess();
    // A minute later the calls of the dead are made again.
    await campus.database.run.raw(
      "UPDATE case_effect SET next_try_at = now() - interval '1 minute' WHERE state = 'pending'",
    );
    await vi.waitFor(
      async () => {
        await campus.carryOutEffects();
        for (const { see } of cases) expect(await see()).toMatchObject({ status: 'closed' });
      },
      { timeout: 60_000, interval: 200 },
    );
    await other.kill();
    for (const { id } of cases) {
      expect(await changes(id)).toHaveLength(1);
      const { state, folded } = await campus.rowsOf(id);
      expect(folded).toEqual(state);
      expect(state.emitted).toHaveLength(1);
    }
  }, 180_000);
});

describe('a source system', () => {
  const keys = { library: generateKeyPair(), finance: generateKeyPair(), stranger: generateKeyPair() };
  const source = (name: string, key = keys[name as keyof typeof keys]) => {
    const client = createServiceClient({
      ...{ baseUrl: campus.url, audience: 'campus', caller: `source:${name}`, clock: systemClock },
      sign: createSigner(key.privateKey),
    });
    return async (path: string, body?: object): Promise<{ status: number; body: Seen }> => {
      try {
        return { status: 200, body: await client.json(path, { method: body === undefined ? 'GET' : 'POST', body }) };
      } catch (error) {
        const { status, problem } = error as { status: number; problem: Seen };
        return { status, body: problem };
      }
    };
  };
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire, looked at by tests
  type Seen = any;
  const all = async (ask: ReturnType<typeof source>) => {
    const seen: Seen[] = [];
    for (let after: string | null = '0'; after !== null; ) {
      const { body } = await ask(`/v1/checks?limit=3&after=${after}`);
      seen.push(...body.checks);
      after = body.next;
    }
    return seen;
  };
  const clearance = () => begun('graduation-clearance', { leaves_on: today() });

  it('is registered by the operator with the public half of a key', async () => {
    const put = (name: string, jwk: object, token?: string) =>
      fetch(new URL(`/v1/sources/${name}`, campus.url), {
        method: 'PUT',
        headers: { Authorization: `Bearer ${token ?? campus.operatorToken}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ jwk }),
      });
    const { x, y } = keys.library.jwk as { x: string; y: string };
    for (const name of ['library', 'finance'] as const) expect((await put(name, keys[name].jwk)).status).toBe(200);
    expect((await put('register', keys.library.jwk)).status).toBe(400);
    expect((await put('dormitory', { kty: 'EC', crv: 'P-256', x, y, d: x })).status).toBe(400);
    expect((await put('dormitory', { kty: 'EC', crv: 'P-256', x: y, y: x })).status).toBe(422);
    expect((await put('dormitory', keys.stranger.jwk, 'x'.repeat(40))).status).toBe(401);
    expect((await campus.operator('/v1/sources')).body.sources.map(({ id }: Seen) => id)).toEqual([
      'finance',
      'library',
    ]);
  });
  it('sees its own open checks alone, page by page, with a number and nothing else', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, clearance));
    const seen = (await all(source('library'))).filter(({ case: id }) => made.some((one) => one.id === id));
    expect(seen).toHaveLength(4);
    expect(Object.keys(seen[0]).sort()).toEqual(['case', 'due_at', 'opened_at', 'step', 'student_number']);
    expect(seen.map(({ student_number }) => student_number).sort()).toEqual(made.map(({ number }) => number).sort());
    expect(new Set(seen.map(({ step }) => step))).toEqual(new Set(['library']));
    for (const [name, key] of [
      ['stranger', keys.stranger],
      ['library', keys.stranger],
    ] as const)
      expect((await source(name, key)('/v1/checks')).status).toBe(401);
    // What a source may do ends with its checks.
    for (const path of [`/v1/cases/${made[0]!.id}`, '/v1/inbox', '/v1/services', '/v1/sources', '/v1/audit'])
      expect((await source('library')(path)).status).toBe(403);
    expect((await registrar()('/v1/checks')).status).toBe(403);
    expect((await campus.operator('/v1/checks')).status).toBe(403);
  });
  it('answers each once, the same again is the same, and the case goes on', async () => {
    const { id, see, path } = await clearance();
    const [library, finance] = [source('library'), source('finance')];
    const at = `/v1/checks/${id}/library`;
    expect((await finance(at, { answer: 'passed' })).body.code).toBe('check-not-found');
    expect((await library(`/v1/checks/${id}/finance`, { answer: 'passed' })).body.code).toBe('check-not-found');
    expect((await library(at, { answer: 'maybe' })).status).toBe(400);
    const both = await Promise.all([library(at, { answer: 'passed' }), library(at, { answer: 'passed' })]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await library(at, { answer: 'not-passed' })).body.code).toBe('check-answered');
    const { state, folded } = await campus.rowsOf(id);
    expect(folded).toEqual(state);
    expect(state.steps['library']?.status).toBe('done');
    const history = (await campus.staff('o', role('card-officer'))(`/v1/cases/${id}/history`)).body.history;
    expect(history.filter(({ kind }: Seen) => kind === 'checked')).toHaveLength(1);
    // A "no" is told and stays with the owner, who may know better.
    expect((await finance(`/v1/checks/${id}/finance`, { answer: 'not-passed' })).status).toBe(200);
    expect((await all(finance)).map(({ case: one }) => one)).not.toContain(id);
    expect((await campus.staff('f', role('finance-officer'))(path, agree('finance'))).status).toBe(200);
    expect((await finance(`/v1/checks/${id}/finance`, { answer: 'passed' })).body.code).toBe('check-answered');
    expect((await see()).timeline.filter(({ state: one }: Seen) => one === 'done')).toHaveLength(2);
  });
  it('answers nothing that somebody else has decided, or that was withdrawn', async () => {
    const [decided, withdrawn] = [await clearance(), await clearance()];
    await campus.staff('l', role('library-officer'))(decided.path, agree('library'));
    await withdrawn.student(withdrawn.path, { body: { verb: 'withdraw' } });
    for (const { id } of [decided, withdrawn])
      expect((await source('library')(`/v1/checks/${id}/library`, { answer: 'passed' })).body.code).toBe(
        'step-not-open',
      );
  });
  it('whose key was withdrawn is nobody', async () => {
    expect((await campus.operator('/v1/sources/finance/withdraw', {})).status).toBe(204);
    expect((await campus.operator('/v1/sources/finance/withdraw', {})).body.code).toBe('source-not-found');
    expect((await campus.operator('/v1/sources/nobody/withdraw', {})).body.code).toBe('source-not-found');
    expect((await source('finance')('/v1/checks')).status).toBe(401);
  });
  it('that is the register answers by what it holds, where a definition asks it', async () => {
    const json = structuredClone(CATALOGUE_JSON.find(({ id }) => id === 'graduation-clearance')) as never as {
      id: string;
      version: number;
      steps: { branches: { source: string; asks?: string }[][] }[];
    };
    json.id = 'register-clearance';
    const [first, second] = json.steps[0]!.branches;
    Object.assign(first![0]!, { source: 'register', asks: 'enrolled' });
    Object.assign(second![0]!, { source: 'register', asks: 'registered' });
    await campus.publish(json);
    const { id, number, see } = await begun('register-clearance', { leaves_on: today() });
    expect(await campus.answerRegisterChecks()).toBe(2);
    expect(await campus.answerRegisterChecks()).toBe(0);
    const { state } = await campus.rowsOf(id);
    expect([state.steps['library']?.status, state.steps['finance']?.status]).toEqual(['done', 'open']);
    const body = { registered_until: '2099-01-31' };
    await issuer.operator(`/v1/students/${number}/semester-registration`, { method: 'PUT', body });
    // A "no" was said; who owns the step decides now.
    expect((await see()).timeline.find(({ step }: Seen) => step === 'finance').state).toBe('now');
    const again = await begun('register-clearance', { leaves_on: today() }, number);
    expect(await campus.answerRegisterChecks()).toBe(2);
    expect((await campus.rowsOf(again.id)).state.steps['finance']?.status).toBe('done');
  });
});

describe('the door of the register for cases', () => {
  const ask = (number: string, more: object = {}, key?: string) =>
    campus.issuerClient.raw('/v1/case-acts', {
      method: 'POST',
      body: bodyOf(number, more),
      headers: { 'Idempotency-Key': key ?? `${CASE}/end` },
    });
  const CASE = 'A'.repeat(22);
  const bodyOf = (number: string, more: object = {}) => ({
    ...{ case: CASE, step: 'end', service: { id: 'status-change', version: 2 }, student_number: number },
    ...{ decided_by: [`person:${'0'.repeat(32)}`], asked: { act: 'withdraw' } },
    ...more,
  });

  it('is open to campus alone', async () => {
    expect((await issuer.operator('/v1/case-acts', { body: bodyOf(numberOf(1)) })).status).toBe(403);
    const asked = issuer.verifier.json('/v1/case-acts', { method: 'POST', body: bodyOf(numberOf(1)) });
    await expect(asked).rejects.toMatchObject({ status: 403 });
    expect((await fetch(new URL('/v1/case-acts', issuer.url), { method: 'POST' })).status).toBe(401);
  });
  it.each([
    ['an act that is on no list', { asked: { act: 'expel' } }],
    ['a change of a name', { asked: { act: 'change-of-study', name: '李四' } }],
    ['a day that is none', { asked: { act: 'graduate', effective_date: '2026-13-01' } }],
    ['a case that is none', { case: 'x' }],
    ['another key', {}, 'something'],
  ])('refuses %s', async (_, more, key?: string) => {
    await expect(ask(numberOf(1), more, key)).rejects.toMatchObject({ status: 400, code: 'input-invalid' });
  });
  it('ends no studies that nobody decided, of nobody it knows, and no two for one step', async () => {
    const number = next();
    await expect(ask(number, { decided_by: [] })).rejects.toMatchObject({ status: 422, code: 'case-act-undecided' });
    await expect(ask('209900000000')).rejects.toMatchObject({ status: 404, code: 'student-not-found' });
    expect(await standing(number)).toMatchObject({ enrolment_status: 'enrolled' });
    const [one, other] = await Promise.all([ask(number), ask(number)]);
    expect(await one.json()).toEqual(await other.json());
    expect(await changes(CASE)).toHaveLength(1);
    await expect(ask(next())).rejects.toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });
  it('registers a student for the semester where its rule is met, and says what is missing', async () => {
    const window = { opens: '2026-01-01', closes: '2099-12-31', registered_until: '2100-01-31' };
    const register = async (number: string, id: string) => {
      const more = {
        case: id.padStart(22, 'S'),
        step: 'register',
        asked: { act: 'register-semester' },
        decided_by: [],
      };
      try {
        return await (await ask(number, more, `${more.case}/register`)).json();
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const [paid, unpaid, away] = [next(), next(), next()];
    expect(await register(paid, 'a')).toBe('registration-window-closed');
    const put = { method: 'PUT', body: { ...window, needs_fee: true, presence: 'staff' } };
    expect((await issuer.operator('/v1/semesters/2026-2027-1', put)).status).toBe(200);
    const facts = { filter: { student_numbers: [paid, away] }, fee: 'paid' };
    expect((await issuer.operator('/v1/semesters/2026-2027-1/confirmations', { body: facts })).status).toBe(200);
    const leave = { kind: 'leave', effective_date: today() };
    await issuer.operator(`/v1/students/${away}/status-changes`, { body: leave });
    expect(await register(unpaid, 'b')).toBe('registration-fee-unpaid');
    expect(await register(away, 'c')).toBe('registration-not-enrolled');
    expect(await register(paid, 'd')).toEqual({ semester: '2026-2027-1', registered_until: '2100-01-31' });
    expect(await standing(paid)).toMatchObject({ registered_until: '2100-01-31' });
    expect(await standing(unpaid)).not.toMatchObject({ registered_until: '2100-01-31' });
  });
  it('ends no more studies in a day than was set, and the others wait', async () => {
    const { rows } = await issuer.database.run.raw(
      "SELECT count(*) AS n FROM case_act WHERE act IN ('graduate', 'withdraw')",
    );
    for (let n = Number(rows[0].n); n < FINAL_ACTS; n += 1) {
      const id = String(n).padStart(22, 'B');
      await ask(next(), { case: id }, `${id}/end`);
    }
    const { id, see } = await released();
    await campus.carryOutEffects();
    expect(await effectRow(id)).toMatchObject({ state: 'pending', trouble: 'case-acts-at-most' });
    expect(await see()).toMatchObject({ status: 'open' });
    await issuer.database.run.raw("UPDATE case_act SET at = at - interval '2 days'");
    await campus.database.run.raw(
      "UPDATE case_effect SET next_try_at = now() - interval '1 minute' WHERE state = 'pending'",
    );
    await campus.carryOutEffects();
    expect(await see()).toMatchObject({ status: 'closed' });
  });
});
