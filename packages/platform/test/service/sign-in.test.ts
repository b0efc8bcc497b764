import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createMemoryPendingSignIns,
  createSignIn,
  type LogoutTokenError,
  type Refusal,
  systemClock,
} from '../../src/index.js';
import { type HostileIdp, type Json, makeJws, makeKey, startHostileIdp } from '../support/hostile-idp.js';

const CLIENT = 'lanyard-admin';
const ACRS = ['urn:lanyard:acr:device-passkey', 'urn:lanyard:acr:wallet-presentation'] as const;
const key = generateKeyPair();
let idp: HostileIdp;
let offsetSeconds = 0;
const clock = {
  nowMs: () => systemClock.nowMs() + offsetSeconds * 1000,
  nowSeconds: () => systemClock.nowSeconds() + offsetSeconds,
};

beforeAll(async () => {
  idp = await startHostileIdp(CLIENT);
});
afterEach(() => {
  for (const name of Object.keys(idp.lies)) delete idp.lies[name as keyof typeof idp.lies];
  offsetSeconds = 0;
});
afterAll(() => idp.close());

function relyingParty() {
  const used = new Set<string>();
  return createSignIn({
    issuer: idp.url,
    clientId: CLIENT,
    sign: createSigner(key.privateKey),
    clock,
    redirectUri: 'http://localhost:9741/sign-in/callback',
    postLogoutUri: 'http://localhost:9741/',
    acrs: ACRS,
    pendings: createMemoryPendingSignIns(clock),
    takeLogoutToken: async ({ jti }) => !used.has(jti) && used.add(jti) !== undefined,
  });
}
type Party = ReturnType<typeof relyingParty>;

async function begin(party: Party) {
  const { location, cookie } = await party.begin('/students');
  const { state, nonce } = idp.pushed.at(-1) as { state: string; nonce: string };
  const answer = (change: Record<string, string | undefined> = {}) => {
    const query = new URLSearchParams({ code: 'c0de', state, iss: idp.url });
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) query.delete(name);
      else query.set(name, value);
    }
    return query.toString();
  };
  return { location, cookie, state, nonce, answer };
}
const refusalOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: Refusal | LogoutTokenError) => error.code,
  );
const signIn = async () => {
  const party = relyingParty();
  const begun = await begin(party);
  return party.finish(begun.answer(), begun.cookie);
};

describe('signing staff in', () => {
  it('asks by a pushed request with PKCE, state, nonce and rung, and shows the browser none of it', async () => {
    const begun = await begin(relyingParty());
    const pushed = idp.pushed.at(-1) as Json;
    expect(pushed).toMatchObject({
      client_id: CLIENT,
      scope: 'openid',
      code_challenge_method: 'S256',
      acr_values: ACRS[0],
    });
    const assertion = JSON.parse(
      Buffer.from(String(pushed['client_assertion']).split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(assertion).toMatchObject({ iss: CLIENT, sub: CLIENT, aud: idp.url });
    expect([...new URL(begun.location).searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  });
  it('says who it was, with roles and scopes, and where to go on', async () => {
    expect(await signIn()).toMatchObject({
      returnTo: '/students',
      person: {
        subject: 'subject-of-zhang',
        sid: 'session-1',
        name: '张三',
        staffNumber: '99001',
        roles: [
          { role: 'registrar', scopeKind: 'university', scopeValue: '' },
          { role: 'guard', scopeKind: 'campus', scopeValue: '花都校区' },
        ],
        acr: ACRS[0],
        idToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      },
    });
    expect(idp.exchanged.at(-1)).toHaveProperty('code_verifier');
  });
  it.each([
    ['another state', { state: 'made-up' }, 'sign-in-not-valid'],
    ['no state', { state: undefined }, 'sign-in-not-valid'],
    ['the person refused', { code: undefined, error: 'access_denied' }, 'sign-in-cancelled'],
  ])('refuses an answer that is not of this sign-in [%s]', async (_what, change, code) => {
    const party = relyingParty();
    const begun = await begin(party);
    expect(await refusalOf(party.finish(begun.answer(change), begun.cookie))).toBe(code);
  });
  it('takes an answer once, in the browser that began, in time [twice, no cookie, other cookie, late]', async () => {
    const party = relyingParty();
    const first = await begin(party);
    await party.finish(first.answer(), first.cookie);
    expect(await refusalOf(party.finish(first.answer(), first.cookie))).toBe('sign-in-expired');
    const second = await begin(party);
    expect(await refusalOf(party.finish(second.answer(), undefined))).toBe('sign-in-expired');
    expect(await refusalOf(party.finish(second.answer(), 'made-up'))).toBe('sign-in-expired');
    offsetSeconds = 600;
    expect(await refusalOf(party.finish(second.answer(), second.cookie))).toBe('sign-in-expired');
  });
  it('gives one of ten parallel answers the sign-in', async () => {
    const party = relyingParty();
    const begun = await begin(party);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refusalOf(party.finish(begun.answer(), begun.cookie))),
    );
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
  });
  it.each(['urn:lanyard:acr:password', 'urn:lanyard:acr:synced-passkey', '0', ''])(
    'refuses a rung that is too low [%s]',
    async (acr) => {
      idp.lies.idToken = (claims) => idp.honest({ ...claims, acr });
      expect(await refusalOf(signIn())).toBe('sign-in-too-weak');
    },
  );
  it.each(['sid', 'acr'])('refuses an ID token without %s', async (name) => {
    idp.lies.idToken = (claims) => idp.honest({ ...claims, [name]: undefined });
    expect(await refusalOf(signIn())).toBe('sign-in-not-valid');
  });
  it.each([
    ['of another subject', { userInfo: { sub: 'subject-of-li' } }],
    ['of no subject', { userInfo: { sub: undefined } }],
    ['refused', { userInfoStatus: 401 }],
    ['with roles that are no list', { userInfo: { roles: 'operator@university' } }],
  ])('refuses details of the person [%s]', async (_what, lie) => {
    Object.assign(idp.lies, lie);
    expect(await refusalOf(signIn())).toBe('sign-in-not-valid');
  });
  it('believes no other rung or session than the ID token names', async () => {
    idp.lies.userInfo = { acr: 'urn:lanyard:acr:wallet-presentation', sid: 'session-2' };
    expect((await signIn()).person).toMatchObject({ acr: ACRS[0], sid: 'session-1' });
  });
  it('says that the layer is away, and comes back with it [discovery, token endpoint]', async () => {
    const party = createSignIn({
      issuer: 'http://localhost:9',
      clientId: CLIENT,
      sign: createSigner(key.privateKey),
      clock,
      redirectUri: 'http://localhost:9741/sign-in/callback',
      postLogoutUri: 'http://localhost:9741/',
      acrs: ACRS,
      pendings: createMemoryPendingSignIns(clock),
      takeLogoutToken: async () => true,
    });
    expect(await refusalOf(party.begin('/'))).toBe('dependency-unavailable');
    idp.lies.tokenStatus = 400;
    expect(await refusalOf(signIn())).toBe('sign-in-not-valid');
  });
  it('leads to the sign-out of everything', async () => {
    const link = new URL(await relyingParty().logoutLink('a.b.c'));
    expect(link.origin + link.pathname).toBe(`${idp.url}/session/end`);
    expect(Object.fromEntries(link.searchParams)).toEqual({
      client_id: CLIENT,
      id_token_hint: 'a.b.c',
      post_logout_redirect_uri: 'http://localhost:9741/',
    });
  });
});

describe('attack 7: mix-up', () => {
  it.each([
    ['no iss', { iss: undefined }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['the issuer with a slash', { iss: '/' }],
  ])('an answer without the right issuer is refused before its code is sent anywhere [%s]', async (_what, change) => {
    const party = relyingParty();
    const begun = await begin(party);
    const sent = idp.exchanged.length;
    const iss = 'iss' in change && change.iss === '/' ? `${idp.url}/` : change.iss;
    expect(await refusalOf(party.finish(begun.answer({ iss }), begun.cookie))).toBe('sign-in-not-valid');
    expect(idp.exchanged.length).toBe(sent);
  });
  it('an answer that names two issuers is refused', async () => {
    const party = relyingParty();
    const begun = await begin(party);
    const query = `${begun.answer()}&iss=https%3A%2F%2Fevil.example`;
    expect(await refusalOf(party.finish(query, begun.cookie))).toBe('sign-in-not-valid');
  });
});

describe('attack 11: false ID tokens', () => {
  const other = makeKey('foreign');
  const lies: [string, (claims: Json) => string][] = [
    ['alg none', (claims) => makeJws({ alg: 'none' }, claims, idp.key)],
    ['HS256 with the public key', (claims) => makeJws({ alg: 'HS256', kid: 'signing' }, claims, idp.key)],
    ['a foreign kid', (claims) => makeJws({ alg: 'ES256', kid: 'foreign' }, claims, other)],
    ['another key under our kid', (claims) => makeJws({ alg: 'ES256', kid: 'signing' }, claims, other)],
    [
      'jku to a key of its own',
      (claims) => makeJws({ alg: 'ES256', kid: 'signing', jku: 'https://evil.example/jwks' }, claims, other),
    ],
    [
      'x5u to a certificate of its own',
      (claims) => makeJws({ alg: 'ES256', kid: 'signing', x5u: 'https://evil.example/cert' }, claims, other),
    ],
    ['jwk in the header', (claims) => makeJws({ alg: 'ES256', jwk: other.jwk }, claims, other)],
    ['another audience', (claims) => idp.honest({ ...claims, aud: 'lanyard-verifier' })],
    ['another issuer', (claims) => idp.honest({ ...claims, iss: 'https://evil.example' })],
    ['expired', (claims) => idp.honest({ ...claims, exp: Number(claims['iat']) - 31 })],
    ['from the future', (claims) => idp.honest({ ...claims, nbf: Number(claims['iat']) + 61 })],
    ['no nonce', (claims) => idp.honest({ ...claims, nonce: undefined })],
    ['another nonce', (claims) => idp.honest({ ...claims, nonce: 'made-up' })],
    [
      'a changed claim',
      (claims) => {
        const [header = '', , signature = ''] = idp.honest(claims).split('.');
        const payload = Buffer.from(JSON.stringify({ ...claims, roles: ['operator@university'] }));
        return `${header}.${payload.toString('base64url')}.${signature}`;
      },
    ],
  ];
  it.each(lies)('is refused [%s]', async (_what, lie) => {
    idp.lies.idToken = lie;
    expect(await refusalOf(signIn())).toBe('sign-in-not-valid');
  });
  it('is refused [none at all]', async () => {
    idp.lies.withoutIdToken = true;
    expect(await refusalOf(signIn())).toBe('sign-in-not-valid');
  });
});

describe('attack 20: forged logout tokens', () => {
  it('a true one is taken once [by session, by subject]', async () => {
    const party = relyingParty();
    const token = idp.logoutToken();
    expect(await party.readLogout(token)).toMatchObject({ sid: 'session-1', subject: undefined });
    expect(await refusalOf(party.readLogout(token))).toBe('replayed');
    expect(await party.readLogout(idp.logoutToken({ sid: undefined, sub: 'x' }))).toMatchObject({ subject: 'x' });
  });
  const other = makeKey('foreign');
  const tamper = (token: string) => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    return `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  };
  it.each<[string, string, () => string]>([
    ['a bad signature', 'signature-invalid', () => tamper(idp.logoutToken())],
    ['another key under our kid', 'signature-invalid', () => idp.logoutToken({}, {}, other)],
    ['an unknown kid', 'key-unknown', () => idp.logoutToken({}, { kid: 'foreign' }, other)],
    ['no kid', 'key-unknown', () => idp.logoutToken({}, { kid: undefined })],
    ['alg none', 'malformed', () => idp.logoutToken({}, { alg: 'none' })],
    ['HS256 with the public key', 'malformed', () => idp.logoutToken({}, { alg: 'HS256' })],
    ['another type', 'signature-invalid', () => idp.logoutToken({}, { typ: 'JWT' })],
    ['another issuer', 'iss-wrong', () => idp.logoutToken({ iss: 'https://evil.example' })],
    ['another audience', 'aud-wrong', () => idp.logoutToken({ aud: 'lanyard-verifier' })],
    ['a nonce', 'nonce-present', () => idp.logoutToken({ nonce: 'n' })],
    ['no events', 'events-missing', () => idp.logoutToken({ events: undefined })],
    ['another event', 'events-missing', () => idp.logoutToken({ events: { 'urn:other': {} } })],
    ['no jti', 'jti-missing', () => idp.logoutToken({ jti: undefined })],
    ['neither sid nor sub', 'names-nobody', () => idp.logoutToken({ sid: undefined })],
    ['an ID token', 'signature-invalid', () => idp.honest({ iss: idp.url, aud: CLIENT, sub: 'x' })],
    ['not a token', 'malformed', () => 'logout'],
    ['nothing', 'malformed', () => ''],
  ])('is refused [%s]', async (_what, code, token) => {
    expect(await refusalOf(relyingParty().readLogout(token()))).toBe(code);
  });
  it.each([
    [-61, 'time-wrong'],
    [-31, 'time-wrong'],
    [-29, 'accepted'],
    [29, 'accepted'],
    [31, 'time-wrong'],
    [61, 'time-wrong'],
  ])('counts only within 30 s of its time [%d s]', async (seconds, code) => {
    const iat = systemClock.nowSeconds() + seconds;
    expect(await refusalOf(relyingParty().readLogout(idp.logoutToken({ iat, exp: iat + 120 })))).toBe(code);
  });
  it('counts no more once it has expired', async () => {
    const exp = systemClock.nowSeconds() - 1;
    expect(await refusalOf(relyingParty().readLogout(idp.logoutToken({ exp })))).toBe('time-wrong');
  });
});
