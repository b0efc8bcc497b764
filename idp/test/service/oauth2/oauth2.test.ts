import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RelyingPartyInput, zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';
import { type Facades, startFacades } from '../cas/start-facades.js';

const BACK = 'https://repair.a.edu.cn/back?keep=1';
function party(id: string, oauth2: NonNullable<RelyingPartyInput['oauth2']>) {
  return zRelyingParty.parse({
    ...{ id, name_zh: '报修', name_en: 'Repairs', protocol: 'oauth2', purpose_zh: '报修', purpose_en: 'Repairs' },
    claims: ['name', 'roles'],
    oauth2,
  });
}
const parties = [
  party('repair', {
    redirect_uris: [BACK],
    profile: { id: '{sub}', client: '{client_id}', attributes: { who: '{name}', roles: '{roles}', dept: '{college}' } },
  }),
  party('other', { redirect_uris: ['https://other.a.edu.cn/back', 'https://other.a.edu.cn/second'] }),
  party('old', { redirect_uris: ['https://old.a.edu.cn/back'], pkce: 'excused' }),
];
let facades: Facades;
beforeAll(async () => {
  facades = await startFacades(9551, parties);
  for (const { id } of parties) facades.world.secrets.set(id, `secret of ${id}`);
});
afterAll(() => facades.close());
beforeEach(() => {
  Object.assign(facades.world, { session: undefined, refusal: undefined, offsetMs: 0, parties });
});

const VERIFIER = 'v'.repeat(43);
const s256 = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');
const PKCE = { code_challenge: s256(VERIFIER), code_challenge_method: 'S256' };
const query = (parameters: Record<string, string>) => `?${new URLSearchParams(parameters)}`;
const authorize = (parameters: Record<string, string>, prefix = '/oauth2.0') =>
  facades.get(`${prefix}/authorize${query(parameters)}`);
async function signIn(parameters: Record<string, string>, prefix = '/oauth2.0'): Promise<URL> {
  const begun = await authorize({ response_type: 'code', state: 's&1', ...parameters }, prefix);
  const at = new URL(begun.headers.get('location') ?? '', facades.url);
  const back = await facades.get(`${prefix}/callback${at.search}`);
  expect(back.status).toBe(302);
  return new URL(back.headers.get('location') ?? '');
}
const REPAIR = { client_id: 'repair', redirect_uri: BACK, ...PKCE };
const codeFor = async (parameters: Record<string, string> = REPAIR) =>
  (await signIn(parameters)).searchParams.get('code') ?? '';
const basicOf = (id: string, secret = `secret of ${id}`) =>
  `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')}`;
interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}
async function redeem(
  form: Record<string, string>,
  options: { authorization?: string; search?: string; prefix?: string } = {},
): Promise<Answer> {
  const answer = await facades.get(`${options.prefix ?? '/oauth2.0'}/accessToken${options.search ?? ''}`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', ...form }),
    headers: { Authorization: options.authorization ?? basicOf('repair') },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, headers: answer.headers };
}
const good = (code: string) => ({ code, redirect_uri: BACK, code_verifier: VERIFIER });
const profile = (token: string) => facades.get('/oauth2.0/profile', { headers: { Authorization: `Bearer ${token}` } });
async function accessToken(): Promise<string> {
  return String((await redeem(good(await codeFor()))).body['access_token']);
}

describe('sign-in', () => {
  it.each(['/oauth2.0', '/cas/oauth2.0'])(
    'gives code, access token and the profile in its shape [%s]',
    async (prefix) => {
      const back = await signIn(REPAIR, prefix);
      expect(back.href).toContain(`${BACK}&code=`);
      expect(back.searchParams.get('state')).toBe('s&1');
      const given = await redeem(good(back.searchParams.get('code') ?? ''), { prefix });
      expect(given.status).toBe(200);
      expect(given.headers.get('cache-control')).toBe('no-store');
      expect(given.body).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 });
      const answer = await profile(String(given.body['access_token']));
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect(await answer.json()).toEqual({
        id: 'pairwise-a1',
        client: 'repair',
        attributes: { who: '测试·学生', roles: ['guard', 'counsellor'] },
      });
    },
  );
  it('takes the client from the body, and the token from a form', async () => {
    const form = { ...good(await codeFor()), client_id: 'repair', client_secret: 'secret of repair' };
    const given = await redeem(form, { authorization: '' });
    const answer = await facades.get('/oauth2.0/profile', {
      method: 'POST',
      body: new URLSearchParams({ access_token: String(given.body['access_token']) }),
    });
    expect(await answer.json()).toMatchObject({ id: 'pairwise-a1' });
  });
  it('goes without PKCE where that is excused', async () => {
    const back = await signIn({ client_id: 'old' });
    const given = await redeem({ code: back.searchParams.get('code') ?? '' }, { authorization: basicOf('old') });
    expect(given.status).toBe(200);
  });
  it('sends a refusal back with its state', async () => {
    facades.world.refusal = 'people-not-admitted';
    const back = await signIn(REPAIR);
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.get('state')).toBe('s&1');
    expect(back.searchParams.has('code')).toBe(false);
  });
  it.each([
    ['[unknown client]', { ...REPAIR, client_id: 'nobody' }, 'oauth2-client-unknown'],
    ['[a client that is none]', { ...REPAIR, client_id: '\u0000' }, 'oauth2-client-unknown'],
    ['[other redirect]', { ...REPAIR, redirect_uri: 'https://evil.cn/' }, 'oauth2-redirect-not-registered'],
    [
      '[redirect of another client]',
      { ...REPAIR, redirect_uri: 'https://other.a.edu.cn/back' },
      'oauth2-redirect-not-registered',
    ],
  ])('is an error page, and no redirect %s', async (_variant, parameters, code) => {
    const answer = await authorize({ response_type: 'code', ...parameters });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(await answer.json()).toMatchObject({ code });
  });
  it.each([
    ['[implicit]', { ...REPAIR, response_type: 'token' }, 'unsupported_response_type'],
    ['[no PKCE]', { client_id: 'repair', redirect_uri: BACK, response_type: 'code' }, 'invalid_request'],
    ['[plain]', { ...REPAIR, code_challenge_method: 'plain', response_type: 'code' }, 'invalid_request'],
  ])('is sent back with an error %s', async (_variant, parameters, error) => {
    const answer = await authorize(parameters as Record<string, string>);
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe(error);
  });
  it('comes back once, and not by way of the other facade', async () => {
    const begun = await authorize({ response_type: 'code', ...REPAIR });
    const search = new URL(begun.headers.get('location') ?? '', facades.url).search;
    expect((await facades.get(`/cas/callback${search}`)).status).toBe(400);
    expect((await facades.get(`/oauth2.0/callback${search}`)).status).toBe(400);
  });
  it('gives no code where the client was withdrawn meanwhile', async () => {
    const begun = await authorize({ response_type: 'code', ...REPAIR });
    facades.world.parties = [];
    const search = new URL(begun.headers.get('location') ?? '', facades.url).search;
    const back = await facades.get(`/oauth2.0/callback${search}`);
    expect(back.status).toBe(400);
    expect(back.headers.get('location')).toBeNull();
  });
});

describe('a code', () => {
  it('is used once [20 in parallel]', async () => {
    const code = await codeFor();
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(good(code))));
    expect(answers.filter(({ status }) => status === 200).length).toBe(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body['error']))).toEqual(
      new Set(['invalid_grant']),
    );
  });
  it('offered again kills the access token that came of it', async () => {
    const code = await codeFor();
    const first = await redeem(good(code));
    const token = String(first.body['access_token']);
    expect((await profile(token)).status).toBe(200);
    expect((await redeem(good(code))).body['error']).toBe('invalid_grant');
    expect((await profile(token)).status).toBe(401);
    expect((await facades.audit()).at(-1)).toMatchObject({ action: 'oauth2.code-replayed', subject: 'account:a1' });
  });
  it('of one client is refused to another, and burnt', async () => {
    const code = await codeFor();
    expect((await redeem(good(code), { authorization: basicOf('other') })).body['error']).toBe('invalid_grant');
    expect((await redeem(good(code))).body['error']).toBe('invalid_grant');
  });
  it.each([
    ['[another verifier]', { code_verifier: 'w'.repeat(43) }],
    ['[a verifier of 42 characters]', { code_verifier: 'v'.repeat(42) }],
    ['[another redirect address]', { redirect_uri: `${BACK}&x=1` }],
  ])('is refused and burnt %s', async (_variant, change) => {
    const code = await codeFor();
    expect((await redeem({ ...good(code), ...change })).body['error']).toBe('invalid_grant');
    expect((await redeem(good(code))).body['error']).toBe('invalid_grant');
  });
  it('is refused without the verifier, and without the redirect address that was named', async () => {
    expect((await redeem({ code: await codeFor(), redirect_uri: BACK })).body['error']).toBe('invalid_grant');
    expect((await redeem({ code: await codeFor(), code_verifier: VERIFIER })).body['error']).toBe('invalid_grant');
  });
  it('is refused with a verifier where no challenge was', async () => {
    const code = (await signIn({ client_id: 'old' })).searchParams.get('code') ?? '';
    const given = await redeem({ code, code_verifier: VERIFIER }, { authorization: basicOf('old') });
    expect(given.body['error']).toBe('invalid_grant');
  });
  it('is refused before it was issued, as after a clock was set back', async () => {
    const code = await codeFor();
    facades.world.offsetMs = -31_000;
    expect((await redeem(good(code))).body['error']).toBe('invalid_grant');
  });
  it('is refused after 60 seconds', async () => {
    const code = await codeFor();
    facades.world.offsetMs = 61_000;
    expect((await redeem(good(code))).body['error']).toBe('invalid_grant');
    facades.world.offsetMs = 0;
    expect((await redeem(good(code))).body['error']).toBe('invalid_grant');
  });
  it.each([
    ['[other grant]', { grant_type: 'password', code: 'x' }, 'unsupported_grant_type'],
    ['[no code]', {}, 'invalid_request'],
    ['[no code of ours]', { code: '\u0000' }, 'invalid_grant'],
    ['[unknown code]', { code: 'a'.repeat(43) }, 'invalid_grant'],
  ])('is not given %s', async (_variant, form, error) => {
    const given = await redeem(form as Record<string, string>);
    expect(given.status).toBe(400);
    expect(given.body['error']).toBe(error);
  });
});

describe('a client', () => {
  it.each([
    ['[wrong secret]', { authorization: basicOf('repair', 'x') }],
    ['[unknown]', { authorization: basicOf('nobody') }],
    ['[none]', { authorization: '' }],
    ['[secret in the address]', { authorization: '', search: '?client_id=repair&client_secret=secret+of+repair' }],
    ['[empty secret]', { authorization: basicOf('repair', '') }],
  ])('that does not prove itself is refused, and the code lives %s', async (_variant, options) => {
    const code = await codeFor();
    const refused = await redeem(good(code), options);
    expect(refused.status).toBe(401);
    expect(refused.body['error']).toBe('invalid_client');
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic/);
    expect((await redeem(good(code))).status).toBe(200);
  });
  it('that shows its secret twice is refused', async () => {
    const form = { ...good(await codeFor()), client_id: 'repair', client_secret: 'secret of repair' };
    expect((await redeem(form)).body['error']).toBe('invalid_client');
  });
  it('sends a form, each parameter once', async () => {
    const post = async (body: string, type: string) => {
      const headers = { Authorization: basicOf('repair'), 'Content-Type': type };
      return (await facades.get('/oauth2.0/accessToken', { method: 'POST', body, headers })).json();
    };
    expect(await post('{}', 'application/json')).toMatchObject({ error: 'invalid_request' });
    const twice = 'grant_type=authorization_code&code=a&code=b';
    expect(await post(twice, 'application/x-www-form-urlencoded')).toMatchObject({ error: 'invalid_request' });
    const long = `code=${'a'.repeat(9_000)}`;
    expect(await post(long, 'application/x-www-form-urlencoded')).toMatchObject({ error: 'invalid_request' });
  });
});

describe('an access token', () => {
  it('dies with the session, the account, the client and its hour', async () => {
    const session = facades.signInNow();
    const token = await accessToken();
    expect((await profile(token)).status).toBe(200);
    facades.world.live.delete(session.sessionUid);
    expect((await profile(token)).status).toBe(401);
    facades.world.live.add(session.sessionUid);
    const person = facades.world.people.get('a1');
    facades.world.people.delete('a1');
    expect((await profile(token)).status).toBe(401);
    if (person !== undefined) facades.world.people.set('a1', person);
    facades.world.parties = [];
    expect((await profile(token)).status).toBe(401);
    facades.world.parties = parties;
    for (const offsetMs of [3_601_000, -31_000]) {
      facades.world.offsetMs = offsetMs;
      expect((await profile(token)).status).toBe(401);
    }
    facades.world.offsetMs = 0;
    expect((await profile(token)).status).toBe(200);
  });
  it.each([
    ['[none]', '', {}, 'Bearer'],
    ['[in the address]', '?access_token=TOKEN', {}, 'Bearer'],
    ['[unknown]', '', { Authorization: `Bearer ${'a'.repeat(43)}` }, 'Bearer error="invalid_token"'],
    ['[no token of ours]', '', { Authorization: 'Bearer x y' }, 'Bearer error="invalid_token"'],
    ['[other scheme]', '', { Authorization: 'Basic eDp5' }, 'Bearer error="invalid_token"'],
  ])('is refused %s', async (_variant, search, headers, challenge) => {
    const answer = await facades.get(`/oauth2.0/profile${search.replace('TOKEN', await accessToken())}`, {
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
  });
  it('and its code are kept as digests only, and go when they have had their time', async () => {
    const token = await accessToken();
    const code = await codeFor();
    const kept = await facades.database.run.raw(
      'SELECT t::text FROM oauth2_access_token t UNION ALL SELECT c::text FROM oauth2_code c',
    );
    expect(JSON.stringify(kept.rows)).not.toContain(token);
    expect(JSON.stringify(kept.rows)).not.toContain(code);
    facades.world.offsetMs = 2 * 3_600_000;
    await facades.codes.sweep();
    const left = await facades.database.run.raw(
      'SELECT (SELECT count(*) FROM oauth2_access_token) + (SELECT count(*) FROM oauth2_code) AS n',
    );
    expect(Number(left.rows[0].n)).toBe(0);
  });
});
