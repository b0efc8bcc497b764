import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  createLogger,
  createServiceClient,
  openSealedStore,
  type ServiceClient,
  sealAudit,
  systemClock,
} from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { createTestDatabase, type TestDatabase } from '../../../../packages/platform/test/support/test-database.js';
import { openChangeBell } from '../../../src/adapters/change-bell.js';
import { createIssuerApp } from '../../../src/app.js';
import { zIssuerConfig } from '../../../src/config.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-tests-0123456789';

export interface TestIssuer {
  url: string;
  database: TestDatabase;
  /** A call with the operator token. */
  operator(
    path: string,
    init?: { method?: string; body?: unknown; bytes?: Uint8Array; type?: string },
  ): Promise<Response>;
  verifier: ServiceClient;
  logLines: string[];
  /** Where other services leave the public half of their client key. */
  callersFolder: string;
  seal(): Promise<void>;
  maintain(): Promise<void>;
  close(): Promise<void>;
}

/** A port that was free a moment ago. */
export const freePort = () =>
  new Promise<number>((resolve) => {
    import('node:net').then(({ createServer }) => {
      const probe = createServer().listen(0, 'localhost', () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
      });
    });
  });

/** The real application on a free port with a database of its own; `walletUrl` is the origin its CORS lets in. */
export async function startIssuer(
  walletUrl = 'http://localhost:8080',
  options: { port?: number; callersFolder?: string; clock?: Clock; environment?: Record<string, string> } = {},
): Promise<TestIssuer> {
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
    LANYARD_UNIVERSITY_CODE: '4199090001',
    LANYARD_UNIVERSITY_NAME: '示例大学',
    LANYARD_PUBLIC_URL_ISSUER: url,
    LANYARD_PUBLIC_URL_WALLET: walletUrl,
    LANYARD_PUBLIC_URL_VERIFIER: 'http://localhost:8083',
    ...options.environment,
  });
  const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
  const { app, maintain } = await createIssuerApp({ config, database: database.run, store, bell, clock, log });
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(port, 'localhost', () => resolve(listening));
  });
  return {
    url,
    database,
    logLines,
    callersFolder,
    operator: (path, init = {}) => {
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
          ...(body === undefined ? {} : { 'Content-Type': init.type ?? 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      });
    },
    verifier: createServiceClient({
      baseUrl: url,
      audience: 'issuer',
      caller: 'verifier',
      sign: createSigner(verifierKey.privateKey),
      clock: systemClock,
    }),
    maintain,
    seal: async () => {
      while ((await sealAudit(database.seal)) > 0);
    },
    close: async () => {
      await bell.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
