import type { AcrLevel } from '@lanyard/platform';

/** What a ticket was issued for. */
export interface TicketFacts {
  relyingPartyId: string;
  /** As the client sent it at sign-in. */
  service: string;
  sessionUid: string;
  accountId: string;
  acr: AcrLevel;
  /** Seconds since 1970. */
  authTimeSeconds: number;
  /** The person was asked for this very ticket. */
  fresh: boolean;
  /** Callbacks of the proxies it came through, the latest first. */
  proxies: readonly string[];
}

export interface NewTicket extends TicketFacts {
  kind: 'ST' | 'PT';
  text: string;
  expiresAtMs: number;
}

/** A ticket at the moment it was used up. */
export interface SpentTicket extends TicketFacts {
  kind: 'ST' | 'PT';
  issuedAtMs: number;
  expiresAtMs: number;
  /** Its session was ended before. */
  ended: boolean;
}

/** Why a known ticket was refused; stands in the audit, with no number and no ticket. */
export interface TicketRefusal {
  relyingPartyId: string;
  accountId: string;
  code: string;
  reason: string;
}

/** Writes the ticket and its audit row together. */
export type IssueTicket = (ticket: NewTicket) => Promise<void>;

/**
 * Uses a ticket up, whoever asks and whatever comes of it: of any number of calls one gets the facts. `judge` gives the
 * verdict that stands in the audit row of the same transaction. Where the service is the ticket's own, its text is kept
 * for single logout.
 */
export type SpendTicket = <V extends { refused?: { code: string; reason: string } }>(
  ticket: { text: string; service: string },
  judge: (spent: SpentTicket) => V,
) => Promise<{ spent: SpentTicket; verdict: V } | undefined>;

/** Notes a refusal that was found after the ticket had been used up. */
export type NoteTicketRefusal = (refusal: TicketRefusal) => Promise<void>;

export interface NewGrantingTicket {
  text: string;
  /** The proxy's callback, which names it in the chain. */
  callbackUrl: string;
  relyingPartyId: string;
  sessionUid: string;
  accountId: string;
  acr: AcrLevel;
  authTimeSeconds: number;
  /** Chain that tickets from it carry: its own callback first. */
  proxies: readonly string[];
  expiresAtMs: number;
}
export type StoreGrantingTicket = (ticket: NewGrantingTicket) => Promise<void>;
/** A granting ticket that lives at `nowMs`; it may be used many times (CAS protocol §3.3.1). */
export type FindGrantingTicket = (text: string, nowMs: number) => Promise<Omit<NewGrantingTicket, 'text'> | undefined>;
