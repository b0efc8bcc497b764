import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { type Clock, createCallerToken, Refusal, readBody } from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import type { Context, Middleware } from 'koa';
import { actorFor, type ConsolePerson, scopedRolesOf } from '../domain/console-person.js';
import { type ForwardedRoute, type ForwardedService, findForwardedRoute, mayUse } from '../domain/forwarded-routes.js';
import type { Sessions } from '../domain/sessions.js';
import { requireOwnOrigin, requireSession } from './session-routes.js';

export interface ForwardDeps {
  sessions: Sessions;
  adminUrl: string;
  /** Without an address: not part of this installation. */
  urls: Partial<Record<ForwardedService, string>>;
  sign: Sign;
  clock: Clock;
}

const PASSED_HEADERS = ['content-type', 'content-disposition', 'content-security-policy', 'cache-control'];
const MAX_JSON_BYTES = 256 * 1024;

/** Hands the closed list of routes on to the services, as service:admin for the signed-in person and within its roles. */
export function forwardToServices(deps: ForwardDeps): Middleware {
  return async (context, next) => {
    if (!/^\/api\/(issuer|verifier|idp|campus|agent)\//.test(context.path)) return next();
    const route = findForwardedRoute(context.method, context.path);
    const { person } = requireSession(context, deps.sessions, { acts: !isBackground(context, route) });
    if (route === undefined) throw new Refusal('not-found');
    if (route.method !== 'GET') requireOwnOrigin(context, deps.adminUrl);
    if (!mayUse(person, route)) throw new Refusal('role-missing');
    const answer = await send(context, route, person, deps);
    context.status = answer.status;
    for (const name of PASSED_HEADERS) {
      const value = answer.headers.get(name);
      if (value !== null) context.set(name, value);
    }
    if (!context.response.get('Cache-Control')) context.set('Cache-Control', 'no-store');
    if (answer.body !== null && answer.status !== 204) context.body = Readable.fromWeb(answer.body as never);
  };
}

/** What a page asks by itself keeps no session awake: a long poll, and what the page marks so. */
const isBackground = (context: Context, route: ForwardedRoute | undefined): boolean =>
  route?.background === true || context.get('Lanyard-Background') === '1';

async function send(
  context: Context,
  route: ForwardedRoute,
  person: ConsolePerson,
  deps: ForwardDeps,
): Promise<Response> {
  const base = deps.urls[route.service];
  if (base === undefined) throw new Refusal('not-found');
  const target = new URL(context.path.replace(/^\/api\/(issuer|verifier|idp|campus|agent)/, ''), base);
  target.search = context.search;
  const { body, type } = await readForwardedBody(context, route);
  const token = createCallerToken({
    caller: 'admin',
    audience: route.service === 'agent' ? 'reader-agent' : route.service,
    sign: deps.sign,
    nowSeconds: deps.clock.nowSeconds(),
  });
  // A write may be repeated by the page; of its other headers none goes on but a file's name.
  const key = route.method === 'GET' ? '' : context.get('Idempotency-Key');
  const name = route.upload?.named === true ? context.get('Lanyard-File-Name') : '';
  const gone = new AbortController();
  context.res.once('close', () => gone.abort());
  try {
    return await fetch(target, {
      method: route.method,
      redirect: 'error',
      headers: {
        Authorization: `Bearer ${token}`,
        // Headers of the browser's call go no further than here.
        'Lanyard-Actor': actorFor(person, route.actorByNumber === true),
        ...(route.ownStudents === true && person.kind === 'account'
          ? { 'Lanyard-Staff-Number': person.staffNumber }
          : {}),
        ...(route.anyRole === true || route.tellsRoles === true
          ? { 'Lanyard-Roles': rolesHeader(scopedRolesOf(person)) }
          : {}),
        ...(key === '' ? {} : { 'Idempotency-Key': key }),
        ...(name === '' ? {} : { 'Lanyard-File-Name': name }),
        ...(type === undefined ? {} : { 'Content-Type': type }),
      },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
      signal: AbortSignal.any([gone.signal, AbortSignal.timeout(route.timeoutMs ?? 15_000)]),
    } as RequestInit);
  } catch (cause) {
    // What the body's stream threw comes wrapped by fetch.
    const inner = cause instanceof Error ? cause.cause : undefined;
    if (inner instanceof Refusal) throw inner;
    throw new Refusal('dependency-unavailable', { cause });
  }
}

/** Each as the identity layer prints it, so that a name of a college can hold any sign. */
const rolesHeader = (roles: readonly string[]): string => roles.map(encodeURIComponent).join(',');

async function readForwardedBody(
  context: Context,
  route: ForwardedRoute,
): Promise<{ body?: Buffer | ReadableStream; type?: string }> {
  if (route.method === 'GET') return {};
  if (route.upload === undefined) {
    if (!context.is('application/json')) throw new Refusal('body-type-unsupported');
    return { body: await readBody(context.req, MAX_JSON_BYTES), type: 'application/json' };
  }
  if (Number(context.get('Content-Length') || 0) > route.upload.maxBytes) throw new Refusal('body-too-large');
  return {
    body: Readable.toWeb(limited(context.req, route.upload.maxBytes)) as unknown as ReadableStream,
    type: route.upload.type,
  };
}

/** Streams an upload through and cuts it off at the limit. */
function limited(request: IncomingMessage, maxBytes: number): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new Refusal('body-too-large');
      yield chunk;
    }
  }
  return Readable.from(chunks());
}
