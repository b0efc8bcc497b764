import { createHash, randomUUID, sign } from 'node:crypto';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization, codeOf, redeem, signInThrough } from '../support/oidc-client.js';

/** Attacks 8, 10, 12 and the OpenID Connect part of 30. */
const REDIRECT = 'http://localhost:9999/callback';
let idp: IdpUnderTest;
let student: string;
let secret: string;
const clientKey = generateKeyPair();

beforeAll(async () => {
  idp = await startIdp();
  student = await idp.addAccount({ number: '9202310000040' });
  secret =
    (await idp.addParty({
      id: 'basic',
      name_zh: 'b',
      name_en: 'b',
      protocol: 'oidc',
      oidc: { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'client_secret_basic', refresh_tokens: true },
    })) ?? '';
  await idp.addParty({
    id: 'bound',
    name_zh: 'd',
    name_en: 'd',
    protocol: 'oidc',
    oidc: {
      redirect_uris: [REDIRECT],
      jwks: { keys: [{ ...clientKey.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }] },
      dpop_bound_access_tokens: true,
    },
  });
});
afterAll(() => idp.close());

async function signedIn(clientId: string) {
  const request = beginAuthorization({ idp: idp.url, clientId, redirectUri: REDIRECT });
  const back = await signInThrough(openBrowser(), idp.url, request.address, { account: student });
  return {
    grant_type: 'authorization_code',
    code: codeOf(back),
    code_verifier: request.verifier,
    redirect_uri: REDIRECT,
  };
}
const nowSeconds = () => Math.floor(Date.now() / 1000);
function jws(header: object, payload: object, key: Parameters<typeof sign>[2]): string {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key: key as never, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
const assertion = (changes: object = {}) =>
  jws(
    { alg: 'ES256', kid: 'k' },
    {
      iss: 'bound',
      sub: 'bound',
      aud: idp.url,
      jti: randomUUID(),
      iat: nowSeconds(),
      exp: nowSeconds() + 60,
      ...changes,
    },
    clientKey.privateKey,
  );
const dpopKey = generateKeyPair();
const proof = (method: string, url: string, changes: object = {}, key = dpopKey) => {
  const { kty, crv, x, y } = key.publicKey.export({ format: 'jwk' });
  return jws(
    { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } },
    { htm: method, htu: url, jti: randomUUID(), iat: nowSeconds(), ...changes },
    key.privateKey,
  );
};
async function token(body: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await fetch(`${idp.url}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const withAssertion = (body: Record<string, string>, text = assertion()) => ({
  ...body,
  client_id: 'bound',
  client_assertion_type: ASSERTION_TYPE,
  client_assertion: text,
});

describe('attack 8: refresh tokens', () => {
  const basic = () => ({ id: 'basic', secret });
  const refresh = (value: string, at = idp.url) =>
    redeem(at, basic(), { grant_type: 'refresh_token', refresh_token: value });

  it('gives at most one new token to 20 uses at once, in two processes', async () => {
    const second = await idp.startSecond();
    const first = await redeem(idp.url, basic(), await signedIn('basic'));
    const value = String(first.body['refresh_token']);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => refresh(value, index % 2 === 0 ? idp.url : second)),
    );
    expect(answers.filter((answer) => answer.status === 200).length).toBeLessThanOrEqual(1);
  });

  it('rotates at each use, and ends the family when an old one comes again', async () => {
    const first = await redeem(idp.url, basic(), await signedIn('basic'));
    const next = await refresh(String(first.body['refresh_token']));
    expect(next.status).toBe(200);
    expect(next.body['refresh_token']).not.toBe(first.body['refresh_token']);
    expect((await refresh(String(first.body['refresh_token']))).body['error']).toBe('invalid_grant');
    expect((await refresh(String(next.body['refresh_token']))).body['error']).toBe('invalid_grant');
  });
});

describe('attack 10: DPoP', () => {
  it('binds the tokens to the key of the proof', async () => {
    const url = `${idp.url}/token`;
    const issued = await token(withAssertion(await signedIn('bound')), { DPoP: proof('POST', url) });
    expect([issued.status, issued.body['token_type']]).toEqual([200, 'DPoP']);
    const accessToken = issued.body['access_token'] ?? '';
    const ath = createHash('sha256').update(accessToken).digest('base64url');
    const me = (headers: Record<string, string>) => fetch(`${idp.url}/me`, { headers }).then((answer) => answer.status);
    const good = proof('GET', `${idp.url}/me`, { ath });
    expect(await me({ Authorization: `DPoP ${accessToken}`, DPoP: good })).toBe(200);
    // Each of these is refused: the same proof again, another address, another method, another key, no proof, stale.
    expect(await me({ Authorization: `DPoP ${accessToken}`, DPoP: good })).toBe(401);
    expect(await me({ Authorization: `DPoP ${accessToken}`, DPoP: proof('GET', `${idp.url}/other`, { ath }) })).toBe(
      401,
    );
    expect(await me({ Authorization: `DPoP ${accessToken}`, DPoP: proof('POST', `${idp.url}/me`, { ath }) })).toBe(401);
    const strange = generateKeyPair();
    expect(
      await me({ Authorization: `DPoP ${accessToken}`, DPoP: proof('GET', `${idp.url}/me`, { ath }, strange) }),
    ).toBe(401);
    expect(await me({ Authorization: `Bearer ${accessToken}` })).toBe(401);
    const old = { ath, iat: nowSeconds() - 400 };
    expect(await me({ Authorization: `DPoP ${accessToken}`, DPoP: proof('GET', `${idp.url}/me`, old) })).toBe(401);
    expect(await me({ Authorization: `DPoP ${accessToken}`, DPoP: proof('GET', `${idp.url}/me`, {}) })).toBe(401);
  });

  it('gives no bearer token to a client that has to bind its tokens', async () => {
    const issued = await token(withAssertion(await signedIn('bound')));
    expect([issued.status, issued.body['error']]).toEqual([400, 'invalid_grant']);
  });
});

describe('attack 12: client authentication', () => {
  it.each([
    ['an empty secret', { Authorization: `Basic ${Buffer.from('basic:').toString('base64')}` }, {}],
    ['another secret', { Authorization: `Basic ${Buffer.from(`basic:${'x'.repeat(43)}`).toString('base64')}` }, {}],
    ['the digest of the secret', 'digest', {}],
    ['no authentication', {}, { client_id: 'basic' }],
  ] as const)('refuses %s', async (_variant, header, more) => {
    const digest = createHash('sha256').update(secret).digest('base64url');
    const headers =
      header === 'digest'
        ? { Authorization: `Basic ${Buffer.from(`basic:${digest}`).toString('base64')}` }
        : ({ ...header } as Record<string, string>);
    const answer = await token({ ...(await signedIn('basic')), ...more }, headers);
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
  });

  it('refuses a secret in header and body at once', async () => {
    const headers = { Authorization: `Basic ${Buffer.from(`basic:${secret}`).toString('base64')}` };
    const answer = await token({ ...(await signedIn('basic')), client_id: 'basic', client_secret: secret }, headers);
    expect([400, 401]).toContain(answer.status);
    expect(answer.body['access_token']).toBeUndefined();
  });

  it('does not read a secret from the address', async () => {
    const body = await signedIn('basic');
    const answer = await fetch(`${idp.url}/token?client_id=basic&client_secret=${secret}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(body),
    });
    expect([400, 401]).toContain(answer.status);
  });

  it.each([
    ['for another server', () => assertion({ aud: 'https://other.example' })],
    ['of another client', () => assertion({ iss: 'basic', sub: 'basic' })],
    [
      'by another key',
      () =>
        jws(
          { alg: 'ES256', kid: 'k' },
          { iss: 'bound', sub: 'bound', aud: idp.url, jti: '1', exp: nowSeconds() + 60 },
          generateKeyPair().privateKey,
        ),
    ],
    ['without jti', () => assertion({ jti: undefined })],
    ['without signature', () => `${assertion().split('.').slice(0, 2).join('.')}.`],
  ])('refuses an assertion %s', async (_variant, make) => {
    const answer = await token(withAssertion(await signedIn('bound'), make()), {
      DPoP: proof('POST', `${idp.url}/token`),
    });
    expect([400, 401]).toContain(answer.status);
    expect(['invalid_client', 'invalid_request']).toContain(answer.body['error']);
  });

  it('takes an assertion once', async () => {
    const text = assertion();
    const first = await token(withAssertion(await signedIn('bound'), text), {
      DPoP: proof('POST', `${idp.url}/token`),
    });
    const again = await token(withAssertion(await signedIn('bound'), text), {
      DPoP: proof('POST', `${idp.url}/token`),
    });
    expect([first.status, again.status, again.body['error']]).toEqual([200, 401, 'invalid_client']);
  });
});

describe('attack 30: clocks', () => {
  it.each([
    [-61, 401],
    [-31, 401],
    // The clock goes on while it is on its way.
    [33, 401],
    [61, 401],
    [-20, 200],
    [20, 200],
  ])('judges an assertion whose clock is %i s off by the 30 s that are granted', async (offset, status) => {
    const grant = await signedIn('bound');
    const at = nowSeconds() + offset;
    // Behind: it has ended. Ahead: it is not valid yet.
    const times = offset < 0 ? { iat: at - 60, exp: at } : { iat: at, nbf: at, exp: at + 60 };
    const answer = await token(withAssertion(grant, assertion(times)), {
      DPoP: proof('POST', `${idp.url}/token`),
    });
    expect(answer.status).toBe(status);
  });

  it.each([
    [-61, 400],
    [-31, 400],
    [33, 400],
    [61, 400],
    [-20, 200],
    [20, 200],
  ])('judges a DPoP proof whose clock is %i s off by the 30 s that are granted', async (offset, status) => {
    const answer = await token(withAssertion(await signedIn('bound')), {
      DPoP: proof('POST', `${idp.url}/token`, { iat: nowSeconds() + offset }),
    });
    expect(answer.status).toBe(status);
  });
});
