import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Account } from '../../domain/accounts/account.js';
import { FRESH_SECONDS, mayChangeWaysIn } from '../../domain/passkeys/passkey.js';
import type { SignInSession } from '../../storage/session-store.js';
import type { AccountSessions } from '../account-session.js';
import { requireOwnPage } from '../same-origin.js';
import type { SignInDeps } from '../sign-in/sign-in-deps.js';

export interface AccountDeps extends SignInDeps {
  accountSessions: AccountSessions;
}
export interface Present {
  session: SignInSession;
  account: Account;
}

/** Who acts on the account pages, and whether the proof is good enough for what is done. */
export function createAccountGuard(deps: AccountDeps) {
  async function personOf(session: SignInSession): Promise<Present> {
    const account = await deps.accounts.findById(session.accountId);
    if (account === undefined || account.state !== 'active') throw new Refusal('account-may-not-enter');
    return { session, account };
  }
  /** @throws Refusal `stronger-proof-needed` */
  async function requireStrength({ session, account }: Present): Promise<void> {
    if (!mayChangeWaysIn(session.level, account, await deps.passkeys.listOf(account.id)))
      throw new Refusal('stronger-proof-needed', { fields: { step_up_url: '/account/step-up' } });
  }
  return {
    /** For a page: without a session, or with a stale one where `fresh`, the browser goes to sign in and comes back. */
    async page(context: Context, options: { fresh?: boolean } = {}): Promise<Present | undefined> {
      const session = await deps.accountSessions.require(context, {
        returnTo: context.path,
        ...(options.fresh === true ? { freshSeconds: FRESH_SECONDS } : {}),
      });
      if (session === undefined) return undefined;
      const present = await personOf(session);
      if (options.fresh === true) await requireStrength(present);
      return present;
    },
    /**
     * For an act, from a page of ours.
     * @throws Refusal `step-up-needed` without a live session, or with a proof that is too old where `fresh`
     */
    async act(context: Context, options: { fresh?: boolean } = {}): Promise<Present> {
      requireOwnPage(context, deps.place.origin);
      const session = await deps.accountSessions.current(context);
      const stale =
        session !== undefined &&
        options.fresh === true &&
        deps.clock.nowMs() - session.provedAtMs > FRESH_SECONDS * 1000;
      if (session === undefined || stale)
        throw new Refusal('step-up-needed', { fields: { step_up_url: '/account/step-up' } });
      const present = await personOf(session);
      if (options.fresh === true) await requireStrength(present);
      return present;
    },
  };
}
export type AccountGuard = ReturnType<typeof createAccountGuard>;
