import type Router from '@koa/router';
import { type Clock, parseFormBody, readBody } from '@lanyard/platform';
import type { Context } from 'koa';
import type { createOfferStore, RedeemRefusal } from '../storage/credentials/offer-store.js';
import type { IssuedTokens } from '../storage/credentials/token-store.js';
import { type HolderTokenDeps, readDpopProof } from './holder-token.js';
import { OAuthRefusal } from './oauth-refusal.js';

export interface TokenDeps extends HolderTokenDeps {
  offers: ReturnType<typeof createOfferStore>;
  issuerUrl: string;
  clock: Clock;
}

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const MAX_FORM_BYTES = 16_384;

const REFUSALS: Record<RedeemRefusal, [error: string, description: string]> = {
  'code-unknown': ['invalid_grant', 'The pre-authorized code is unknown, expired, used, or was tried too often.'],
  'tx-code-missing': ['invalid_request', 'A transaction code is required.'],
  'tx-code-unexpected': ['invalid_request', 'This offer has no transaction code.'],
  'tx-code-wrong': ['invalid_grant', 'The transaction code is wrong. After five wrong tries the offer ends.'],
};

/** Credential offers by reference (OpenID4VCI 1.0 §4.1.3) and the token endpoint (§6). */
export function addTokenRoutes(router: Router, deps: TokenDeps): void {
  router.get('/credential-offers/:id', async (context) => {
    const offer = await deps.offers.find(String(context.params['id']));
    context.set('Cache-Control', 'no-store');
    if (offer !== undefined) context.body = credentialOffer(deps.issuerUrl, offer);
  });
  router.post('/token', async (context) => {
    context.set('Cache-Control', 'no-store');
    if (!context.is('application/x-www-form-urlencoded'))
      throw new OAuthRefusal('invalid_request', 'The token endpoint takes a form.');
    const form = parseFormBody(await readBody(context.req, MAX_FORM_BYTES));
    if (form['grant_type'] === PRE_AUTHORIZED) context.body = await redeem(context, form, deps);
    else if (form['grant_type'] === 'refresh_token') context.body = await refresh(context, form, deps);
    else
      throw new OAuthRefusal(
        form['grant_type'] === undefined ? 'invalid_request' : 'unsupported_grant_type',
        'grant_type is missing or not supported.',
      );
  });
}

/** The offer object of a code that can still be redeemed. */
export function credentialOffer(
  issuerUrl: string,
  offer: { code: string; configurationIds: string[]; needsTxCode: boolean },
): object {
  return {
    credential_issuer: issuerUrl,
    credential_configuration_ids: offer.configurationIds,
    grants: {
      [PRE_AUTHORIZED]: {
        'pre-authorized_code': offer.code,
        ...(offer.needsTxCode
          ? {
              tx_code: {
                input_mode: 'numeric',
                length: 6,
                description: '6 位确认码由学校另外告知 / six digits, told to you apart',
              },
            }
          : {}),
      },
    },
  };
}

async function redeem(context: Context, form: Record<string, string>, deps: TokenDeps): Promise<object> {
  const code = form['pre-authorized_code'];
  if (code === undefined || code === '' || code.length > 256)
    throw new OAuthRefusal('invalid_request', 'pre-authorized_code is missing.');
  if (form['authorization_details'] !== undefined)
    throw new OAuthRefusal('invalid_request', 'authorization_details is not supported.');
  const dpopThumbprint = await readDpopProof(context, deps);
  const clientId = form['client_id'] === '' ? undefined : form['client_id']?.slice(0, 200);
  const result = await deps.offers.redeem({ code, txCode: form['tx_code'], clientId }, (transaction, wallet) =>
    deps.tokens.issue(transaction, { ...wallet, dpopThumbprint }),
  );
  if ('refused' in result) throw new OAuthRefusal(...REFUSALS[result.refused], { logDetail: result.refused });
  return tokenResponse(result.answer, dpopThumbprint);
}

async function refresh(context: Context, form: Record<string, string>, deps: TokenDeps): Promise<object> {
  const token = form['refresh_token'];
  if (token === undefined || token === '' || token.length > 256)
    throw new OAuthRefusal('invalid_request', 'refresh_token is missing.');
  const dpopThumbprint = await readDpopProof(context, deps);
  if (dpopThumbprint === undefined) throw new OAuthRefusal('invalid_dpop_proof', 'A refresh needs a DPoP proof.');
  const tokens = await deps.tokens.refresh(token, dpopThumbprint);
  if (tokens === undefined) throw new OAuthRefusal('invalid_grant', 'The refresh token is unknown, used or expired.');
  return tokenResponse(tokens, dpopThumbprint);
}

function tokenResponse(tokens: IssuedTokens, dpopThumbprint: string | undefined): object {
  return {
    access_token: tokens.accessToken,
    token_type: dpopThumbprint === undefined ? 'Bearer' : 'DPoP',
    expires_in: tokens.expiresInSeconds,
    ...(tokens.refreshToken === undefined ? {} : { refresh_token: tokens.refreshToken }),
  };
}
