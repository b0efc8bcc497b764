import { jwsJsonPayload, parseJws, signJws } from '@lanyard/protocol';
import { createSigner } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../../../idp/test/service/support/browser.js';
import { signInThrough } from '../../../idp/test/service/support/oidc-client.js';
import { createSoftwareWallet as createLauncherWallet } from '../../../launcher/src/software-wallet/software-wallet.js';
import { codeOf, createSoftwareWallet, dpopProof, generateKeyPair, type Tokens } from './support/software-wallet.js';
import {
  CALLBACK,
  createWalletClient,
  startTwoServers,
  type TwoServers,
  type WalletClient,
} from './support/start-two-servers.js';

const NUMBER = '202301000001';
const OTHER = '202305000002';
let servers: TwoServers;
beforeAll(async () => {
  servers = await startTwoServers();
});
afterAll(() => servers.close());

const SCOPE = { scope: 'student-id-sd-jwt student-pass' };
const walletAt = (client: WalletClient) => createSoftwareWallet(servers.issuer.url, client.dpop);
const details = (...ids: string[]) => ({
  authorization_details: JSON.stringify(
    ids.map((id) => ({
      type: 'openid_credential',
      credential_configuration_id: id,
      locations: [servers.issuer.url],
    })),
  ),
});
const ask = async (client: WalletClient, token: string, named: object, count = 1) => {
  const wallet = walletAt(client);
  const nonce = await wallet.nonce();
  const jwt = Array.from({ length: count }, () => wallet.proof(generateKeyPair(), nonce));
  return wallet.call('/credential', token, { ...named, proofs: { jwt } });
};
const byId = (id: string) => ({ credential_configuration_id: id });
const errorOf = async (answer: Response) => ((await answer.json()) as { error: string }).error;
const offer = async (number: string, grants: string[]) => {
  const answer = await servers.issuer.operator('/v1/credential-offers', { body: { student_number: number, grants } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as {
    tx_code?: string;
    credential_offer: {
      grants: {
        authorization_code?: { issuer_state: string; authorization_server: string };
        [grant: string]: object | undefined;
      };
    };
  };
};

describe('the identity layer as authorization server', () => {
  it('gives a wallet a token of RFC 9068 for the issuer alone, bound and short [scope]', async () => {
    const client = createWalletClient(servers);
    const account = await servers.student(NUMBER);
    const answer = await client.authorize(SCOPE, account);
    expect(answer).toMatchObject({ token_type: 'DPoP', scope: SCOPE.scope });
    expect(answer.expires_in).toBeLessThanOrEqual(300);
    expect([answer.refresh_token, answer.id_token, answer.authorization_details]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const jws = parseJws(answer.access_token);
    expect(jws.header).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
    const claims = jwsJsonPayload(jws);
    expect(claims).toMatchObject({ iss: servers.idp.url, aud: servers.issuer.url, client_id: 'lanyard-wallet' });
    expect(Object.keys(claims).sort()).toEqual(
      ['aud', 'client_id', 'cnf', 'exp', 'iat', 'iss', 'jti', 'scope', 'sub'].sort(),
    );
    expect(JSON.stringify(claims)).not.toContain(NUMBER);
    expect(claims['sub']).not.toBe(account);
  });

  it('answers identifiers where authorization details were used, those of scopes among them', async () => {
    const client = createWalletClient(servers);
    const answer = await client.authorize(
      { ...details('student-id-sd-jwt'), scope: 'student-pass' },
      await servers.student(NUMBER),
    );
    expect(answer.authorization_details).toEqual([
      {
        type: 'openid_credential',
        locations: [servers.issuer.url],
        credential_configuration_id: 'student-id-sd-jwt',
        credential_identifiers: ['student-id-sd-jwt.current'],
      },
      expect.objectContaining({ credential_configuration_id: 'student-pass' }),
    ]);
  });

  it('gives the part of the details a token request names, and not more than the person was asked for', async () => {
    const account = await servers.student(NUMBER);
    const client = createWalletClient(servers);
    const both = await client.signIn(details('student-id-sd-jwt', 'student-pass'), account);
    const part = await client.redeem(both.searchParams.get('code') ?? '', details('student-pass'));
    expect(((await part.json()) as { authorization_details: unknown[] }).authorization_details).toHaveLength(1);
    const one = await client.signIn(details('student-pass'), account);
    const more = await client.redeem(one.searchParams.get('code') ?? '', details('student-id-sd-jwt'));
    expect([more.status, await errorOf(more)]).toEqual([400, 'invalid_authorization_details']);
  });

  it.each([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    ['another resource', { resource: 'https://other.example' }, 'invalid_target'],
    ['another redirect URI', { redirect_uri: 'https://evil.example/issue/callback' }, 'invalid_request'],
    ['implicit', { response_type: 'token' }, 'unsupported_response_type'],
  ])('refuses a pushed request [%s]', async (_name, parameters, error) => {
    const answer = await createWalletClient(servers).push({ ...SCOPE, ...parameters });
    expect([answer.status, await errorOf(answer)]).toEqual([400, error]);
  });

  it.each([
    ['no location', [{ type: 'openid_credential', credential_configuration_id: 'student-pass' }]],
    [
      'another issuer',
      [
        {
          type: 'openid_credential',
          credential_configuration_id: 'student-pass',
          locations: ['https://other.example'],
        },
      ],
    ],
    [
      'unknown configuration',
      [{ type: 'openid_credential', credential_configuration_id: 'driver', locations: ['here'] }],
    ],
    ['another type', [{ type: 'payment', locations: ['here'] }]],
    [
      'documents, of which the issuer alone knows',
      [{ type: 'openid_credential', credential_configuration_id: 'document-sd-jwt', locations: ['here'] }],
    ],
  ])('refuses authorization details [%s]', async (_name, list) => {
    const text = JSON.stringify(list).replaceAll('"here"', JSON.stringify(servers.issuer.url));
    const answer = await createWalletClient(servers).push({ authorization_details: text });
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_authorization_details']);
  });

  it('refuses what was not pushed, and a code without DPoP proof', async () => {
    const account = await servers.student(NUMBER);
    const plain = await openBrowser().get(
      `${servers.idp.url}/auth?${new URLSearchParams({ client_id: 'lanyard-wallet', response_type: 'code', redirect_uri: 'http://localhost:3/issue/callback', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256', ...SCOPE })}`,
    );
    expect(plain.location ?? '').not.toContain('/sign-in/');
    const client = createWalletClient(servers);
    const back = await client.signIn(SCOPE, account);
    const answer = await client.redeem(back.searchParams.get('code') ?? '', {}, false);
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_grant']);
  });

  it.each(['password', 'synced-passkey'])('asks on where the proof of the person is too weak [%s]', async (level) => {
    const end = await createWalletClient(servers).signIn(SCOPE, await servers.student(NUMBER), level);
    expect(end.href).not.toContain('/issue/callback');
  });

  it('lets staff in nowhere', async () => {
    const account = await servers.idp.addAccount({ number: 'T0001', kind: 'staff' });
    const end = await createWalletClient(servers).signIn(SCOPE, account);
    expect(end.searchParams.get('code')).toBeNull();
  });

  it('gives other relying parties no token for the issuer', async () => {
    await servers.idp.addParty({
      id: 'library',
      name_zh: '图书馆',
      name_en: 'Library',
      protocol: 'oidc',
      people: 'students',
      oidc: { redirect_uris: ['http://localhost:9/cb'], token_endpoint_auth_method: 'none' },
    });
    const answer = await createWalletClient(servers, 'library', 'http://localhost:9/cb').push({
      scope: 'openid student-pass',
      resource: servers.issuer.url,
    });
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_target']);
  });

  it('lets a foreign wallet in that was registered, from any origin and without cookies', async () => {
    await servers.idp.addParty({
      id: 'foreign-wallet',
      name_zh: '他校钱包',
      name_en: 'Foreign wallet',
      protocol: 'oidc',
      people: 'students',
      acr: 'synced-passkey',
      oidc: {
        redirect_uris: ['https://wallet.example/cb'],
        token_endpoint_auth_method: 'none',
        credential_wallet: true,
      },
    });
    const client = createWalletClient(servers, 'foreign-wallet', 'https://wallet.example/cb');
    const pushed = await client.push(SCOPE);
    expect(pushed.headers.get('Access-Control-Allow-Origin')).toBe('*');
    const { access_token } = await client.authorize(SCOPE, await servers.student('202302000004'));
    expect((await ask(client, access_token, byId('student-pass'))).status).toBe(200);
  });
});

describe('an access token of the identity layer at the issuer', () => {
  it('issues student IDs and passes, from one wallet row, and again after a further sign-in with the same key', async () => {
    const client = createWalletClient(servers);
    const account = await servers.student(NUMBER);
    const { access_token } = await client.authorize(SCOPE, account);
    const ids = await ask(client, access_token, byId('student-id-sd-jwt'), 10);
    expect(ids.status).toBe(200);
    expect(((await ids.json()) as { credentials: unknown[] }).credentials).toHaveLength(10);
    expect((await ask(client, access_token, byId('student-pass'), 8)).status).toBe(200);
    const state = await walletAt(client).call('/v1/holder/state', access_token);
    const copies = { 'student-id-sd-jwt': 10, 'student-id-mdoc': 0, 'student-pass': 8, 'alumni-id-sd-jwt': 0 };
    expect(((await state.json()) as { copies: object }).copies).toEqual(copies);
    const again = await client.authorize({ scope: 'student-pass' }, account);
    expect((await ask(client, again.access_token, byId('student-pass'))).status).toBe(200);
    const told = await servers.issuer.database.run.raw(
      "SELECT n.channel FROM notice n JOIN student s ON s.id = n.student_id WHERE s.student_number = ? AND n.kind = 'wallet-signed-in'",
      [NUMBER],
    );
    const channels = told.rows.map((row: { channel: string }) => row.channel);
    // Once for the wallet, not for each sign-in.
    expect(new Set(channels).size).toBe(channels.length);
    expect(channels.length).toBeGreaterThan(0);
    const { rows } = await servers.issuer.database.run.raw(
      `SELECT w.authorized_by, w.client_id, count(c.*) AS copies FROM wallet w JOIN credential c ON c.wallet_id = w.id
       JOIN student s ON s.id = w.student_id WHERE s.student_number = ? GROUP BY w.id`,
      [NUMBER],
    );
    expect(rows).toEqual([{ authorized_by: 'authorization_code', client_id: 'lanyard-wallet', copies: 19 }]);
  });

  it('makes one wallet of many first uses at once', async () => {
    const client = createWalletClient(servers);
    const { access_token } = await client.authorize(SCOPE, await servers.student('202305000003'));
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(client, access_token, byId('student-pass'))));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 8 }, () => 200));
    const { rows } = await servers.issuer.database.run.raw(
      "SELECT count(*) AS n FROM wallet w JOIN student s ON s.id = w.student_id WHERE s.student_number = '202305000003'",
    );
    expect(Number(rows[0].n)).toBe(1);
  });

  it('takes identifiers where they were given out and configurations where not, and never both [MUST 13]', async () => {
    const account = await servers.student(NUMBER);
    const client = createWalletClient(servers);
    const named = await client.authorize(details('student-id-sd-jwt'), account);
    const scoped = await client.authorize({ scope: 'student-id-sd-jwt' }, account);
    const identifier = { credential_identifier: 'student-id-sd-jwt.current' };
    expect((await ask(client, named.access_token, identifier)).status).toBe(200);
    expect((await ask(client, scoped.access_token, byId('student-id-sd-jwt'))).status).toBe(200);
    const refused = async (token: string, body: object) => errorOf(await ask(client, token, body));
    expect(await refused(named.access_token, byId('student-id-sd-jwt'))).toBe('invalid_credential_request');
    expect(await refused(named.access_token, { ...identifier, ...byId('student-id-sd-jwt') })).toBe(
      'invalid_credential_request',
    );
    expect(await refused(named.access_token, { credential_identifier: 'student-pass.current' })).toBe(
      'unknown_credential_identifier',
    );
    expect(await refused(named.access_token, { credential_identifier: 'nothing' })).toBe(
      'unknown_credential_identifier',
    );
    expect(await refused(scoped.access_token, identifier)).toBe('unknown_credential_identifier');
    expect(await refused(scoped.access_token, byId('student-pass'))).toBe('unknown_credential_configuration');
    expect(await refused(scoped.access_token, {})).toBe('invalid_credential_request');
  });

  it('refuses it without its key [bearer, no proof, another key], and that does not use it up', async () => {
    const client = createWalletClient(servers);
    const { access_token } = await client.authorize(SCOPE, await servers.student(NUMBER));
    const url = `${servers.issuer.url}/v1/holder/state`;
    for (const headers of [
      { Authorization: `Bearer ${access_token}` },
      { Authorization: `DPoP ${access_token}` },
      { Authorization: `DPoP ${access_token}`, DPoP: dpopProof(client.dpop, 'GET', url) },
    ])
      expect((await fetch(url, { headers: headers as Record<string, string> })).status).toBe(401);
    const thief = createSoftwareWallet(servers.issuer.url);
    expect((await thief.call('/v1/holder/state', access_token)).status).toBe(401);
    expect((await walletAt(client).call('/v1/holder/state', access_token)).status).toBe(200);
  });

  it('refuses tokens that are none of the identity layer for this issuer', async () => {
    const client = createWalletClient(servers);
    const { access_token } = await client.authorize(SCOPE, await servers.student(NUMBER));
    const { kid } = parseJws(access_token).header;
    const claims = jwsJsonPayload(parseJws(access_token));
    const forger = generateKeyPair();
    const forged = (header: object, payload: object) =>
      signJws(
        { typ: 'at+jwt', kid: String(kid), ...header },
        { ...claims, jti: 'new', ...payload },
        createSigner(forger.privateKey),
      );
    const [head, , tail] = access_token.split('.');
    const changed = `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'x'.repeat(43) })).toString('base64url')}.${tail}`;
    for (const token of [
      forged({}, {}),
      forged({ kid: 'unknown' }, {}),
      forged({ jwk: forger.jwk }, {}),
      changed,
      `${access_token}x`,
    ]) {
      const answer = await walletAt(client).call('/v1/holder/state', token);
      expect([answer.status, await errorOf(answer)]).toEqual([401, 'invalid_token']);
    }
  });

  it('refuses ID tokens and tokens of another audience that the identity layer did sign', async () => {
    const client = createWalletClient(servers);
    const back = await client.signIn({ scope: 'openid student-pass' }, await servers.student(NUMBER));
    const answer = await client.redeem(back.searchParams.get('code') ?? '');
    const { id_token } = (await answer.json()) as { id_token: string };
    expect(parseJws(id_token).header.alg).toBe('ES256');
    const refused = await walletAt(client).call('/v1/holder/state', id_token);
    expect(refused.status).toBe(401);
  });

  it('denies credentials to a suspended student, and gives the wallet no row', async () => {
    const number = '202302000004';
    const client = createWalletClient(servers);
    await servers.issuer.operator(`/v1/students/${number}/suspend`, { body: { reason_code: 'lost-phone' } });
    const { access_token } = await client.authorize(SCOPE, await servers.student(number));
    const denied = await ask(client, access_token, byId('student-pass'));
    expect([denied.status, await errorOf(denied)]).toEqual([400, 'credential_request_denied']);
    await servers.issuer.operator(`/v1/students/${number}/reinstate`, { body: { reason_code: 'found' } });
    expect((await ask(client, access_token, byId('student-pass'))).status).toBe(200);
  });

  it('does not come back with a wallet that five others have replaced', async () => {
    const number = '202305000002';
    const account = await servers.student(number);
    const first = createWalletClient(servers);
    const { access_token } = await first.authorize(SCOPE, account);
    expect((await ask(first, access_token, byId('student-pass'))).status).toBe(200);
    for (let count = 0; count < 5; count += 1) {
      const next = createWalletClient(servers);
      const token = (await next.authorize(SCOPE, account)).access_token;
      expect((await ask(next, token, byId('student-pass'))).status).toBe(200);
    }
    expect((await walletAt(first).call('/v1/holder/state', access_token)).status).toBe(401);
  });

  it('is exchanged once for the wallet\u2019s own line, by the key it is bound to', async () => {
    const client = createWalletClient(servers);
    const { access_token } = await client.authorize(SCOPE, await servers.student(NUMBER));
    const exchange = (key = client.dpop, token = access_token) =>
      fetch(`${servers.issuer.url}/token`, {
        method: 'POST',
        headers: { DPoP: dpopProof(key, 'POST', `${servers.issuer.url}/token`) },
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: token,
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        }),
      });
    expect(await errorOf(await exchange(generateKeyPair()))).toBe('invalid_request');
    expect(await errorOf(await exchange(client.dpop, 'nonsense.of.tokens'))).toBe('invalid_request');
    const answer = await exchange();
    expect(answer.status, await answer.clone().text()).toBe(200);
    const tokens = (await answer.json()) as Tokens;
    const wallet = walletAt(client);
    const refreshed = (await (await wallet.refresh(tokens.refresh_token ?? '')).json()) as Tokens;
    expect((await ask(client, refreshed.access_token, byId('student-pass'))).status).toBe(200);
    expect(await errorOf(await exchange())).toBe('invalid_request');
  });
});

describe('offers with both grants', () => {
  it('name an authorization server each, and either redeems the offer', async () => {
    const { credential_offer, tx_code } = await offer(NUMBER, ['pre-authorized_code', 'authorization_code']);
    expect(credential_offer.grants.authorization_code?.authorization_server).toBe(servers.idp.url);
    expect(credential_offer.grants['urn:ietf:params:oauth:grant-type:pre-authorized_code']).toMatchObject({
      authorization_server: servers.issuer.url,
    });
    const metadata = (await (
      await fetch(`${servers.issuer.url}/.well-known/openid-credential-issuer`)
    ).json()) as object;
    expect(metadata).toMatchObject({ authorization_servers: [servers.issuer.url, servers.idp.url] });
    const client = createWalletClient(servers);
    const { issuer_state } = credential_offer.grants.authorization_code!;
    const { access_token } = await client.authorize({ ...SCOPE, issuer_state }, await servers.student(NUMBER));
    expect((await ask(client, access_token, byId('student-pass'))).status).toBe(200);
    const late = await walletAt(client).token(codeOf({ credential_offer } as never), tx_code);
    expect(await errorOf(late)).toBe('invalid_grant');
  });

  it.each([
    ['another student', OTHER, (state: string) => state],
    ['made up', NUMBER, () => 'x'.repeat(43)],
  ])('are refused to %s', async (_name, number, change) => {
    const { credential_offer } = await offer(NUMBER, ['authorization_code']);
    expect(Object.keys(credential_offer.grants)).toEqual(['authorization_code']);
    const state = change(credential_offer.grants.authorization_code!.issuer_state);
    const client = createWalletClient(servers);
    const { access_token } = await client.authorize({ ...SCOPE, issuer_state: state }, await servers.student(number));
    const denied = await ask(client, access_token, byId('student-pass'));
    expect([denied.status, await errorOf(denied)]).toEqual([400, 'credential_request_denied']);
  });

  it('work once [a second sign-in with the same issuer_state]', async () => {
    const { credential_offer } = await offer(NUMBER, ['authorization_code']);
    const { issuer_state } = credential_offer.grants.authorization_code!;
    const account = await servers.student(NUMBER);
    for (const status of [200, 400]) {
      const client = createWalletClient(servers);
      const { access_token } = await client.authorize({ ...SCOPE, issuer_state }, account);
      expect((await ask(client, access_token, byId('student-pass'))).status).toBe(status);
    }
  });

  it('carry identifiers for a pre-authorized code too, where authorization details are sent', async () => {
    const made = await offer(NUMBER, ['pre-authorized_code']);
    const wallet = createSoftwareWallet(servers.issuer.url);
    const code = codeOf(made as never);
    const tooMuch = await wallet.token(code, made.tx_code, true, details('student-pass', 'driver'));
    expect(await errorOf(tooMuch)).toBe('invalid_authorization_details');
    const answer = await wallet.token(code, made.tx_code, true, details('student-pass'));
    expect(answer.status).toBe(200);
    const tokens = (await answer.json()) as Tokens & { authorization_details: unknown[] };
    expect(tokens.authorization_details).toEqual([
      expect.objectContaining({ credential_identifiers: ['student-pass.current'] }),
    ]);
    const nonce = await wallet.nonce();
    const body = {
      credential_identifier: 'student-pass.current',
      proofs: { jwt: [wallet.proof(generateKeyPair(), nonce)] },
    };
    expect((await wallet.call('/credential', tokens.access_token, body)).status).toBe(200);
  });
});

it('keeps subjects and students of the identity layer to the issuer', async () => {
  const answer = await servers.idp.asPerson('/v1/issuance-subjects', { body: JSON.stringify({ sub: 'x'.repeat(43) }) });
  expect([401, 403]).toContain(answer.status);
  expect(servers.issuer.logLines.join('\n')).not.toContain(NUMBER);
  expect(servers.issuer.logLines.join('\n')).not.toMatch(/eyJ/);
});

it('is the whole way of a wallet without a screen: sign-in, own line, credentials, refresh', async () => {
  const { credential_offer } = await offer(NUMBER, ['authorization_code']);
  const wallet = createLauncherWallet();
  const grant = credential_offer.grants.authorization_code!;
  const { address, complete } = await wallet.authorize({
    authorizationServer: grant.authorization_server,
    clientId: 'lanyard-wallet',
    redirectUri: CALLBACK,
    scope: SCOPE.scope,
    credentialIssuer: servers.issuer.url,
    issuerState: grant.issuer_state,
  });
  const account = await servers.student(NUMBER);
  const end = await signInThrough(openBrowser(), servers.idp.url, address, { account, level: 'device-passkey' });
  await expect(complete(`${CALLBACK}?code=x&state=other`)).rejects.toThrow();
  await complete(end.location ?? '');
  expect(await wallet.obtain('student-id-sd-jwt', 10)).toHaveLength(10);
  await wallet.refresh();
  expect(await wallet.obtain('student-pass', 8)).toHaveLength(8);
  await wallet.enrolGateKey();
});
