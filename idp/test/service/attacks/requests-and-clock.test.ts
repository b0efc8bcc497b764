import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginSignIn, JSON_HEADERS, openAccount, postJson } from '../sign-in/person.js';
import { createAuthenticator, type Options } from '../sign-in/software-authenticator.js';
import { openBrowser } from '../support/browser.js';
import { type IdpUnderTest, OPERATOR_TOKEN, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization, codeOf, interactionOf, redeem, signInThrough } from '../support/oidc-client.js';

/** Attack 30 where the clock goes back, and what a client may ask for beyond the code flow. */
const REDIRECT = 'http://localhost:9999/callback';
const OTHER = 'http://localhost:9998/callback';
const SERVICE = 'http://localhost:9997/app';
const HOUR_MS = 3_600_000;
let idp: IdpUnderTest;
let student: string;
const secrets: Record<string, string> = {};

beforeAll(async () => {
  idp = await startIdp();
  student = await idp.addAccount({ number: '9202310000160' });
  for (const [id, uri] of [
    ['one', REDIRECT],
    ['two', OTHER],
    ['closing', REDIRECT],
  ] as const)
    secrets[id] =
      (await idp.addParty({
        id: `party-${id}`,
        name_zh: id,
        name_en: id,
        protocol: 'oidc',
        oidc: { redirect_uris: [uri], token_endpoint_auth_method: 'client_secret_basic', refresh_tokens: true },
      })) ?? '';
  await idp.addParty({
    id: 'old-system',
    name_zh: '旧系统',
    name_en: 'Old system',
    protocol: 'cas',
    purpose_zh: '登录',
    purpose_en: 'To sign in',
    cas: { services: [{ url: SERVICE }, { url: `${SERVICE}/`, match: 'prefix' }] },
  } as never);
});
afterAll(() => idp.close());

const begin = (parameters: Record<string, string> = {}, id = 'one') =>
  beginAuthorization({
    idp: idp.url,
    clientId: `party-${id}`,
    redirectUri: id === 'two' ? OTHER : REDIRECT,
    parameters,
  });
const client = (id: string) => ({ id: `party-${id}`, secret: secrets[id] ?? '' });
async function tokensOf(id = 'one', browser = openBrowser()) {
  const request = begin({}, id);
  const code = codeOf(await signInThrough(browser, idp.url, request.address, { account: student }));
  const { body } = await redeem(idp.url, client(id), {
    grant_type: 'authorization_code',
    code,
    code_verifier: request.verifier,
    redirect_uri: id === 'two' ? OTHER : REDIRECT,
  });
  return { browser, body: body as Record<'access_token' | 'refresh_token' | 'id_token', string> };
}
const userinfo = async (token: string) =>
  (await fetch(`${idp.url}/me`, { headers: { Authorization: `Bearer ${token}` } })).status;
const asClient = async (path: string, id: string, body: Record<string, string>) => {
  const { id: name, secret } = client(id);
  const answer = await fetch(`${idp.url}${path}`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(body),
  });
  return { status: answer.status, body: (await answer.json().catch(() => ({}))) as Record<string, unknown> };
};
/** Waits `ms` of the clock, then sets it back by an hour. */
async function afterClockWentBack<T>(ms: number, act: () => Promise<T>): Promise<T> {
  idp.clock.moveMs(ms - HOUR_MS);
  try {
    return await act();
  } finally {
    idp.clock.moveMs(HOUR_MS - ms);
  }
}

describe('attack 30: nothing expired lives again when the clock is set back by an hour', () => {
  it('[authorization code]', async () => {
    const request = begin();
    const code = codeOf(await signInThrough(openBrowser(), idp.url, request.address, { account: student }));
    const answer = await afterClockWentBack(61_000, () =>
      redeem(idp.url, client('one'), {
        grant_type: 'authorization_code',
        code,
        code_verifier: request.verifier,
        redirect_uri: REDIRECT,
      }),
    );
    expect(answer.body['error']).toBe('invalid_grant');
  });

  it('[access token]', async () => {
    const { body } = await tokensOf();
    expect(await userinfo(body.access_token)).toBe(200);
    expect(await afterClockWentBack(301_000, () => userinfo(body.access_token))).toBe(401);
  });

  it('[interaction]', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'party-one');
    const page = () => browser.get(`${idp.url}/sign-in/${uid}`).then((answer) => answer.status);
    expect(await page()).toBe(200);
    expect(await afterClockWentBack(901_000, page)).toBe(400);
  });

  it('[CAS ticket]', async () => {
    const browser = (await tokensOf()).browser;
    const back = await browser.follow(
      await browser.get(`${idp.url}/cas/login?service=${encodeURIComponent(SERVICE)}`),
      idp.url,
    );
    const ticket = new URL(back.location ?? 'x:').searchParams.get('ticket') ?? '';
    expect(ticket).toMatch(/^ST-/);
    const query = new URLSearchParams({ service: SERVICE, ticket });
    const answer = await afterClockWentBack(61_000, () => fetch(`${idp.url}/cas/serviceValidate?${query}`));
    expect(await answer.text()).toContain('INVALID_TICKET');
  });

  it('[facade request]', async () => {
    const browser = (await tokensOf()).browser;
    const begun = await browser.get(`${idp.url}/cas/login?service=${encodeURIComponent(SERVICE)}`);
    const coded = await browser.get(begun.location ?? '');
    expect(coded.location).toContain('/cas/callback?code=');
    const answer = await afterClockWentBack(901_000, () => browser.get(coded.location ?? ''));
    expect(answer.location).toBeUndefined();
  });

  it('[passkey challenge]', async () => {
    const browser = await openAccount(idp, student);
    const options = await postJson(browser, `${idp.url}/account/passkeys/options`);
    const answer = createAuthenticator(idp.url, { synced: true }).register(options.json as unknown as Options);
    const done = await afterClockWentBack(301_000, () =>
      browser.post(`${idp.url}/account/passkeys/verify`, answer, JSON_HEADERS),
    );
    expect([done.status, done.text]).toEqual([403, expect.stringContaining('passkey-refused')]);
  });
});

describe('what is asked for beyond the code flow', () => {
  it.each([
    ['request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    ['resource', { resource: 'https://api.example/' }, 'invalid_target'],
    ['implicit', { response_type: 'id_token' }, 'unsupported_response_type'],
    ['hybrid', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['a foreign id_token_hint', { id_token_hint: 'x.y.z', prompt: 'none' }, 'invalid_request'],
  ])('is refused [%s]', async (_variant, parameters, error) => {
    const answer = await openBrowser().get(begin(parameters as Record<string, string>).address);
    expect(interactionOf(answer)).toBeUndefined();
    expect(answer.location ?? answer.text).toContain(error);
  });

  it('takes no hint that was made for another client [id_token_hint]', async () => {
    const { browser, body } = await tokensOf('two');
    const answer = await browser.get(begin({ id_token_hint: body.id_token, prompt: 'none' }).address);
    expect(codeOf(answer)).toBe('');
  });

  it('gives no more claims than were granted [claims parameter]', async () => {
    const browser = openBrowser();
    const claims = JSON.stringify({ userinfo: { name: null, student_number: null }, id_token: { name: null } });
    const request = begin({ claims, scope: 'openid profile' });
    const back = await signInThrough(browser, idp.url, request.address, { account: student });
    const { body } = await redeem(idp.url, client('one'), {
      grant_type: 'authorization_code',
      code: codeOf(back),
      code_verifier: request.verifier,
      redirect_uri: REDIRECT,
    });
    const answer = await fetch(`${idp.url}/me`, { headers: { Authorization: `Bearer ${body['access_token']}` } });
    expect(Object.keys((await answer.json()) as object)).toEqual(['sub']);
    const payload = JSON.parse(Buffer.from(String(body['id_token']).split('.')[1] ?? '', 'base64url').toString());
    expect(payload).not.toHaveProperty('name');
  });

  it('asks again after max_age', async () => {
    const { browser } = await tokensOf();
    expect(interactionOf(await browser.get(begin({ max_age: '0' }).address))).toBeDefined();
  });

  it('refuses a state that is too long to keep, without a fault [CAS]', async () => {
    const long = `${SERVICE}/?${'x'.repeat(4_200)}`;
    const answer = await openBrowser().get(`${idp.url}/cas/login?service=${encodeURIComponent(long)}`);
    expect([answer.status, answer.location]).toEqual([400, undefined]);
  });

  it('shows a hint as text only [login_hint]', async () => {
    const browser = openBrowser();
    const uid = await beginSignIn(idp, browser, 'party-one', { login_hint: '"><script>alert(1)</script>' });
    for (const path of ['', '/claim', '/recovery'])
      expect((await browser.get(`${idp.url}/sign-in/${uid}${path}`)).text).not.toContain('<script>alert');
  });

  it('is sent by a form whose one script the policy names [form_post]', async () => {
    const { browser } = await tokensOf();
    const answer = await browser.get(begin({ response_mode: 'form_post' }).address);
    expect(answer.text).toContain(`action="${REDIRECT}"`);
    expect(answer.headers.get('content-security-policy')).toMatch(/script-src [^;]*'sha256-/);
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('tokens', () => {
  it('end with the session [access and refresh]', async () => {
    const { browser, body } = await tokensOf();
    await browser.post(`${idp.url}/logout`, {});
    expect(await userinfo(body.access_token)).toBe(401);
    const refreshed = await redeem(idp.url, client('one'), {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
    });
    expect(refreshed.body['error']).toBe('invalid_grant');
  });

  it('tell another client nothing, and are not ended by it [introspection, revocation]', async () => {
    const { body } = await tokensOf();
    const seen = await asClient('/token/introspection', 'two', { token: body.access_token });
    expect(seen.body).toEqual({ active: false });
    await asClient('/token/revocation', 'two', { token: body.access_token });
    expect(await userinfo(body.access_token)).toBe(200);
  });

  it('end with the registration of their client [disabled]', async () => {
    const { body } = await tokensOf('closing');
    expect(await userinfo(body.access_token)).toBe(200);
    const act = (what: string) =>
      fetch(`${idp.url}/v1/relying-parties/party-closing/${what}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${OPERATOR_TOKEN}` },
      });
    expect((await act('disable')).status).toBe(200);
    // A new secret does not open it again.
    expect((await act('secret')).status).toBe(404);
    expect(await userinfo(body.access_token)).toBe(401);
    const refreshed = await asClient('/token', 'closing', {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
    });
    expect(refreshed.body['error']).toBe('invalid_client');
    expect((await openBrowser().get(begin({}, 'closing').address)).status).toBe(400);
  });
});

describe('sessions of others', () => {
  it('are ended by nobody else, who reads the same as of none', async () => {
    const victim = await openAccount(idp, student);
    const { rows } = await idp.database.run.raw(
      'SELECT uid FROM sign_in_session WHERE account_id = ? AND ended_at IS NULL ORDER BY created_at DESC LIMIT 1',
      [student],
    );
    const attacker = await openAccount(idp, await idp.addAccount({ number: '9202310000161' }));
    const other = await attacker.post(`${idp.url}/account/sessions/${(rows[0] as { uid: string }).uid}/end`, {});
    const none = await attacker.post(`${idp.url}/account/sessions/${'x'.repeat(21)}/end`, {});
    expect([other.status, other.text]).toEqual([none.status, none.text]);
    expect((await victim.get(`${idp.url}/account`)).status).toBe(200);
  });
});
