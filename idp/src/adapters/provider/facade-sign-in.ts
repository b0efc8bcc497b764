import { randomBytes } from 'node:crypto';
import { type Clock, levelOf, Refusal, reaches } from '@lanyard/platform';
import { type AuthorizationCode, errors, type Provider } from 'oidc-provider';
import { type Account, grantedClaims, mayEnter } from '../../domain/accounts/account.js';
import type { HomeUniversity } from '../../domain/accounts/research-names.js';
import type {
  FacadeContext,
  FacadeName,
  FacadeOutcome,
  FacadeSession,
  FacadeSignIn,
} from '../../domain/facades/facade-sign-in.js';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import type { FacadeRequestStore, StoredFacadeRequest } from '../../storage/facade-request-store.js';
import { FACADE_CLIENT } from './client-metadata.js';

const BROWSER_COOKIE = 'lanyard_idp_browser';
/** Service, state and whatever else a facade needs again; the table takes no more. */
const MAX_STATE_BYTES = 4_096;
/** How far the clocks of two processes of this layer may be apart. */
const CLOCKS_APART_SECONDS = 5;

/** What the provider says where the person would have to be asked and must not be (OpenID Connect Core §3.1.2.6). */
const UNASKED = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'unmet_authentication_requirements',
]);

/** Where the provider sends the browser back, per facade. */
export const FACADE_RETURNS: Record<FacadeName, string> = {
  cas: '/cas/callback',
  oauth2: '/oauth2.0/callback',
  account: '/account/callback',
};

/**
 * The internal client: asks the provider for a code like any client does (PKCE S256, exact redirect URI) and takes the
 * code in this process, by the same single-use statement, instead of calling the token endpoint.
 */
export function createFacadeSignIn(deps: {
  provider: Provider;
  issuer: string;
  requests: FacadeRequestStore;
  findParty: (id: string) => Promise<RelyingParty | undefined>;
  noteSeen: (id: string) => Promise<void>;
  findAccount: (id: string) => Promise<Account | undefined>;
  subjectOf: (party: RelyingParty, accountId: string) => string;
  home: HomeUniversity;
  clock: Clock;
}): FacadeSignIn {
  const cookie = {
    httpOnly: true,
    sameSite: 'lax' as const,
    secure: deps.issuer.startsWith('https:'),
    signed: true,
    path: '/',
  };
  return {
    async begin(context, { facade, party, prompt, state }) {
      if (Buffer.byteLength(state) > MAX_STATE_BYTES) throw new Refusal('input-invalid');
      const browser = browserOf(context, cookie);
      const stored = await deps.requests.create({ facade, relyingPartyId: party.id, prompt, state }, browser);
      const query = new URLSearchParams({
        client_id: FACADE_CLIENT,
        response_type: 'code',
        scope: 'openid',
        redirect_uri: `${deps.issuer}${FACADE_RETURNS[facade]}`,
        state: stored.id,
        code_challenge: stored.codeChallenge,
        code_challenge_method: 'S256',
        ...(prompt === 'normal' ? {} : { prompt: prompt === 'fresh' ? 'login' : 'none' }),
      });
      return `/auth?${query}`;
    },
    async complete(context, facade) {
      const query = new URLSearchParams(context.querystring);
      const browser = context.cookies.get(BROWSER_COOKIE, { signed: true });
      const state = query.get('state');
      if (browser === undefined || state === null || query.get('iss') !== deps.issuer) return { outcome: 'unknown' };
      const request = await deps.requests.take(state, browser, facade);
      const party = request === undefined ? undefined : await deps.findParty(request.relyingPartyId);
      if (request === undefined || party === undefined) return { outcome: 'unknown' };
      const error = query.get('error');
      if (error !== null) return refusalOf(error, party, request);
      const code = await takeCode(
        deps.provider,
        query.get('code') ?? '',
        request.codeChallenge,
        `${deps.issuer}${FACADE_RETURNS[facade]}`,
      );
      const session = code === undefined ? undefined : await sessionOf(code, party, request);
      if (session === undefined) return { outcome: 'unknown' };
      if (request.prompt === 'fresh' && !session.fresh)
        return { outcome: 'refused', party, state: request.state, reason: 'login_required' };
      await deps.noteSeen(party.id);
      return { outcome: 'signed-in', party, session, state: request.state };
    },
  };

  async function sessionOf(
    code: AuthorizationCode,
    party: RelyingParty,
    request: StoredFacadeRequest,
  ): Promise<FacadeSession | undefined> {
    const account = code.accountId === undefined ? undefined : await deps.findAccount(code.accountId);
    const level = levelOf(code.acr);
    if (account === undefined || !mayEnter(account, party) || level === undefined || code.sessionUid === undefined)
      return undefined;
    // Decided before the code was made; looked at again, since nothing else stands between a code and a service.
    if (!reaches(level, party.acr)) return undefined;
    const authTimeSeconds = code.authTime ?? 0;
    // The proof must be of this session: one of somebody else with the same request makes nothing fresh.
    const fresh = request.proved && authTimeSeconds >= request.createdAtMs / 1000 - CLOCKS_APART_SECONDS;
    return {
      sessionUid: code.sessionUid,
      accountId: account.id,
      number: account.number,
      subject: deps.subjectOf(party, account.id),
      acr: level,
      authTimeSeconds,
      fresh,
      claims: grantedClaims(account, party, deps.home),
    };
  }
}

function refusalOf(error: string, party: RelyingParty, request: StoredFacadeRequest): FacadeOutcome {
  const { state } = request;
  return request.prompt === 'silent' && UNASKED.has(error)
    ? { outcome: 'nobody', party, state }
    : { outcome: 'refused', party, state, reason: error };
}

function browserOf(context: FacadeContext, cookie: object): string {
  const known = context.cookies.get(BROWSER_COOKIE, { signed: true });
  if (known !== undefined) return known;
  const made = randomBytes(32).toString('base64url');
  context.cookies.set(BROWSER_COOKIE, made, cookie);
  return made;
}

async function takeCode(
  provider: Provider,
  value: string,
  challenge: string,
  redirectUri: string,
): Promise<AuthorizationCode | undefined> {
  const code = await provider.AuthorizationCode.find(value);
  if (code === undefined || code.clientId !== FACADE_CLIENT || code.codeChallenge !== challenge) return undefined;
  if (code.redirectUri !== redirectUri) return undefined;
  try {
    await code.consume();
  } catch (error) {
    // Somebody was first. Anything else is a fault and no verdict.
    if (error instanceof errors.InvalidGrant) return undefined;
    throw error;
  }
  return code;
}
