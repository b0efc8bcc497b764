import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTo, checkAuthorizationRequest } from '../../../src/domain/oauth2/authorization-request.js';
import { readClientCredentials } from '../../../src/domain/oauth2/client-credentials.js';
import { isS256Challenge, verifierFits } from '../../../src/domain/oauth2/pkce.js';
import { renderProfile } from '../../../src/domain/oauth2/render-profile.js';
import { zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';

const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const party = (oauth2: object = {}) =>
  zRelyingParty.parse({
    ...{ id: 'repair', name_zh: '报修', name_en: 'Repairs', protocol: 'oauth2' },
    oauth2: { redirect_uris: ['https://repair.a.edu.cn/back?a=1'], ...oauth2 },
  });

describe('PKCE', () => {
  it('fits a verifier to its challenge', () => {
    expect(isS256Challenge(CHALLENGE, 'S256')).toBe(true);
    expect(verifierFits(CHALLENGE, VERIFIER)).toBe(true);
    expect(verifierFits(undefined, undefined)).toBe(true);
  });
  it.each([
    ['[another verifier]', CHALLENGE, 'w'.repeat(43)],
    ['[42 characters]', createHash('sha256').update('v'.repeat(42)).digest('base64url'), 'v'.repeat(42)],
    ['[none]', CHALLENGE, undefined],
    ['[a verifier where no challenge was]', undefined, VERIFIER],
    ['[empty]', CHALLENGE, ''],
    ['[plain]', VERIFIER, VERIFIER],
  ])('refuses %s', (_variant, challenge, verifier) => {
    expect(verifierFits(challenge, verifier)).toBe(false);
  });
  it.each([
    ['[plain]', CHALLENGE, 'plain'],
    ['[no method, which would be plain]', CHALLENGE, undefined],
    ['[too short]', CHALLENGE.slice(1), 'S256'],
    ['[padding]', `${CHALLENGE}=`, 'S256'],
  ])('takes no challenge %s', (_variant, challenge, method) => {
    expect(isS256Challenge(challenge, method)).toBe(false);
  });
});

describe('an authorization request', () => {
  const good = {
    client_id: 'repair',
    response_type: 'code',
    redirect_uri: 'https://repair.a.edu.cn/back?a=1',
    state: 's',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  };
  const check = (change: Record<string, string | undefined> = {}, of = party(), extra = '') => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...good, ...change })) if (value !== undefined) query.set(name, value);
    return checkAuthorizationRequest(`${query}${extra}`, (id) => (id === of.id ? of : undefined));
  };

  it('is taken', () => {
    expect(check()).toMatchObject({
      outcome: 'good',
      request: { state: 's', challenge: CHALLENGE, redirectUriGiven: true },
    });
  });
  it('may leave out the only redirect address', () => {
    expect(check({ redirect_uri: undefined })).toMatchObject({
      outcome: 'good',
      request: { redirectUriGiven: false, redirectUri: good.redirect_uri },
    });
  });
  it('may come without PKCE where that is excused', () => {
    const without = { code_challenge: undefined, code_challenge_method: undefined };
    expect(check(without, party({ pkce: 'excused' }))).toMatchObject({ outcome: 'good' });
    expect(check(without)).toMatchObject({ outcome: 'back', error: { error: 'invalid_request' } });
  });

  it.each([
    ['[unknown client]', { client_id: 'nobody' }, 'oauth2-client-unknown'],
    ['[no client]', { client_id: undefined }, 'oauth2-client-unknown'],
    ['[other redirect]', { redirect_uri: 'https://evil.cn/' }, 'oauth2-redirect-not-registered'],
    [
      '[redirect without its query]',
      { redirect_uri: 'https://repair.a.edu.cn/back' },
      'oauth2-redirect-not-registered',
    ],
    ['[redirect with more]', { redirect_uri: `${good.redirect_uri}&x=1` }, 'oauth2-redirect-not-registered'],
    ['[state too long]', { state: 'x'.repeat(1_001) }, 'oauth2-request-invalid'],
  ])('is shown as an error here, and sends the browser nowhere %s', (_variant, change, code) => {
    expect(check(change)).toEqual({ outcome: 'page', code });
  });
  it.each(['&redirect_uri=https://evil.cn/', '&client_id=repair'])('is shown as an error here [twice: %s]', (extra) => {
    expect(check({}, party(), extra)).toEqual({ outcome: 'page', code: 'oauth2-request-invalid' });
  });
  it('without a redirect address is an error here where there are several', () => {
    const two = party({ redirect_uris: ['https://repair.a.edu.cn/a', 'https://repair.a.edu.cn/b'] });
    expect(check({ redirect_uri: undefined }, two)).toMatchObject({ outcome: 'page' });
  });
  it.each([
    ['[implicit]', { response_type: 'token' }, '', 'unsupported_response_type'],
    ['[none]', { response_type: undefined }, '', 'unsupported_response_type'],
    ['[plain]', { code_challenge_method: 'plain' }, '', 'invalid_request'],
    ['[no method]', { code_challenge_method: undefined }, '', 'invalid_request'],
    ['[no challenge]', { code_challenge: undefined }, '', 'invalid_request'],
    ['[a challenge twice]', {}, `&code_challenge=${CHALLENGE}`, 'invalid_request'],
  ])('is sent back with its error %s', (_variant, change, extra, error) => {
    expect(check(change, party(), extra)).toMatchObject({ outcome: 'back', error: { error }, state: 's' });
  });
  it('is answered behind the parameters of the redirect address', () => {
    expect(answerTo('https://a/b?x=%20', { code: 'c', state: 'a b&c', none: undefined })).toBe(
      'https://a/b?x=%20&code=c&state=a+b%26c',
    );
    expect(answerTo('https://a/b', { code: 'c' })).toBe('https://a/b?code=c');
  });
});

describe('credentials of a client', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const read = (parts: { authorization?: string; form?: Record<string, string>; querystring?: string }) =>
    readClientCredentials({ authorization: '', form: {}, querystring: '', ...parts });
  it('are read from the header, form-decoded, or from the body', () => {
    const both = { clientId: 'repair', clientSecret: 'a+b:c' };
    expect(read({ authorization: basic('repair:a%2Bb%3Ac') })).toEqual(both);
    expect(read({ form: { client_id: 'repair', client_secret: 'a+b:c' } })).toEqual(both);
    expect(read({ authorization: basic('repair:x'), form: { client_id: 'repair' } })?.clientSecret).toBe('x');
  });
  it.each([
    [
      '[in the query]',
      { querystring: 'client_id=repair&client_secret=x', form: { client_id: 'repair', client_secret: 'x' } },
    ],
    ['[header and body]', { authorization: basic('repair:x'), form: { client_id: 'repair', client_secret: 'x' } }],
    ['[header of one, body of another]', { authorization: basic('repair:x'), form: { client_id: 'other' } }],
    ['[empty secret in the body]', { form: { client_id: 'repair', client_secret: '' } }],
    ['[empty secret in the header]', { authorization: basic('repair:') }],
    ['[no colon]', { authorization: basic('repair') }],
    ['[bad escape]', { authorization: basic('repair:%zz') }],
    ['[no Basic]', { authorization: 'Bearer x' }],
    ['[no base64]', { authorization: 'Basic ???' }],
    ['[an id that is none]', { form: { client_id: '../x\u0000', client_secret: 'x' } }],
    ['[nothing]', {}],
  ])('are refused %s', (_variant, parts) => {
    expect(read(parts)).toBeUndefined();
  });
});

describe('a profile', () => {
  const values = { sub: 'p1', name: '测试·学生', roles: ['a', 'b'], client_id: 'repair' };
  it('fills the registered shape, lists stay lists, numbers and nesting stay', () => {
    const shape = {
      id: '{sub}',
      code: 0,
      data: { who: '{name} ({client_id})', roles: '{roles}', all: ['{roles}', 'x'] },
    };
    expect(renderProfile(shape, values)).toEqual({
      id: 'p1',
      code: 0,
      data: { who: '测试·学生 (repair)', roles: ['a', 'b'], all: ['a', 'b', 'x'] },
    });
  });
  it('leaves out what is not there, and never shows a placeholder', () => {
    expect(renderProfile({ id: '{sub}', college: '{college}', text: 'x{college}y' }, values)).toEqual({
      id: 'p1',
      text: 'xy',
    });
    expect(renderProfile('{constructor}', values)).toBeNull();
    expect(renderProfile('{college}', values)).toBeNull();
  });
  it('fills each place once: a name that looks like a place is text', () => {
    expect(renderProfile({ who: '{name}!' }, { name: '{sub}', sub: 'p1' })).toEqual({ who: '{sub}!' });
  });
  it('keeps any JSON without places as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (shape) => {
        fc.pre(!/\{[a-z_]+\}/.test(JSON.stringify(shape)));
        expect(JSON.stringify(renderProfile(shape, values))).toBe(JSON.stringify(shape));
      }),
    );
  });
});
