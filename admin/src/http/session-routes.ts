import Router from '@koa/router';
import { type Authenticate, parseJsonBody, Refusal, readBody } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Sessions } from '../domain/sessions.js';
import { SESSION_LIFE_MS } from '../domain/sessions.js';

export const SESSION_COOKIE = 'lanyard_admin_session';

export interface SessionDeps {
  authenticate: Authenticate;
  sessions: Sessions;
  adminUrl: string;
  universityName: string;
}

/** A write comes from our own page: a foreign site can neither set this Origin nor read what it would need. */
export function requireOwnOrigin(context: Context, adminUrl: string): void {
  if (context.get('Origin') !== new URL(adminUrl).origin) throw new Refusal('origin-foreign');
}

export function requireSession(context: Context, sessions: Sessions): string {
  const secret = context.cookies.get(SESSION_COOKIE);
  if (secret === undefined || !sessions.has(secret)) throw new Refusal('session-missing');
  return secret;
}

/** One-time links from the operator, and the session a link opens. */
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
    context.cookies.set(SESSION_COOKIE, secret, {
      httpOnly: true,
      sameSite: 'strict',
      secure: deps.adminUrl.startsWith('https:'),
      path: '/',
      maxAge: SESSION_LIFE_MS,
      overwrite: true,
    });
    context.status = 204;
  });
  router.get('/api/session', (context) => {
    requireSession(context, deps.sessions);
    context.set('Cache-Control', 'no-store');
    context.body = { role: 'operator', university: deps.universityName };
  });
  router.post('/api/session/end', (context) => {
    requireOwnOrigin(context, deps.adminUrl);
    deps.sessions.end(requireSession(context, deps.sessions));
    context.cookies.set(SESSION_COOKIE, null, { path: '/', httpOnly: true, sameSite: 'strict' });
    context.status = 204;
  });
  return router;
}
