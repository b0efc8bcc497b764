import { type AcrLevel, acrOf } from '@lanyard/platform';
import type { GrantableClaim, PersonClaims } from '../relying-parties/claims.js';
import { CAS_WORDS, type RelyingParty } from '../relying-parties/relying-party.js';

/** A person as one service may know him: what every answer format is made from. */
export interface CasPrincipal {
  user: string;
  /** In order; a list stays a list, also one of a single value. */
  attributes: readonly CasAttribute[];
  /** Callbacks of the proxies, the latest first (CAS protocol §2.6.2). */
  proxies: readonly string[];
}
export interface CasAttribute {
  name: string;
  value: string | readonly string[];
}

/** What the layer says of the person at this moment. */
export interface PersonForParty {
  /** Student or staff number. */
  number: string;
  /** Pairwise subject. */
  subject: string;
  claims: PersonClaims;
}

export interface SignInFacts {
  acr: AcrLevel;
  /** Seconds since 1970. */
  authTimeSeconds: number;
  /** The person was asked for this very ticket. */
  fresh: boolean;
  proxies: readonly string[];
}

/**
 * User name and attributes for one service: its own names for the claims it was granted, and no others. Besides the
 * three of the protocol (CAS protocol §4.1.3, appendix A) `authnContextClass` tells the rung of the sign-in.
 */
export function principalFor(party: RelyingParty, person: PersonForParty, facts: SignInFacts): CasPrincipal {
  const granted = new Set<string>(party.claims);
  const names: readonly (readonly [string, GrantableClaim])[] =
    party.cas?.attributes === undefined
      ? party.claims.map((claim) => [claim, claim] as const)
      : Object.entries(party.cas.attributes);
  const claims = names.flatMap(([name, claim]): CasAttribute[] => {
    const value = granted.has(claim) && !CAS_WORDS.has(name) ? person.claims[claim] : undefined;
    return value === undefined ? [] : [{ name, value }];
  });
  return {
    user: party.cas?.user === 'pairwise' ? person.subject : person.number,
    attributes: [
      { name: 'authenticationDate', value: instantText(facts.authTimeSeconds) },
      { name: 'longTermAuthenticationRequestTokenUsed', value: 'false' },
      { name: 'isFromNewLogin', value: String(facts.fresh) },
      { name: 'authnContextClass', value: acrOf(facts.acr) },
      ...claims,
    ],
    proxies: facts.proxies,
  };
}

/** An xs:dateTime in UTC, whole seconds. */
export function instantText(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
}
