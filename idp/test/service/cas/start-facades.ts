import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { deflateSync } from 'node:zlib';
import type { AcrLevel } from '@lanyard/platform';
import { type Clock, createServiceApp, type Transaction } from '@lanyard/platform';
import { createTestDatabase, type TestDatabase } from '../../../../packages/platform/test/support/test-database.js';
import { createCasLogouts } from '../../../src/domain/cas/session-logouts.js';
import type { FacadeOutcome, FacadeRequest, FacadeSignIn } from '../../../src/domain/facades/facade-sign-in.js';
import type { PersonClaims } from '../../../src/domain/relying-parties/claims.js';
import type { RelyingParty } from '../../../src/domain/relying-parties/relying-party.js';
import { createCasRoutes } from '../../../src/http/cas/cas-routes.js';
import { createOauth2Routes } from '../../../src/http/oauth2/oauth2-routes.js';
import { createCasTicketStore } from '../../../src/storage/cas-ticket-store.js';
import { createOauth2Store } from '../../../src/storage/oauth2-store.js';

export interface FakeSession {
  sessionUid: string;
  accountId: string;
  acr: AcrLevel;
}
export interface FakePerson {
  number: string;
  subject: string;
  claims: PersonClaims;
}

/**
 * Both facades over HTTP, with real PostgreSQL. The internal sign-in is a stand-in: one browser, whose session is
 * `world.session`; where there is none, the person signs in at once unless the request is silent.
 */
export async function startFacades(port: number, parties: RelyingParty[]) {
  const database = await createTestDatabase('idp', [
    new URL('../../../src/storage/migrations', import.meta.url).pathname,
  ]);
  const world = {
    offsetMs: 0,
    parties,
    session: undefined as FakeSession | undefined,
    refusal: undefined as string | undefined,
    nobody: false,
    live: new Set<string>(),
    people: new Map<string, FakePerson>([
      [
        'a1',
        { number: '9900000001', subject: 'pairwise-a1', claims: { name: '测试·学生', roles: ['guard', 'counsellor'] } },
      ],
    ]),
    secrets: new Map<string, string>(),
    callbacks: [] as string[],
    callbackAnswers: true,
    endings: [] as (string | undefined)[],
    errors: [] as Error[],
    failClaims: false,
  };
  const clock: Clock = {
    nowMs: () => Date.now() + world.offsetMs,
    nowSeconds: () => Math.floor((Date.now() + world.offsetMs) / 1_000),
  };
  const tickets = createCasTicketStore(database.run, clock);
  const codes = createOauth2Store(database.run, clock);
  const listed = () => world.parties;
  const findRelyingParty = async (id: string) => world.parties.find((party) => party.id === id);
  const shared = {
    signIn: createFakeSignIn(world, clock),
    findRelyingParty,
    isSessionLive: async (uid: string) => world.live.has(uid),
    findClaims: async (accountId: string) => {
      if (world.failClaims) throw new Error('The register is away.');
      return world.people.get(accountId);
    },
    renderError: (context: { status: number; body: unknown }, error: { status: number; code: string }) => {
      context.status = error.status;
      context.body = error;
    },
    clock,
    random: randomBytes,
  };
  const cas = createCasRoutes({
    ...shared,
    prefixes: ['/cas', '/authserver'],
    publicUrl: `http://localhost:${port}`,
    listRelyingParties: listed,
    tickets,
    fetchProxyCallback: async (url) => {
      world.callbacks.push(url);
      return world.callbackAnswers;
    },
    endBrowserSession: async (context, { returnTo }) => {
      world.endings.push(returnTo);
      context.status = 200;
      context.body = { confirm: true, returnTo };
    },
  });
  const oauth2 = createOauth2Routes({
    ...shared,
    prefixes: ['/oauth2.0', '/cas/oauth2.0'],
    codes,
    checkClientSecret: async (id, secret) => world.secrets.get(id) === secret,
  });
  const app = createServiceApp({
    service: 'idp',
    log: { info: () => {}, warn: () => {}, error: () => {} },
    problems: {},
    middlewares: [cas, oauth2].flatMap((router) => [router.routes(), router.allowedMethods()]),
    checkReady: async () => {},
  });
  app.on('error', (error: Error) => world.errors.push(error));
  const server = await listen(createServer(app.callback()), port);
  const url = `http://localhost:${port}`;
  const get = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, { redirect: 'manual', ...init });
  return {
    ...{ url, world, database, tickets, codes, get, clock },
    logouts: createCasLogouts<Transaction>({
      endTicketsOfSession: tickets.endTicketsOfSession,
      listTicketsOfSession: tickets.listTicketsOfSession,
      findRelyingParty,
      newId: () => randomBytes(16).toString('hex'),
      nowSeconds: () => clock.nowSeconds(),
      compress: deflateSync,
    }),
    signInNow(session: Partial<FakeSession> = {}) {
      world.session = {
        sessionUid: `s-${randomBytes(8).toString('hex')}`,
        accountId: 'a1',
        acr: 'password',
        ...session,
      };
      world.live.add(world.session.sessionUid);
      return world.session;
    },
    audit: () => readAudit(database),
    close: async () => {
      await new Promise((done) => server.close(done));
      await database.close();
    },
  };
}
export type Facades = Awaited<ReturnType<typeof startFacades>>;

function listen(server: Server, port: number): Promise<Server> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, 'localhost', () => done(server));
  });
}

function createFakeSignIn(
  world: {
    session: FakeSession | undefined;
    live: Set<string>;
    refusal: string | undefined;
    nobody: boolean;
    people: Map<string, FakePerson>;
  },
  clock: Clock,
): FacadeSignIn {
  const waiting = new Map<string, FacadeRequest>();
  return {
    async begin(_context, request) {
      const key = randomBytes(8).toString('hex');
      waiting.set(key, request);
      return `/sign-in?key=${key}&prompt=${request.prompt}`;
    },
    async complete(context, facade): Promise<FacadeOutcome> {
      const key = new URLSearchParams(context.querystring).get('key') ?? '';
      const request = waiting.get(key);
      waiting.delete(key);
      if (request?.facade !== facade) return { outcome: 'unknown' };
      const { party, state, prompt } = request;
      if (world.refusal !== undefined) return { outcome: 'refused', party, state, reason: world.refusal };
      const before = world.session;
      if (world.nobody || (before === undefined && prompt === 'silent')) return { outcome: 'nobody', party, state };
      const session = before ?? { sessionUid: `s-${key}`, accountId: 'a1', acr: 'password' };
      world.session = session;
      world.live.add(session.sessionUid);
      const person = world.people.get(session.accountId);
      const fresh = before === undefined || prompt === 'fresh';
      const facts = { authTimeSeconds: clock.nowSeconds(), fresh };
      if (person === undefined) return { outcome: 'refused', party, state, reason: 'account-ended' };
      return { outcome: 'signed-in', party, state, session: { ...session, ...facts, ...person } };
    },
  };
}

async function readAudit(database: TestDatabase) {
  const { rows } = await database.run.raw('SELECT row_text FROM audit ORDER BY id');
  return (rows as { row_text: string }[]).map(
    ({ row_text }) =>
      JSON.parse(row_text) as { actor: string; action: string; subject: string; detail: Record<string, unknown> },
  );
}
