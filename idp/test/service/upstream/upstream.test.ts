import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../support/browser.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization, codeOf, interactionOf, signInThrough } from '../support/oidc-client.js';

/** A layer that stands behind another server and in front of its own relying parties at the same time. */
const REDIRECT = 'http://localhost:9997/callback';
const NUMBER = '9202310000040';
let behind: IdpUnderTest;
let front: IdpUnderTest;
let student: string;

beforeAll(async () => {
  behind = await startIdp();
  student = await behind.addAccount({ number: NUMBER });
  await behind.addAccount({ number: '9202310000041' });
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-upstreams-'));
  const file = join(folder, 'upstreams.json');
  writeFileSync(
    file,
    JSON.stringify([
      { id: 'school-cas', name_zh: '旧统一认证', name_en: 'Former sign-in', kind: 'cas', server: `${behind.url}/cas` },
      {
        id: 'school-oidc',
        name_zh: '学校 OIDC',
        name_en: 'School OIDC',
        kind: 'oidc',
        issuer: behind.url,
        client_id: 'front',
        client_secret_variable: 'LANYARD_UPSTREAM_SECRET_TEST',
        number_claim: 'student_number',
        level: 'synced-passkey',
      },
    ]),
  );
  // The address to return to is known once the front runs; the secret stays.
  process.env['LANYARD_UPSTREAM_SECRET_TEST'] = await registerFront('http://localhost:1');
  front = await startIdp({ LANYARD_UPSTREAMS: file });
  await front.addAccount({ number: NUMBER });
  await registerFront(front.url);
  await front.addParty({
    id: 'tour',
    name_zh: '试用',
    name_en: 'Tour',
    protocol: 'oidc',
    oidc: { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
  });
  await behind.addParty({
    id: 'front-cas',
    name_zh: '新统一认证',
    name_en: 'New layer',
    protocol: 'cas',
    purpose_zh: '登录',
    purpose_en: 'Sign-in',
    cas: { services: [{ url: `${front.url}/sign-in/upstream/school-cas/`, match: 'prefix' }] },
  });
});
afterAll(async () => {
  await front.close();
  await behind.close();
});

async function registerFront(url: string): Promise<string | undefined> {
  return behind.addParty({
    id: 'front',
    name_zh: '新统一认证',
    name_en: 'New layer',
    protocol: 'oidc',
    claims: ['student_number'],
    purpose_zh: '登录',
    purpose_en: 'Sign-in',
    oidc: {
      redirect_uris: [`${url}/sign-in/upstream/school-oidc/callback`],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  });
}

const authorize = (parameters: Record<string, string> = {}) =>
  beginAuthorization({ idp: front.url, clientId: 'tour', redirectUri: REDIRECT, parameters });

/** The browser at the front's sign-in page; answers the interaction. */
async function atSignIn(browser: Browser, parameters: Record<string, string> = {}): Promise<string> {
  return interactionOf(await browser.get(authorize(parameters).address)) ?? '';
}

describe('behind a CAS server', () => {
  it('signs a person in there and takes the account of the same number here', async () => {
    const browser = openBrowser();
    const uid = await atSignIn(browser);
    const there = await browser.follow(
      await browser.get(`${front.url}/sign-in/${uid}/upstream/school-cas`),
      behind.url,
    );
    const back = await signInThrough(browser, behind.url, there, { account: student });
    const end = await browser.follow(back, front.url);
    expect(codeOf(end)).not.toBe('');
  });

  it('refuses an answer that was used [the same ticket again]', async () => {
    const browser = openBrowser();
    const uid = await atSignIn(browser);
    const there = await browser.follow(
      await browser.get(`${front.url}/sign-in/${uid}/upstream/school-cas`),
      behind.url,
    );
    const back = await signInThrough(browser, behind.url, there, { account: student });
    await browser.follow(back, front.url);
    const again = await browser.get(back.location ?? '');
    expect([again.status, again.text.includes('interaction-expired')]).toEqual([400, true]);
  });

  it('refuses an answer that another browser began', async () => {
    const attacker = openBrowser();
    const uid = await atSignIn(attacker);
    const there = await attacker.follow(
      await attacker.get(`${front.url}/sign-in/${uid}/upstream/school-cas`),
      behind.url,
    );
    const back = await signInThrough(attacker, behind.url, there, { account: student });
    const victim = openBrowser();
    const landed = await victim.follow(await victim.get(back.location ?? ''), front.url);
    expect([landed.status, landed.text.includes('interaction-expired')]).toEqual([400, true]);
  });

  it.each([
    ['a ticket nobody issued', 'ST-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a ticket with a parameter of its own', 'ST-x&service=evil'],
    ['no ticket', ''],
  ])('refuses %s', async (_variant, ticket) => {
    const browser = openBrowser();
    const uid = await atSignIn(browser);
    const start = await browser.get(`${front.url}/sign-in/${uid}/upstream/school-cas`);
    const service = new URL(start.location ?? '').searchParams.get('service') ?? '';
    const answer = await browser.get(`${service}&ticket=${encodeURIComponent(ticket)}`);
    expect([answer.status, answer.text.includes('upstream-refused')]).toEqual([403, true]);
  });

  it('is not enough where a service needs more than a password', async () => {
    const browser = openBrowser();
    const uid = await atSignIn(browser, { acr_values: 'urn:lanyard:acr:device-passkey' });
    const answer = await browser.get(`${front.url}/sign-in/${uid}/upstream/school-cas`);
    expect([answer.status, answer.text.includes('upstream-not-enough')]).toEqual([403, true]);
  });
});

describe('behind an OpenID Connect server', () => {
  it('signs a person in there, at the level the university gives it', async () => {
    const browser = openBrowser();
    const uid = await atSignIn(browser, { acr_values: 'urn:lanyard:acr:synced-passkey' });
    const there = await browser.follow(
      await browser.get(`${front.url}/sign-in/${uid}/upstream/school-oidc`),
      behind.url,
    );
    const back = await signInThrough(browser, behind.url, there, { account: student });
    const end = await browser.follow(back, front.url);
    expect(codeOf(end)).not.toBe('');
  });

  it.each([
    ['without iss', (query: URLSearchParams) => query.delete('iss')],
    ['with the iss of another server', (query: URLSearchParams) => query.set('iss', 'http://localhost:3')],
    ['with another code', (query: URLSearchParams) => query.set('code', 'A'.repeat(43))],
  ])('refuses an answer %s', async (_variant, change) => {
    const browser = openBrowser();
    const uid = await atSignIn(browser);
    const there = await browser.follow(
      await browser.get(`${front.url}/sign-in/${uid}/upstream/school-oidc`),
      behind.url,
    );
    const back = new URL((await signInThrough(browser, behind.url, there, { account: student })).location ?? '');
    change(back.searchParams);
    const answer = await browser.follow(await browser.get(back.href), front.url);
    expect([answer.status, answer.text.includes('upstream-refused')]).toEqual([403, true]);
  });
});

describe('a person without an account here', () => {
  it('is told so and not signed in', async () => {
    const stranger = await behind.addAccount({ number: '9202310000999' });
    const browser = openBrowser();
    const uid = await atSignIn(browser);
    const there = await browser.follow(
      await browser.get(`${front.url}/sign-in/${uid}/upstream/school-cas`),
      behind.url,
    );
    const back = await signInThrough(browser, behind.url, there, { account: stranger });
    const answer = await browser.follow(back, front.url);
    expect([answer.status, answer.text.includes('upstream-account-unknown')]).toEqual([403, true]);
  });
});
