import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTlsRequest, readPkcs12 } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { createCertificateRequest, pointOfJwk } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pemOf } from '../../../src/adapters/machine-authority.js';
import { isPartnerRoute } from '../../../src/domain/partners/partner-listener-routes.js';
import {
  ASSERTION_TYPE,
  aPartner,
  type PartnerDesk,
  startPartnerDesk,
  type ToldBody,
} from '../support/partner-desk.js';

const TLS_PORT = 7987;
const [rail, museum] = [aPartner('rail'), aPartner('museum')];
let desk: PartnerDesk;
let folder: string;
interface Identity {
  key: string;
  cert: string;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-partner-tls-'));
  desk = await startPartnerDesk(7984, {
    environment: { LANYARD_PARTNER_TLS_PORT: String(TLS_PORT), LANYARD_UNIVERSITY_NAME: '示例大学' },
    realTime: true,
  });
  await desk.register(rail, { keys: [], mutual_tls: true });
  await desk.register(museum, { purposes: ['student-status'], claims: [] });
}, 60_000);
afterAll(async () => {
  await desk.close();
  rmSync(folder, { recursive: true, force: true });
});

const authority = () => pemOf(desk.verifier.verifier.partners.authority.certificate);
async function overTls(
  identity: Identity | undefined,
  method: string,
  path: string,
  init: { form?: object; json?: object; token?: string } = {},
) {
  const send = createTlsRequest(new Agent({ ...identity, ca: authority() }));
  const body =
    init.form === undefined ? init.json && JSON.stringify(init.json) : String(new URLSearchParams(init.form as never));
  const type = init.form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const answer = await send(new URL(path, `https://localhost:${TLS_PORT}`), {
    ...{ method, ...(body === undefined ? {} : { body }) },
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': type }),
      ...(init.token === undefined ? {} : { Authorization: `Bearer ${init.token}` }),
    },
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as ToldBody };
}
const askToken = (identity: Identity | undefined, client_id: string, more: object = {}) =>
  overTls(identity, 'POST', '/partner/v1/token', { form: { grant_type: 'client_credentials', client_id, ...more } });
const look = (identity: Identity | undefined, token: string) =>
  overTls(identity, 'GET', '/partner/v1/callback', { token });

async function bundle(id: string): Promise<Identity> {
  const answer = await desk.verifier.operator(`/v1/partners/${id}/bundle`, { method: 'POST' });
  expect(answer.status).toBe(201);
  const made = (await answer.json()) as { bundle: string; passphrase: string; tls_url: string };
  expect(made.tls_url).toBe(`https://localhost:${TLS_PORT}`);
  const read = await readPkcs12(Buffer.from(made.bundle, 'base64'), made.passphrase);
  return { key: String(read.privateKey.export({ type: 'pkcs8', format: 'pem' })), cert: pemOf(read.certificate) };
}
/** A certificate a partner made itself, as it would: with OpenSSL. */
function selfSigned(
  name: string,
  algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  days = '30',
): Identity {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const options = [
    'req',
    '-x509',
    ...algorithm,
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    days,
    '-subj',
    `/CN=${name}`,
  ];
  execFileSync('openssl', options, { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}
const registerCertificate = (id: string, pem: string) =>
  desk.verifier.operator(`/v1/partners/${id}/certificates`, { method: 'POST', body: { pem } });
const certificates = async (id: string) =>
  (
    (await (await desk.verifier.operator(`/v1/partners/${id}/certificates`)).json()) as {
      certificates: { id: string; kind: string; state: string }[];
    }
  ).certificates;

describe('a partner with a bundle', () => {
  it('gets a token for its certificate, good with that certificate alone [tls_client_auth]', async () => {
    const own = await bundle('rail');
    const { status, body } = await askToken(own, 'rail');
    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 300 } });
    expect((await look(own, body.access_token)).status).toBe(200);
    const other = await bundle('museum');
    expect((await look(other, body.access_token)).body.code).toBe('partner-token-invalid');
    const plain = await desk.verifier.call('/partner/v1/callback', {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
    expect(plain.status).toBe(401);
  });

  it.each<[string, () => Promise<{ status: number }>]>([
    ['no certificate', () => askToken(undefined, 'rail')],
    ['another partner’s', async () => askToken(await bundle('museum'), 'rail')],
    ['one nobody registered', () => askToken(selfSigned('stranger'), 'rail')],
    ['one in our CA’s name', () => askToken(selfSigned('示例大学 partners'), 'rail')],
    ['no partner named', async () => askToken(await bundle('rail'), '')],
    ['a partner nobody knows', async () => askToken(await bundle('rail'), 'nobody')],
  ])('gets none otherwise [%s]', async (_, ask) => {
    expect((await ask()).status).toBe(401);
  });

  it('that has to show a certificate gets no token for an assertion alone', async () => {
    const strict = aPartner('strict');
    await desk.register(strict, { mutual_tls: true });
    const form = { client_assertion_type: ASSERTION_TYPE, client_assertion: await desk.assertion(strict) };
    expect((await desk.askToken(form.client_assertion)).status).toBe(401);
    expect((await askToken(selfSigned('strict-stranger'), 'strict', form)).status).toBe(401);
    const own = await bundle('strict');
    const fresh = { ...form, client_assertion: await desk.assertion(strict) };
    const { body } = await askToken(own, 'strict', fresh);
    expect((await look(own, body.access_token)).status).toBe(200);
    expect(
      (await desk.verifier.call('/partner/v1/callback', { headers: { Authorization: `Bearer ${body.access_token}` } }))
        .status,
    ).toBe(401);
  });

  it('is ended at its next request by the next bundle, by withdrawal, and with its partner', async () => {
    const first = await bundle('rail');
    const token = (await askToken(first, 'rail')).body.access_token;
    const second = await bundle('rail');
    expect((await look(first, token)).status).toBe(401);
    expect((await askToken(first, 'rail')).status).toBe(401);
    const held = (await askToken(second, 'rail')).body.access_token;
    const [newest] = await certificates('rail');
    const path = `/v1/partners/rail/certificates/${newest?.id}/withdraw`;
    expect((await desk.verifier.operator(path.replace('rail', 'museum'), { method: 'POST' })).status).toBe(404);
    expect((await desk.verifier.operator(path, { method: 'POST' })).status).toBe(204);
    expect((await look(second, held)).status).toBe(401);
    expect((await desk.verifier.operator(path, { method: 'POST' })).status).toBe(404);
    const gone = aPartner('gone');
    await desk.register(gone, { keys: [], mutual_tls: true });
    const last = await bundle('gone');
    await desk.verifier.operator('/v1/partners/gone/withdraw', { method: 'POST' });
    expect((await askToken(last, 'gone')).status).toBe(401);
    expect((await desk.verifier.operator('/v1/partners/gone/bundle', { method: 'POST' })).status).toBe(404);
  });

  it('renews itself with a key of its own, the last one good beside it', async () => {
    const own = await bundle('rail');
    const { access_token: token } = (await askToken(own, 'rail')).body;
    const pair = generateKeyPair();
    const request = Buffer.from(createCertificateRequest(pointOfJwk(pair.jwk), createSigner(pair.privateKey)));
    const renewed = await overTls(own, 'POST', '/partner/v1/certificate', {
      token,
      json: { request: request.toString('base64url') },
    });
    expect(renewed.status).toBe(201);
    const next = {
      key: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      cert: pemOf(Buffer.from(renewed.body.certificate, 'base64')),
    };
    expect((await askToken(next, 'rail')).status).toBe(200);
    expect((await askToken(own, 'rail')).status).toBe(200);
    const foreign = Buffer.from(
      createCertificateRequest(pointOfJwk(generateKeyPair().jwk), createSigner(pair.privateKey)),
    );
    const refused = await overTls(own, 'POST', '/partner/v1/certificate', {
      token,
      json: { request: foreign.toString('base64url') },
    });
    expect(refused.body.code).toBe('certificate-request-invalid');
  });
});

describe('a certificate the partner brings', () => {
  it('is known by itself, whoever signed it [self_signed_tls_client_auth, P-256 and RSA]', async () => {
    for (const [name, algorithm] of [
      ['own-ec', undefined],
      ['own-rsa', ['-newkey', 'rsa:2048']],
    ] as const) {
      const own = selfSigned(name, algorithm as string[] | undefined);
      const answer = await registerCertificate('rail', own.cert);
      expect(answer.status).toBe(201);
      const { body } = await askToken(own, 'rail');
      expect((await look(own, body.access_token)).status).toBe(200);
      expect((await registerCertificate('museum', own.cert)).status).toBe(409);
    }
    expect((await certificates('rail')).map(({ kind }) => kind)).toContain('registered');
  });

  it('is refused [weak RSA] [two in one] [no certificate] [a private key]', async () => {
    const good = selfSigned('twice');
    for (const pem of [
      selfSigned('weak', ['-newkey', 'rsa:1024']).cert,
      good.cert + good.cert,
      'no certificate',
      good.key,
    ])
      expect(await (await registerCertificate('rail', pem)).json()).toMatchObject({ code: 'certificate-not-usable' });
    expect((await registerCertificate('nobody', good.cert)).status).toBe(404);
  });
});

describe('the listener', () => {
  it('has partners’ routes and no others', async () => {
    const own = await bundle('rail');
    for (const path of [
      '/v1/partners',
      '/v1/agents',
      '/healthz',
      '/metrics',
      '/v1/verifications',
      '/partner/../v1/partners',
    ])
      expect((await overTls(own, 'GET', path)).status).toBe(404);
    for (const target of ['/partner/v1/../../v1/partners', '/v1/partners', '/partner', '/partner/v1/a?x=..'])
      expect(isPartnerRoute('GET', target)).toBe(false);
    expect(isPartnerRoute('GET', '/partner/v1/checks/AAAA?wait=1')).toBe(true);
  });

  it('is named in the metadata of the token endpoint [RFC 8414, RFC 8705 §5]', async () => {
    const metadata = await (await desk.verifier.call('/.well-known/oauth-authorization-server/partner')).json();
    expect(metadata).toMatchObject({
      issuer: `${desk.verifier.url}/partner`,
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
      tls_client_certificate_bound_access_tokens: true,
      mtls_endpoint_aliases: { token_endpoint: `https://localhost:${TLS_PORT}/partner/v1/token` },
    });
  });
});
