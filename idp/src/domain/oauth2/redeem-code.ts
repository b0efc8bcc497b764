import type { RandomBytes } from '../cas/ticket.js';
import { MAX_AHEAD_MS, randomText } from '../cas/ticket.js';
import type { RedeemCode, UsedCode } from './code-ports.js';
import { type Oauth2Error, oauth2Error } from './oauth2-error.js';
import { verifierFits } from './pkce.js';

export interface TokenRequest {
  /** Proved by its secret. */
  clientId: string;
  grantType: string | undefined;
  code: string | undefined;
  redirectUri: string | undefined;
  verifier: string | undefined;
}

const CODE = /^[A-Za-z0-9]{43}$/;
/** 256 bits in 62 letters. */
export const SECRET_CHARACTERS = 43;

/**
 * Turns a code into an access token, once (RFC 6749 §4.1.3, RFC 7636 §4.6). One error for every fault of the code, so
 * that nobody learns which.
 */
export function createCodeRedemption(deps: {
  redeem: RedeemCode;
  random: RandomBytes;
  nowMs: () => number;
  tokenLifeSeconds: number;
}) {
  return async (request: TokenRequest): Promise<{ accessToken: string } | Oauth2Error> => {
    if (request.grantType !== 'authorization_code')
      return oauth2Error('unsupported_grant_type', 'Only grant_type=authorization_code is taken.');
    if (request.code === undefined) return oauth2Error('invalid_request', 'The code is missing.');
    const refused = oauth2Error(
      'invalid_grant',
      'The code is not valid, was used before, or does not belong to this request.',
    );
    if (!CODE.test(request.code)) return refused;
    const nowMs = deps.nowMs();
    const accessToken = randomText(deps.random, SECRET_CHARACTERS);
    const outcome = await deps.redeem(
      { code: request.code, accessToken, tokenExpiresAtMs: nowMs + deps.tokenLifeSeconds * 1_000 },
      (used) => faultOf(used, request, nowMs),
    );
    return outcome === 'redeemed' ? { accessToken } : refused;
  };
}

function faultOf(used: UsedCode, request: TokenRequest, nowMs: number): string | undefined {
  if (used.relyingPartyId !== request.clientId) return 'other-client';
  if (used.expiresAtMs <= nowMs || used.issuedAtMs > nowMs + MAX_AHEAD_MS) return 'code-expired';
  const named = request.redirectUri;
  if (named === undefined ? used.redirectUriGiven : named !== used.redirectUri) return 'redirect-differs';
  if (!verifierFits(used.challenge, request.verifier)) return 'verifier-differs';
  return undefined;
}
