import type { RelyingParty } from '../relying-parties/relying-party.js';

export type LogoutProtocol = 'oidc-back-channel' | 'cas-back-channel';

/** One row of the logout outbox (注销投递): one session, one service, one protocol. */
export interface LogoutDelivery {
  id: string;
  protocol: LogoutProtocol;
  relyingPartyId: string;
  /** Where it is posted. */
  address: string;
  /** `sid` and account for OpenID Connect, the ticket for CAS. */
  payload: { sid?: string; account_id?: string; ticket?: string };
}

/** Posts one delivery; throws where the service did not take it. One per protocol. */
export type SendLogout = (delivery: LogoutDelivery, party: RelyingParty, signal: AbortSignal) => Promise<void>;
