import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  createLogger,
  createServiceClient,
  openSealedStore,
  type ServiceClient,
  systemClock,
} from '@lanyard/platform';
import { type CheckpointPolicy, gatePolicyDefaults } from '@lanyard/protocol';
import { createSigner, generateKeyPair, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { sealAll } from '../../../../packages/platform/test/support/seal-all.js';
import { createTestDatabase, type TestDatabase } from '../../../../packages/platform/test/support/test-database.js';
import { createVerifierApp } from '../../../src/app.js';
import { zVerifierConfig } from '../../../src/config.js';
import { UNIVERSITY } from './stand-in-issuer.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-tests-0123456789';

export const POLICY: CheckpointPolicy = {
  admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: false },
  requires_semester_registration: false,
  hours: 'always',
  utc_offset_minutes: 480,
  requires_challenge: false,
  grace: 'accept-marked',
  show_portrait: false,
  zone: 'campus',
  ...gatePolicyDefaults,
};

interface Options {
  port: number;
  issuerUrl: string;
  clock?: Clock;
  environment?: Record<string, string>;
  /** The built staff page; without it the plain sign-in page is served. */
  pagesFolder?: string;
  /** Of a verifier that was closed with `keep`. */
  again?: { database: TestDatabase; folder: string };
}

const VERIFIER_MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;

/** What a configuration was read from, as far as it is text. */
const environmentOf = (config: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );

/** The real application on a port, with a database of its own, following the issuer at `issuerUrl`. */
export async function startVerifier(options: Options) {
  const clock = options.clock ?? systemClock;
  const database =
    options.again?.database ??
    (await createTestDatabase('verifier', [new URL('../../../src/storage/migrations', import.meta.url).pathname]));
  const folder = options.again?.folder ?? mkdtempSync(join(tmpdir(), 'lanyard-verifier-'));
  const digestFile = join(folder, 'digest');
  writeFileSync(digestFile, createHash('sha256').update(OPERATOR_TOKEN).digest('hex'));
  const adminKey = generateKeyPair();
  writeFileSync(join(folder, 'admin.jwk.json'), JSON.stringify(adminKey.jwk));
  const idpKey = generateKeyPair();
  writeFileSync(join(folder, 'idp.jwk.json'), JSON.stringify(idpKey.jwk));
  const url = `http://localhost:${options.port}`;
  const logLines: string[] = [];
  const log = createLogger('verifier', (line) => logLines.push(line), clock.nowMs);
  const config = zVerifierConfig.parse({
    LANYARD_PORT: String(options.port),
    LANYARD_DATABASE_URL: database.runUrl,
    LANYARD_DATABASE_SEAL_URL: database.sealUrl,
    LANYARD_STORE: join(folder, 'store'),
    LANYARD_KEY_FILE: join(folder, 'key'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: digestFile,
    LANYARD_CALLERS: folder,
    LANYARD_UNIVERSITY_CODE: UNIVERSITY,
    LANYARD_PUBLIC_URL_ISSUER: options.issuerUrl,
    LANYARD_PUBLIC_URL_VERIFIER: url,
    ...options.environment,
  });
  const verifier = await createVerifierApp({
    config,
    database: database.run,
    store: openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE),
    clock,
    log,
    pagesFolder: options.pagesFolder ?? join(folder, 'no-pages'),
  });
  const children: ChildProcess[] = [];
  const server = await new Promise<Server>((resolve) => {
    // As the process serves it: the hot route first, then Koa. LANYARD_TEST_KOA=1 sends everything to Koa.
    const handle = verifier.app.callback();
    const listening = createServer((request, response) => {
      const first = process.env['LANYARD_TEST_KOA'] === '1' ? undefined : verifier.hot;
      if (first?.(request, response) !== true) void handle(request, response);
    }).listen(options.port, 'localhost', () => resolve(listening));
  });
  const agentListener = await verifier.openAgentListener();
  const partnerListener = await verifier.openPartnerListener();

  const call = (path: string, init: { method?: string; body?: unknown; headers?: Record<string, string> } = {}) =>
    fetch(new URL(path, url), {
      method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
      headers: { ...(init.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...init.headers },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
  const operator = (path: string, init: Parameters<typeof call>[1] = {}) =>
    call(path, { ...init, headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, ...init.headers } });
  const clientOf = (caller: string, key: NodeKeyPair): ServiceClient =>
    createServiceClient({ baseUrl: url, audience: 'verifier', caller, sign: createSigner(key.privateKey), clock });

  return {
    url,
    folder,
    database,
    logLines,
    verifier,
    call,
    operator,
    admin: clientOf('admin', adminKey),
    idp: clientOf('idp', idpKey),
    adminKey,
    clientOf,
    /** Waits until the verifier has what the issuer published, the lists that come after the people too. */
    async synced(sequence: number): Promise<void> {
      await until(() => verifier.mirror.state().people?.sequence === sequence);
      await verifier.mirror.sync().catch(() => {});
    },
    async verify(body: unknown): Promise<{ verdict: string; reason?: string; marks: string[]; scheme: string | null }> {
      const answer = await operator('/v1/verifications', { body });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      return (await answer.json()) as { verdict: string; reason?: string; marks: string[]; scheme: string | null };
    },
    async putCheckpoint(id: string, policy: Partial<CheckpointPolicy> = {}) {
      const answer = await operator(`/v1/checkpoints/${id}`, {
        method: 'PUT',
        body: { name_zh: '南门', name_en: 'South gate', policy: { ...POLICY, ...policy } },
      });
      if (!answer.ok) throw new Error(await answer.text());
      return (await answer.json()) as { id: string; number: string };
    },
    async enrolAgent(checkpoint: string) {
      const { code } = (await (
        await operator(`/v1/checkpoints/${checkpoint}/enrolments`, { method: 'POST' })
      ).json()) as {
        code: string;
      };
      const key = generateKeyPair();
      const answer = await call('/v1/agent-enrolments', { body: { code, public_jwk: key.jwk } });
      if (answer.status !== 201) throw new Error(await answer.text());
      const enrolled = (await answer.json()) as {
        agent_id: string;
        checkpoint_id: string;
        checkpoint_number: string;
        university_code: string;
        checkpoint_signers: { kid: string; key: string }[];
        people_signers: { kid: string; key: string }[];
      };
      return { ...enrolled, code, key, client: clientOf(enrolled.agent_id, key) };
    },
    /** A second verifier on the same database and keys, as a process of its own. */
    async startSecond(port: number, more: Record<string, string> = {}): Promise<string> {
      // As the launcher starts it.
      const flags = ['--enable-source-maps', '--max-semi-space-size=8', '--max-old-space-size=384'];
      const child = spawn(process.execPath, [...flags, VERIFIER_MAIN], {
        env: { ...process.env, ...environmentOf(config), MALLOC_ARENA_MAX: '2', LANYARD_PORT: String(port), ...more },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      children.push(child);
      const second = `http://localhost:${port}`;
      await until(async () => (await fetch(`${second}/readyz`).catch(() => undefined))?.status === 200);
      return second;
    },
    /** Of the processes started so. */
    secondPids: () => children.flatMap(({ pid }) => pid ?? []),
    clientAt: (baseUrl: string, caller: string, key: NodeKeyPair): ServiceClient =>
      createServiceClient({ baseUrl, audience: 'verifier', caller, sign: createSigner(key.privateKey), clock }),
    seal: async () => {
      await sealAll(database.seal);
    },
    close: async (keep = false) => {
      for (const child of children) child.kill();
      await agentListener?.close();
      await partnerListener?.close();
      await verifier.following.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (keep) return;
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type TestVerifier = Awaited<ReturnType<typeof startVerifier>>;

/** Asks again at each turn of a few milliseconds until it holds; a test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
