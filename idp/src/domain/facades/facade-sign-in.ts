import type { AcrLevel } from '@lanyard/platform';
import type { PersonClaims } from '../relying-parties/claims.js';
import type { RelyingParty } from '../relying-parties/relying-party.js';

/**
 * The one internal OpenID Connect client behind every other protocol: session, step-up, consent, audit and logout exist
 * once, in the provider. A facade sends the browser to `begin` and takes the person from `complete`.
 */
export interface FacadeSignIn {
  /**
   * Pushes an authorization request for `party` and answers where the browser goes. `fresh` asks for the person anew
   * (CAS renew), `silent` never asks (CAS gateway). `state` is the facade's own and comes back untouched (at most 4 kB);
   * it is kept on the server, bound to the browser by a cookie.
   */
  begin(context: FacadeContext, request: FacadeRequest): Promise<string>;
  /** Takes the browser back at the facade's return address. Single use. */
  complete(context: FacadeContext, facade: FacadeName): Promise<FacadeOutcome>;
}

/** `account`: our own account pages. */
export type FacadeName = 'cas' | 'oauth2' | 'account';

/** The parts of a Koa context that a facade hands on. */
export interface FacadeContext {
  querystring: string;
  cookies: {
    get(name: string, options?: object): string | undefined;
    set(name: string, value: string | null, options?: object): unknown;
  };
}

export interface FacadeRequest {
  facade: FacadeName;
  party: RelyingParty;
  prompt: 'normal' | 'fresh' | 'silent';
  state: string;
}

export interface FacadeSession {
  /** The provider's session; logout of it ends what was made from it. */
  sessionUid: string;
  accountId: string;
  /** Student or staff number. */
  number: string;
  /** Pairwise subject for this relying party. */
  subject: string;
  acr: AcrLevel;
  /** Seconds since 1970 of the last proof by the person. */
  authTimeSeconds: number;
  /** The person was asked in this very request. */
  fresh: boolean;
  /** Only what the relying party was granted. */
  claims: PersonClaims;
}

export type FacadeOutcome =
  | { outcome: 'signed-in'; party: RelyingParty; session: FacadeSession; state: string }
  /** Nobody is signed in and `silent` was asked. */
  | { outcome: 'nobody'; party: RelyingParty; state: string }
  /** The person refused, or may not enter. */
  | { outcome: 'refused'; party: RelyingParty; state: string; reason: string }
  /** No such request in this browser, or it was used. */
  | { outcome: 'unknown' };
