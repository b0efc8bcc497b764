import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCallerToken,
  createServiceClient,
  createTlsRequest,
  openSealedStore,
  readPkcs12,
  ServiceCallError,
  systemClock,
} from '@lanyard/platform';
import { createSigner, generateKeyPair, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { createCertificateRequest, pointOfJwk } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLEET, openMachineAuthority, pemOf } from '../../src/adapters/machine-authority.js';
import { AGENT_ROUTES, isAgentRoute } from '../../src/domain/fleet/agent-routes.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { OPERATOR_TOKEN, startVerifier, type TestVerifier } from './support/start-verifier.js';

const PORT = 9793;
let folder: string;
let issuer: StandInIssuer;
let verifier: TestVerifier;
/** Without TLS an agent may only enrol here. */
let strict: TestVerifier;
type Enrolled = Awaited<ReturnType<TestVerifier['enrolAgent']>>;
interface Tls {
  certificate: string;
  authority: string;
  tls_port: number;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-mtls-'));
  issuer = await startStandInIssuer(9790);
  issuer.publish([issuer.makePerson().row]);
  const start = (port: number, more: Record<string, string>) =>
    startVerifier({ port, issuerUrl: issuer.url, environment: { LANYARD_UNIVERSITY_NAME: '示例大学', ...more } });
  verifier = await start(9791, { LANYARD_AGENT_TLS_PORT: String(PORT) });
  strict = await start(9792, { LANYARD_AGENT_TLS_PORT: '9794', LANYARD_AGENT_MUTUAL_TLS: 'required' });
  await verifier.synced(issuer.sequence());
  await strict.synced(issuer.sequence());
  await verifier.putCheckpoint('south-gate');
  await strict.putCheckpoint('south-gate');
});
afterAll(async () => {
  await verifier.close();
  await strict.close();
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

const requestFor = (key: NodeKeyPair) =>
  Buffer.from(createCertificateRequest(pointOfJwk(key.jwk), createSigner(key.privateKey))).toString('base64url');
const pem = (key: NodeKeyPair) => String(key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const der = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

/** An enrolled agent with a key of its own for TLS, certified over the plain listener. */
async function agentWithCertificate(at = verifier) {
  const agent = await at.enrolAgent('south-gate');
  const tlsKey = generateKeyPair();
  const path = `/v1/agents/${agent.agent_id}/certificate`;
  const tls = await agent.client.json<Tls>(path, { method: 'POST', body: { request: requestFor(tlsKey) } });
  return { agent, tlsKey, tls };
}
/** A client of the agents' listener with any certificate, for any agent's tokens. */
function clientOver(
  agent: Enrolled,
  own: { key: string; cert: string } | undefined,
  { port = PORT, ca = pemOf(verifier.verifier.fleet.authority.certificate) } = {},
) {
  const https = new Agent({ ...own, ca });
  return createServiceClient({
    ...{ baseUrl: `https://localhost:${port}`, audience: 'verifier', caller: agent.agent_id, clock: systemClock },
    ...{ sign: createSigner(agent.key.privateKey), send: () => createTlsRequest(https) },
  });
}
const overTls = ({ agent, tlsKey, tls }: Awaited<ReturnType<typeof agentWithCertificate>>, more = {}) =>
  clientOver(agent, { key: pem(tlsKey), cert: pemOf(der(tls.certificate)) }, more);
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ServiceCallError ? `${error.status} ${error.code}` : error;
};
const nonce = Buffer.alloc(16).toString('base64url');
const askTime = (client: ReturnType<typeof clientOver>) => client.raw(`/v1/agent-time?nonce=${nonce}`);

describe('the agents’ listener', () => {
  it('answers an agent with its own certificate [own key]', async () => {
    expect((await askTime(overTls(await agentWithCertificate()))).status).toBe(200);
  });
  it('gives a long poll and a renewal over TLS too', async () => {
    const one = await agentWithCertificate();
    const client = overTls(one);
    expect((await client.raw('/v1/checkpoints/south-gate/package')).headers.get('Lanyard-Sequence')).toMatch(/^\d+$/);
    const body = { request: requestFor(generateKeyPair()) };
    const renewed = await client.json<Tls>(`/v1/agents/${one.agent.agent_id}/certificate`, { method: 'POST', body });
    expect(renewed.tls_port).toBe(PORT);
    // Its answer may be lost, so the one before goes on.
    expect((await askTime(client)).status).toBe(200);
  });
  it('is entered with the certificate of an enrolment', async () => {
    const opened = await verifier.operator('/v1/checkpoints/south-gate/enrolments', { method: 'POST' });
    const { code } = (await opened.json()) as { code: string };
    const [key, tlsKey] = [generateKeyPair(), generateKeyPair()];
    const answer = await verifier.call('/v1/agent-enrolments', {
      body: { code, public_jwk: key.jwk, tls_request: requestFor(tlsKey) },
    });
    const enrolled = (await answer.json()) as Enrolled & { tls: Tls };
    const own = { key: pem(tlsKey), cert: pemOf(der(enrolled.tls.certificate)) };
    expect((await askTime(clientOver({ ...enrolled, key } as Enrolled, own))).status).toBe(200);
  });

  it('breaks off without a certificate', async () => {
    expect(await refusal(askTime(clientOver((await agentWithCertificate()).agent, undefined)))).toBe('0 unreachable');
  });
  it('breaks off with the certificate of another CA of the same name', async () => {
    const { agent, tlsKey } = await agentWithCertificate();
    const store = openSealedStore(join(folder, 'foreign'), join(folder, 'foreign-key'));
    const foreign = openMachineAuthority(store, FLEET, '示例大学', systemClock);
    const cert = pemOf(foreign.sign(agent.agent_id, foreign.plan(pointOfJwk(tlsKey.jwk))));
    expect(await refusal(askTime(clientOver(agent, { key: pem(tlsKey), cert })))).toBe('0 unreachable');
  });
  it('breaks off with an expired certificate', async () => {
    const { agent, tlsKey } = await agentWithCertificate();
    const { authority, certificates } = verifier.verifier.fleet;
    const plan = { ...authority.plan(pointOfJwk(tlsKey.jwk)), fromSeconds: 1_700_000_000, toSeconds: 1_700_000_600 };
    await certificates.record(plan, { agentId: agent.agent_id, kind: 'own', actor: 'test' });
    const cert = pemOf(authority.sign(agent.agent_id, plan));
    expect(await refusal(askTime(clientOver(agent, { key: pem(tlsKey), cert })))).toBe('0 unreachable');
  });
  it('breaks off with the certificate of the listener itself: its purpose is another', async () => {
    const { agent } = await agentWithCertificate();
    const made = verifier.verifier.fleet.authority.makeServer('localhost');
    const key = String(made.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(await refusal(askTime(clientOver(agent, { key, cert: pemOf(made.certificate) })))).toBe('0 unreachable');
  });
  it('breaks off below TLS 1.2', async () => {
    const { agent, tlsKey, tls } = await agentWithCertificate();
    const https = new Agent({
      ...{ key: pem(tlsKey), cert: pemOf(der(tls.certificate)), ca: pemOf(der(tls.authority)) },
      ...{ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
    });
    const url = new URL(`https://localhost:${PORT}/v1/agent-time?nonce=${nonce}`);
    await expect(createTlsRequest(https)(url, { method: 'GET', headers: {} })).rejects.toThrow();
    expect(agent.agent_id).toMatch(/^agent-/);
  });
  it('refuses another agent’s certificate', async () => {
    const [one, two] = [await agentWithCertificate(), await agentWithCertificate()];
    expect(await refusal(askTime(overTls({ ...two, agent: one.agent })))).toBe('401 client-certificate-wrong');
  });
  it('refuses a certificate of our CA that was never written down', async () => {
    const { agent, tlsKey } = await agentWithCertificate();
    const { authority } = verifier.verifier.fleet;
    const cert = pemOf(authority.sign(agent.agent_id, authority.plan(pointOfJwk(tlsKey.jwk))));
    const answered = askTime(clientOver(agent, { key: pem(tlsKey), cert }));
    expect(await refusal(answered)).toBe('401 client-certificate-wrong');
  });
  it('refuses a withdrawn agent at its next request on the same connection, and ends its long poll', async () => {
    const one = await agentWithCertificate();
    const client = overTls(one);
    const poll = async (have = 0): Promise<unknown> => {
      const wait = have === 0 ? 0 : 25;
      const path = `/v1/checkpoints/south-gate/package?have=${have}&wait=${wait}`;
      const sequence = (await client.raw(path, { timeoutMs: 60_000 })).headers.get('Lanyard-Sequence');
      return poll(Number(sequence ?? have));
    };
    const polling = refusal(poll());
    await askTime(client);
    await verifier.operator(`/v1/agents/${one.agent.agent_id}/withdraw`, { method: 'POST' });
    expect(await refusal(askTime(client))).toMatch(/^401 (caller-unknown|client-certificate-ended)$/);
    expect(await polling).toMatch(/^403 agent-withdrawn$|^401 /);
  });
  it('refuses a certificate that ended in the database alone [another process withdrew the agent]', async () => {
    const one = await agentWithCertificate();
    const client = overTls(one);
    await askTime(client);
    await verifier.database.run.raw('UPDATE agent SET withdrawn_at = now() WHERE id = ?', [one.agent.agent_id]);
    expect(await refusal(askTime(client))).toBe('401 client-certificate-ended');
  });
  it('has no routes but those of agents [operator, staff, health, metrics]', async () => {
    const { tlsKey, tls } = await agentWithCertificate();
    const https = new Agent({
      ...{ key: pem(tlsKey), cert: pemOf(der(tls.certificate)), ca: pemOf(der(tls.authority)) },
    });
    const ask = async (method: string, path: string, token = OPERATOR_TOKEN) => {
      const headers = { Authorization: `Bearer ${token}` };
      return (await createTlsRequest(https)(new URL(path, `https://localhost:${PORT}`), { method, headers })).status;
    };
    for (const path of ['/v1/agents', '/v1/checkpoints', '/metrics', '/readyz', '/staff', '/v1/agent-enrolments'])
      expect(await ask('GET', path)).toBe(404);
    expect(await ask('POST', '/v1/emergency-modes')).toBe(404);
    // What agents may call is still not the operator's here.
    expect(await ask('GET', `/v1/agent-time?nonce=${nonce}`)).toBe(403);
  });
  it('refuses a token of no agent, and none at all', async () => {
    const { tlsKey, tls } = await agentWithCertificate();
    const https = new Agent({
      ...{ key: pem(tlsKey), cert: pemOf(der(tls.certificate)), ca: pemOf(der(tls.authority)) },
    });
    const url = new URL(`https://localhost:${PORT}/v1/agent-time?nonce=${nonce}`);
    const sign = createSigner(verifier.adminKey.privateKey);
    const nowSeconds = systemClock.nowSeconds();
    const token = createCallerToken({ caller: 'admin', audience: 'verifier', sign, nowSeconds });
    const send = createTlsRequest(https);
    expect((await send(url, { method: 'GET', headers: { Authorization: `Bearer ${token}` } })).status).toBe(403);
    expect((await send(url, { method: 'GET', headers: {} })).status).toBe(401);
  });
});

describe('certificates', () => {
  it('are given to an agent for itself only', async () => {
    const [one, two] = [await agentWithCertificate(), await agentWithCertificate()];
    const body = { request: requestFor(generateKeyPair()) };
    const asked = one.agent.client.json(`/v1/agents/${two.agent.agent_id}/certificate`, { method: 'POST', body });
    expect(await refusal(asked)).toBe('403 other-agent');
  });
  it('are refused for a key that is not proven [malformed, foreign signature]', async () => {
    const { agent } = await agentWithCertificate();
    const other = createSigner(generateKeyPair().privateKey);
    const foreign = Buffer.from(createCertificateRequest(pointOfJwk(generateKeyPair().jwk), other));
    for (const request of [foreign.toString('base64url'), 'A'.repeat(340)]) {
      const asked = agent.client.json(`/v1/agents/${agent.agent_id}/certificate`, {
        method: 'POST',
        body: { request },
      });
      expect(await refusal(asked)).toBe('422 certificate-request-invalid');
    }
  });
  it('are at most twenty a day', async () => {
    const { agent } = await agentWithCertificate();
    const body = { request: requestFor(generateKeyPair()) };
    const ask = () => agent.client.json(`/v1/agents/${agent.agent_id}/certificate`, { method: 'POST', body });
    for (let made = 1; made < 20; made += 1) await ask();
    expect(await refusal(ask())).toBe('429 too-many-requests');
  });
});

describe('a bundle', () => {
  interface Bundle {
    bundle: string;
    passphrase: string;
  }
  const download = async (agentId: string) => {
    const answer = await verifier.operator(`/v1/agents/${agentId}/bundle`, { method: 'POST' });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    return (await answer.json()) as Bundle;
  };
  const clientWith = async (agent: Enrolled, { bundle, passphrase }: Bundle) => {
    const read = await readPkcs12(der(bundle), passphrase);
    const key = String(read.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return clientOver(agent, { key, cert: pemOf(read.certificate) }, { ca: pemOf(read.authority) });
  };
  it('lets its agent in, until the next one is made', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    const first = await clientWith(agent, await download(agent.agent_id));
    expect((await askTime(first)).status).toBe(200);
    const second = await clientWith(agent, await download(agent.agent_id));
    expect(await refusal(askTime(first))).toBe('401 client-certificate-ended');
    expect((await askTime(second)).status).toBe(200);
  });
  it('works with curl and OpenSSL as it is', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    const { bundle, passphrase } = await download(agent.agent_id);
    const [file, ca] = [join(folder, 'agent.p12'), join(folder, 'ca.pem')];
    writeFileSync(file, Buffer.from(bundle, 'base64'));
    writeFileSync(ca, pemOf(verifier.verifier.fleet.authority.certificate));
    expect(spawnSync('openssl', ['pkcs12', '-in', file, '-passin', `pass:${passphrase}`, '-noout']).status).toBe(0);
    const token = createCallerToken({
      ...{ caller: agent.agent_id, audience: 'verifier', nowSeconds: systemClock.nowSeconds() },
      sign: createSigner(agent.key.privateKey),
    });
    const { spawn } = await import('node:child_process');
    const curl = (...more: string[]) =>
      new Promise<string>((resolve) => {
        const url = `https://localhost:${PORT}/v1/agent-time?nonce=${nonce}`;
        const options = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', ca, ...more, url];
        const child = spawn('curl', options, { stdio: ['ignore', 'pipe', 'ignore'] });
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        child.once('close', () => resolve(text));
      });
    const own = ['--cert-type', 'P12', '--cert', `${file}:${passphrase}`];
    expect(await curl(...own, '-H', `Authorization: Bearer ${token}`)).toBe('200');
    expect(await curl('-H', `Authorization: Bearer ${token}`)).toBe('000');
  });
  it('is made for no unknown and no withdrawn agent, and by no agent', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    const path = `/v1/agents/${agent.agent_id}/bundle`;
    expect(await refusal(agent.client.json(path, { method: 'POST', body: {} }))).toBe('403 not-allowed');
    await verifier.operator(`/v1/agents/${agent.agent_id}/withdraw`, { method: 'POST' });
    expect((await verifier.operator(path, { method: 'POST' })).status).toBe(403);
    expect((await verifier.operator('/v1/agents/agent-0/bundle', { method: 'POST' })).status).toBe(404);
  });
});

describe('where mutual TLS is required', () => {
  it('the plain listener refuses agents, but lets them enrol', async () => {
    const agent = await strict.enrolAgent('south-gate');
    for (const path of [`/v1/agent-time?nonce=${nonce}`, '/v1/checkpoints/south-gate/package'])
      expect(await refusal(agent.client.raw(path))).toBe('403 mutual-tls-required');
    const body = { request: requestFor(generateKeyPair()) };
    const asked = agent.client.json(`/v1/agents/${agent.agent_id}/certificate`, { method: 'POST', body });
    expect(await refusal(asked)).toBe('403 mutual-tls-required');
    expect((await strict.operator('/v1/agents')).status).toBe(200);
  });
  it('another verifier’s certificate opens nothing', async () => {
    const one = await agentWithCertificate();
    const ca = pemOf(strict.verifier.fleet.authority.certificate);
    expect(await refusal(askTime(overTls(one, { port: 9794, ca })))).toBe('0 unreachable');
  });
});

it('every route of agents is on the list, and the list has no other', () => {
  const paths = [
    'GET /v1/checkpoints/south-gate/package?have=1&wait=25',
    'GET /v1/checkpoints/south-gate/presented',
    'GET /v1/checkpoints/south-gate/portraits/AAAAAAAAAAA',
    'GET /v1/agent-time?nonce=x',
    'POST /v1/passages',
    'POST /v1/card-taps',
    'POST /v1/agent-reports',
    'POST /v1/agents/agent-1/certificate',
  ];
  for (const line of paths) expect(isAgentRoute(...(line.split(' ') as [string, string]))).toBe(true);
  expect(AGENT_ROUTES).toHaveLength(4);
  for (const line of ['GET /v1/agents', 'POST /v1/agents/agent-1/bundle', 'GET /v1/checkpoints/../agents', 'GET /'])
    expect(isAgentRoute(...(line.split(' ') as [string, string]))).toBe(false);
});
