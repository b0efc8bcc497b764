import Router from '@koa/router';
import {
  type Authenticate,
  type Logger,
  parseJsonBody,
  Refusal,
  readBody,
  type SignIn,
  setCookie,
} from '@lanyard/platform';
import type { Context } from 'koa';
import { actorNameOf, rolesOf } from '../domain/console-person.js';
import { routesOf } from '../domain/forwarded-routes.js';
import type { ConsoleSession, Sessions } from '../domain/sessions.js';
import { ACCOUNT_SESSION_LIFE_MS, SESSION_LIFE_MS } from '../domain/sessions.js';

export const SESSION_COOKIE = 'lanyard_admin_session';

export interface SessionDeps {
  authenticate: Authenticate;
  sessions: Sessions;
  adminUrl: string;
  universityName: string;
  hasCampus: boolean;
  /** Undefined where the installation has no identity layer. */
  signIn: SignIn | undefined;
  log: Logger;
}

/** A write comes from our own page: a foreign site can neither set this Origin nor read what it would need. */
export function requireOwnOrigin(context: Context, adminUrl: string): void {
  if (context.get('Origin') !== new URL(adminUrl).origin) throw new Refusal('origin-foreign');
}

export function requireSession(
  context: Context,
  sessions: Sessions,
  options: { acts: boolean } = { acts: true },
): ConsoleSession & { secret: string } {
  const secret = context.cookies.get(SESSION_COOKIE);
  const session = secret === undefined ? undefined : sessions.find(secret, options);
  if (secret === undefined || session === undefined) throw new Refusal('session-missing');
  return { ...session, secret };
}

/** Hands a new session to the browser; the one it had is over. */
export function giveSession(
  context: Context,
  deps: { sessions: Sessions; adminUrl: string },
  secret: string,
  lifeMs = ACCOUNT_SESSION_LIFE_MS,
): void {
  const former = context.cookies.get(SESSION_COOKIE);
  if (former !== undefined) deps.sessions.end(former);
  const isSecure = deps.adminUrl.startsWith('https:');
  setCookie(context, { name: SESSION_COOKIE, value: secret, path: '/', isSecure, life: { maxAge: lifeMs } });
}

/** One-time links from the operator, the session a link opens, and the end of any session. */
export function createSessionRoutes(deps: SessionDeps): Router {
  const router = new Router();
  router.post('/v1/operator-links', async (context) => {
    const caller = await deps.authenticate(context);
    if (caller.kind !== 'operator') throw new Refusal(caller.kind === 'open' ? 'not-authenticated' : 'not-allowed');
    // In the fragment: it reaches no server log and no referrer, and a program that only fetches the link does not use it up.
    context.body = { url: `${deps.adminUrl}/sign-in#code=${deps.sessions.makeLink()}` };
  });
  router.post('/api/session', async (context) => {
    requireOwnOrigin(context, deps.adminUrl);
    if (!context.is('application/json')) throw new Refusal('body-type-unsupported');
    const body = parseJsonBody(await readBody(context.req, 1024));
    const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
    const secret = typeof code === 'string' && code.length <= 64 ? deps.sessions.open(code) : undefined;
    if (secret === undefined) throw new Refusal('link-invalid');
    deps.log.info('session.opened', { actor: 'operator' });
    giveSession(context, deps, secret, SESSION_LIFE_MS);
    context.status = 204;
  });
  router.get('/api/session', (context) => {
    const { person } = requireSession(context, deps.sessions);
    context.set('Cache-Control', 'no-store');
    context.body = {
      actor: actorNameOf(person),
      name: person.kind === 'account' ? person.name : null,
      number: person.kind === 'account' ? person.staffNumber : null,
      roles: rolesOf(person),
      routes: routesOf(person, deps.hasCampus),
      university: deps.universityName,
    };
  });
  router.post('/api/session/end', async (context) => {
    requireOwnOrigin(context, deps.adminUrl);
    const { person, secret } = requireSession(context, deps.sessions);
    deps.sessions.end(secret);
    context.cookies.set(SESSION_COOKIE, null, { path: '/', httpOnly: true, sameSite: 'strict' });
    // While the identity layer is away one is signed out here all the same.
    const logoutUrl =
      person.kind === 'account' ? await deps.signIn?.logoutLink(person.idToken).catch(() => undefined) : undefined;
    context.body = { logout_url: logoutUrl ?? null };
  });
  return router;
}
