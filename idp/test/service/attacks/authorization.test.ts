import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization, codeOf, interactionOf, redeem, signInThrough } from '../support/oidc-client.js';

/** Attacks 1 to 6 and 9 of the list in docs/THREAT-MODEL.md, over HTTP, on PostgreSQL. */
const REDIRECT = 'http://localhost:9999/callback';
const OTHER_REDIRECT = 'http://localhost:9998/callback';
let idp: IdpUnderTest;
let student: string;
const secrets: Record<string, string> = {};

beforeAll(async () => {
  idp = await startIdp();
  student = await idp.addAccount({ number: '9202310000040' });
  for (const [id, uri] of [
    ['a', REDIRECT],
    ['b', OTHER_REDIRECT],
  ] as const) {
    secrets[id] =
      (await idp.addParty({
        id: `client-${id}`,
        name_zh: id,
        name_en: id,
        protocol: 'oidc',
        oidc: { redirect_uris: [uri], token_endpoint_auth_method: 'client_secret_basic', refresh_tokens: true },
      })) ?? '';
  }
});
afterAll(() => idp.close());

const begin = (parameters: Record<string, string> = {}) =>
  beginAuthorization({ idp: idp.url, clientId: 'client-a', redirectUri: REDIRECT, parameters });
const clientA = () => ({ id: 'client-a', secret: secrets['a'] ?? '' });
const clientB = () => ({ id: 'client-b', secret: secrets['b'] ?? '' });
const exchange = (code: string, verifier: string, client = clientA(), redirect = REDIRECT) =>
  redeem(idp.url, client, { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirect });
async function freshCode() {
  const request = begin();
  const back = await signInThrough(openBrowser(), idp.url, request.address, { account: student });
  return { code: codeOf(back), verifier: request.verifier };
}
async function userinfo(token: unknown): Promise<number> {
  return (await fetch(`${idp.url}/me`, { headers: { Authorization: `Bearer ${token}` } })).status;
}

describe('attack 1: redirect_uri that is not the registered one', () => {
  it.each([
    ['a slash more', `${REDIRECT}/`],
    ['a query more', `${REDIRECT}?x=1`],
    ['a fragment', `${REDIRECT}#x`],
    ['another case', 'http://localhost:9999/Callback'],
    ['dot segments', 'http://localhost:9999/x/../callback'],
    ['user info', 'http://localhost:9999@evil.example/callback'],
    ['user info before the host', 'http://evil@localhost:9999/callback'],
    ['a NUL', `${REDIRECT}%00`],
    ['no scheme', '//localhost:9999/callback'],
    ['another port', 'http://localhost:9998/callback'],
    ['the address instead of the name', 'http://127.0.0.1:9999/callback'],
    ['a subdomain', 'http://x.localhost:9999/callback'],
    ['a look-alike name', 'http://lоcalhost:9999/callback'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a backslash', 'http://localhost:9999\\@evil.example/callback'],
  ])('answers 400, sends nobody anywhere and keeps nothing [%s]', async (_variant, uri) => {
    const before = await idp.database.run.raw('SELECT count(*) FROM provider_document');
    const answer = await openBrowser().get(
      beginAuthorization({ idp: idp.url, clientId: 'client-a', redirectUri: uri }).address,
    );
    const after = await idp.database.run.raw('SELECT count(*) FROM provider_document');
    expect([answer.status, answer.location]).toEqual([400, undefined]);
    expect(after.rows).toEqual(before.rows);
    expect(answer.text).not.toMatch(/(href|action|src)="[a-z]*:?\/\/[^"]*evil/);
  });

  it('answers 400 where it comes twice', async () => {
    const { address } = begin();
    const answer = await openBrowser().get(`${address}&redirect_uri=${encodeURIComponent('http://evil.example/')}`);
    expect([answer.status, answer.location]).toEqual([400, undefined]);
  });
});

describe('attack 2: a code redeemed by another client', () => {
  it('is invalid_grant, and the code dies for its own client too', async () => {
    const { code, verifier } = await freshCode();
    const stolen = await exchange(code, verifier, clientB());
    expect([stolen.status, stolen.body['error']]).toEqual([400, 'invalid_grant']);
    const own = await exchange(code, verifier);
    expect(own.body['error']).toBe('invalid_grant');
  });
});

describe('attack 3: a code injected into another session of the same client', () => {
  it('is invalid_grant with the verifier of the other session', async () => {
    const { code } = await freshCode();
    const other = begin();
    expect((await exchange(code, other.verifier)).body['error']).toBe('invalid_grant');
  });
});

describe('attack 4: PKCE taken away or weakened', () => {
  const strip = (address: string, change: (query: URLSearchParams) => void) => {
    const url = new URL(address);
    change(url.searchParams);
    return url.href;
  };
  it.each([
    [
      'no challenge',
      (query: URLSearchParams) => {
        query.delete('code_challenge');
        query.delete('code_challenge_method');
      },
    ],
    ['method plain', (query: URLSearchParams) => query.set('code_challenge_method', 'plain')],
    ['no method, which means plain', (query: URLSearchParams) => query.delete('code_challenge_method')],
    ['a short challenge', (query: URLSearchParams) => query.set('code_challenge', 'x'.repeat(42))],
  ])('is refused before anybody is asked [%s]', async (_variant, change) => {
    const answer = await openBrowser().get(strip(begin().address, change));
    expect(interactionOf(answer)).toBeUndefined();
    expect(new URL(answer.location ?? '').searchParams.get('error')).toBe('invalid_request');
  });

  it.each([
    ['a verifier of 42 signs', 'x'.repeat(42)],
    ['a verifier with a sign that is none', `${'x'.repeat(43)}!`],
    ['an empty verifier', ''],
  ])('is refused at the token endpoint [%s]', async (_variant, verifier) => {
    const { code } = await freshCode();
    expect((await exchange(code, verifier)).status).toBe(400);
  });

  it('refuses a code without its verifier', async () => {
    const { code } = await freshCode();
    const answer = await redeem(idp.url, clientA(), { grant_type: 'authorization_code', code, redirect_uri: REDIRECT });
    expect(answer.body['error']).toBe('invalid_grant');
  });
});

describe('attack 5: one code in parallel', () => {
  it('gives exactly one set of tokens to 20 at once, in two processes', async () => {
    const second = await idp.startSecond();
    const { code, verifier } = await freshCode();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        redeem(index % 2 === 0 ? idp.url : second, clientA(), {
          grant_type: 'authorization_code',
          code,
          code_verifier: verifier,
          redirect_uri: REDIRECT,
        }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(new Set(answers.filter((answer) => answer.status !== 200).map((answer) => answer.body['error']))).toEqual(
      new Set(['invalid_grant']),
    );
  });
});

describe('attack 6: a code replayed', () => {
  it('is invalid_grant, and the first tokens die', async () => {
    const { code, verifier } = await freshCode();
    const first = await exchange(code, verifier);
    expect(await userinfo(first.body['access_token'])).toBe(200);
    expect((await exchange(code, verifier)).body['error']).toBe('invalid_grant');
    expect(await userinfo(first.body['access_token'])).toBe(401);
    const refreshed = await redeem(idp.url, clientA(), {
      grant_type: 'refresh_token',
      refresh_token: String(first.body['refresh_token']),
    });
    expect(refreshed.body['error']).toBe('invalid_grant');
  });
});

describe('attack 9: pushed authorization requests', () => {
  async function push(client = clientA(), parameters: Record<string, string> = {}) {
    const request = new URL(begin(parameters).address).searchParams;
    const answer = await fetch(`${idp.url}/request`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: request,
    });
    return { status: answer.status, body: (await answer.json()) as { request_uri?: string; error?: string } };
  }
  const use = (uri: string, clientId = 'client-a', more = '') =>
    `${idp.url}/auth?client_id=${clientId}&request_uri=${encodeURIComponent(uri)}${more}`;

  it('takes a request_uri once', async () => {
    const { body } = await push();
    const browser = openBrowser();
    const back = await signInThrough(browser, idp.url, use(body.request_uri ?? ''), { account: student });
    expect(codeOf(back)).not.toBe('');
    const again = await browser.get(use(body.request_uri ?? ''));
    expect(again.location ?? again.text).toContain('invalid_request_uri');
    expect(codeOf(again)).toBe('');
  });

  it('refuses a request_uri of another client', async () => {
    const { body } = await push();
    const answer = await openBrowser().get(use(body.request_uri ?? '', 'client-b'));
    expect(answer.status).toBe(400);
  });

  it('refuses a push of one client under the name of another', async () => {
    const { status } = await push(clientB());
    expect(status).toBe(400);
  });

  it('lets what was pushed win over the address', async () => {
    const { body } = await push(clientA(), { state: 'pushed' });
    const back = await signInThrough(
      openBrowser(),
      idp.url,
      use(
        body.request_uri ?? '',
        'client-a',
        `&state=changed&redirect_uri=${encodeURIComponent('http://evil.example/')}`,
      ),
      { account: student },
    );
    expect(new URL(back.location ?? 'x:').searchParams.get('state')).toBe('pushed');
    expect(back.location?.startsWith(REDIRECT)).toBe(true);
  });

  it('refuses a request_uri after its minute', async () => {
    const { body } = await push();
    const digestless = await idp.database.run.raw(
      `UPDATE provider_document SET payload = jsonb_set(payload, '{exp}', to_jsonb(extract(epoch FROM now())::bigint - 61)) WHERE model = 'PushedAuthorizationRequest'`,
    );
    expect(digestless.rowCount).toBeGreaterThan(0);
    const answer = await openBrowser().get(use(body.request_uri ?? ''));
    expect(answer.status).toBe(400);
  });

  it('refuses a request_uri that is no push of ours [an address inside]', async () => {
    const answer = await openBrowser().get(use('http://localhost:5432/'));
    expect([answer.status, answer.location]).toEqual([400, undefined]);
  });
});
