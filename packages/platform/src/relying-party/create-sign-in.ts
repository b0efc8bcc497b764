import { createHash, randomBytes } from 'node:crypto';
import * as client from 'openid-client';
import { Refusal } from '../http/refusal.js';
import { createIdpConnection, type IdpClient } from './idp-connection.js';
import { createIdpKeys } from './idp-keys.js';
import { type LogoutOrder, LogoutTokenError, verifyLogoutToken } from './logout-token.js';
import type { PendingSignIn, PendingSignIns } from './pending-sign-ins.js';
import { readPersonClaims, type SignedInPerson } from './signed-in-person.js';

export interface SignInOptions extends IdpClient {
  redirectUri: string;
  postLogoutUri: string;
  /** `acr` values that are high enough, weakest first; the first is asked for. */
  acrs: readonly [string, ...string[]];
  pendings: PendingSignIns;
  /** False for an identifier seen before; durable before it answers, kept until the time given (seconds). */
  takeLogoutToken: (order: LogoutOrder) => Promise<boolean>;
}

export const PENDING_SECONDS = 600;
const digestOf = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * Signs staff in through the identity layer: pushed authorization request (RFC 9126), code with PKCE, ID token verified
 * with its signature, nonce, audience and rung; single logout through the back channel. It opens no session of its own.
 */
export function createSignIn(options: SignInOptions) {
  const connect = createIdpConnection(options);
  const findKey = createIdpKeys(connect, options.clock);
  return {
    /** Where the browser goes, and the secret of the cookie that binds this sign-in to it. @throws Refusal `dependency-unavailable` */
    async begin(returnTo: string): Promise<{ location: string; cookie: string }> {
      const configuration = await connect();
      const cookie = randomBytes(32).toString('base64url');
      const pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
        returnTo,
      };
      const location = await client
        .buildAuthorizationUrlWithPAR(configuration, {
          redirect_uri: options.redirectUri,
          scope: 'openid',
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: await client.calculatePKCECodeChallenge(pending.codeVerifier),
          code_challenge_method: 'S256',
          acr_values: options.acrs[0],
        })
        .catch((cause) => {
          throw new Refusal('dependency-unavailable', { cause });
        });
      await options.pendings.put(digestOf(cookie), pending, options.clock.nowMs() + PENDING_SECONDS * 1000);
      return { location: location.href, cookie };
    },

    /**
     * Who the identity layer says signed in, from the query of the callback. The pending sign-in is used up first,
     * whatever the answer is.
     *
     * @throws Refusal `sign-in-expired`, `sign-in-cancelled`, `sign-in-not-valid`, `sign-in-too-weak`, `dependency-unavailable`
     */
    async finish(query: string, cookie: string | undefined): Promise<{ person: SignedInPerson; returnTo: string }> {
      const pending = cookie === undefined ? undefined : await options.pendings.take(digestOf(cookie));
      if (pending === undefined) throw new Refusal('sign-in-expired');
      const answer = new URL(options.redirectUri);
      answer.search = query;
      requireIssuer(answer.searchParams, options.issuer);
      const configuration = await connect();
      const person = await exchange(configuration, answer, pending).catch((cause: unknown) => {
        throw refusalOf(cause);
      });
      if (!options.acrs.includes(person.acr)) throw new Refusal('sign-in-too-weak', { logDetail: person.acr });
      return { person, returnTo: pending.returnTo };
    },

    /** Verifies a logout token and uses it up. @throws LogoutTokenError, Refusal `dependency-unavailable` */
    async readLogout(token: string): Promise<LogoutOrder> {
      const { issuer, clientId, clock } = options;
      const order = await verifyLogoutToken(token, { findKey, issuer, clientId, nowSeconds: clock.nowSeconds() });
      if (!(await options.takeLogoutToken(order))) throw new LogoutTokenError('replayed');
      return order;
    },

    /**
     * Where one signs out everywhere (OpenID Connect RP-Initiated Logout 1.0 §2). The ID token in this address names no
     * person: name and number come from the UserInfo endpoint.
     */
    async logoutLink(idToken: string): Promise<string> {
      const parameters = { post_logout_redirect_uri: options.postLogoutUri, id_token_hint: idToken };
      return client.buildEndSessionUrl(await connect(), parameters).href;
    },
  };
}
export type SignIn = ReturnType<typeof createSignIn>;

/** Code for tokens, tokens for the person; everything is checked before it is believed. */
async function exchange(
  configuration: client.Configuration,
  answer: URL,
  pending: PendingSignIn,
): Promise<SignedInPerson> {
  const tokens = await client.authorizationCodeGrant(configuration, answer, {
    pkceCodeVerifier: pending.codeVerifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined || tokens.id_token === undefined) throw new ClaimsError();
  // OpenID Connect Core §5.3.2: the answer counts only for the subject of the ID token.
  const details = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  const person = readPersonClaims({ ...details, sub: claims.sub, sid: claims['sid'], acr: claims['acr'] });
  if (person === undefined) throw new ClaimsError();
  return { ...person, idToken: tokens.id_token };
}

class ClaimsError extends Error {
  override readonly name = 'ClaimsError';
  readonly code = 'claims-missing';
}

/** RFC 9207: the answer names the server it comes from, once, whether or not that server announces that it does. */
function requireIssuer(answer: URLSearchParams, issuer: string): void {
  const named = answer.getAll('iss');
  if (named.length !== 1 || named[0] !== issuer) throw new Refusal('sign-in-not-valid', { logDetail: 'iss-wrong' });
}

function refusalOf(cause: unknown): Refusal {
  if (cause instanceof client.AuthorizationResponseError)
    return new Refusal('sign-in-cancelled', { cause, logDetail: cause.error });
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (cause instanceof TypeError || code === 'OAUTH_TIMEOUT') return new Refusal('dependency-unavailable', { cause });
  return new Refusal('sign-in-not-valid', { cause, logDetail: code ?? 'unknown' });
}
