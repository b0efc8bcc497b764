import type { RelyingParty } from '../relying-parties/relying-party.js';
import { type Oauth2Error, oauth2Error } from './oauth2-error.js';
import { isS256Challenge } from './pkce.js';

/** A request for a code that may go on to the sign-in. */
export interface AuthorizationRequest {
  party: RelyingParty;
  /** Registered for the party, letter by letter. */
  redirectUri: string;
  /** The client named it, so the token request must name it too (RFC 6749 §4.1.3). */
  redirectUriGiven: boolean;
  state: string | undefined;
  challenge: string | undefined;
}

export type AuthorizationCheck =
  | { outcome: 'good'; request: AuthorizationRequest }
  /** Shown on our own page: there is nobody the browser may be sent back to. */
  | { outcome: 'page'; code: 'oauth2-client-unknown' | 'oauth2-redirect-not-registered' | 'oauth2-request-invalid' }
  | { outcome: 'back'; redirectUri: string; state: string | undefined; error: Oauth2Error };

const MAX_STATE_CHARACTERS = 1_000;

/**
 * Checks an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3) in the order that matters: first who asks and where
 * the answer goes, then the rest. `scope` is not read: what goes out is registered.
 */
export function checkAuthorizationRequest(
  querystring: string,
  findOauth2Party: (id: string) => RelyingParty | undefined,
): AuthorizationCheck {
  const query = new URLSearchParams(querystring);
  const once = (name: string) => (query.getAll(name).length > 1 ? undefined : (query.get(name) ?? undefined));
  const repeated = (name: string) => query.getAll(name).length > 1;
  if (repeated('client_id') || repeated('redirect_uri')) return { outcome: 'page', code: 'oauth2-request-invalid' };
  const party = findOauth2Party(once('client_id') ?? '');
  if (party?.oauth2 === undefined) return { outcome: 'page', code: 'oauth2-client-unknown' };
  const given = once('redirect_uri');
  const only = party.oauth2.redirect_uris.length === 1 ? party.oauth2.redirect_uris[0] : undefined;
  const redirectUri = given ?? only;
  if (redirectUri === undefined || !party.oauth2.redirect_uris.includes(redirectUri))
    return { outcome: 'page', code: 'oauth2-redirect-not-registered' };
  const state = once('state');
  if ((state?.length ?? 0) > MAX_STATE_CHARACTERS) return { outcome: 'page', code: 'oauth2-request-invalid' };
  const back = (error: Oauth2Error): AuthorizationCheck => ({ outcome: 'back', redirectUri, state, error });
  if (['response_type', 'state', 'code_challenge', 'code_challenge_method', 'scope'].some(repeated))
    return back(oauth2Error('invalid_request', 'A parameter was sent twice.'));
  if (once('response_type') !== 'code')
    return back(oauth2Error('unsupported_response_type', 'Only response_type=code is given.'));
  const challenge = once('code_challenge');
  if (challenge === undefined && (party.oauth2.pkce === 'required' || once('code_challenge_method') !== undefined))
    return back(oauth2Error('invalid_request', 'A code_challenge is needed.'));
  if (challenge !== undefined && !isS256Challenge(challenge, once('code_challenge_method')))
    return back(oauth2Error('invalid_request', 'code_challenge_method is S256.'));
  return {
    outcome: 'good',
    request: { party, redirectUri, redirectUriGiven: given !== undefined, state, challenge },
  };
}

/** The redirect address with the answer behind its own parameters. */
export function answerTo(redirectUri: string, answer: Record<string, string | undefined>): string {
  const added = new URLSearchParams();
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) added.set(name, value);
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${added}`;
}
