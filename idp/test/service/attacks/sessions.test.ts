import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Browser, openBrowser } from '../support/browser.js';
import { type IdpUnderTest, OPERATOR_TOKEN, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization, codeOf, interactionOf, redeem, signInThrough } from '../support/oidc-client.js';

/** Attacks 21 to 25 and 32, and what ending a session does. */
const REDIRECT = 'http://localhost:9999/callback';
const SIGNED_OUT = 'http://localhost:9999/out';
let idp: IdpUnderTest;
let student: string;
let staff: string;
let secret: string;
let service: Server;
const calls: { path: string; body: string }[] = [];
let answerWith = 200;

beforeAll(async () => {
  service = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      calls.push({ path: request.url ?? '', body });
      response.writeHead(answerWith, answerWith === 302 ? { Location: 'http://localhost:1/inside' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => service.listen(0, 'localhost', resolve));
  idp = await startIdp();
  student = await idp.addAccount({ number: '9202310000040' });
  staff = await idp.addAccount({ number: 'T9001', kind: 'staff', roles: ['registrar'] });
  secret =
    (await idp.addParty({
      id: 'tour',
      name_zh: '试用',
      name_en: 'Tour',
      protocol: 'oidc',
      oidc: {
        redirect_uris: [REDIRECT],
        post_logout_redirect_uris: [SIGNED_OUT],
        backchannel_logout_uri: `http://localhost:${(service.address() as AddressInfo).port}/logout`,
        token_endpoint_auth_method: 'client_secret_basic',
      },
    })) ?? '';
  await idp.addParty({
    id: 'partner',
    name_zh: '校外伙伴',
    name_en: 'Partner',
    protocol: 'oidc',
    leaves_campus: true,
    claims: ['name'],
    purpose_zh: '核对姓名',
    purpose_en: 'To check the name',
    oidc: { redirect_uris: ['https://partner.example/callback'], token_endpoint_auth_method: 'client_secret_basic' },
  });
  await idp.addParty({
    id: 'desk',
    name_zh: '办公',
    name_en: 'Desk',
    protocol: 'oidc',
    people: 'staff',
    oidc: { redirect_uris: ['https://desk.example/callback'], token_endpoint_auth_method: 'client_secret_basic' },
  });
});
afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await idp.close();
});

const begin = (clientId = 'tour', redirectUri = REDIRECT, parameters: Record<string, string> = {}) =>
  beginAuthorization({ idp: idp.url, clientId, redirectUri, parameters });
async function signedIn(account = student): Promise<{ browser: Browser; answer: Answer; idToken: string }> {
  const browser = openBrowser();
  const request = begin();
  const answer = await signInThrough(browser, idp.url, request.address, { account });
  const tokens = await redeem(
    idp.url,
    { id: 'tour', secret },
    {
      grant_type: 'authorization_code',
      code: codeOf(answer),
      code_verifier: request.verifier,
      redirect_uri: REDIRECT,
    },
  );
  return { browser, answer, idToken: String(tokens.body['id_token']) };
}
const isSignedIn = async (browser: Browser) => interactionOf(await browser.get(begin().address)) === undefined;
const until = async (wanted: () => boolean | Promise<boolean>) => {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await wanted()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
};

describe('attack 21: an open redirect after signing out', () => {
  it.each([
    ['an address that is not registered', 'https://evil.example/'],
    ['the registered one with a path more', `${SIGNED_OUT}/x`],
    ['a script', 'javascript:alert(1)'],
  ])('stays on our own page [OpenID Connect, %s]', async (_variant, address) => {
    const { browser, idToken } = await signedIn();
    const query = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: address });
    const answer = await browser.get(`${idp.url}/session/end?${query}`);
    expect([answer.status, answer.location]).toEqual([400, undefined]);
  });

  it.each([
    ['service', 'https://evil.example/'],
    ['url', '//evil.example/'],
    ['service', 'http://localhost:9999.evil.example/'],
  ])('stays on our own page [CAS, %s=%s]', async (name, address) => {
    const { browser } = await signedIn();
    const answer = await browser.follow(
      await browser.get(`${idp.url}/cas/logout?${name}=${encodeURIComponent(address)}`),
      idp.url,
    );
    expect(answer.location ?? '').not.toContain('evil');
    expect(answer.text).not.toMatch(/(href|action)="[a-z]*:?\/\/[^"]*evil/);
  });

  it('takes no return address that somebody else wrote into the form', async () => {
    const { browser } = await signedIn();
    const forged = `${Buffer.from('https://evil.example/').toString('base64url')}.${'A'.repeat(43)}`;
    const answer = await browser.post(`${idp.url}/logout`, { to: forged });
    expect(answer.location).toBeUndefined();
  });
});

describe('attack 22: signing somebody out by a picture on another page', () => {
  it.each(['/session/end', '/logout', '/cas/logout'])('asks first, and the session lives [%s]', async (path) => {
    const { browser } = await signedIn();
    await browser.follow(
      await browser.get(`${idp.url}${path}`, {
        'Sec-Fetch-Site': 'cross-site',
        'Sec-Fetch-Dest': 'image',
        'Sec-Fetch-Mode': 'no-cors',
      }),
      idp.url,
    );
    expect(await isSignedIn(browser)).toBe(true);
  });

  it.each([
    ['from another origin', { Origin: 'https://evil.example' }],
    ['without an origin', { Origin: '' }],
    ['from an opaque origin', { Origin: 'null' }],
  ])('refuses a posted form %s', async (_variant, headers) => {
    const { browser } = await signedIn();
    const answer = await browser.post(`${idp.url}/logout`, {}, headers);
    expect([answer.status, await isSignedIn(browser)]).toEqual([403, true]);
  });
});

describe('attack 23: session fixation', () => {
  it('gives another identifier at sign-in than the one that was planted', async () => {
    const browser = openBrowser();
    browser.setCookie('lanyard_idp_session', 'planted-by-somebody-else-0123456789abcdefghi');
    await signInThrough(browser, idp.url, begin().address, { account: student });
    expect(browser.cookies().get('lanyard_idp_session')).not.toContain('planted');
  });

  it('gives another identifier at a step-up, and the old one is dead', async () => {
    const { browser } = await signedIn();
    const before = browser.cookies();
    const asked = await browser.get(
      begin('tour', REDIRECT, { acr_values: 'urn:lanyard:acr:wallet-presentation' }).address,
    );
    await signInThrough(browser, idp.url, asked, { account: student, level: 'wallet-presentation' });
    expect(browser.cookies().get('lanyard_idp_session')).not.toBe(before.get('lanyard_idp_session'));
    const thief = openBrowser();
    for (const name of ['lanyard_idp_session', 'lanyard_idp_session.sig'])
      thief.setCookie(name, before.get(name) ?? '');
    expect(await isSignedIn(thief)).toBe(false);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('ends the session when the roles of the person change', async () => {
    const { browser } = await signedIn(staff);
    const roster = '工号,姓名,角色,范围\nT9001,测试甲,operator,university\n';
    const answer = await idp.asPerson('/v1/staff-imports', { body: roster, type: 'text/csv' });
    expect(answer.status).toBe(200);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('attack 24: a cross-site post into a sign-in', () => {
  it('finds no interaction without the cookie of the browser that began', async () => {
    const attacker = openBrowser();
    const uid = interactionOf(await attacker.get(begin().address)) ?? '';
    const victim = openBrowser();
    const answer = await victim.get(`${idp.url}/sign-in/${uid}/door?account=${student}`);
    expect([answer.status, answer.location]).toEqual([400, undefined]);
  });

  it('finds no interaction under the path of another one', async () => {
    const browser = openBrowser();
    const first = interactionOf(await browser.get(begin().address)) ?? '';
    const other = interactionOf(await openBrowser().get(begin().address)) ?? '';
    expect(first).not.toBe(other);
    expect((await browser.get(`${idp.url}/sign-in/${other}/door?account=${student}`)).status).toBe(400);
  });
});

describe('attack 25: clickjacking', () => {
  it.each([
    ['an interaction', async (browser: Browser) => browser.get((await browser.get(begin().address)).location ?? '')],
    [
      'the account page',
      (browser: Browser) => browser.get(`${idp.url}/account`).then((answer) => browser.follow(answer, idp.url)),
    ],
    ['the logout question', async () => (await signedIn()).browser.get(`${idp.url}/logout`)],
    ['the provider’s logout question', async () => (await signedIn()).browser.get(`${idp.url}/session/end`)],
    ['an error page', (browser: Browser) => browser.get(`${idp.url}/auth?client_id=nobody`)],
    [
      'the CAS error page',
      (browser: Browser) => browser.get(`${idp.url}/cas/login?service=https%3A%2F%2Fevil.example%2F`),
    ],
  ])('lets nobody put %s into a frame', async (_variant, open) => {
    const answer = await open(openBrowser());
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
  });
});

describe('attack 32: addresses of clients that lead inside', () => {
  const add = (oidc: object, more: object = {}) =>
    fetch(`${idp.url}/v1/relying-parties`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ id: 'inside', name_zh: 'x', name_en: 'x', protocol: 'oidc', oidc, ...more }),
    });

  it('calls no private host that the registration does not name [jwks_uri]', async () => {
    const port = (service.address() as AddressInfo).port;
    await add(
      { redirect_uris: ['https://rp.example/cb'], jwks_uri: `https://127.0.0.1:${port}/jwks` },
      { private_hosts: [] },
    );
    const seen = calls.length;
    const answer = await fetch(`${idp.url}/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: 'x',
        client_id: 'inside',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: `${Buffer.from('{"alg":"ES256","kid":"x"}').toString('base64url')}.${Buffer.from(
          JSON.stringify({
            iss: 'inside',
            sub: 'inside',
            aud: idp.url,
            jti: 'j',
            exp: Math.floor(Date.now() / 1000) + 60,
          }),
        ).toString('base64url')}.AA`,
      }),
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(calls.length).toBe(seen);
  });

  it('follows no redirect of a logout call, and tries again later', async () => {
    answerWith = 302;
    const { browser } = await signedIn();
    const seen = calls.length;
    await browser.post(`${idp.url}/logout`, {});
    expect(await until(() => calls.length > seen)).toBe(true);
    expect(calls.slice(seen).every((call) => call.path === '/logout')).toBe(true);
    answerWith = 200;
    expect(
      await until(async () => {
        const { rows } = await idp.database.run.raw(
          'SELECT count(*) AS open FROM logout_delivery WHERE delivered_at IS NULL',
        );
        return Number(rows[0].open) === 0;
      }),
    ).toBe(true);
  });

  it.each([
    ['a user in the address', 'https://user@rp.example/cb'],
    ['a fragment', 'https://rp.example/cb#x'],
    ['another scheme', 'ftp://rp.example/cb'],
    ['dot segments', 'https://rp.example/a/../cb'],
  ])('registers no address with %s', async (_variant, uri) => {
    const answer = await add({ redirect_uris: [uri], token_endpoint_auth_method: 'client_secret_basic' });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([422, 'relying-party-invalid']);
  });
});

describe('signing out', () => {
  it('tells a service by a logout token, within 3 s', async () => {
    const { browser, idToken } = await signedIn();
    const seen = calls.length;
    await browser.post(`${idp.url}/logout`, {});
    expect(await until(() => calls.length > seen)).toBe(true);
    const token = new URLSearchParams(calls.at(-1)?.body).get('logout_token') ?? '';
    const payloadOf = (text: string) => JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
    expect(payloadOf(token)).toMatchObject({
      iss: idp.url,
      aud: 'tour',
      sid: payloadOf(idToken).sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payloadOf(token).nonce).toBeUndefined();
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('returns to the registered address of the client that asked', async () => {
    const { browser, idToken } = await signedIn();
    const query = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: SIGNED_OUT, state: 'x' });
    const question = await browser.get(`${idp.url}/session/end?${query}`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.text)?.[1] ?? '';
    const answer = await browser.post(`${idp.url}/session/end/confirm`, { xsrf, logout: 'yes' });
    expect(answer.location).toBe(`${SIGNED_OUT}?state=x`);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('consent where data leave the campus', () => {
  const partner = () => begin('partner', 'https://partner.example/callback');

  it('is asked once, recorded, and holds for the same claims', async () => {
    const { browser } = await signedIn();
    const asked = await browser.get(partner().address);
    const uid = interactionOf(asked) ?? '';
    const agreed = await browser.follow(await browser.get(`${idp.url}/sign-in/${uid}/door?consent=yes`), idp.url);
    expect(codeOf(agreed)).not.toBe('');
    expect(codeOf(await browser.get(partner().address))).not.toBe('');
  });

  it('is not given by silence [prompt=none], nor by refusing', async () => {
    const other = await idp.addAccount({ number: `92023${Date.now()}`.slice(0, 13) });
    const { browser } = await signedIn(other);
    const silent = await browser.get(begin('partner', 'https://partner.example/callback', { prompt: 'none' }).address);
    expect(new URL(silent.location ?? '').searchParams.get('error')).toBe('consent_required');
    const uid = interactionOf(await browser.get(partner().address)) ?? '';
    const refused = await browser.follow(await browser.get(`${idp.url}/sign-in/${uid}/door?consent=no`), idp.url);
    expect(new URL(refused.location ?? '').searchParams.get('error')).toBe('access_denied');
  });
});

describe('who may enter', () => {
  it('asks a student for another account where only staff may enter', async () => {
    const { browser } = await signedIn();
    const answer = await browser.get(begin('desk', 'https://desk.example/callback').address);
    const uid = interactionOf(answer) ?? '';
    const refused = await browser.get(`${idp.url}/sign-in/${uid}/door?account=${student}`);
    expect(refused.status).toBe(403);
  });
});
