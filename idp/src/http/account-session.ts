import Router from '@koa/router';
import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import type { FacadeSignIn } from '../domain/facades/facade-sign-in.js';
import type { RelyingParty } from '../domain/relying-parties/relying-party.js';
import type { SessionStore, SignInSession } from '../storage/session-store.js';

/** Paths of ours that a sign-in may come back to. */
const MAX_RETURN_SIGNS = 500;
const RETURNS = /^\/(account|logout)([/?][\w/?=&.%-]*)?$/;

export interface AccountSessions {
  /** The live session of this browser, if there is one. */
  current(context: Context): Promise<SignInSession | undefined>;
  /**
   * The live session; without one, or with a proof older than `freshSeconds`, the browser is sent to sign in and comes
   * back to `returnTo`. Undefined means that the answer is written.
   */
  require(context: Context, options: { returnTo: string; freshSeconds?: number }): Promise<SignInSession | undefined>;
  router: Router;
}

/** Sign-in to our own account pages: the same way as every relying party takes, over the internal client. */
export function createAccountSessions(deps: {
  provider: Provider;
  sessions: SessionStore;
  signIn: FacadeSignIn;
  party: RelyingParty;
  nowMs: () => number;
}): AccountSessions {
  async function current(context: Context): Promise<SignInSession | undefined> {
    const session = await deps.provider.Session.get(context as never);
    if (session.accountId === undefined) return undefined;
    const found = await deps.sessions.find(session.uid);
    return found === undefined || found.endedAtMs !== undefined || found.accountId !== session.accountId
      ? undefined
      : found;
  }
  const router = new Router();
  router.get('/account/callback', async (context: Context) => {
    const outcome = await deps.signIn.complete(context, 'account');
    if (outcome.outcome === 'unknown') throw new Refusal('interaction-expired');
    const wanted = RETURNS.test(outcome.state) ? outcome.state : '/account';
    context.status = 303;
    context.redirect(outcome.outcome === 'signed-in' ? wanted : '/logout/done');
  });
  return {
    current,
    router,
    async require(context, options) {
      const session = await current(context);
      const stale =
        session !== undefined &&
        options.freshSeconds !== undefined &&
        deps.nowMs() - session.provedAtMs > options.freshSeconds * 1000;
      if (session !== undefined && !stale) return session;
      const path = await deps.signIn.begin(context, {
        facade: 'account',
        party: deps.party,
        prompt: stale ? 'fresh' : 'normal',
        state: options.returnTo.length > MAX_RETURN_SIGNS ? '/account' : options.returnTo,
      });
      context.status = 303;
      context.redirect(path);
      return undefined;
    },
  };
}
