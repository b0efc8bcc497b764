import type { Clock } from '@lanyard/platform';
import type { Context } from 'koa';
import type { PersonForParty } from '../../domain/cas/cas-principal.js';
import type { FetchProxyCallback } from '../../domain/cas/grant-proxy.js';
import { createServiceMatcher, type MatchService } from '../../domain/cas/service-address.js';
import type { RandomBytes } from '../../domain/cas/ticket.js';
import type { FacadeSignIn } from '../../domain/facades/facade-sign-in.js';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import type { CasTicketStore } from '../../storage/cas-ticket-store.js';

/** What every facade needs of the layer. */
export interface FacadeDeps {
  signIn: FacadeSignIn;
  findRelyingParty(id: string): Promise<RelyingParty | undefined> | RelyingParty | undefined;
  isSessionLive(sessionUid: string): Promise<boolean>;
  /** What the party may see of the person at this moment; undefined where he may not enter any more. */
  findClaims(accountId: string, party: RelyingParty): Promise<PersonForParty | undefined>;
  /** Shows the error page, in both languages. */
  renderError(context: Context, error: { status: number; code: FacadeErrorCode | (string & {}) }): Promise<void> | void;
  clock: Clock;
  random: RandomBytes;
}

/** Codes of error pages that the facades show. A refusal of the sign-in itself is shown under its own reason. */
export type FacadeErrorCode =
  | 'cas-service-not-registered'
  | 'cas-request-invalid'
  | 'oauth2-client-unknown'
  | 'oauth2-redirect-not-registered'
  | 'oauth2-request-invalid'
  | 'facade-request-unknown'
  | 'facade-sign-in-not-done';

export interface CasDeps extends FacadeDeps {
  /** `/cas`, `/authserver` and so on; without a slash at the end. */
  prefixes: readonly string[];
  /** Name of this server in SAML answers. */
  publicUrl: string;
  /** The list is kept in memory and is another array after each change. */
  listRelyingParties(protocol: 'cas'): Promise<readonly RelyingParty[]> | readonly RelyingParty[];
  tickets: CasTicketStore;
  fetchProxyCallback: FetchProxyCallback;
  /**
   * Ends the session of this browser, after the person confirmed it where the call may come from another page, and
   * sends the browser to `returnTo` or to our own page.
   */
  endBrowserSession(context: Context, options: { returnTo?: string }): Promise<void>;
  /** Seconds; 10 at least. */
  ticketLifeSeconds?: number;
  /** Seconds; the session's end ends it too. */
  grantingTicketLifeSeconds?: number;
}

/** The matcher over the present list, made once for each list. */
export function keepMatcher(list: CasDeps['listRelyingParties']): () => Promise<MatchService> {
  const made = new WeakMap<readonly RelyingParty[], MatchService>();
  return async () => {
    const parties = await list('cas');
    const match = made.get(parties) ?? createServiceMatcher(parties);
    made.set(parties, match);
    return match;
  };
}
