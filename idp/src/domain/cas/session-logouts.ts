import type { LogoutDelivery } from '../logout/logout-delivery.js';
import { buildLogoutRequest } from './logout-request.js';
import { parseServiceAddress, withParameters } from './service-address.js';
import type { FindRelyingParty } from './validate-ticket.js';

/** A validated ticket: with it the service knows which of its own sessions to end. */
export interface SessionTicket {
  relyingPartyId: string;
  service: string;
  ticket: string;
}

/** A service that is told by the person's own browser. */
export interface FrontChannelLogout {
  relyingPartyId: string;
  url: string;
}

export interface CasLogoutDeps<Transaction> {
  /** Ends the session's tickets within the transaction and answers the validated ones, once. */
  endTicketsOfSession(transaction: Transaction, sessionUid: string): Promise<SessionTicket[]>;
  listTicketsOfSession(sessionUid: string): Promise<SessionTicket[]>;
  /** Answers from memory: it is asked within a transaction. */
  findRelyingParty: FindRelyingParty;
  newId: () => string;
  nowSeconds: () => number;
  /** Compresses into the zlib format (RFC 1950). */
  compress: (text: string) => Uint8Array;
}

/** What a session that ends owes the CAS services it was used for (CAS protocol §2.3.3). */
export function createCasLogouts<Transaction>(deps: CasLogoutDeps<Transaction>) {
  async function addressed(tickets: readonly SessionTicket[], channel: 'back' | 'front') {
    const found: (SessionTicket & { href: string })[] = [];
    for (const ticket of tickets) {
      const cas = (await deps.findRelyingParty(ticket.relyingPartyId))?.cas;
      const href = cas?.logout_url ?? parseServiceAddress(ticket.service)?.href;
      if (cas?.single_logout === channel && href !== undefined) found.push({ ...ticket, href });
    }
    return found;
  }
  return {
    /** Rows for the outbox, one for each ticket, in the transaction that ends the session. */
    async casLogoutsOf(transaction: Transaction, sessionUid: string): Promise<LogoutDelivery[]> {
      const tickets = await addressed(await deps.endTicketsOfSession(transaction, sessionUid), 'back');
      return tickets.map(({ relyingPartyId, href, ticket }) => ({
        id: deps.newId(),
        protocol: 'cas-back-channel',
        relyingPartyId,
        address: href,
        payload: { ticket },
      }));
    },
    /**
     * Links for the signed-out page, for services that only the person's browser reaches. The message is compressed and
     * in base64, as the Java clients read it.
     */
    async frontChannelLogoutUrls(sessionUid: string): Promise<FrontChannelLogout[]> {
      const tickets = await addressed(await deps.listTicketsOfSession(sessionUid), 'front');
      return tickets.map(({ relyingPartyId, href, ticket }) => {
        const message = buildLogoutRequest({ ticket, idSecondsNow: deps.nowSeconds(), id: `_${deps.newId()}` });
        const logoutRequest = Buffer.from(deps.compress(message)).toString('base64');
        return { relyingPartyId, url: withParameters({ href }, { logoutRequest }) };
      });
    },
  };
}
