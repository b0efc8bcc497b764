import type { Context } from 'koa';
import { createRoutes } from '../http/create-routes.js';
import { parseFormBody, readBody } from '../http/read-body.js';
import { Refusal } from '../http/refusal.js';
import { setCookie } from '../http/set-cookie.js';
import type { Logger } from '../log/create-logger.js';
import { PENDING_SECONDS, type SignIn } from './create-sign-in.js';
import { type LogoutOrder, LogoutTokenError } from './logout-token.js';
import { SIGN_IN_PROBLEMS } from './sign-in-problems.js';
import type { SignedInPerson } from './signed-in-person.js';

export interface SignInRoutesDeps {
  /** Undefined where the installation has no identity layer. */
  signIn: SignIn | undefined;
  /** The page that offers the sign-in, without a slash at the end; the routes lie below it. */
  path: string;
  /** Where one goes afterwards if no other page was asked for. */
  home: string;
  /** Name of the cookie that binds a sign-in under way to a browser. */
  cookie: string;
  secureCookies: boolean;
  /** Opens a session with a cookie of its own, and ends the one the browser had. @throws Refusal `sign-in-without-role` */
  open: (context: Context, person: SignedInPerson) => Promise<void>;
  /** Ends sessions by `sid`, or by subject where the token names no session; answers how many. */
  end: (order: LogoutOrder) => Promise<number>;
  log: Logger;
}

const MAX_LOGOUT_BYTES = 16_384;

/** `start`, `callback` and `backchannel-logout` below the sign-in page. Refusals lead back to the page, which says why. */
export function createSignInRoutes(deps: SignInRoutesDeps) {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const offered = (): SignIn => {
    if (deps.signIn === undefined) throw new Refusal('sign-in-not-offered');
    return deps.signIn;
  };
  const { cookie: name, path, secureCookies: isSecure } = deps;
  const bind = (context: Context, value: string | null) =>
    // The answer comes by a redirect from the identity layer's site, which strict cookies do not follow.
    setCookie(context, { name, value, path, isSecure, sameSite: 'lax', life: { maxAge: PENDING_SECONDS * 1000 } });
  const backToPage = async (context: Context, work: () => Promise<string>) => {
    context.set('Cache-Control', 'no-store');
    try {
      return { status: 303, headers: { Location: await work() }, body: '' };
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      deps.log.warn('sign-in.refused', { code: thrown.code, detail: thrown.logDetail ?? '' });
      const code = thrown.code in SIGN_IN_PROBLEMS ? thrown.code : 'dependency-unavailable';
      return { status: 303, headers: { Location: `${deps.path}?problem=${code}` }, body: '' };
    }
  };

  route(
    { method: 'get', path: `${deps.path}/start`, callers: ['open'], summary: 'Leads to the campus sign-in' },
    ({ context }) =>
      backToPage(context, async () => {
        const asked = new URLSearchParams(context.querystring).get('next') ?? '';
        const { location, cookie } = await offered().begin(ownPath(asked) ?? deps.home);
        bind(context, cookie);
        return location;
      }),
  );
  route(
    { method: 'get', path: `${deps.path}/callback`, callers: ['open'], summary: 'Takes the answer of the sign-in' },
    ({ context }) =>
      backToPage(context, async () => {
        const cookie = context.cookies.get(deps.cookie);
        bind(context, null);
        const { person, returnTo } = await offered().finish(context.querystring, cookie);
        await deps.open(context, person);
        return returnTo;
      }),
  );
  route(
    {
      method: 'post',
      path: `${deps.path}/backchannel-logout`,
      callers: ['open'],
      summary: 'Takes a logout token of the identity layer',
    },
    async ({ context }) => {
      if (!context.is('application/x-www-form-urlencoded')) throw new Refusal('body-type-unsupported');
      const token = parseFormBody(await readBody(context.req, MAX_LOGOUT_BYTES))['logout_token'] ?? '';
      try {
        const ended = await deps.end(await offered().readLogout(token));
        deps.log.info('sign-in.logged-out', { sessions: ended });
        return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: '' };
      } catch (error) {
        if (!(error instanceof LogoutTokenError)) throw error;
        deps.log.warn('sign-in.logout-refused', { code: error.code });
        // OpenID Connect Back-Channel Logout 1.0 §2.8: 400, with the error in JSON.
        return { status: 400, headers: { 'Cache-Control': 'no-store' }, body: { error: 'invalid_request' } };
      }
    },
  );
  return router;
}

const OWN_PATH = /^\/(?![/\\])[^\\\s]{0,500}$/;

/** A path of this service; undefined for anything a browser could read as another site, before or after tidying up. */
export function ownPath(text: string): string | undefined {
  if (!OWN_PATH.test(text)) return undefined;
  const url = new URL(text, 'http://own.invalid');
  const path = url.pathname + url.search;
  return url.origin === 'http://own.invalid' && OWN_PATH.test(path) ? path : undefined;
}
