import { createHash } from 'node:crypto';
import { jwsJsonPayload, parseJws, parseP256Jwk, STUDENT_ID_CLAIMS, verifyJws } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimAt, requestBody, roster } from './support/claim.js';
import { payloadOf } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
});
afterAll(() => issuer.close());

interface Configuration {
  cryptographic_binding_methods_supported?: string[];
  proof_types_supported?: object;
  credential_metadata: {
    display: { locale: string }[];
    claims?: { path: string[]; display: { locale: string; name: string }[] }[];
  };
}
interface Metadata {
  [name: string]: unknown;
  credential_configurations_supported: Record<string, Configuration>;
}
const WELL_KNOWN = '/.well-known/openid-credential-issuer';
const read = (accept?: string) =>
  fetch(issuer.url + WELL_KNOWN, accept === undefined ? {} : { headers: { Accept: accept } });

it('names every endpoint that works, and each of them answers [MUST 18, 19] [KNOWN 4]', async () => {
  const metadata = (await (await read()).json()) as Metadata;
  expect(metadata['credential_issuer']).toBe(issuer.url);
  for (const name of [
    'credential_endpoint',
    'nonce_endpoint',
    'deferred_credential_endpoint',
    'notification_endpoint',
  ]) {
    const answer = await fetch(String(metadata[name]), { method: 'POST' });
    expect([name, [200, 401].includes(answer.status)]).toEqual([name, true]);
  }
  expect(metadata['batch_credential_issuance']).toEqual({ batch_size: 10 });
  expect((await fetch(`${issuer.url}${WELL_KNOWN}/tenant`)).status).toBe(404);
});

it('tells names in Chinese and English for issuer, configurations and every claim', async () => {
  const metadata = (await (await read()).json()) as Metadata;
  const locales = (list: { locale: string }[]) => list.map((one) => one.locale);
  expect(locales(metadata['display'] as { locale: string }[])).toEqual(['zh-CN', 'en']);
  for (const configuration of Object.values(metadata.credential_configurations_supported)) {
    expect(locales(configuration.credential_metadata.display)).toEqual(['zh-CN', 'en']);
    for (const claim of configuration.credential_metadata.claims ?? [])
      expect(locales(claim.display)).toEqual(['zh-CN', 'en']);
    // Together or not at all (§12.2.4).
    expect(configuration.cryptographic_binding_methods_supported === undefined).toBe(
      configuration.proof_types_supported === undefined,
    );
  }
  const claims = metadata.credential_configurations_supported['student-id-sd-jwt']?.credential_metadata.claims ?? [];
  expect(claims.filter((claim) => claim.path.length === 1).map((claim) => claim.path[0])).toEqual(STUDENT_ID_CLAIMS);
});

it('advertises no attestation where none is configured [MUST 19]', async () => {
  const metadata = await (await read()).text();
  const server = await (await fetch(`${issuer.url}/.well-known/oauth-authorization-server`)).text();
  expect(metadata + server).not.toMatch(/attest/);
  expect(JSON.parse(metadata)).toMatchObject({ authorization_servers: [issuer.url] });
});

it.each([
  undefined,
  '*/*',
  'application/json',
  'application/json, application/jwt',
  'text/html',
  'application/jwt;q=0.5, application/json',
])('is unsigned JSON for Accept %s [MUST 18]', async (accept) => {
  const answer = await read(accept);
  expect([answer.status, answer.headers.get('Content-Type'), answer.headers.get('Vary')]).toEqual([
    200,
    'application/json; charset=utf-8',
    'Accept',
  ]);
});

it('is signed for who asks, with all members as claims, by a key of the issuer [MUST 18]', async () => {
  const plain = (await (await read()).json()) as Metadata;
  for (const accept of ['application/jwt', 'application/jwt, application/json;q=0.5']) {
    const answer = await read(accept);
    expect(answer.headers.get('Content-Type')).toContain('application/jwt');
    const jws = parseJws(await answer.text());
    const { jwks } = (await (await fetch(`${issuer.url}/.well-known/jwt-vc-issuer`)).json()) as {
      jwks: { keys: { kid: string }[] };
    };
    const jwk = jwks.keys.find((key) => key.kid === jws.header.kid);
    const key = nodeCrypto.importVerifyKey(parseP256Jwk(jwk).compressed);
    if (key === undefined) throw new Error('no key');
    verifyJws(jws, key, { typ: 'openidvci-issuer-metadata+jwt', crypto: nodeCrypto });
    const { iss, sub, iat, exp, ...members } = jwsJsonPayload(jws);
    expect([iss, sub]).toEqual([issuer.url, issuer.url]);
    expect(Number(exp)).toBeGreaterThan(Number(iat));
    expect(members).toEqual(plain);
  }
});

it('serves the type metadata whose digest is in each student ID', async () => {
  const answer = await fetch(`${issuer.url}/type-metadata/urn:lanyard:student-id:1`, {
    headers: { Origin: 'https://wallet.example' },
  });
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
  const text = await answer.text();
  const { wallet, tokens } = await claimAt(issuer, '202301000001');
  const issued = await wallet.call('/credential', tokens.access_token, await requestBody(wallet, 'student-id-sd-jwt'));
  const { credentials } = (await issued.json()) as { credentials: { credential: string }[] };
  const payload = payloadOf(credentials[0]?.credential ?? '');
  expect(payload['vct#integrity']).toBe(`sha256-${createHash('sha256').update(text).digest('base64')}`);
  expect(JSON.parse(text)).toMatchObject({ vct: payload['vct'] });
  for (const path of ['urn:lanyard:student-id:2', 'urn%3Alanyard%3Aother', ''])
    expect((await fetch(`${issuer.url}/type-metadata/${path}`)).status).toBe(404);
});
