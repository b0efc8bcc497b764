import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCallerStore,
  createLogger,
  createServiceClient,
  type GuardedFetch,
  openClientKey,
  openSealedStore,
  systemClock,
} from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { expect, vi } from 'vitest';
import { startIssuer, type TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';
import { rosterColumnNames, rosterRow } from '../../../../launcher/src/demo/demo-roster.js';
import { freePort } from '../../../../packages/platform/test/support/free-port.js';
import { createTestDatabase } from '../../../../packages/platform/test/support/test-database.js';
import type { AttendanceScanner, WindowScanner } from '../../../src/adapters/code-scanners.js';
import type { WindowTaps } from '../../../src/adapters/window-taps.js';
import { MODULE_CLIENTS, type ModuleClient } from '../../../src/api/index.js';
import { createCampusApp } from '../../../src/app.js';
import { zCampusConfig } from '../../../src/config.js';
import { replay } from '../../../src/domain/cases/apply-event.js';
import type { CaseEvent } from '../../../src/domain/cases/case-event.js';
import type { CaseState } from '../../../src/domain/cases/case-state.js';
import { tasksOf } from '../../../src/domain/cases/tasks-of.js';
import { rolesText } from '../../../src/domain/people/parse-roles.js';
import type { HeldRole, PersonId } from '../../../src/domain/people/person.js';
import { createModuleSessionStore } from '../../../src/storage/module-session-store.js';
import { createCaseSealer } from '../../../src/storage/sealer.js';
import { CATALOGUE_JSON } from '../../support/catalogue.js';

const OPERATOR_TOKEN = 'operator-token-of-the-tests-0123456789';
const PAGES = new URL('../../../dist-web', import.meta.url).pathname;
const CAMPUS_MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;

export interface Call {
  method?: string;
  body?: unknown;
  key?: string;
  /** Of bytes that are a file. */
  fileName?: string;
  url?: string;
  /** The answer is no JSON. */
  isFile?: boolean;
}
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire, looked at by tests
  body: any;
  bytes?: Buffer;
  headers?: Headers;
}

/**
 * The real application with a database of its own and the whole catalogue published, beside an issuer of its own or the
 * one given. `clock.ms` moves by hand.
 */
export async function startCampus(
  options: {
    publish?: boolean;
    issuer?: TestIssuer;
    idp?: string;
    port?: number;
    /** No console runs beside the issuer: staff speak by the key of this campus. */
    withoutConsole?: boolean;
    scan?: AttendanceScanner['scan'];
    windowScan?: WindowScanner['scan'];
    windowTaps?: WindowTaps;
    /** A verifier beside it, which reads codes. */
    verifier?: string;
    /** Of an issuer of its own. */
    issuerEnvironment?: Record<string, string>;
    /** Of campus, besides what it always has. */
    environment?: Record<string, string>;
    guardedFetch?: GuardedFetch;
    /** A line between campus and the issuer. */
    through?: (issuerUrl: string) => Promise<string>;
  } = {},
) {
  const database = await createTestDatabase('campus', [
    new URL('../../../src/storage/migrations', import.meta.url).pathname,
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-campus-'));
  writeFileSync(join(folder, 'digest'), createHash('sha256').update(OPERATOR_TOKEN).digest('hex'));
  const callersFolder = options.issuer?.callersFolder ?? folder;
  const keys = { admin: generateKeyPair(), 'campus-web': generateKeyPair() };
  // Beside a given issuer there is a real console with a key of its own.
  if (options.issuer === undefined || options.withoutConsole)
    writeFileSync(join(callersFolder, 'admin.jwk.json'), JSON.stringify(keys.admin.jwk));
  // What the door makes of a session, for every module at once: tests of services need no browser.
  const pages = { id: 'campus-web', kind: 'service', publicJwk: keys['campus-web'].jwk } as const;
  await createCallerStore(database.run, systemClock.nowMs).register(database.run, pages);
  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  const issuer =
    options.issuer ??
    (await startIssuer('http://localhost:8080', { callersFolder, environment: options.issuerEnvironment ?? {} }));
  const environment = {
    LANYARD_PORT: String(port),
    LANYARD_PUBLIC_URL_ISSUER: (await options.through?.(issuer.url)) ?? issuer.url,
    LANYARD_PUBLIC_URL_CAMPUS: url,
    ...(options.verifier === undefined ? {} : { LANYARD_PUBLIC_URL_VERIFIER: options.verifier }),
    ...(options.idp === undefined ? {} : { LANYARD_PUBLIC_URL_IDP: options.idp }),
    LANYARD_DATABASE_URL: database.runUrl,
    LANYARD_DATABASE_SEAL_URL: database.sealUrl,
    LANYARD_STORE: join(folder, 'store'),
    LANYARD_KEY_FILE: join(folder, 'key'),
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: join(folder, 'digest'),
    LANYARD_CALLERS: callersFolder,
    ...options.environment,
  };
  const config = zCampusConfig.parse(environment);
  const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
  const logLines: string[] = [];
  const log = createLogger('campus', (line) => logLines.push(line), systemClock.nowMs);
  const ahead = { ms: 0 };
  const clock = { nowMs: () => Date.now() + ahead.ms, nowSeconds: () => Math.floor((Date.now() + ahead.ms) / 1000) };
  const campus = await createCampusApp({
    config,
    database: database.run,
    store,
    pages: PAGES,
    clock,
    log,
    ...(options.guardedFetch === undefined ? {} : { guardedFetch: options.guardedFetch }),
    ...(options.scan === undefined ? {} : { scanner: { scan: options.scan } }),
    ...(options.windowScan === undefined ? {} : { windowScanner: { scan: options.windowScan } }),
    ...(options.windowTaps === undefined ? {} : { windowTaps: options.windowTaps }),
  });
  const server = await new Promise<Server>((resolve) => {
    const listening = campus.app.listen(port, 'localhost', () => resolve(listening));
  });
  const answerOf = async (response: Response): Promise<Answer> => {
    if (response.headers.get('content-type')?.includes('spreadsheetml'))
      return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const operator = async (path: string, body?: unknown): Promise<Answer> =>
    answerOf(
      await fetch(new URL(path, url), {
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const caller = (name: keyof typeof keys, actor: string, roles: readonly HeldRole[]) => {
    const sign = createSigner(keys[name].privateKey);
    return async (path: string, call: Call = {}): Promise<Answer> => {
      const client = createServiceClient({ baseUrl: call.url ?? url, audience: 'campus', caller: name, sign, clock });
      const headers = {
        'Lanyard-Roles': rolesText(roles),
        ...(call.fileName === undefined ? {} : { 'Lanyard-File-Name': encodeURIComponent(call.fileName) }),
        ...(call.key === undefined ? {} : { 'Idempotency-Key': call.key }),
      };
      const init = {
        method: call.method ?? (call.body === undefined ? 'GET' : 'POST'),
        actor,
        headers,
        body: call.body,
        // Three hundred at once on a busy machine.
        timeoutMs: 60_000,
      };
      try {
        const response = await client.raw(path, init);
        if (call.isFile !== true) return await answerOf(response);
        const bytes = Buffer.from(await response.arrayBuffer());
        return { status: response.status, body: undefined, bytes, headers: response.headers };
      } catch (error) {
        const { status, problem } = error as { status: number; problem: unknown };
        return { status, body: problem };
      }
    };
  };
  const publish = async (json: { id: string; version: number }) => {
    expect((await operator('/v1/service-definitions', json)).status).toBe(201);
    expect((await operator(`/v1/service-definitions/${json.id}/${json.version}/publish`, {})).status).toBe(200);
  };
  if (options.publish !== false) for (const json of CATALOGUE_JSON) await publish(json);
  const sealer = createCaseSealer({ sealKey: store.derive('cases'), nameKey: store.derive('audit names') });
  const children: ChildProcess[] = [];
  return {
    url,
    database,
    logLines,
    operator,
    operatorToken: OPERATOR_TOKEN,
    publish,
    caller,
    clock: ahead,
    tellBreaches: campus.tellBreaches,
    tellPlaces: campus.tellPlaces,
    carryOutEffects: campus.carryOutEffects,
    answerRegisterChecks: campus.answerRegisterChecks,
    listUnlisted: campus.listUnlisted,
    sendNotices: campus.sendNotices,
    countTrends: campus.countTrends,
    retain: () => campus.retain(database.seal),
    /** Puts students into the register, in one import. */
    async enrol(students: readonly NewStudent[]): Promise<void> {
      const answer = await issuer.operator('/v1/roster-imports', { bytes: rosterBytes(students), type: 'text/csv' });
      expect(await answer.json()).toMatchObject({ rejected: 0 });
    },
    issuer,
    /** Calls the issuer with the key of campus. */
    issuerClient: createServiceClient({
      ...{ baseUrl: issuer.url, audience: 'issuer', caller: 'campus', clock: systemClock },
      sign: openClientKey(store, { name: 'campus', callersFolder }).sign,
    }),
    /** A student's browser at the home page or at one module, signed in there. */
    async browserAt(part: ModuleClient['id'], number: string) {
      const sessions = createModuleSessionStore(database.run, clock);
      const sid = `sid-${randomUUID()}`;
      const person = `student:${number}` as PersonId;
      const opened = await sessions.open({ part, person, name: '张三', subject: `s-${number}`, sid, idToken: 'a.b.c' });
      const client = MODULE_CLIENTS.find(({ id }) => id === part);
      const send = (path: string, init: RequestInit = {}) =>
        fetch(`${url}${client?.path}${path}`, {
          redirect: 'manual',
          ...init,
          headers: {
            Cookie: `lanyard_campus_${part.replaceAll('-', '_')}_session=${opened?.secret}`,
            ...(init.method === undefined ? {} : { Origin: url }),
            ...(init.headers as Record<string, string> | undefined),
          },
        });
      const call = async (path: string, made: Call = {}) =>
        answerOf(
          await send(path, {
            ...(made.method === undefined && made.body === undefined ? {} : { method: made.method ?? 'POST' }),
            ...(made.body === undefined ? {} : { body: JSON.stringify(made.body) }),
            headers: {
              ...(made.body === undefined ? {} : { 'Content-Type': 'application/json' }),
              ...(made.key === undefined ? {} : { 'Idempotency-Key': made.key }),
            },
          }),
        );
      return { send, call, secret: opened?.secret ?? '', sid, endOf: sessions.endOf };
    },
    student: (number: string, roles: readonly HeldRole[] = []) => caller('campus-web', `student:${number}`, roles),
    staff: (number: string, ...roles: HeldRole[]) => caller('admin', `account:${number}`, roles),
    /** What the rows of a case say, opened: state, the fold of its events, and its tasks both ways. */
    async rowsOf(id: string) {
      const { rows } = await database.run.raw('SELECT state, version FROM service_case WHERE id = ?', [id]);
      const events = await database.run.raw(
        'SELECT sequence, body FROM case_event WHERE case_id = ? ORDER BY sequence',
        [id],
      );
      const tasks = await database.run.raw('SELECT step, slot FROM case_task WHERE case_id = ? ORDER BY step, slot', [
        id,
      ]);
      const state = sealer.open<CaseState>(rows[0].state, `case/${id}`);
      const folded = replay(
        (events.rows as { sequence: number; body: Buffer }[]).map(({ sequence, body }) =>
          sealer.open<CaseEvent>(body, `case/${id}/${sequence}`),
        ),
      );
      const wanted = tasksOf(state)
        .map(({ step, slot }) => `${step ?? ''} ${slot}`)
        .sort();
      const found = (tasks.rows as { step: string; slot: number }[]).map(({ step, slot }) => `${step} ${slot}`).sort();
      return { state, folded, version: rows[0].version as number, tasks: { wanted, found } };
    },
    /** A process of its own on the same database, which can be killed. */
    async startProcess(more: Record<string, string> = {}) {
      const second = await freePort();
      const child = spawn(process.execPath, [CAMPUS_MAIN], {
        env: { ...process.env, ...environment, LANYARD_PORT: String(second), ...more },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      children.push(child);
      const at = `http://localhost:${second}`;
      await vi.waitFor(async () => expect((await fetch(`${at}/readyz`)).status).toBe(200), {
        timeout: 30_000,
        interval: 100,
      });
      return {
        url: at,
        kill: () =>
          new Promise<void>((resolve) => {
            child.once('exit', () => resolve());
            child.kill('SIGKILL');
          }),
      };
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.issuer === undefined) await issuer.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type TestCampus = Awaited<ReturnType<typeof startCampus>>;

export const role = (name: string, kind: HeldRole['scope']['kind'] = 'university', value = ''): HeldRole => ({
  role: name,
  scope: { kind, value },
});
interface NewStudent {
  number: string;
  name?: string;
  counsellor?: string;
  college?: string;
  class?: string;
  major?: string;
}
let seat = 1_000;

/** A roster of some students as a file. */
export const rosterBytes = (students: readonly NewStudent[]): Buffer =>
  Buffer.from(`${[rosterColumnNames, ...students.map(rowOf)].join('\n')}\n`);

/** A fictional person of 软件学院, 软件2301 where nothing else is said. */
function rowOf(student: NewStudent): string {
  const { number, name = '张三', counsellor = 'T001', college = '软件学院' } = student;
  seat += 4;
  const columns = rosterRow(seat, '4199090001').split(',');
  const major = student.major === undefined ? {} : { 10: student.major };
  const changed = {
    0: number,
    1: name,
    8: college,
    ...major,
    11: student.class ?? '软件2301',
    19: '主校区',
    24: counsellor,
  };
  return Object.values({ ...columns, ...changed }).join(',');
}
export const LEAVE = { kind: 'personal', from: '2026-12-01', to: '2026-12-05', days: 5, reason: '回家看望外婆' };

/** What the verifier says of a good code at a window. */
export const WINDOW_PASS = {
  verdict: 'accepted' as const,
  ...{ title_zh: '通过', title_en: 'Pass', next_zh: null, next_en: null },
};
export const WINDOW = {
  title: { zh: '学生事务一号窗口', en: 'Student affairs, window 1' },
  place: { zh: '服务大厅', en: 'Service hall' },
  services: ['leave', 'complaint', 'id-card-reissue', 'party-membership'],
  clerks: { role: 'window-clerk', scope: { kind: 'university', value: '' } },
  hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }],
  kiosk: true,
};
