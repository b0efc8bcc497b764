import { describe, expect, it } from 'vitest';
import { AuthorizationProblem, readAuthorizationAnswer } from '../../web/src/claim/authorization-answer.js';
import { authorizationParameters, ownOffer } from '../../web/src/claim/authorize.js';
import { parseServerMetadata } from '../../web/src/issuer/find-server.js';
import type { PendingAuthorization } from '../../web/src/storage/kept.js';

const NOW = 1_800_000_000_000;
const IDP = 'https://idp.example.edu';
const ISSUER = 'https://issuer.example.edu';
const pending = (change: Partial<PendingAuthorization> = {}): PendingAuthorization =>
  ({
    server: { issuer: IDP, token: `${IDP}/token`, namesItself: true },
    state: 'of-this-wallet',
    startedAtMs: NOW,
    ...change,
  }) as PendingAuthorization;
const read = (query: string, kept: PendingAuthorization | undefined = pending(), nowMs = NOW + 1000) => {
  try {
    return readAuthorizationAnswer(new URLSearchParams(query), kept, nowMs);
  } catch (error) {
    if (error instanceof AuthorizationProblem) return `${error.code} ${error.detail}`.split(' ').slice(0, 2);
    throw error;
  }
};
const iss = `iss=${encodeURIComponent(IDP)}`;
const good = `code=abc&state=of-this-wallet&${iss}`;

describe('the answer of an authorization server', () => {
  it('gives the code [with iss], [without, from a server that does not name itself]', () => {
    expect(read(good)).toBe('abc');
    const silent = pending({ server: { issuer: IDP, token: '', namesItself: false } });
    expect(read('code=abc&state=of-this-wallet', silent)).toBe('abc');
  });
  it.each([
    ['another state', `code=abc&state=other&${iss}`, 'authorization-state-wrong'],
    ['no state', `code=abc&${iss}`, 'authorization-state-wrong'],
    ['another server', 'code=abc&state=of-this-wallet&iss=https://evil.example', 'authorization-issuer-wrong'],
    ['no server, where it names itself', 'code=abc&state=of-this-wallet', 'authorization-issuer-wrong'],
    ['two codes', `${good}&code=def`, 'authorization-malformed'],
    ['two states', `${good}&state=of-this-wallet`, 'authorization-malformed'],
    ['no code', `state=of-this-wallet&${iss}`, 'authorization-malformed'],
    [
      'an error of another server',
      'error=access_denied&state=of-this-wallet&iss=https://evil.example',
      'authorization-issuer-wrong',
    ],
  ])('refuses [%s]', (_name, query, code) => {
    expect(read(query)?.[0]).toBe(code);
  });
  it.each([
    ['access_denied', 'authorization-declined', 'access_denied'],
    ['login_required', 'authorization-refused', 'login_required'],
    ['<b>no</b> words', 'authorization-refused', 'unreadable'],
  ])('says what the server refused [%s]', (error, code, detail) => {
    expect(read(`error=${encodeURIComponent(error)}&state=of-this-wallet&${iss}`)).toEqual([code, detail]);
  });
  it('refuses a server of the same name for silence too [a code for a mix-up]', () => {
    const silent = pending({ server: { issuer: IDP, token: '', namesItself: false } });
    expect(read('code=abc&state=of-this-wallet&iss=https://evil.example', silent)?.[0]).toBe(
      'authorization-issuer-wrong',
    );
  });
  it('is taken once and within half an hour [nothing begun, redeemed, late]', () => {
    expect(readOf(undefined)).toBe('authorization-unknown');
    expect(readOf(pending({ code: 'abc' }))).toBe('authorization-unknown');
    expect(read(good, pending(), NOW + 30 * 60_000)).toBe('abc');
    expect(read(good, pending(), NOW + 30 * 60_000 + 1)?.[0]).toBe('authorization-late');
  });
  const readOf = (kept: PendingAuthorization | undefined) => {
    try {
      return readAuthorizationAnswer(new URLSearchParams(good), kept, NOW);
    } catch (error) {
      return (error as AuthorizationProblem).code;
    }
  };
});

describe('what is asked for', () => {
  const configuration = (id: string, scope: string | undefined) =>
    ({ id, scope, format: 'dc+sd-jwt', type: 'x', names: { zh: id, en: id }, colour: undefined, labels: [] }) as const;
  const begun = (ids: string[], issuerState?: string) => ({
    offer: {
      ...{ issuer: ISSUER, configurationIds: ids, code: undefined, txCodeLength: undefined },
      authorization: { issuerState, server: undefined },
    },
    ...{ clientId: 'lanyard-wallet', redirectUri: 'https://wallet.example/issue/callback', state: 's' },
    codeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  });
  const metadata = (...configurations: ReturnType<typeof configuration>[]) => ({
    ...{ issuer: ISSUER, servers: [ISSUER, IDP], configurations },
  });
  it('is scopes with the issuer as resource, PKCE as in RFC 7636 appendix B, and the state of the offer', () => {
    const asked = authorizationParameters(
      begun(['a', 'b'], 'st'),
      metadata(configuration('a', 'sa'), configuration('b', 'sb'), configuration('c', 'sc')),
    );
    expect(asked).toMatchObject({
      ...{ scope: 'sa sb', resource: ISSUER, issuer_state: 'st', response_type: 'code', state: 's' },
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    });
    expect(asked).not.toHaveProperty('authorization_details');
  });
  it('is authorization details where a configuration has no scope [several servers name the issuer]', () => {
    const asked = authorizationParameters(
      begun(['a', 'b']),
      metadata(configuration('a', 'sa'), configuration('b', undefined)),
    );
    expect(asked).not.toHaveProperty('scope');
    expect(asked).not.toHaveProperty('issuer_state');
    const details = JSON.parse(asked['authorization_details'] ?? '');
    expect(details).toEqual(
      ['a', 'b'].map((id) => ({ type: 'openid_credential', credential_configuration_id: id, locations: [ISSUER] })),
    );
  });
  it('without an offer is what our issuer gives out and this wallet keeps', () => {
    const known = ['student-pass', 'student-id-sd-jwt', 'something'].map((id) => configuration(id, id));
    expect(ownOffer({ issuer: ISSUER, configurations: known }).configurationIds).toEqual([
      'student-id-sd-jwt',
      'student-pass',
    ]);
  });
});

describe('metadata of an authorization server', () => {
  const document = (change: object = {}) => ({
    ...{ issuer: IDP, token_endpoint: `${IDP}/token`, authorization_endpoint: `${IDP}/auth` },
    authorization_response_iss_parameter_supported: true,
    ...change,
  });
  it('is read, with the grants RFC 8414 presumes', () => {
    expect(parseServerMetadata(document(), IDP)).toMatchObject({
      namesItself: true,
      grants: ['authorization_code'],
      pushed: undefined,
    });
  });
  it.each([
    ['another server', { issuer: 'https://evil.example' }],
    ['no token endpoint', { token_endpoint: undefined }],
    ['a token endpoint without https', { token_endpoint: 'http://idp.example.edu/token' }],
    ['a password in an address', { authorization_endpoint: 'https://a:b@idp.example.edu/auth' }],
  ])('is refused [%s]', (_name, change) => {
    expect(() => parseServerMetadata(document(change) as never, IDP)).toThrow('server-metadata-invalid');
  });
});
