import type { RelyingParty } from '../relying-parties/relying-party.js';
import { type CasReason, casFailure } from './cas-failure.js';
import { type CasPrincipal, type PersonForParty, principalFor } from './cas-principal.js';
import type { GrantProxy } from './grant-proxy.js';
import { MAX_AHEAD_MS, ticketPrefixOf } from './ticket.js';
import type { NoteTicketRefusal, SpendTicket, SpentTicket } from './ticket-ports.js';

/** What the person may show a service now; undefined where he may not enter it any more. */
export type FindPersonForParty = (accountId: string, party: RelyingParty) => Promise<PersonForParty | undefined>;
export type FindRelyingParty = (id: string) => Promise<RelyingParty | undefined> | RelyingParty | undefined;
export type IsSessionLive = (sessionUid: string) => Promise<boolean>;

export interface ValidationRequest {
  ticket: string;
  /** Form-decoded once. */
  service: string;
  renew: boolean;
  /** The address takes proxy tickets too. */
  allowProxyTickets: boolean;
  /** Callback of a service that wants to act as a proxy. */
  callbackUrl?: string | undefined;
}

export type ValidationVerdict =
  | { valid: true; principal: CasPrincipal; grantingTicketIou?: string }
  | { valid: false; reason: CasReason };

export interface ValidationDeps {
  spend: SpendTicket;
  noteRefusal: NoteTicketRefusal;
  findRelyingParty: FindRelyingParty;
  isSessionLive: IsSessionLive;
  findPerson: FindPersonForParty;
  grantProxy: GrantProxy;
  nowMs: () => number;
}

/**
 * Validates a ticket once (CAS protocol §2.5, §3.1.1). A verdict `valid` proves that the ticket was issued within its
 * life for this very service text, that it is used up now, that its session lives and that the person may enter. Every
 * known ticket that is offered is burnt, also with a wrong service.
 */
export function createTicketValidation(deps: ValidationDeps) {
  return async (request: ValidationRequest): Promise<ValidationVerdict> => {
    const prefix = ticketPrefixOf(request.ticket);
    if (prefix !== 'ST' && prefix !== 'PT') return { valid: false, reason: 'ticket-form' };
    const found = await deps.spend({ text: request.ticket, service: request.service }, (spent) => {
      const reason = faultOf(spent, request, deps.nowMs());
      return reason === undefined ? {} : { refused: { code: casFailure(reason).code, reason } };
    });
    if (found === undefined) return { valid: false, reason: 'ticket-unknown' };
    const { spent, verdict } = found;
    if (verdict.refused !== undefined) return { valid: false, reason: verdict.refused.reason };
    const refuse = async (reason: CasReason): Promise<ValidationVerdict> => {
      const { relyingPartyId, accountId } = spent;
      await deps.noteRefusal({ relyingPartyId, accountId, code: casFailure(reason).code, reason });
      return { valid: false, reason };
    };
    const [party, live] = await Promise.all([
      deps.findRelyingParty(spent.relyingPartyId),
      deps.isSessionLive(spent.sessionUid),
    ]);
    if (party?.cas === undefined) return refuse('service-differs');
    if (!live) return refuse('session-ended');
    const person = await deps.findPerson(spent.accountId, party);
    if (person === undefined) return refuse('account-may-not-enter');
    const principal = principalFor(party, person, spent);
    if (request.callbackUrl === undefined) return { valid: true, principal };
    const granted = await deps.grantProxy({ party, spent, callbackUrl: request.callbackUrl });
    return granted.granted ? { valid: true, principal, grantingTicketIou: granted.iou } : refuse(granted.reason);
  };
}
export type ValidateTicket = ReturnType<typeof createTicketValidation>;

function faultOf(spent: SpentTicket, request: ValidationRequest, nowMs: number): CasReason | undefined {
  if (spent.service !== request.service) return 'service-differs';
  if (spent.expiresAtMs <= nowMs || spent.issuedAtMs > nowMs + MAX_AHEAD_MS) return 'ticket-expired';
  if (spent.ended) return 'session-ended';
  if (spent.kind === 'PT' && !request.allowProxyTickets) return 'proxy-ticket-here';
  if (request.renew && !spent.fresh) return 'ticket-not-fresh';
  return undefined;
}
