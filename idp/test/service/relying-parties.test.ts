import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdpUnderTest, OPERATOR_TOKEN, startIdp } from './support/idp-under-test.js';

let idp: IdpUnderTest;
beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp.close());

const call = async (path: string, body?: unknown, token = OPERATOR_TOKEN) => {
  const answer = await fetch(`${idp.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const oidc = (id: string, more: object = {}) => ({
  id,
  name_zh: '图书馆',
  name_en: 'Library',
  protocol: 'oidc',
  oidc: { redirect_uris: ['https://lib.example/cb'], token_endpoint_auth_method: 'client_secret_basic' },
  ...more,
});

describe('relying parties', () => {
  it('are added with a secret that is shown once, and graded', async () => {
    const added = await call('/v1/relying-parties', oidc('library'));
    expect([added.status, String(added.body['client_secret']).length]).toEqual([201, 43]);
    const shown = await call('/v1/relying-parties/library');
    expect(shown.body['client_secret']).toBeUndefined();
    expect(JSON.stringify(shown.body)).not.toContain(String(added.body['client_secret']));
    expect(shown.body['grade']).toMatch(/^[A-D]$/);
    expect((shown.body['settings'] as { client: string }[]).map((one) => one.client)).toContain('mod_auth_openidc 2.4');
  });

  it('keep their secret when they change, and get another one on wish', async () => {
    expect(
      (await call('/v1/relying-parties', oidc('library', { contact: 'x' }))).body['client_secret'],
    ).toBeUndefined();
    expect(String((await call('/v1/relying-parties/library/secret', {})).body['client_secret']).length).toBe(43);
  });

  it('are taken as plain client metadata too', async () => {
    const added = await call('/v1/relying-parties', {
      client_id: 'plain',
      client_name: 'Plain',
      redirect_uris: ['https://plain.example/cb'],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'],
    });
    expect(added.body).toMatchObject({ id: 'plain', protocol: 'oidc', oidc: { refresh_tokens: true } });
  });

  it('list page by page', async () => {
    const first = await call('/v1/relying-parties?limit=1');
    const second = await call(`/v1/relying-parties?limit=1&after=${String(first.body['next'])}`);
    expect(
      [
        ...(first.body['relying_parties'] as { id: string }[]),
        ...(second.body['relying_parties'] as { id: string }[]),
      ].map((one) => one.id),
    ).toEqual(['library', 'plain']);
  });

  it('let nobody in once they are disabled', async () => {
    await call('/v1/relying-parties/plain/disable', {});
    const answer = await fetch(
      `${idp.url}/auth?client_id=plain&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fplain.example%2Fcb`,
      { redirect: 'manual' },
    );
    expect(answer.status).toBe(400);
  });

  it('grade what must be mended red', async () => {
    const { body } = await call('/v1/relying-parties', {
      id: 'old',
      name_zh: '旧',
      name_en: 'Old',
      protocol: 'oauth2',
      purpose_zh: '登录',
      purpose_en: 'Sign-in',
      oauth2: { redirect_uris: ['http://old.example/cb'], pkce: 'excused' },
    });
    expect(body['grade']).toBe('D');
    expect(
      (body['findings'] as { code: string; weight: string }[])
        .filter((one) => one.weight === 'red')
        .map((one) => one.code),
    ).toEqual(['pkce-excused', 'address-in-the-clear']);
  });

  it.each([
    ['claims without a purpose', oidc('x1', { claims: ['name'] })],
    ['two protocols at once', oidc('x2', { cas: { services: [{ url: 'https://x.example/' }] } })],
    ['the part of another protocol', { ...oidc('x3'), protocol: 'cas' }],
    [
      'keys and a secret',
      oidc('x4', {
        oidc: {
          redirect_uris: ['https://x.example/'],
          token_endpoint_auth_method: 'client_secret_basic',
          jwks_uri: 'https://x.example/jwks',
        },
      }),
    ],
    [
      'a private key',
      oidc('x5', { oidc: { redirect_uris: ['https://x.example/'], jwks: { keys: [{ kty: 'EC', d: 'x' }] } } }),
    ],
    ['neither keys nor secret', oidc('x6', { oidc: { redirect_uris: ['https://x.example/'] } })],
    [
      'redirects on two hosts',
      oidc('x7', {
        oidc: { redirect_uris: ['https://x.example/', 'https://y.example/'], token_endpoint_auth_method: 'none' },
      }),
    ],
    [
      'a prefix without its slash',
      {
        id: 'x8',
        name_zh: 'x',
        name_en: 'x',
        protocol: 'cas',
        purpose_zh: 'x',
        purpose_en: 'x',
        cas: { services: [{ url: 'https://x.example/app', match: 'prefix' }] },
      },
    ],
    [
      'an attribute named like a word of the protocol',
      {
        id: 'x9',
        name_zh: 'x',
        name_en: 'x',
        protocol: 'cas',
        purpose_zh: 'x',
        purpose_en: 'x',
        cas: { services: [{ url: 'https://x.example/' }], attributes: { user: 'name' } },
      },
    ],
    ['a member nobody knows', oidc('x10', { admin: true })],
    ['a claim nobody may have', oidc('x11', { claims: ['identity_number'], purpose_zh: 'x', purpose_en: 'x' })],
  ])('are refused with %s', async (_variant, registration) => {
    const answer = await call('/v1/relying-parties', registration);
    expect([answer.status, answer.body['code']]).toEqual([422, 'relying-party-invalid']);
  });

  it('may not take a name of the installation', async () => {
    expect((await call('/v1/relying-parties', oidc('lanyard-admin'))).body['code']).toBe('relying-party-reserved');
  });

  it('keep their protocol', async () => {
    const answer = await call('/v1/relying-parties', {
      ...oidc('library'),
      protocol: 'cas',
      oidc: undefined,
      purpose_zh: 'x',
      purpose_en: 'x',
      cas: { services: [{ url: 'https://x.example/' }] },
    });
    expect([answer.status, answer.body['code']]).toEqual([409, 'relying-party-protocol-fixed']);
  });

  it('are nobody else’s business', async () => {
    expect((await call('/v1/relying-parties', undefined, 'x'.repeat(20))).status).toBe(401);
    expect((await fetch(`${idp.url}/v1/relying-parties`)).status).toBe(401);
  });
});
