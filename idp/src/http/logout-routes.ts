import { createHmac, timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import { parseFormBody, readBody } from '@lanyard/platform';
import type { Context } from 'koa';
import type { SessionStore } from '../storage/session-store.js';
import type { AccountSessions } from './account-session.js';
import { requireOwnPage } from './same-origin.js';

const SESSION_COOKIE = 'lanyard_idp_session';
const MAX_FORM_BYTES = 8_192;

export interface LogoutPages {
  /** Asks before signing out; the form posts `to` back as it is. */
  question(context: Context, form: { action: string; to: string; hasReturn: boolean }): void | Promise<void>;
  /** One is out; `frontChannel` are addresses of services that want to be opened by the browser itself. */
  done(context: Context, frontChannel: readonly string[]): void | Promise<void>;
}

/**
 * Signing out of everything. A mere visit never ends a session (attack 22): the person is asked on our own page. Where
 * the browser goes afterwards was checked by whoever sent it here and is sealed, so nobody else can choose it.
 */
export function createLogoutRoutes(deps: {
  origin: string;
  key: Uint8Array;
  accounts: AccountSessions;
  sessions: SessionStore;
  pages: LogoutPages;
  frontChannelLogoutUrls: (sessionUid: string) => Promise<readonly string[]>;
}) {
  const seal = (address: string) =>
    `${Buffer.from(address).toString('base64url')}.${createHmac('sha256', deps.key).update(address).digest('base64url')}`;
  function open(sealed: string): string | undefined {
    const [text = '', mark = ''] = sealed.split('.');
    const address = Buffer.from(text, 'base64url').toString('utf8');
    const wanted = createHmac('sha256', deps.key).update(address).digest();
    const given = Buffer.from(mark, 'base64url');
    return given.length === wanted.length && timingSafeEqual(given, wanted) ? address : undefined;
  }
  const router = new Router();
  router.get('/logout', async (context: Context) => {
    if ((await deps.accounts.current(context)) === undefined) return deps.pages.done(context, []);
    const to = new URLSearchParams(context.querystring).get('to') ?? '';
    return deps.pages.question(context, { action: '/logout', to, hasReturn: open(to) !== undefined });
  });
  router.post('/logout', async (context: Context) => {
    requireOwnPage(context, deps.origin);
    const session = await deps.accounts.current(context);
    const to = open(parseFormBody(await readBody(context.req, MAX_FORM_BYTES))['to'] ?? '');
    let frontChannel: readonly string[] = [];
    if (session !== undefined) {
      frontChannel = await deps.frontChannelLogoutUrls(session.uid);
      await deps.sessions.end(session.uid, 'person', `account:${session.accountId}`);
    }
    context.cookies.set(SESSION_COOKIE, null, { signed: true, path: '/' });
    if (to === undefined || frontChannel.length > 0) return deps.pages.done(context, frontChannel);
    context.status = 303;
    context.redirect(to);
  });
  router.get('/logout/done', (context: Context) => deps.pages.done(context, []));
  return {
    router,
    /** Ends this browser's session after the person agreed; `returnTo` was checked by the caller. */
    async endBrowserSession(context: Context, options: { returnTo?: string }): Promise<void> {
      const session = await deps.accounts.current(context);
      context.status = 303;
      if (session === undefined) context.redirect(options.returnTo ?? '/logout/done');
      else
        context.redirect(
          options.returnTo === undefined ? '/logout' : `/logout?to=${encodeURIComponent(seal(options.returnTo))}`,
        );
    },
  };
}
