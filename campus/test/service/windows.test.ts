import { dayInShanghai, startOfDay } from '@lanyard/platform';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WindowScan } from '../../src/adapters/code-scanners.js';
import type { PersonId } from '../../src/domain/people/person.js';
import { createCaseSealer } from '../../src/storage/sealer.js';
import { createWindowVisitStore } from '../../src/storage/window-visit-store.js';
import { LEAVE, role, startCampus, type TestCampus, WINDOW, WINDOW_PASS } from './support/start-campus.js';

/** What the verifier says of a code is tried with the real one in windows-real.test.ts; here its answers are given. */
let campus: TestCampus;
const scans = new Map<string, WindowScan>();
const seenBy: string[] = [];
const PASS = { ...WINDOW_PASS, portrait: 'SlBFRw==' };
const refusedAs = (reason: string): WindowScan => ({
  ...{ verdict: 'rejected', reason, title_zh: '不通过', title_en: 'Refused', student_number: null, portrait: null },
  ...{ next_zh: '查验纸质证件。', next_en: 'Check a paper ID.' },
});
const numberOf = (n: number) => `92023300000${String(n).padStart(2, '0')}`;
const MINUTE = 60_000;
const clerk = (n = 1, ...more: ReturnType<typeof role>[]) => campus.staff(`w${n}`, role('window-clerk'), ...more);
const operator = () => campus.staff('o001', role('operator'));
const student = (n: number) => campus.student(numberOf(n));
const hall = (change: object = {}) => ({ ...WINDOW, ...change });
const put = (id: string, body: object = hall(), by = operator()) => by(`/v1/windows/${id}`, { method: 'PUT', body });
let serial = 0;
const codeOf = (n: number) => {
  serial += 1;
  const code = `code-${n}-${serial}`;
  scans.set(code, { ...PASS, student_number: numberOf(n) });
  return code;
};
const scan = (n: number, by = clerk(), window = 'hall-1') =>
  by(`/v1/windows/${window}/visits`, { body: { code: codeOf(n) } });
const visitOf = async (n: number, by = clerk(), window = 'hall-1') => {
  const answer = await scan(n, by, window);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 });
  return answer.body.visit;
};
const write = (visit: string, form: object = LEAVE, by = clerk(), service = 'leave') =>
  by(`/v1/window-visits/${visit}/requests`, { body: { verb: 'submit', service, form } });
const written = async (visit: string, by = clerk()) => {
  const answer = await write(visit, LEAVE, by);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201, body: { state: 'waiting', case: null } });
  return answer.body.id as string;
};
const waiting = async (n: number) => (await student(n)('/v1/window-confirmations')).body.confirmations;
const answer = (n: number, id: string, value: 'right' | 'not-right') =>
  student(n)(`/v1/window-confirmations/${id}`, { body: { answer: value } });
const casesOf = async (n: number) => (await student(n)('/v1/cases')).body.cases;
/** The audit of one case: who did it, for whom. */
const auditOf = async (action: string, id: string) => {
  const { rows } = await campus.database.run.raw(
    'SELECT row_text FROM audit WHERE action = ? AND row_text LIKE ? ORDER BY 1',
    [action, `%${id}%`],
  );
  return (rows as { row_text: string }[]).map(({ row_text }) => JSON.parse(row_text));
};

beforeAll(async () => {
  campus = await startCampus({
    windowScan: async (code, by) => {
      seenBy.push(by);
      const found = scans.get(code);
      // Used once, as the verifier's memory has it.
      scans.set(code, { ...refusedAs('replayed') });
      return found ?? refusedAs('malformed');
    },
  });
  await campus.enrol(Array.from({ length: 40 }, (_, n) => ({ number: numberOf(n), name: `张三${n}` })));
  for (const id of ['hall-1', 'hall-2']) expect((await put(id)).status).toBe(200);
});
afterEach(() => {
  campus.clock.ms = 0;
});
afterAll(() => campus?.close());

describe('windows', () => {
  it('are shown as they are set to who sets them up [clerk, college of another]', async () => {
    const settings = async (by: ReturnType<typeof campus.staff>) => (await by('/v1/window-settings')).body;
    const all = await settings(operator());
    expect(all.windows.map(({ id }: { id: string }) => id)).toEqual(['hall-1', 'hall-2']);
    expect(all).toMatchObject({ scopes: [{ kind: 'university' }], windows: [hall({ id: 'hall-1' }), {}] });
    const officer = campus.staff('d003', role('department-officer', 'college', '文学院'));
    expect(await settings(officer)).toMatchObject({ scopes: [{ kind: 'college', value: '文学院' }], windows: [] });
    const whole = await settings(campus.staff('d004', role('department-officer')));
    expect(whole.windows).toHaveLength(2);
    // What he may not know of he is not offered.
    const offered = ({ services }: { services: { id: string }[] }) => services.map(({ id }) => id);
    expect(offered(all)).toContain('party-membership');
    expect(offered(whole)).not.toContain('party-membership');
    expect(await settings(clerk())).toEqual({ scopes: [], windows: [], services: [] });
  });
  it('are set by the department and by the operator, and by nobody else [clerk, student, other college]', async () => {
    const ofCollege = hall({
      services: ['leave'],
      clerks: { role: 'window-clerk', scope: { kind: 'college', value: '软件学院' } },
    });
    const dean = (college: string) => campus.staff('d002', role('department-officer', 'college', college));
    expect((await put('college-1', ofCollege, dean('软件学院'))).status).toBe(200);
    expect((await put('college-1', ofCollege, dean('机电学院'))).status).toBe(403);
    // Nobody sets up what he must not know of.
    expect((await put('college-1', hall(), campus.staff('d003', role('department-officer')))).body.code).toBe(
      'service-not-found',
    );
    expect((await put('hall-1', hall(), clerk())).status).toBe(403);
    expect((await put('hall-1', hall(), student(1))).status).toBe(403);
    expect((await put('hall-3', hall({ services: ['made-up'] }))).body.code).toBe('service-not-found');
    expect((await put('hall-3', hall({ hours: [{ days: [1], from: '12:00', to: '11:00' }] }))).status).toBe(400);
  });
  it('open for their own clerks alone [another college, no clerk]', async () => {
    const own = campus.staff('w9', role('window-clerk', 'college', '软件学院'));
    const other = campus.staff('w8', role('window-clerk', 'college', '机电学院'));
    const windowsOf = async (by: typeof own) =>
      (await by('/v1/clerk-windows')).body.windows.map(({ id }: { id: string }) => id);
    expect(await windowsOf(own)).toEqual(['college-1']);
    expect(await windowsOf(other)).toEqual([]);
    expect(await windowsOf(clerk())).toEqual(['college-1', 'hall-1', 'hall-2']);
    for (const by of [other, campus.staff('c1', role('counsellor'))])
      expect((await scan(1, by, 'college-1')).body.code).toBe('window-not-found');
    expect((await student(1)('/v1/windows/hall-1/visits', { body: { code: codeOf(1) } })).status).toBe(403);
  });
});

describe('a scan', () => {
  it('opens the visit: who it is, what is offered, and the look is the clerk’s', async () => {
    const answer = await scan(2);
    expect(answer.body).toMatchObject({
      ...{ verdict: 'accepted', portrait: 'SlBFRw==' },
      visit: { state: 'open', person: { name: '张三2', student_number: numberOf(2), class: '软件2301' }, cases: [] },
    });
    expect(answer.body.visit.services.map(({ id }: { id: string }) => id)).toEqual([
      'complaint',
      'id-card-reissue',
      'leave',
    ]);
    expect(seenBy.at(-1)).toBe('account:w1');
    const { form, known } = (await clerk()(`/v1/window-visits/${answer.body.visit.id}/services/leave`)).body;
    expect(known).toMatchObject({ name: '张三2', student_number: numberOf(2) });
    expect(form.properties.reason).toBeDefined();
  });
  it.each(['replayed', 'state-not-admitted', 'credential-suspended', 'unknown-issuer', 'too-old'])(
    'opens nothing where the verifier refuses, and says what the clerk does next [%s]',
    async (reason) => {
      scans.set(`bad-${reason}`, refusedAs(reason));
      const answer = await clerk()('/v1/windows/hall-1/visits', { body: { code: `bad-${reason}` } });
      expect(answer).toMatchObject({
        status: 200,
        body: { verdict: 'rejected', reason, next_en: 'Check a paper ID.', visit: null, portrait: null },
      });
    },
  );
  it('counts once: the same code again opens nothing', async () => {
    const code = codeOf(3);
    expect((await clerk()('/v1/windows/hall-1/visits', { body: { code } })).status).toBe(201);
    const again = await clerk(2)('/v1/windows/hall-1/visits', { body: { code } });
    expect(again.body).toMatchObject({ reason: 'replayed', visit: null });
  });
  it('offers party building to a clerk with a role there, and to no other', async () => {
    const [plain, secretary] = [await visitOf(4), await visitOf(4, clerk(3, role('party-organiser')))];
    const ids = ({ services }: { services: { id: string }[] }) => services.map(({ id }) => id);
    expect(ids(plain)).not.toContain('party-membership');
    expect(ids(secretary)).toContain('party-membership');
    const again = await visitOf(4);
    for (const path of [`/v1/window-visits/${again.id}/services/party-membership`])
      expect((await clerk()(path)).body.code).toBe('service-not-found');
    expect((await write(again.id, {}, clerk(), 'party-membership')).body.code).toBe('service-not-found');
    expect((await write(again.id, {}, clerk(), 'repair')).body.code).toBe('service-not-found');
  });
  it('ends the visit the clerk had and the one the student has elsewhere', async () => {
    const first = await visitOf(5);
    const second = await visitOf(6);
    const stateOf = async (id: string, by = clerk()) => (await by(`/v1/window-visits/${id}`)).body.state;
    expect(await stateOf(first.id)).toBe('over');
    await visitOf(6, clerk(2), 'hall-2');
    expect(await stateOf(second.id)).toBe('over');
    const all = await Promise.all(Array.from({ length: 6 }, (_, n) => scan(7, clerk(n + 1))));
    expect(all.some(({ status }) => status === 201)).toBe(true);
    for (const one of all) expect(one.status === 201 || one.body.code === 'visit-elsewhere').toBe(true);
    const { rows } = await campus.database.run.raw(
      'SELECT count(*)::int AS n FROM window_visit WHERE student = ? AND ended_at IS NULL',
      [`student:${numberOf(7)}`],
    );
    expect(rows[0].n).toBe(1);
  });
});

it('a visit lasts twenty minutes from one instant, however fast the clock goes', async () => {
  const keys = { sealKey: Buffer.alloc(32, 1), nameKey: Buffer.alloc(32, 2) };
  let ticks = Date.now();
  const ticking = { nowMs: () => (ticks += 7), nowSeconds: () => Math.floor(ticks / 1000) };
  const visits = createWindowVisitStore(campus.database.run, { sealer: createCaseSealer(keys), clock: ticking });
  const person = { name: '张三', student_number: '920233000009', college: '软件学院', class: '软件2301' };
  const visit = await visits.open({
    window: 'hall-1',
    clerk: 'staff:w9' as PersonId,
    student: 'student:920233000009' as PersonId,
    ...{ person, readBy: 'scan' },
  });
  expect(visit.endsAt.getTime() - visit.at.getTime()).toBe(20 * MINUTE);
});

describe('on behalf', () => {
  it('nothing is a case before the student agrees on the own phone; then the clerk did it, for him', async () => {
    const visit = await visitOf(10);
    const id = await written(visit.id);
    expect(await casesOf(10)).toEqual([]);
    const [card] = await waiting(10);
    expect(card).toMatchObject({
      id,
      verb: 'submit',
      title: { en: 'Leave and return' },
      window: { place: { en: 'Service hall' } },
    });
    expect(JSON.stringify(card.fields)).toContain(LEAVE.reason);
    const done = await answer(10, id, 'right');
    expect(done).toMatchObject({ status: 200, body: { case: { status: 'open' } } });
    const path = `/v1/cases/${done.body.case.id}`;
    const seen = (await student(10)(path)).body;
    expect(seen.at_window).toEqual({ window: 'hall-1', confirmed: 'phone' });
    const [first] = (await student(10)(`${path}/history`)).body.history;
    expect(first).toMatchObject({
      ...{ kind: 'submitted', by: 'staff', on_behalf: { window: 'hall-1', confirmed: 'phone' } },
    });
    const rows = await campus.rowsOf(done.body.case.id);
    expect(rows.folded).toEqual(rows.state);
    expect(rows.state).toMatchObject({ startedBy: 'staff:w1', applicant: { person: `student:${numberOf(10)}` } });
    const audited = (await auditOf('case.submitted', done.body.case.id)).at(0);
    expect(audited?.detail).toMatchObject({ window: 'hall-1', confirmed: 'phone' });
    expect(audited?.detail['on_behalf_of']).toMatch(/^person:[0-9a-f]{32}$/);
    expect(audited?.actor).not.toBe(audited?.detail['on_behalf_of']);
    const now = (await clerk()(`/v1/window-visits/${visit.id}`)).body;
    expect(now.requests).toMatchObject([{ id, state: 'confirmed', confirmed_by: 'phone', case: done.body.case.id }]);
    expect(now.cases).toMatchObject([{ id: done.body.case.id }]);
    expect((await student(10)(`${path}/actions`, { body: { verb: 'urge' } })).status).toBe(200);
  });
  it('the student agrees by showing a new code at the window; another’s code and the same one count for nothing', async () => {
    const visit = await visitOf(11);
    const id = await written(visit.id);
    const show = (code: string, by = clerk()) => by(`/v1/window-requests/${id}/scans`, { body: { code } });
    expect((await show(codeOf(12))).body.code).toBe('window-request-of-another');
    const used = codeOf(11);
    await clerk(2)('/v1/windows/hall-2/visits', { body: { code: `${used}-never` } });
    scans.set(used, refusedAs('replayed'));
    expect((await show(used)).body).toMatchObject({ reason: 'replayed', case: null });
    expect((await show(codeOf(11), clerk(2))).body.code).toBe('window-request-not-found');
    expect(await casesOf(11)).toEqual([]);
    const done = await show(codeOf(11));
    expect(done.body).toMatchObject({ verdict: 'accepted', case: { status: 'open' } });
    expect((await student(11)(`/v1/cases/${done.body.case.id}`)).body.at_window.confirmed).toBe('scan');
    expect((await show(codeOf(11))).body.code).toBe('window-request-over');
  });
  it('“not what I want” hands in nothing, is said once, and what was typed is kept for the day', async () => {
    const visit = await visitOf(13);
    const id = await written(visit.id);
    expect((await answer(13, id, 'not-right')).body).toEqual({ case: null });
    for (const value of ['right', 'not-right'] as const)
      expect((await answer(13, id, value)).body.code).toBe('window-request-over');
    expect(await casesOf(13)).toEqual([]);
    const again = await visitOf(13);
    expect(again.drafts).toMatchObject([{ service: 'leave', form: { reason: LEAVE.reason } }]);
    campus.clock.ms = 25 * 3_600_000;
    await campus.retain();
    const { rows } = await campus.database.run.raw('SELECT count(*)::int AS n FROM window_request WHERE student = ?', [
      `student:${numberOf(13)}`,
    ]);
    expect(rows[0].n).toBe(0);
  });
  it('answers are taken once, whoever answers when [twenty at once]', async () => {
    const visit = await visitOf(14);
    const id = await written(visit.id);
    const all = await Promise.all(Array.from({ length: 20 }, () => answer(14, id, 'right')));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await casesOf(14)).toHaveLength(1);
  });
  it('is over after fifteen minutes, and what is written anew takes its place', async () => {
    const visit = await visitOf(15);
    const first = await written(visit.id);
    const second = await written(visit.id);
    expect((await waiting(15)).map(({ id }: { id: string }) => id)).toEqual([second]);
    expect((await answer(15, first, 'right')).body.code).toBe('window-request-over');
    campus.clock.ms = 15 * MINUTE + 1_000;
    expect(await waiting(15)).toEqual([]);
    expect((await answer(15, second, 'right')).body.code).toBe('window-request-over');
  });
  it('a clerk never agrees for the student, and nobody answers for another', async () => {
    const visit = await visitOf(16);
    const id = await written(visit.id);
    expect((await clerk()(`/v1/window-confirmations/${id}`, { body: { answer: 'right' } })).status).toBe(403);
    expect((await clerk()('/v1/window-confirmations')).status).toBe(403);
    expect((await answer(17, id, 'right')).body.code).toBe('window-request-not-found');
    expect((await campus.staff('16', role('window-clerk'))(`/v1/window-visits/${visit.id}`)).body.code).toBe(
      'visit-not-found',
    );
  });
  it('nobody serves himself [the student’s own account as a clerk]', async () => {
    const self = campus.staff(numberOf(18).toUpperCase(), role('window-clerk'));
    expect((await scan(18, self)).body.code).toBe('visit-with-oneself');
  });
  it('a clerk acts in an open visit of his own and nowhere else [another clerk, ended, over, none]', async () => {
    const visit = await visitOf(19);
    for (const path of ['', '/services/leave'])
      expect((await clerk(2)(`/v1/window-visits/${visit.id}${path}`)).body.code).toBe('visit-not-found');
    expect((await write(visit.id, LEAVE, clerk(2))).body.code).toBe('visit-not-found');
    campus.clock.ms = 20 * MINUTE;
    expect((await write(visit.id)).body.code).toBe('visit-over');
    campus.clock.ms = 0;
    expect((await clerk()(`/v1/window-visits/${visit.id}/end`, { method: 'POST' })).status).toBe(204);
    expect((await write(visit.id)).body.code).toBe('visit-over');
    expect((await clerk()(`/v1/window-visits/${visit.id}/services/leave`)).body.code).toBe('visit-over');
    const direct = { service: 'leave', form: LEAVE, student_number: numberOf(19) };
    expect((await clerk()('/v1/cases', { body: direct })).body.code).toBe('visit-needed');
    expect(await casesOf(19)).toEqual([]);
  });
  it('what the student could not hand in himself is refused while it is written', async () => {
    const visit = await visitOf(20);
    expect((await write(visit.id, { ...LEAVE, kind: 'made-up' })).body).toMatchObject({ code: 'form-invalid' });
    expect((await write(visit.id, { ...LEAVE, name: '李四' })).body.code).toBe('form-invalid');
  });
  it('withdraws and mends for the student, each with his word; the clerk alone does neither', async () => {
    const visit = await visitOf(21);
    const first = await answer(21, await written(visit.id), 'right');
    const path = `/v1/cases/${first.body.case.id}`;
    expect((await clerk()(`${path}/actions`, { body: { verb: 'withdraw' } })).body.code).toBe('not-your-turn');
    const counsellor = campus.staff('t001', role('counsellor', 'assigned'));
    const { your_steps: steps } = (await counsellor(path)).body;
    await counsellor(`${path}/actions`, {
      body: { verb: 'return', step: steps[0], to: 'applicant', reason: '请写明去向' },
    });
    expect((await clerk()(`${path}/actions`, { body: { verb: 'resubmit', form: {} } })).body.code).toBe(
      'not-your-turn',
    );
    const ask = async (body: object) =>
      (await clerk()(`/v1/window-visits/${visit.id}/requests`, { body: { case: first.body.case.id, ...body } })).body;
    const mended = await ask({ verb: 'resubmit', form: { reason: '回家看望外婆，住在家里' } });
    expect((await student(21)(path)).body.status).toBe('returned');
    expect((await answer(21, mended.id, 'right')).status).toBe(200);
    expect((await student(21)(path)).body).toMatchObject({
      status: 'open',
      form: { reason: '回家看望外婆，住在家里' },
    });
    const off = await ask({ verb: 'withdraw', reason: '不去了' });
    expect((await answer(21, off.id, 'right')).status).toBe(200);
    expect((await student(21)(path)).body).toMatchObject({ status: 'closed', outcome: 'withdrawn' });
    const history = (await student(21)(`${path}/history`)).body.history;
    expect(history.at(-1)).toMatchObject({ kind: 'closed', on_behalf: { window: 'hall-1', confirmed: 'phone' } });
    const rows = await campus.rowsOf(first.body.case.id);
    expect(rows.folded).toEqual(rows.state);
  });
  it('shows no case that the clerk may not see, and no complaint that hides its author', async () => {
    const own = await student(22)('/v1/cases', { body: { service: 'leave', form: LEAVE } });
    expect(own.status).toBe(201);
    const visit = await visitOf(22);
    expect(visit.cases).toEqual([]);
    const form = { topic: 'canteen', anonymous: true, text: '菜价', may_publish: false };
    const complaint = await write(visit.id, form, clerk(), 'complaint');
    expect((await answer(22, complaint.body.id, 'right')).status).toBe(200);
    expect((await clerk()(`/v1/window-visits/${visit.id}`)).body.cases).toEqual([]);
    const ask = clerk()(`/v1/window-visits/${visit.id}/requests`, {
      body: { verb: 'withdraw', case: own.body.id },
    });
    expect((await ask).body.code).toBe('case-not-found');
  });
});

describe('the queue', () => {
  const queueAt = async (id: string, change: object = {}) => {
    expect((await put(id, hall(change))).status).toBe(200);
    return {
      take: (n: number) => student(n)(`/v1/windows/${id}/tickets`, { body: {} }),
      call: async (by = clerk()) => (await by(`/v1/windows/${id}/calls`, { body: {} })).body.called,
      act: (ticket: string, verb: string, by = clerk()) => by(`/v1/window-tickets/${ticket}/${verb}`, { body: {} }),
      open: async (path: string, method = 'GET') => {
        const answer = await fetch(`${campus.url}/v1/windows${path}`, {
          method,
          ...(method === 'GET' ? {} : { body: '{}', headers: { 'Content-Type': 'application/json' } }),
        });
        return { status: answer.status, body: await answer.json() };
      },
      of: async (n: number) =>
        (await student(n)('/v1/windows')).body.windows.find((one: { id: string }) => one.id === id),
    };
  };
  it('numbers run from A001, one open ticket a person, given back and taken again', async () => {
    const { take, of } = await queueAt('q-1');
    const all = await Promise.all(Array.from({ length: 8 }, () => take(1)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(all.filter(({ status }) => status !== 201).map(({ body }) => body.code))).toEqual(
      new Set(['ticket-taken']),
    );
    expect((await take(2)).body).toMatchObject({ number: 'A002', state: 'waiting' });
    expect(await of(2)).toMatchObject({ waiting: 2, minutes: null, ticket: { number: 'A002', before: 1 } });
    const { ticket } = await of(1);
    const giveBack = (n: number) => student(n)(`/v1/window-tickets/${ticket.id}/give-back`, { body: {} });
    expect((await giveBack(2)).body.code).toBe('ticket-not-found');
    expect((await giveBack(1)).status).toBe(204);
    expect((await giveBack(1)).body.code).toBe('ticket-not-found');
    expect((await take(1)).body.number).toBe('A003');
    campus.clock.ms = 24 * 3_600_000;
    expect((await take(1)).body.number).toBe('A001');
  });
  it('two clerks call fifty numbers at once, each of them once', async () => {
    const { call } = await queueAt('q-2');
    await campus.database.run.raw(
      `INSERT INTO window_ticket (id, window_id, day, number, state, place, taken_at)
       SELECT lpad(n::text, 22, 'x'), 'q-2', (now() AT TIME ZONE 'Asia/Shanghai')::date, n, 'waiting', n, now() FROM generate_series(1, 50) n`,
    );
    const work = async (by: ReturnType<typeof clerk>) => {
      const numbers: string[] = [];
      for (let called = await call(by); called !== null; called = await call(by)) numbers.push(called.number);
      return numbers;
    };
    const [one, other] = await Promise.all([work(clerk(1)), work(clerk(2))]);
    expect(new Set([...one, ...other]).size).toBe(50);
    expect(one.length + other.length).toBe(50);
    for (const numbers of [one, other]) expect([...numbers].sort()).toEqual(numbers);
  });
  it('who is not there stands behind three others, once', async () => {
    const { take, call, act } = await queueAt('q-3');
    for (const n of [1, 2, 3, 4, 5, 6]) await take(n);
    const first = await call();
    expect(first.number).toBe('A001');
    expect((await act(first.id, 'absent', clerk(2))).body.code).toBe('ticket-not-called');
    expect((await act(first.id, 'recall')).status).toBe(200);
    expect((await act(first.id, 'absent')).body.state).toBe('waiting');
    const order = [];
    for (let called = await call(); called !== null; called = await call()) {
      order.push(called.number);
      if (called.number === 'A001') expect((await act(called.id, 'absent')).body.state).toBe('missed');
    }
    expect(order).toEqual(['A002', 'A003', 'A004', 'A001', 'A005', 'A006']);
    expect((await act(first.id, 'finish')).body.code).toBe('ticket-not-called');
  });
  it('an estimate is told when there is a pace, and none before', async () => {
    const { take, call, act, of } = await queueAt('q-4');
    // Within one day, whenever the test runs.
    campus.clock.ms = startOfDay(dayInShanghai(Date.now())) + 34 * 3_600_000 - Date.now();
    for (const n of [1, 2, 3, 4, 5]) await take(n);
    for (let n = 0; n < 3; n += 1) {
      expect((await of(5)).ticket.minutes).toBeNull();
      const { id } = await call();
      campus.clock.ms += 4 * MINUTE;
      await act(id, 'finish');
    }
    const { before, minutes } = (await of(5)).ticket;
    expect([before, minutes === 4 || minutes === 5]).toEqual([1, true]);
    campus.clock.ms += 30 * MINUTE;
    expect((await of(5)).ticket.minutes).toBeNull();
  });
  it('the hall reads numbers and nobody’s name; a kiosk gives a number to whoever stands there, not to a flood', async () => {
    const { take, call, open } = await queueAt('q-5');
    await take(3);
    expect((await open('/q-5/kiosk-tickets', 'POST')).body).toEqual({ number: 'A002' });
    expect((await open('/q-5/kiosk-tickets', 'POST')).body.code).toBe('tickets-too-fast');
    await call();
    const screen = await open('/q-5/screen');
    expect(screen.body).toEqual({
      title: { zh: '学生事务一号窗口', en: 'Student affairs, window 1' },
      place: { zh: '服务大厅', en: 'Service hall' },
      ...{ called: ['A001'], next: ['A002'] },
    });
    const listed = await open('');
    expect(JSON.stringify(listed.body)).not.toContain('9202330');
    expect(listed.body.windows.every(({ ticket }: { ticket: unknown }) => ticket === null)).toBe(true);
    await put('q-5', hall({ kiosk: false }));
    expect((await open('/q-5/kiosk-tickets', 'POST')).body.code).toBe('window-without-kiosk');
    expect((await open('/made-up/screen')).status).toBe(404);
  });
  it('gives no number out of its hours, and calls for nobody but its clerks', async () => {
    const { take, call } = await queueAt('q-6');
    await take(4);
    const stranger = campus.staff('c1', role('counsellor'));
    expect((await stranger('/v1/windows/q-6/calls', { body: {} })).body.code).toBe('window-not-found');
    expect((await stranger('/v1/windows/q-6/queue')).body.code).toBe('window-not-found');
    const { id } = await call();
    expect((await stranger(`/v1/window-tickets/${id}/finish`, { body: {} })).body.code).toBe('ticket-not-found');
    const day = new Date(Date.now() + 8 * 3_600_000).getUTCDay() || 7;
    await put('q-6', hall({ hours: [{ days: [(day % 7) + 1], from: '08:00', to: '12:00' }] }));
    expect((await take(5)).body.code).toBe('window-closed');
  });
  it('a student takes and gives back a number from the home page', async () => {
    await queueAt('q-7');
    const { call } = await campus.browserAt('home', numberOf(9));
    const taken = await call('/v1/windows/q-7/tickets', { body: {} });
    expect(taken).toMatchObject({ status: 201, body: { number: 'A001' } });
    expect((await call(`/v1/window-tickets/${taken.body.id}/give-back`, { body: {} })).status).toBe(204);
  });
});
