import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from './support/browser.js';
import { type IdpUnderTest, startIdp } from './support/idp-under-test.js';
import { beginAuthorization, codeOf, redeem, signInThrough } from './support/oidc-client.js';

const SERVICE = 'http://localhost:9998/app/';
let idp: IdpUnderTest;
let student: string;

beforeAll(async () => {
  idp = await startIdp();
  student = await idp.addAccount({ number: '9202310000040' });
  await idp.addParty({
    id: 'old',
    name_zh: '旧系统',
    name_en: 'Old system',
    protocol: 'cas',
    purpose_zh: '登录',
    purpose_en: 'Sign-in',
    cas: { services: [{ url: SERVICE }] },
  });
});
afterAll(() => idp.close());

it('enters a CAS service within a session again and again, without a question', async () => {
  const browser = openBrowser();
  const login = `${idp.url}/cas/login?service=${encodeURIComponent(SERVICE)}`;
  const first = await signInThrough(browser, idp.url, await browser.follow(await browser.get(login), idp.url), {
    account: student,
  });
  expect(first.location).toContain('ticket=ST-');
  for (let again = 0; again < 3; again += 1) {
    const entered = await browser.follow(await browser.get(login), idp.url);
    expect(entered.location, entered.text.slice(0, 2000)).toContain('ticket=ST-');
  }
});

it('remembers every service that was entered at once, and lets each redeem its code', async () => {
  const clients = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const id = `module-${index}`;
      const redirect = `http://localhost:90${10 + index}/callback`;
      const secret = await idp.addParty({
        id,
        name_zh: id,
        name_en: id,
        protocol: 'oidc',
        oidc: { redirect_uris: [redirect], token_endpoint_auth_method: 'client_secret_basic' },
      });
      return { id, redirect, secret: secret ?? '' };
    }),
  );
  const browser = openBrowser();
  const login = `${idp.url}/cas/login?service=${encodeURIComponent(SERVICE)}`;
  await signInThrough(browser, idp.url, await browser.follow(await browser.get(login), idp.url), { account: student });
  // Two tabs per client, all at once.
  const redeemed = await Promise.all(
    [...clients, ...clients].map(async ({ id, redirect, secret }) => {
      const request = beginAuthorization({ idp: idp.url, clientId: id, redirectUri: redirect });
      const answer = await browser.get(request.address);
      const tokens = await redeem(
        idp.url,
        { id, secret },
        {
          grant_type: 'authorization_code',
          code: codeOf(answer),
          code_verifier: request.verifier,
          redirect_uri: redirect,
        },
      );
      return tokens.status;
    }),
  );
  expect(redeemed).toEqual(Array(16).fill(200));
  const { rows } = await idp.database.run.raw(
    `SELECT (SELECT count(*) FROM jsonb_object_keys(payload->'authorizations')) AS entered FROM provider_document
     WHERE model = 'Session' AND consumed_at IS NULL ORDER BY expires_at DESC LIMIT 1`,
  );
  expect(Number(rows[0].entered)).toBe(9);
});

it('enters many CAS services at once in one browser', async () => {
  const browser = openBrowser();
  const login = `${idp.url}/cas/login?service=${encodeURIComponent(SERVICE)}`;
  await signInThrough(browser, idp.url, await browser.follow(await browser.get(login), idp.url), { account: student });
  await idp.database.run.raw(
    `UPDATE provider_document SET payload = payload - 'authorizations' WHERE model = 'Session'`,
  );
  await idp.database.run.raw(`DELETE FROM provider_document WHERE model = 'Grant'`);
  const cookies = browser.cookies();
  const enter = async () => {
    const window = openBrowser();
    for (const name of ['lanyard_idp_session', 'lanyard_idp_session.sig'])
      window.setCookie(name, cookies.get(name) ?? '');
    return window.follow(await window.get(login), idp.url);
  };
  const entered = await Promise.all(Array.from({ length: 40 }, enter));
  expect(entered.map((answer) => answer.location?.includes('ticket=ST-'))).toEqual(Array(40).fill(true));
});
