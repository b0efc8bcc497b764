import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Browser, openBrowser } from '../../../idp/test/service/support/browser.js';
import { type IdpUnderTest, startIdp } from '../../../idp/test/service/support/idp-under-test.js';
import { signInThrough } from '../../../idp/test/service/support/oidc-client.js';
import { gateCode } from './support/codes.js';
import { type StandInIssuer, startStandInIssuer, type TestPerson } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let idp: IdpUnderTest;
let ann: TestPerson;
const callers = mkdtempSync(join(tmpdir(), 'lanyard-callers-'));
const accounts: Record<string, string> = {};

beforeAll(async () => {
  issuer = await startStandInIssuer(9745);
  ann = issuer.makePerson({});
  issuer.state.faces.set(ann.row.rowNumber, { name: '测试·学生', student_number: '9900000001', portrait_id: null });
  issuer.publish([ann.row]);
  idp = await startIdp({ LANYARD_CALLERS: callers, LANYARD_PUBLIC_URL_VERIFIER: 'http://localhost:9746' });
  verifier = await startVerifier({
    port: 9746,
    issuerUrl: issuer.url,
    environment: { LANYARD_CALLERS: callers, LANYARD_PUBLIC_URL_IDP: idp.url },
  });
  await verifier.putCheckpoint('window-1', { show_portrait: true });
  await verifier.synced(issuer.sequence());
  const staff: [string, string, string[]][] = [
    ['guard', '9900201', ['guard@campus:花都校区']],
    ['clerk', '9900202', ['window-clerk@building:行政楼']],
    ['operator', '9900203', ['operator']],
    ['registrar', '9900204', ['registrar', 'operator@college:文学院']],
  ];
  for (const [name, number, roles] of staff)
    accounts[name] = await idp.addAccount({ number, kind: 'staff', name: `测试${number}`, roles, college: '' });
}, 120_000);
afterAll(async () => {
  await verifier?.close();
  await idp?.close();
  await issuer?.close();
  rmSync(callers, { recursive: true, force: true });
});

async function toCallback(browser: Browser, name: string): Promise<string> {
  const start = await browser.get(`${verifier.url}/staff/sign-in/start`);
  const asked = await browser.follow(await browser.get(start.location ?? ''), idp.url);
  const account = accounts[name] ?? '';
  const back = await signInThrough(browser, idp.url, asked, { account, level: 'device-passkey' });
  return back.location ?? '';
}
async function signedIn(name: string): Promise<Browser> {
  const browser = openBrowser();
  const answer = await browser.get(await toCallback(browser, name));
  expect([answer.status, answer.location]).toEqual([303, `${verifier.url}/staff`]);
  return browser;
}
const me = (browser: Browser) => browser.get(`${verifier.url}/v1/staff/me`);
const post = (browser: Browser, path: string, body: object = {}): Promise<Answer> =>
  browser.post(verifier.url + path, body, { 'Content-Type': 'application/json' });
const cookieOf = (browser: Browser) => browser.cookies().get('lanyard_verifier_session') ?? '';

describe('signing in to the verification desk with the campus account', () => {
  it.each([
    ['guard', 'guard@campus:花都校区'],
    ['clerk', 'window-clerk@building:行政楼'],
    ['operator', 'operator@university'],
  ])('opens the desk for a %s, with name and scope', async (name, role) => {
    const shown = JSON.parse((await me(await signedIn(name))).text);
    expect(shown).toMatchObject({ roles: [role], checkpoints: [{ id: 'window-1' }] });
    expect(shown.name).toMatch(/^测试99002/);
  });
  it('acts under the account towards the issuer', async () => {
    const browser = await signedIn('guard');
    const answer = await post(browser, '/v1/verifications', {
      code: gateCode(ann, issuer.keyDay),
      checkpoint: 'window-1',
    });
    expect(JSON.parse(answer.text)).toMatchObject({ verdict: 'accepted', face: { name: '测试·学生' } });
    expect(issuer.state.faceActors.at(-1)).toMatch(/^account:[0-9a-f]{32}$/);
  });
  it('opens nothing without a role at the desk', async () => {
    const browser = openBrowser();
    const answer = await browser.get(await toCallback(browser, 'registrar'));
    expect(answer.location).toBe(`${verifier.url}/staff/sign-in?problem=sign-in-without-role`);
    expect((await me(browser)).status).toBe(401);
  });
  it('takes an answer once, also of ten at once', async () => {
    const browser = openBrowser();
    const address = await toCallback(browser, 'guard');
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.get(address)));
    const opened = answers.filter((answer) => answer.location === `${verifier.url}/staff`);
    expect(opened).toHaveLength(1);
  });
  it('takes an answer only in the browser that began', async () => {
    const address = await toCallback(openBrowser(), 'guard');
    const victim = openBrowser();
    expect((await victim.get(address)).location).toBe(`${verifier.url}/staff/sign-in?problem=sign-in-expired`);
  });
  it('gives a new cookie at each sign-in, and the old one is dead', async () => {
    const browser = await signedIn('guard');
    const first = cookieOf(browser);
    await browser.get(await toCallback(browser, 'guard'));
    expect(cookieOf(browser)).not.toBe(first);
    const old = openBrowser();
    old.setCookie('lanyard_verifier_session', first);
    await until(async () => (await me(old)).status === 401);
  });
  it('is audited without a name or number', async () => {
    await signedIn('guard');
    const { rows } = await verifier.database.run.raw(
      "SELECT row_text FROM audit WHERE action = 'staff-session.opened'",
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.at(-1).row_text).toMatch(/"actor":"account:[0-9a-f]{32}"/);
    for (const row of rows) expect(row.row_text).not.toMatch(/9900201|测试/);
  });
});

describe('the end of a session at the desk', () => {
  it('comes with signing out, which names where everything is signed out', async () => {
    const browser = await signedIn('guard');
    const { logout_url } = JSON.parse((await post(browser, '/staff/session/end')).text);
    expect(new URL(logout_url).origin).toBe(idp.url);
    expect((await me(browser)).status).toBe(401);
  });
  it('comes with the sign-out at the identity layer within seconds, for that session alone', async () => {
    const [mine, other] = [await signedIn('clerk'), await signedIn('guard')];
    expect((await me(mine)).status).toBe(200);
    const { rows } = await idp.database.run.raw('SELECT id FROM account WHERE number = ?', ['9900202']);
    const startedMs = performance.now();
    for (const one of await idp.idp.sessions.listOf(rows[0].id))
      if (one.endedAtMs === undefined) await idp.idp.sessions.end(one.uid, 'operator', 'operator');
    await until(async () => (await me(mine)).status === 401);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect((await me(other)).status).toBe(200);
  });
  it('comes with no forged token', async () => {
    const browser = await signedIn('guard');
    const answer = await fetch(`${verifier.url}/staff/sign-in/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: 'e30.e30.AAAA' }),
    });
    expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_request' }]);
    expect((await me(browser)).status).toBe(200);
  });
  it('comes after half an hour without a verification', async () => {
    const browser = await signedIn('operator');
    await verifier.database.run.raw("UPDATE staff_session SET seen_at = now() - interval '31 minutes'");
    expect((await me(browser)).status).toBe(401);
  });
  it('is not asked for by another page', async () => {
    const browser = await signedIn('guard');
    const answer = await browser.post(
      `${verifier.url}/staff/session/end`,
      {},
      { 'Content-Type': 'application/json', Origin: 'http://evil.example' },
    );
    expect(answer.status).toBe(403);
    expect((await me(browser)).status).toBe(200);
  });
});
