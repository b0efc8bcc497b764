import { reaches } from '@lanyard/platform';
import type { CasReason } from './cas-failure.js';
import type { MatchService } from './service-address.js';
import { makeTicket, type RandomBytes, ticketPrefixOf } from './ticket.js';
import type { FindGrantingTicket, IssueTicket } from './ticket-ports.js';
import type { FindPersonForParty, FindRelyingParty, IsSessionLive } from './validate-ticket.js';

export interface ProxyTicketDeps {
  findGrantingTicket: FindGrantingTicket;
  findRelyingParty: FindRelyingParty;
  matchService: () => Promise<MatchService>;
  isSessionLive: IsSessionLive;
  findPerson: FindPersonForParty;
  issue: IssueTicket;
  random: RandomBytes;
  nowMs: () => number;
  ticketLifeSeconds: number;
}

/**
 * Gives a proxy a ticket for one target service (CAS protocol §2.7): the target stands in the proxy's registration, the
 * session lives and reaches the rung the target asks for, and the person may enter the target.
 */
export function createProxyTickets(deps: ProxyTicketDeps) {
  return async (request: {
    grantingTicket: string;
    targetService: string;
  }): Promise<{ ticket: string } | { reason: CasReason }> => {
    if (ticketPrefixOf(request.grantingTicket) !== 'PGT') return { reason: 'ticket-form' };
    const granting = await deps.findGrantingTicket(request.grantingTicket, deps.nowMs());
    if (granting === undefined) return { reason: 'granting-ticket-unknown' };
    const [proxy, live, match] = await Promise.all([
      deps.findRelyingParty(granting.relyingPartyId),
      deps.isSessionLive(granting.sessionUid),
      deps.matchService(),
    ]);
    if (!live) return { reason: 'session-ended' };
    // The registration may have changed since: what it allows now counts.
    if (!proxy?.cas?.proxy?.callback_urls.includes(granting.callbackUrl)) return { reason: 'proxy-not-allowed' };
    const target = match(request.targetService);
    if (target === undefined || !proxy.cas.proxy.targets.includes(target.party.id))
      return { reason: 'target-not-allowed' };
    if (!reaches(granting.acr, target.party.acr)) return { reason: 'target-not-allowed' };
    if ((await deps.findPerson(granting.accountId, target.party)) === undefined)
      return { reason: 'target-not-allowed' };
    const ticket = makeTicket('PT', deps.random);
    await deps.issue({
      kind: 'PT',
      text: ticket,
      relyingPartyId: target.party.id,
      service: request.targetService,
      sessionUid: granting.sessionUid,
      accountId: granting.accountId,
      acr: granting.acr,
      authTimeSeconds: granting.authTimeSeconds,
      fresh: false,
      proxies: granting.proxies,
      expiresAtMs: deps.nowMs() + deps.ticketLifeSeconds * 1_000,
    });
    return { ticket };
  };
}
export type IssueProxyTicket = ReturnType<typeof createProxyTickets>;
