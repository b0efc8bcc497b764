import type { RelyingParty } from '../relying-parties/relying-party.js';
import type { CasReason } from './cas-failure.js';
import { withParameters } from './service-address.js';
import { makeTicket, type RandomBytes } from './ticket.js';
import type { SpentTicket, StoreGrantingTicket } from './ticket-ports.js';

/**
 * Fetches a registered callback with the granting ticket in its query; true for an answer 200 over TLS whose
 * certificate holds, with no redirect followed. Private addresses only where the party's registration names them.
 */
export type FetchProxyCallback = (url: string, party: RelyingParty) => Promise<boolean>;

export type GrantProxy = (request: {
  party: RelyingParty;
  spent: SpentTicket;
  callbackUrl: string;
}) => Promise<{ granted: true; iou: string } | { granted: false; reason: CasReason }>;

/**
 * Gives a service a proxy-granting ticket by its callback (CAS protocol §2.5.4): only a service registered as a proxy,
 * only at an https address registered for it letter by letter. Where that fails the whole validation fails (step 1), so
 * a service never takes half an answer for success.
 */
export function createProxyGrants(deps: {
  fetchCallback: FetchProxyCallback;
  store: StoreGrantingTicket;
  random: RandomBytes;
  nowMs: () => number;
  /** At most; the session's end ends it too. */
  lifeSeconds: number;
}): GrantProxy {
  return async ({ party, spent, callbackUrl }) => {
    const proxy = party.cas?.proxy;
    if (proxy === undefined) return { granted: false, reason: 'proxy-not-allowed' };
    if (!callbackUrl.startsWith('https://') || !proxy.callback_urls.includes(callbackUrl))
      return { granted: false, reason: 'callback-not-allowed' };
    const ticket = makeTicket('PGT', deps.random);
    const iou = makeTicket('PGTIOU', deps.random);
    const url = withParameters({ href: callbackUrl }, { pgtIou: iou, pgtId: ticket });
    if (!(await deps.fetchCallback(url, party))) return { granted: false, reason: 'callback-failed' };
    await deps.store({
      text: ticket,
      callbackUrl,
      relyingPartyId: party.id,
      sessionUid: spent.sessionUid,
      accountId: spent.accountId,
      acr: spent.acr,
      authTimeSeconds: spent.authTimeSeconds,
      proxies: [callbackUrl, ...spent.proxies],
      expiresAtMs: deps.nowMs() + deps.lifeSeconds * 1_000,
    });
    return { granted: true, iou };
  };
}
