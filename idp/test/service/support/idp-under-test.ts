import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AcrLevel } from '@lanyard/platform';
import {
  connectDatabase,
  createCallerToken,
  createLogger,
  type Database,
  openClientKey,
  openSealedStore,
} from '@lanyard/platform';
import type { Context } from 'koa';
import { createTestDatabase, type TestDatabase } from '../../../../packages/platform/test/support/test-database.js';
import { createIdpApp } from '../../../src/app.js';
import { zIdpConfig } from '../../../src/config.js';
import { type RelyingPartyInput, zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';
import { proveSignIn } from '../../../src/domain/sign-in/sign-in-proof.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-tests-0123456789';
const migrations = new URL('../../../src/storage/migrations', import.meta.url).pathname;

export interface IdpUnderTest {
  url: string;
  database: TestDatabase;
  lines: string[];
  idp: Awaited<ReturnType<typeof createIdpApp>>;
  clock: { nowMs: () => number; nowSeconds: () => number; moveMs: (by: number) => void };
  /** Adds an account; answers its id. */
  addAccount(account: {
    number: string;
    kind?: 'student' | 'staff';
    name?: string;
    roles?: string[];
    college?: string;
  }): Promise<string>;
  addParty(party: RelyingPartyInput): Promise<string | undefined>;
  /** A call of the console for a signed-in person. */
  asPerson(path: string, init: { body: string; type?: string }, actor?: string): Promise<Response>;
  /** Another process on the same database and key store; answers its address. */
  startSecond(): Promise<string>;
  close(): Promise<void>;
}

/** The identity layer as it runs, on real PostgreSQL, with a door of the tests to sign in without a proof. */
export async function startIdp(extra: Record<string, string> = {}): Promise<IdpUnderTest> {
  const database = await createTestDatabase('idp', [migrations]);
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-idp-'));
  const digestFile = join(folder, 'operator.sha256');
  writeFileSync(digestFile, createHash('sha256').update(OPERATOR_TOKEN).digest('hex'));
  const lines: string[] = [];
  let offsetMs = 0;
  const nowMs = () => Date.now() + offsetMs;
  const clock = {
    nowMs,
    nowSeconds: () => Math.floor(nowMs() / 1000),
    moveMs: (by: number) => {
      offsetMs += by;
    },
  };
  const closers: (() => Promise<void>)[] = [];

  async function start(publicUrl?: string) {
    const server: Server = createServer();
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const address = `http://localhost:${(server.address() as AddressInfo).port}`;
    const run: Database = connectDatabase({ url: database.runUrl, poolSize: 16 });
    const config = zIdpConfig.parse({
      LANYARD_PORT: (server.address() as AddressInfo).port,
      LANYARD_DATABASE_URL: database.runUrl,
      LANYARD_DATABASE_SEAL_URL: database.sealUrl,
      LANYARD_STORE: join(folder, 'store'),
      LANYARD_KEY_FILE: join(folder, 'key'),
      LANYARD_OPERATOR_TOKEN_DIGEST_FILE: digestFile,
      LANYARD_CALLERS: join(folder, 'callers'),
      LANYARD_UNIVERSITY_CODE: '4199090001',
      LANYARD_UNIVERSITY_NAME: '示例大学',
      LANYARD_PUBLIC_URL_IDP: publicUrl ?? address,
      LANYARD_PUBLIC_URL_ISSUER: 'http://localhost:1',
      LANYARD_PUBLIC_URL_VERIFIER: 'http://localhost:2',
      LANYARD_PUBLIC_URL_WALLET: 'http://localhost:3',
      LANYARD_PUBLIC_URL_ADMIN: 'http://localhost:4',
      ...extra,
    });
    const idp = await createIdpApp({
      config,
      database: run,
      store: openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE),
      clock,
      log: createLogger('idp', (line) => void lines.push(line), nowMs),
      followRegister: false,
    });
    // The door: signs in whoever is named, at the level named. It stands before the provider, in tests only.
    idp.app.middleware.splice(
      idp.app.middleware.length - idp.provider.middleware.length - 1,
      0,
      async (context, next) => {
        const [, uid] = /^\/sign-in\/([^/]+)\/door$/.exec(context.path) ?? [];
        if (uid === undefined) return next();
        const query = new URLSearchParams(context.querystring);
        const proof = proveSignIn(query.get('account') ?? '', (query.get('level') ?? 'synced-passkey') as AcrLevel, [
          'swk',
        ]);
        const consent = query.get('consent');
        context.redirect(
          consent === 'yes'
            ? await idp.interactions.finishConsent(context as unknown as Context, uid)
            : consent === 'no'
              ? await idp.interactions.refuse(context as unknown as Context, uid)
              : await idp.interactions.finishSignIn(context as unknown as Context, uid, proof),
        );
      },
    );
    server.on('request', idp.app.callback());
    closers.push(async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await idp.stop();
      await run.destroy();
    });
    return { address, idp };
  }

  const first = await start();
  const console_ = openClientKey(openSealedStore(join(folder, 'console'), join(folder, 'console-key')), {
    name: 'admin',
    callersFolder: join(folder, 'callers'),
  });
  return {
    url: first.address,
    database,
    lines,
    idp: first.idp,
    clock,
    async addAccount({ number, kind = 'student', name = '测试甲', roles = [], college = '文学院' }) {
      const id = randomBytes(16).toString('base64url');
      await database.run.raw(
        'INSERT INTO account (id, kind, number, name, college, enrolment_status, claimed_at) VALUES (?, ?, ?, ?, ?, ?, now())',
        [id, kind, number, name, college, kind === 'student' ? 'enrolled' : ''],
      );
      for (const text of roles) {
        const [role = '', scope = 'university'] = text.split('@');
        const [scopeKind = '', value = ''] = scope.split(':');
        await database.run.raw('INSERT INTO account_role VALUES (?, ?, ?, ?)', [id, role, scopeKind, value]);
      }
      return id;
    },
    async addParty(party) {
      const { secret } = await first.idp.registered.put(zRelyingParty.parse(party), 'operator');
      return secret;
    },
    asPerson: (path, init, actor = 'account:of-the-tests') =>
      fetch(`${first.address}${path}`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${createCallerToken({ caller: 'admin', audience: 'idp', sign: console_.sign, nowSeconds: clock.nowSeconds() })}`,
          'Content-Type': init.type ?? 'application/json',
          'Lanyard-Actor': actor,
        },
        body: init.body,
      }),
    startSecond: async () => (await start(first.address)).address,
    async close() {
      for (const close of closers) await close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
