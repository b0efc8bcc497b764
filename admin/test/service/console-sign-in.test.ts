import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Browser, openBrowser } from '../../../idp/test/service/support/browser.js';
import type { IdpUnderTest } from '../../../idp/test/service/support/idp-under-test.js';
import { interactionOf, signInThrough } from '../../../idp/test/service/support/oidc-client.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

let app: TestConsole;
let idp: IdpUnderTest;
const accounts: Record<string, string> = {};

beforeAll(async () => {
  app = await startConsole(9740, { withIdp: true, withCampus: true });
  if (app.idp === undefined) throw new Error('no identity layer');
  idp = app.idp;
  const staff: [string, string, string[]][] = [
    ['first', '9900101', ['registrar']],
    ['second', '9900102', ['registrar']],
    ['cards', '9900103', ['card-officer']],
    ['guard', '9900104', ['guard@campus:花都校区']],
    ['part', '9900105', ['registrar@college:文学院']],
    ['operator', '9900106', ['operator']],
    ['auditor', '9900107', ['security-auditor']],
    ['mine', 'T0007', ['counsellor@assigned']],
    ['other', 'T0006', ['counsellor@assigned']],
    ['none', '9900108', []],
  ];
  for (const [name, number, roles] of staff)
    accounts[name] = await idp.addAccount({ number, kind: 'staff', name: `测试${number}`, roles, college: '' });
}, 120_000);
afterAll(() => app?.close());

const codeOf = (answer: Answer) => (JSON.parse(answer.text) as { code: string }).code;
const until = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** Goes through the identity layer; answers what the console's callback said. */
async function callback(browser: Browser, name: string, next = ''): Promise<Answer> {
  const start = await browser.get(`${app.url}/sign-in/start${next}`);
  expect(start.status).toBe(303);
  const asked = await browser.follow(await browser.get(start.location ?? ''), idp.url);
  const account = accounts[name] ?? '';
  const back = await signInThrough(browser, idp.url, asked, { account, level: 'device-passkey' });
  return browser.get(back.location ?? '');
}
async function signedIn(name: string): Promise<Browser> {
  const browser = openBrowser();
  expect((await callback(browser, name)).location).toBe(`${app.url}/`);
  return browser;
}
const session = async (browser: Browser) => browser.get(`${app.url}/api/session`);
const post = (browser: Browser, path: string, body: object = {}) =>
  browser.post(app.url + path, body, { 'Content-Type': 'application/json' });
const uploadRoster = (browser: Browser, text: string) =>
  fetch(`${app.url}/api/issuer/v1/roster-imports`, {
    method: 'POST',
    headers: {
      'Content-Type': 'text/csv',
      Origin: app.url,
      Cookie: `lanyard_admin_session=${browser.cookies().get('lanyard_admin_session')}`,
    },
    body: text,
  });

describe('signing in to the console with the campus account', () => {
  it('opens a session with name and roles, and goes on where one came from', async () => {
    const browser = openBrowser();
    const answer = await callback(browser, 'first', '?next=%2Fstudents%3Fq%3Da');
    expect([answer.status, answer.location]).toEqual([303, `${app.url}/students?q=a`]);
    const me = JSON.parse((await session(browser)).text);
    expect(me).toMatchObject({ name: '测试9900101', roles: ['registrar'] });
    expect(me.actor).toMatch(/^account:[0-9a-f]{32}$/);
    expect(me.routes).toContain('GET issuer /v1/students');
    expect(me.routes).not.toContain('POST issuer /v1/students/:number/suspend');
    const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('lanyard_admin_session=')) ?? '';
    expect(line).toMatch(/httponly/i);
    expect(line).toMatch(/samesite=strict/i);
  });
  it('shows the browser a pushed request only', async () => {
    const start = await openBrowser().get(`${app.url}/sign-in/start`);
    expect([...new URL(start.location ?? '').searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    expect(start.headers.get('cache-control')).toBe('no-store');
  });
  it('lets nobody in without a role', async () => {
    const browser = openBrowser();
    expect((await callback(browser, 'none')).location).toBe(`${app.url}/sign-in?problem=sign-in-without-role`);
    expect(codeOf(await session(browser))).toBe('session-missing');
  });
  it.each([
    ['a role for the gates', 'guard'],
    ['a role for a college only', 'part'],
  ])('opens the five modules and nothing else to who has only [%s]', async (_what, name) => {
    const browser = await signedIn(name);
    const { roles, routes } = JSON.parse((await session(browser)).text) as { roles: string[]; routes: string[] };
    expect(roles).toEqual([]);
    expect(routes.filter((route) => !route.includes(' campus '))).toEqual([]);
    expect(JSON.parse((await browser.get(`${app.url}/api/campus/v1/inbox`)).text).tasks).toEqual([]);
    expect(codeOf(await browser.get(`${app.url}/api/issuer/v1/students`))).toBe('role-missing');
  });
  it('asks for a device-bound passkey, whatever one had before', async () => {
    const browser = openBrowser();
    const start = await browser.get(`${app.url}/sign-in/start`);
    const asked = await browser.follow(await browser.get(start.location ?? ''), idp.url);
    const weak = { account: accounts['first'] ?? '', level: 'password' };
    const again = await signInThrough(browser, idp.url, asked, weak);
    expect(interactionOf(again)).toBeDefined();
  });
  it('counts in the browser only that began [attack 24: the answer sent to a victim]', async () => {
    const attacker = openBrowser();
    const start = await attacker.get(`${app.url}/sign-in/start`);
    const asked = await attacker.follow(await attacker.get(start.location ?? ''), idp.url);
    const back = await signInThrough(attacker, idp.url, asked, {
      account: accounts['first'] ?? '',
      level: 'device-passkey',
    });
    const victim = openBrowser();
    expect((await victim.get(back.location ?? '')).location).toBe(`${app.url}/sign-in?problem=sign-in-expired`);
    expect(codeOf(await session(victim))).toBe('session-missing');
  });
  it('refuses an answer without its issuer [attack 7]', async () => {
    const browser = openBrowser();
    const start = await browser.get(`${app.url}/sign-in/start`);
    const asked = await browser.follow(await browser.get(start.location ?? ''), idp.url);
    const back = await signInThrough(browser, idp.url, asked, {
      account: accounts['first'] ?? '',
      level: 'device-passkey',
    });
    const stripped = new URL(back.location ?? '');
    stripped.searchParams.delete('iss');
    expect((await browser.get(stripped.href)).location).toBe(`${app.url}/sign-in?problem=sign-in-not-valid`);
  });
  it('gives a new cookie at each sign-in, and the old one is dead [attack 23]', async () => {
    const browser = openBrowser();
    browser.setCookie('lanyard_admin_session', 'planted-by-an-attacker');
    await callback(browser, 'first');
    const first = browser.cookies().get('lanyard_admin_session') ?? '';
    expect(first).not.toBe('planted-by-an-attacker');
    await callback(browser, 'first');
    const second = browser.cookies().get('lanyard_admin_session') ?? '';
    expect(second).not.toBe(first);
    const old = openBrowser();
    old.setCookie('lanyard_admin_session', first);
    expect(codeOf(await session(old))).toBe('session-missing');
  });
  it('leads nowhere else afterwards [attack 21]', async () => {
    const browser = openBrowser();
    expect((await callback(browser, 'first', '?next=%2F%2Fevil.example')).location).toBe(`${app.url}/`);
  });
});

describe('whoever is signed in', () => {
  it('acts under the account in the audit of the service', async () => {
    const browser = await signedIn('first');
    const { actor } = JSON.parse((await session(browser)).text);
    expect((await uploadRoster(browser, readRoster('roster-clean.csv').toString('utf8'))).status).toBe(201);
    const audit = await (await app.issuer.operator('/v1/audit?newest=true&action=roster.applied')).json();
    expect(audit.rows[0].content.actor).toBe(actor);
  });
});

describe('counsellors', () => {
  const OWN = '/api/issuer/v1/own-students';
  const SEMESTER = `${OWN}/semesters/2026-2027-1`;
  const [MINE, OTHERS] = ['202301000001', '202305000002'];
  const json = (answer: Answer) => JSON.parse(answer.text);
  const registered = async () =>
    Object.fromEntries(
      (
        (
          await app.issuer.database.run.raw(
            "SELECT counsellor_staff_number AS of, count(*)::int AS n FROM student WHERE registered_until = '2099-01-31' GROUP BY 1",
          )
        ).rows as { of: string; n: number }[]
      ).map((row) => [row.of, row.n]),
    );
  const settled = async (browser: Browser, id: number, state: string) =>
    until(async () => json(await browser.get(`${app.url}${OWN}/bulk-runs/${id}`)).state === state);
  const headers = { 'Content-Type': 'application/json', 'Lanyard-Staff-Number': 'T0006', 'Lanyard-Actor': 'account:x' };

  it('confirm and register their own students in bulk, undo that, and stand in the audit by their account', async () => {
    const semester = { opens: '2026-01-01', closes: '2098-12-31', registered_until: '2099-01-31', needs_fee: false };
    await app.issuer.operator('/v1/semesters/2026-2027-1', { method: 'PUT', body: { ...semester, presence: 'staff' } });
    const mine = await signedIn('mine');
    const { actor, routes } = json(await session(mine));
    expect(routes.every((route: string) => / issuer \/v1\/own-students\/| campus /.test(route))).toBe(true);
    const shown = json(await mine.get(`${app.url}${SEMESTER}`));
    const all = shown.total['not-present'];
    const { rows } = await app.issuer.database.run.raw(
      "SELECT count(*)::int AS n FROM student WHERE counsellor_staff_number = 'T0007' AND enrolment_status IN ('enrolled', 'exchange')",
    );
    expect([all, all > 1]).toEqual([rows[0].n, true]);
    const students = json(await mine.get(`${app.url}${SEMESTER}/students?standing=not-present&limit=200`)).students;
    expect(students.map((one: { student_number: string }) => one.student_number)).toContain(MINE);
    expect(students).toHaveLength(all);
    // What the browser says about whose they are is not heard.
    const body = { filter: {}, present: true };
    const confirmed = await mine.post(`${app.url}${SEMESTER}/confirmations`, body, headers);
    expect([confirmed.status, json(confirmed)]).toEqual([200, { changed: all }]);
    const dry = json(await post(mine, `${SEMESTER}/registrations?dry_run=true`, { filter: {} }));
    expect([dry.state, dry.total.ready]).toEqual(['dry-run', all]);
    expect(await registered()).toEqual({});
    const run = json(await post(mine, `${SEMESTER}/registrations`, { filter: {} }));
    await settled(mine, run.id, 'applied');
    expect(await registered()).toEqual({ T0007: all });
    expect((await post(mine, `${OWN}/bulk-runs/${run.id}/undo`)).status).toBe(202);
    await settled(mine, run.id, 'undone');
    expect(await registered()).toEqual({});
    for (const action of ['semester.fact-set', 'bulk-run.opened', 'semester-registration.changed', 'bulk-run.undone']) {
      const audit = await (await app.issuer.operator(`/v1/audit?newest=true&action=${action}`)).json();
      expect([action, audit.rows[0].content.actor]).toEqual([action, actor]);
    }
  });
  it('touch nobody else\u2019s student [named] [unknown] [by counsellor in the body] [college-wide] [fees]', async () => {
    const mine = await signedIn('mine');
    for (const numbers of [[OTHERS], [MINE, OTHERS], ['209999999999']])
      for (const [path, more] of [
        ['confirmations', { present: true }],
        ['registrations', {}],
      ] as const) {
        const answer = await post(mine, `${SEMESTER}/${path}`, { filter: { student_numbers: numbers }, ...more });
        expect([answer.status, codeOf(answer), json(answer).count]).toEqual([403, 'students-not-own', 1]);
      }
    for (const filter of [{ counsellor_staff_number: 'T0006' }, { college: '工学院' }])
      expect(codeOf(await post(mine, `${SEMESTER}/registrations`, { filter }))).toBe('input-invalid');
    const fee = await post(mine, `${SEMESTER}/confirmations`, { filter: {}, present: true, fee: 'paid' });
    expect(codeOf(fee)).toBe('input-invalid');
    const wide = '/api/issuer/v1/semesters/2026-2027-1/registrations';
    expect(codeOf(await post(mine, wide, { filter: { college: '工学院' } }))).toBe('role-missing');
    expect(codeOf(await mine.get(`${app.url}/api/issuer/v1/students/${MINE}`))).toBe('role-missing');
    expect(await registered()).toEqual({});
  });
  it('undo and see no run but their own [another counsellor\u2019s] [the registrar\u2019s]', async () => {
    const [mine, other, registrar] = [await signedIn('mine'), await signedIn('other'), await signedIn('first')];
    const run = json(await post(mine, `${SEMESTER}/registrations`, { filter: { student_numbers: [MINE] } }));
    await settled(mine, run.id, 'applied');
    const undo = (browser: Browser, id: number) => post(browser, `${OWN}/bulk-runs/${id}/undo`);
    expect(codeOf(await undo(other, run.id))).toBe('bulk-run-not-found');
    expect(codeOf(await other.get(`${app.url}${OWN}/bulk-runs/${run.id}`))).toBe('bulk-run-not-found');
    expect(json(await other.get(`${app.url}${OWN}/bulk-runs`)).runs).toEqual([]);
    expect(codeOf(await undo(registrar, run.id))).toBe('role-missing');
    const wide = json(await post(registrar, '/api/issuer/v1/semesters/2026-2027-1/registrations', { filter: {} }));
    expect(codeOf(await undo(mine, wide.id))).toBe('bulk-run-not-found');
    // A student who is another counsellor's by now is left as he is.
    await app.issuer.database.run.raw("UPDATE student SET counsellor_staff_number = 'T0006' WHERE student_number = ?", [
      MINE,
    ]);
    expect((await undo(mine, run.id)).status).toBe(202);
    await settled(mine, run.id, 'undone');
    expect(await registered()).toMatchObject({ T0006: 1 });
    await app.issuer.database.run.raw("UPDATE student SET counsellor_staff_number = 'T0007' WHERE student_number = ?", [
      MINE,
    ]);
  });
  it('are told apart by the console alone: without a staff number the issuer refuses', async () => {
    const link = await app.signIn();
    expect((await link(`${OWN}/semesters`)).status).toBe(403);
    expect((await app.issuer.operator('/v1/own-students/semesters')).status).toBe(403);
    expect((await app.issuer.operator('/v1/own-students/semesters', { headers })).status).toBe(403);
  });
});

describe('roles in the console', () => {
  it('refuse what they do not cover, and nothing happens', async () => {
    const cards = await signedIn('cards');
    const refused = await uploadRoster(cards, readRoster('roster-clean.csv').toString('utf8'));
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'role-missing']);
    const { students } = await (await app.issuer.operator('/v1/students?enrolment_status=enrolled&limit=1')).json();
    const path = `/api/issuer/v1/students/${students[0].student_number}/suspend`;
    const registrar = await signedIn('first');
    expect(codeOf(await post(registrar, path, { reason_code: 'lost' }))).toBe('role-missing');
    const student = await (await app.issuer.operator(`/v1/students/${students[0].student_number}`)).json();
    expect(student.credential_state).toBe('valid');
  });
  it('let a second registrar approve an import, and neither the first nor the operator link', async () => {
    const [first, second] = [await signedIn('first'), await signedIn('second')];
    const many = readRoster('roster-clean.csv').toString('utf8').replaceAll(',在籍在读,', ',休学,');
    const waiting = (await (await uploadRoster(first, many)).json()) as { state: string; import_id: number };
    expect(waiting.state).toBe('waiting-for-second-person');
    const path = `/api/issuer/v1/roster-imports/${waiting.import_id}/approve`;
    expect(codeOf(await post(first, path))).toBe('import-same-person');
    const link = await app.signIn();
    const byLink = await link(path, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    expect(((await byLink.json()) as { code: string }).code).toBe('role-missing');
    const approved = await post(second, path);
    expect([approved.status, JSON.parse(approved.text).state]).toEqual([200, 'applied']);
  });
});

describe('sign-out of the console', () => {
  it('ends the session here and names where everything is signed out, without naming the person', async () => {
    const browser = await signedIn('first');
    const { logout_url } = JSON.parse((await post(browser, '/api/session/end')).text);
    const link = new URL(logout_url);
    expect(link.origin).toBe(idp.url);
    expect([...link.searchParams.keys()].sort()).toEqual(['client_id', 'id_token_hint', 'post_logout_redirect_uri']);
    const hint = Buffer.from(link.searchParams.get('id_token_hint')?.split('.')[1] ?? '', 'base64url').toString();
    expect(hint).not.toContain('9900101');
    expect(hint).not.toContain('测试');
    expect(codeOf(await session(browser))).toBe('session-missing');
  });
  it('comes with the sign-out at the identity layer within seconds, for that session alone', async () => {
    const [mine, other] = [await signedIn('second'), await signedIn('first')];
    const operator = await signedIn('operator');
    const found = JSON.parse((await post(operator, '/api/idp/v1/session-searches', { number: '9900102' })).text);
    const startedMs = performance.now();
    for (const one of found.sessions.filter((entry: { ended_at: string | null }) => entry.ended_at === null))
      await post(operator, `/api/idp/v1/sessions/${one.id}/end`);
    await until(async () => (await session(mine)).status === 401);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect((await session(other)).status).toBe(200);
  });
  it.each([
    ['a made-up token', 'e30.e30.AAAA'],
    ['nothing', ''],
  ])('comes with no forged token [attack 20: %s]', async (_what, token) => {
    const browser = await signedIn('first');
    const answer = await fetch(`${app.url}/sign-in/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    });
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_request' }]);
    expect((await session(browser)).status).toBe(200);
  });
  it('comes with no token as JSON', async () => {
    const answer = await fetch(`${app.url}/sign-in/backchannel-logout`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(415);
  });
});

describe('the five modules through the console', () => {
  const OF_T0007 = '202301000001';
  const LEAVE = { kind: 'personal', from: '2026-12-01', to: '2026-12-01', days: 1, reason: '回家看望外婆' };
  const inbox = async (browser: Browser): Promise<{ case_id: string; step: string }[]> =>
    JSON.parse((await browser.get(`${app.url}/api/campus/v1/inbox`)).text).tasks;

  it('show each his own inbox, within the roles of his session and whatever a browser says', async () => {
    await app.issuer.operator('/v1/roster-imports', { bytes: readRoster('roster-clean.csv'), type: 'text/csv' });
    const student = app.campus?.student(OF_T0007);
    const begun = await student?.('/v1/cases', { body: { service: 'leave', form: LEAVE } });
    expect(begun?.status).toBe(201);
    const [mine, other] = [await signedIn('mine'), await signedIn('other')];
    expect(await inbox(mine)).toMatchObject([{ case_id: begun?.body.id, step: 'counsellor' }]);
    expect(await inbox(other)).toEqual([]);
    const path = `/api/campus/v1/cases/${begun?.body.id}/actions`;
    const agree = { verb: 'agree', step: 'counsellor' };
    const forged = await other.post(app.url + path, agree, {
      'Content-Type': 'application/json',
      'Lanyard-Roles': 'counsellor%40university',
      'Lanyard-Actor': 'account:t0007',
    });
    expect(codeOf(forged)).toBe('case-not-found');
    const decided = await mine.post(app.url + path, agree, {
      'Content-Type': 'application/json',
      'Idempotency-Key': 'agree-0001',
    });
    expect(decided.status).toBe(200);
    const again = await mine.post(app.url + path, agree, {
      'Content-Type': 'application/json',
      'Idempotency-Key': 'agree-0001',
    });
    expect(JSON.parse(again.text)).toEqual(JSON.parse(decided.text));
    expect(await inbox(mine)).toEqual([]);
  });

  it('are for people, not for the operator’s link', async () => {
    const link = await app.signIn();
    expect(((await (await link('/api/campus/v1/inbox')).json()) as { code: string }).code).toBe('role-missing');
  });
});

describe('routes of the identity layer through the console', () => {
  const party = {
    id: 'library',
    name_zh: '图书馆',
    name_en: 'Library',
    protocol: 'oidc',
    oidc: { redirect_uris: ['https://lib.example.edu.cn/callback'], token_endpoint_auth_method: 'client_secret_basic' },
  };
  it('add a relying party, show its secret once, its grade and settings, and disable it', async () => {
    const operator = await signedIn('operator');
    const added = JSON.parse((await post(operator, '/api/idp/v1/relying-parties', party)).text);
    expect(added.client_secret).toMatch(/^[\w-]{20,}$/);
    const one = JSON.parse((await operator.get(`${app.url}/api/idp/v1/relying-parties/library`)).text);
    expect(one).not.toHaveProperty('client_secret');
    expect(one.settings.length).toBeGreaterThan(1);
    expect(one.grade).toMatch(/^[A-D]$/);
    const disabled = JSON.parse((await post(operator, '/api/idp/v1/relying-parties/library/disable')).text);
    expect(disabled.disabled).toBe(true);
  });
  it('are closed to roles without them', async () => {
    const auditor = await signedIn('auditor');
    expect((await auditor.get(`${app.url}/api/idp/v1/logout-deliveries`)).status).toBe(200);
    expect(codeOf(await post(auditor, '/api/idp/v1/relying-parties', party))).toBe('role-missing');
    expect(codeOf(await auditor.get(`${app.url}/api/issuer/v1/students`))).toBe('role-missing');
  });
  it('take a staff roster, first without writing', async () => {
    const operator = await signedIn('operator');
    const cookie = `lanyard_admin_session=${operator.cookies().get('lanyard_admin_session')}`;
    const csv = '工号,姓名,角色,范围\n9900106,测试9900106,operator,university\n9900901,新同事,registrar,university\n';
    const answer = await fetch(`${app.url}/api/idp/v1/staff-imports?dry_run=true`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv', Origin: app.url, Cookie: cookie },
      body: csv,
    });
    expect([answer.status, ((await answer.json()) as { dry_run: boolean }).dry_run]).toEqual([200, true]);
  });
});
