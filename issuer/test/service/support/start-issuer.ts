import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  createFileCustody,
  createLogger,
  createServiceClient,
  type KeyCustody,
  makeRoot,
  type OfflineRoot,
  openRoot,
  openSealedStore,
  type SealedStore,
  type ServiceClient,
  systemClock,
} from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { isCertifiedUse } from '@lanyard/protocol/x509';
import { expect, vi } from 'vitest';
import { freePort } from '../../../../packages/platform/test/support/free-port.js';
import { sealAll } from '../../../../packages/platform/test/support/seal-all.js';
import { createTestDatabase, type TestDatabase } from '../../../../packages/platform/test/support/test-database.js';
import { openChangeBell } from '../../../src/adapters/change-bell.js';
import { createIssuerApp } from '../../../src/app.js';
import { zIssuerConfig } from '../../../src/config.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-tests-0123456789';

export interface TestIssuer {
  url: string;
  /** What certified its signers, in the place of an operator with a passphrase. */
  root: OfflineRoot;
  folder: string;
  maintain(): Promise<void>;
  /** The retention job, with the erasing role. */
  retain(): Promise<void>;
  database: TestDatabase;
  /** A call with the operator token. */
  operator(
    path: string,
    init?: { method?: string; body?: unknown; bytes?: Uint8Array; type?: string; headers?: Record<string, string> },
  ): Promise<Response>;
  verifier: ServiceClient;
  /** The same caller at another process. */
  verifierAt(url: string): ServiceClient;
  logLines: string[];
  /** Where other services leave the public half of their client key. */
  callersFolder: string;
  seal(): Promise<void>;
  /** A second issuer on the same database and keys, as a process of its own; answers where it listens. */
  startSecond(): Promise<string>;
  close(): Promise<void>;
}

const ISSUER_MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;

/** What a configuration was read from, as far as it is text. */
const environmentOf = (config: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );

/** The real application on a free port with a database of its own; `walletUrl` is the origin its CORS lets in. */
export async function startIssuer(
  walletUrl = 'http://localhost:8080',
  options: {
    port?: number;
    callersFolder?: string;
    withoutRoot?: boolean;
    clock?: Clock;
    university?: { code: string; name: string };
    environment?: Record<string, string>;
    custody?: (store: SealedStore) => KeyCustody;
  } = {},
): Promise<TestIssuer> {
  const { university = { code: '4199090001', name: '示例大学' } } = options;
  const clock = options.clock ?? systemClock;
  const database = await createTestDatabase('issuer', [
    new URL('../../../src/storage/migrations', import.meta.url).pathname,
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-issuer-'));
  const digestFile = join(folder, 'digest');
  writeFileSync(digestFile, createHash('sha256').update(OPERATOR_TOKEN).digest('hex'));
  const verifierKey = generateKeyPair();
  const callersFolder = options.callersFolder ?? folder;
  writeFileSync(join(callersFolder, 'verifier.jwk.json'), JSON.stringify(verifierKey.jwk));
  const logLines: string[] = [];
  const log = createLogger('issuer', (line) => logLines.push(line), systemClock.nowMs);
  const bell = openChangeBell(database.runUrl, log);
  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  const config = zIssuerConfig.parse({
    LANYARD_PORT: String(port),
    LANYARD_DATABASE_URL: database.runUrl,
    LANYARD_DATABASE_SEAL_URL: database.sealUrl,
    LANYARD_STORE: join(folder, 'store'),
    LANYARD_KEY_FILE: join(folder, 'key'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: digestFile,
    LANYARD_CALLERS: callersFolder,
    LANYARD_UNIVERSITY_CODE: university.code,
    LANYARD_UNIVERSITY_NAME: university.name,
    LANYARD_PUBLIC_URL_ISSUER: url,
    LANYARD_PUBLIC_URL_WALLET: walletUrl,
    LANYARD_PUBLIC_URL_VERIFIER: 'http://localhost:8083',
    LANYARD_ROOT_CERTIFICATES: join(folder, 'root.pem'),
    ...options.environment,
  });
  const children: ChildProcess[] = [];
  const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
  const custody = (options.custody ?? createFileCustody)(store);
  const { app, maintain, retain } = await createIssuerApp({
    config,
    database: database.run,
    store,
    custody,
    bell,
    clock,
    log,
  });
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(port, 'localhost', () => resolve(listening));
  });
  const operator: TestIssuer['operator'] = (path, init = {}) => {
    const body =
      init.bytes === undefined
        ? init.body === undefined
          ? undefined
          : JSON.stringify(init.body)
        : Buffer.from(init.bytes);
    return fetch(new URL(path, url), {
      method: init.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        Authorization: `Bearer ${OPERATOR_TOKEN}`,
        ...init.headers,
        ...(body === undefined ? {} : { 'Content-Type': init.type ?? 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
  };
  const verifierAt = (baseUrl: string) =>
    createServiceClient({
      baseUrl,
      audience: 'issuer',
      caller: 'verifier',
      sign: createSigner(verifierKey.privateKey),
      clock: systemClock,
    });
  const made = makeRoot(university.name, { nowSeconds: systemClock.nowSeconds(), record: () => {} });
  const root = openRoot({ ...made, universityName: university.name, record: () => {} });
  if (options.withoutRoot !== true) {
    writeFileSync(join(folder, 'root.pem'), new X509Certificate(made.certificate).toString());
    await certifySigners({ url, operator }, root);
  }
  return {
    url,
    root,
    folder,
    maintain,
    retain: () => retain(database.seal),
    database,
    logLines,
    callersFolder,
    operator,
    verifier: verifierAt(url),
    verifierAt,
    startSecond: async () => {
      const secondPort = await freePort();
      const child = spawn(process.execPath, [ISSUER_MAIN], {
        env: { ...process.env, ...environmentOf(config), LANYARD_PORT: String(secondPort) },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      children.push(child);
      const second = `http://localhost:${secondPort}`;
      await vi.waitFor(async () => expect((await fetch(`${second}/readyz`)).status).toBe(200), {
        timeout: 20_000,
        interval: 100,
      });
      return second;
    },
    seal: async () => {
      await sealAll(database.seal);
    },
    close: async () => {
      for (const child of children) child.kill();
      await bell.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Certifies every signer that has no certificate yet, as `./lanyard keys rotate` does. */
export async function certifySigners(issuer: Pick<TestIssuer, 'url' | 'operator'>, root: OfflineRoot): Promise<void> {
  const { keys } = (await (await issuer.operator('/v1/keys')).json()) as {
    keys: { use: string; kid: string; state: string; certificate_fingerprint: string | null }[];
  };
  for (const key of keys) {
    const living = key.state !== 'retired' && key.state !== 'ended';
    if (key.certificate_fingerprint !== null || !living || !isCertifiedUse(key.use)) continue;
    const request = (await (await issuer.operator(`/v1/keys/${key.kid}/request`)).json()) as {
      csr: string;
      from: number;
      to: number;
    };
    const certificate = root.certify(
      { use: key.use, csr: Buffer.from(request.csr, 'base64'), fromSeconds: request.from, toSeconds: request.to },
      { nowSeconds: systemClock.nowSeconds(), issuerUrl: issuer.url },
    );
    const body = { certificate: Buffer.from(certificate).toString('base64') };
    const answer = await issuer.operator(`/v1/keys/${key.kid}/certificate`, { method: 'PUT', body });
    if (answer.status !== 204) throw new Error(`certificate refused: ${await answer.text()}`);
  }
}
