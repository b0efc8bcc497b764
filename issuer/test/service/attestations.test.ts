import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signJws } from '@lanyard/protocol';
import { createSigner, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf, roster } from './support/claim.js';
import { codeOf, createSoftwareWallet, dpopProof, generateKeyPair, type Tokens } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const NUMBER = '202301000001';
const PROVIDER = 'https://wallet-provider.example';
const CLIENT = 'https://wallet.example';
const attester = generateKeyPair();
const folder = mkdtempSync(join(tmpdir(), 'lanyard-attesters-'));
let issuer: TestIssuer;
const now = () => Math.floor(Date.now() / 1000);
const sign = (key: NodeKeyPair, header: object, payload: object) =>
  signJws({ ...header }, payload, createSigner(key.privateKey));

beforeAll(async () => {
  const file = join(folder, 'attesters.json');
  const attesters = [{ iss: PROVIDER, jwks: { keys: [{ ...attester.jwk, kid: 'provider-1' }] } }];
  writeFileSync(
    file,
    JSON.stringify({
      wallets: { required: true, attesters },
      keys: {
        'student-id-sd-jwt': { required: true, attesters, key_storage: ['iso_18045_high'] },
        'student-pass': { required: false, attesters },
      },
    }),
  );
  issuer = await startIssuer(undefined, { environment: { LANYARD_WALLET_ATTESTERS: file } });
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
});
afterAll(async () => {
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Change {
  key?: NodeKeyPair;
  header?: object;
  claims?: object;
  popKey?: NodeKeyPair;
  popHeader?: object;
  popClaims?: object;
}
function attest(instance: NodeKeyPair, change: Change = {}): Record<string, string> {
  return {
    'OAuth-Client-Attestation': sign(
      change.key ?? attester,
      { typ: 'oauth-client-attestation+jwt', kid: 'provider-1', ...change.header },
      { iss: PROVIDER, sub: CLIENT, exp: now() + 3600, cnf: { jwk: instance.jwk }, ...change.claims },
    ),
    'OAuth-Client-Attestation-PoP': sign(
      change.popKey ?? instance,
      { typ: 'oauth-client-attestation-pop+jwt', ...change.popHeader },
      { iss: CLIENT, aud: issuer.url, jti: randomUUID(), iat: now(), ...change.popClaims },
    ),
  };
}
const offer = async () =>
  (await (await issuer.operator('/v1/credential-offers', { body: { student_number: NUMBER } })).json()) as {
    tx_code: string;
  };
const requestToken = async (fields: Record<string, string>, headers: Record<string, string>, dpop: NodeKeyPair) =>
  fetch(`${issuer.url}/token`, {
    method: 'POST',
    headers: { DPoP: dpopProof(dpop, 'POST', `${issuer.url}/token`), ...headers },
    body: new URLSearchParams(fields),
  });
const redeem = async (headers: Record<string, string>, more: Record<string, string> = {}, dpop = generateKeyPair()) => {
  const made = await offer();
  return requestToken(
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:pre-authorized_code',
      'pre-authorized_code': codeOf(made as never),
      tx_code: made.tx_code,
      ...more,
    },
    headers,
    dpop,
  );
};

describe('an attested wallet (appendix E, draft 07)', () => {
  it('gets tokens, and refreshes with the key of its instance only', async () => {
    const instance = generateKeyPair();
    const dpop = generateKeyPair();
    const answer = await redeem(attest(instance), { client_id: CLIENT }, dpop);
    expect(answer.status, await answer.clone().text()).toBe(200);
    const { refresh_token = '' } = (await answer.json()) as Tokens;
    const refresh = (headers: Record<string, string>) =>
      requestToken({ grant_type: 'refresh_token', refresh_token }, headers, dpop);
    expect(await errorOf(await refresh({}))).toBe('invalid_client');
    expect(await errorOf(await refresh(attest(generateKeyPair())))).toBe('invalid_grant');
    expect((await refresh(attest(instance))).status).toBe(200);
  });

  it('is what metadata ask for', async () => {
    const server = (await (await fetch(`${issuer.url}/.well-known/oauth-authorization-server`)).json()) as object;
    expect(server).toMatchObject({
      token_endpoint_auth_methods_supported: ['attest_jwt_client_auth'],
      client_attestation_signing_alg_values_supported: ['ES256'],
      client_attestation_pop_signing_alg_values_supported: ['ES256'],
      'pre-authorized_grant_anonymous_access_supported': false,
    });
  });

  const stranger = generateKeyPair();
  it.each<[string, Change]>([
    ['by a stranger', { key: stranger }],
    ['by a stranger who brings his key along', { key: stranger, header: { jwk: stranger.jwk } }],
    ['of another provider', { claims: { iss: 'https://other.example' } }],
    ['with unknown kid', { header: { kid: 'provider-2' } }],
    ['with kid and x5c', { header: { x5c: ['MIIB'] } }],
    ['of another typ', { header: { typ: 'JWT' } }],
    ['without sub', { claims: { sub: undefined } }],
    ['without exp', { claims: { exp: undefined } }],
    ['not valid yet', { claims: { nbf: now() + 600 } }],
    ['without key', { claims: { cnf: {} } }],
    ['with a status nobody looks up', { claims: { status: { status_list: { idx: 1, uri: 'https://x.example' } } } }],
    ['proved by another key', { popKey: stranger }],
    ['proved for another server', { popClaims: { aud: 'https://other.example' } }],
    ['proved in another name', { popClaims: { iss: 'https://other.example' } }],
    ['proved long ago', { popClaims: { iat: now() - 900 } }],
    ['proved without jti', { popClaims: { jti: undefined } }],
    ['proved with the typ of DPoP', { popHeader: { typ: 'dpop+jwt' } }],
  ])('is refused [%s]', async (_name, change) => {
    const answer = await redeem(attest(generateKeyPair(), change));
    expect([answer.status, await errorOf(answer)]).toEqual([401, 'invalid_client']);
  });

  it('is refused [no headers, one of two, a proof replayed, another client_id, expired]', async () => {
    const instance = generateKeyPair();
    const headers = attest(instance);
    expect(await errorOf(await redeem({}))).toBe('invalid_client');
    expect(await errorOf(await redeem({ 'OAuth-Client-Attestation': headers['OAuth-Client-Attestation'] ?? '' }))).toBe(
      'invalid_client',
    );
    expect((await redeem(headers)).status).toBe(200);
    expect(await errorOf(await redeem(headers))).toBe('invalid_client');
    expect(await errorOf(await redeem(attest(instance), { client_id: 'somebody' }))).toBe('invalid_client');
    expect(await errorOf(await redeem(attest(instance, { claims: { exp: now() - 1 } })))).toBe('use_fresh_attestation');
  });
});

describe('attested keys (appendix D)', () => {
  const claim = async () => {
    const dpop = generateKeyPair();
    const tokens = (await (await redeem(attest(generateKeyPair()), {}, dpop)).json()) as Tokens;
    return { wallet: createSoftwareWallet(issuer.url, dpop), token: tokens.access_token };
  };
  const attestKeys = (keys: NodeKeyPair[], nonce: string, claims: object = {}, header: object = {}, key = attester) =>
    sign(
      key,
      { typ: 'key-attestation+jwt', kid: 'provider-1', ...header },
      {
        iss: PROVIDER,
        iat: now(),
        exp: now() + 600,
        nonce,
        attested_keys: keys.map((one) => one.jwk),
        key_storage: ['iso_18045_high'],
        ...claims,
      },
    );
  const pair = () => [generateKeyPair(), generateKeyPair()];

  it('are named in the metadata of what requires them, and of what only takes them', async () => {
    const { credential_configurations_supported: all } = (await (
      await fetch(`${issuer.url}/.well-known/openid-credential-issuer`)
    ).json()) as {
      credential_configurations_supported: Record<string, { proof_types_supported: object }>;
    };
    const required = {
      proof_signing_alg_values_supported: ['ES256'],
      key_attestations_required: { key_storage: ['iso_18045_high'] },
    };
    expect(all['student-id-sd-jwt']?.proof_types_supported).toEqual({ jwt: required, attestation: required });
    const offered = { proof_signing_alg_values_supported: ['ES256'] };
    expect(all['student-pass']?.proof_types_supported).toEqual({ jwt: offered, attestation: offered });
  });

  it('get a copy each [attestation alone, attestation beside a proof]', async () => {
    const { wallet, token } = await claim();
    const ask = (proofs: object) =>
      wallet.call('/credential', token, { credential_configuration_id: 'student-id-sd-jwt', proofs });
    const alone = await ask({ attestation: [attestKeys(pair(), await wallet.nonce())] });
    expect(alone.status, await alone.clone().text()).toBe(200);
    expect(((await alone.json()) as { credentials: unknown[] }).credentials).toHaveLength(2);
    const keys = pair();
    const nonce = await wallet.nonce();
    const proof = wallet.proof(keys[0]!, nonce, {
      header: { key_attestation: attestKeys(keys, nonce) },
      payload: { iss: CLIENT },
    });
    const beside = await ask({ jwt: [proof] });
    expect(beside.status, await beside.clone().text()).toBe(200);
    expect(((await beside.json()) as { credentials: unknown[] }).credentials).toHaveLength(2);
  });

  it.each<[string, (keys: NodeKeyPair[], nonce: string) => string, string?]>([
    ['by a stranger', (keys, nonce) => attestKeys(keys, nonce, {}, {}, generateKeyPair())],
    ['weaker storage', (keys, nonce) => attestKeys(keys, nonce, { key_storage: ['iso_18045_basic'] })],
    ['storage not stated', (keys, nonce) => attestKeys(keys, nonce, { key_storage: undefined })],
    ['another typ', (keys, nonce) => attestKeys(keys, nonce, {}, { typ: 'keyattestation+jwt' })],
    ['expired', (keys, nonce) => attestKeys(keys, nonce, { exp: now() - 1 })],
    ['old', (keys, nonce) => attestKeys(keys, nonce, { iat: now() - 900 })],
    ['no keys', (_keys, nonce) => attestKeys([], nonce)],
    [
      'a private key',
      (keys, nonce) => attestKeys(keys, nonce, { attested_keys: [keys[0]?.privateKey.export({ format: 'jwk' })] }),
    ],
    ['one key twice', (keys, nonce) => attestKeys([keys[0]!, keys[0]!], nonce)],
    ['no nonce', (keys, nonce) => attestKeys(keys, nonce, { nonce: undefined })],
    ['made-up nonce', (keys) => attestKeys(keys, 'x'.repeat(32)), 'invalid_nonce'],
    ['a status nobody looks up', (keys, nonce) => attestKeys(keys, nonce, { status: {} })],
  ])('are refused [%s]', async (_name, make, error = 'invalid_proof') => {
    const { wallet, token } = await claim();
    const attestation = make(pair(), await wallet.nonce());
    const answer = await wallet.call('/credential', token, {
      credential_configuration_id: 'student-id-sd-jwt',
      proofs: { attestation: [attestation] },
    });
    expect([answer.status, await errorOf(answer)]).toEqual([400, error]);
  });

  it('are refused [no attestation where one is required, two attestations, a proof by a key not attested, another nonce, no exp beside a proof, more than the batch]', async () => {
    const { wallet, token } = await claim();
    const ask = async (proofs: object, id = 'student-id-sd-jwt') => {
      const answer = await wallet.call('/credential', token, { credential_configuration_id: id, proofs });
      return answer.status === 200 ? 'issued' : errorOf(answer);
    };
    const nonce = await wallet.nonce();
    const beside = (key: NodeKeyPair, attestation: string) =>
      wallet.proof(key, nonce, { header: { key_attestation: attestation } });
    expect(await ask({ jwt: [wallet.proof(generateKeyPair(), nonce)] })).toBe('invalid_proof');
    expect(await ask({ attestation: [attestKeys(pair(), nonce), attestKeys(pair(), nonce)] })).toBe('invalid_proof');
    expect(await ask({ jwt: [beside(generateKeyPair(), attestKeys(pair(), nonce))] })).toBe('invalid_proof');
    const keys = pair();
    expect(await ask({ jwt: [beside(keys[0]!, attestKeys(keys, await wallet.nonce()))] })).toBe('invalid_nonce');
    expect(await ask({ jwt: [beside(keys[0]!, attestKeys(keys, nonce, { exp: undefined }))] })).toBe('invalid_proof');
    expect(
      await ask({
        attestation: [
          attestKeys(
            Array.from({ length: 11 }, () => generateKeyPair()),
            nonce,
          ),
        ],
      }),
    ).toBe('invalid_credential_request');
    expect(await ask({ jwt: [wallet.proof(generateKeyPair(), await wallet.nonce())] }, 'student-pass')).toBe('issued');
  });
});
