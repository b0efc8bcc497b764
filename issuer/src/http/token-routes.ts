import type Router from '@koa/router';
import { type Clock, type Database, parseFormBody, parseJsonBody, readBody } from '@lanyard/platform';
import {
  AuthorizationDetailsError,
  type CredentialConfigurationId,
  DOCUMENT_CONFIGURATION_ID,
  grantedCredentialDetails,
  isCredentialConfigurationId,
  readCredentialDetails,
} from '@lanyard/protocol';
import type { Context } from 'koa';
import type { WalletAttesters } from '../domain/issuance/wallet-attesters.js';
import type { createOfferStore, OpenOffer, RedeemRefusal } from '../storage/credentials/offer-store.js';
import type { IssuedTokens } from '../storage/credentials/token-store.js';
import { adoptIdpToken, type HolderTokenDeps, readDpopProof, readIdpToken } from './holder-token.js';
import { OAuthRefusal } from './oauth-refusal.js';
import { readWalletAttestation } from './wallet-attestation.js';

export interface TokenDeps extends HolderTokenDeps {
  database: Database;
  offers: ReturnType<typeof createOfferStore>;
  attesters: WalletAttesters;
  issuerUrl: string;
  clock: Clock;
}

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
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
    if (offer !== undefined) context.body = credentialOffer(deps, offer);
  });
  router.post('/token', async (context) => {
    context.set('Cache-Control', 'no-store');
    if (!context.is('application/x-www-form-urlencoded'))
      throw new OAuthRefusal('invalid_request', 'The token endpoint takes a form.');
    const form = parseFormBody(await readBody(context.req, MAX_FORM_BYTES));
    if (form['grant_type'] === PRE_AUTHORIZED) context.body = await redeem(context, form, deps);
    else if (form['grant_type'] === 'refresh_token') context.body = await refresh(context, form, deps);
    else if (form['grant_type'] === TOKEN_EXCHANGE && deps.identityLayer !== undefined)
      context.body = await exchange(context, form, deps);
    else
      throw new OAuthRefusal(
        form['grant_type'] === undefined ? 'invalid_request' : 'unsupported_grant_type',
        'grant_type is missing or not supported.',
      );
  });
}

/** The offer object of a code that can still be redeemed. Each grant names its authorization server (§4.1.1). */
export function credentialOffer(
  deps: Pick<TokenDeps, 'issuerUrl' | 'identityLayer'>,
  offer: Omit<OpenOffer, 'id'>,
): object {
  const several = deps.identityLayer !== undefined;
  return {
    credential_issuer: deps.issuerUrl,
    credential_configuration_ids: offer.configurationIds,
    grants: {
      ...(offer.grants.includes('authorization_code') && deps.identityLayer !== undefined
        ? {
            authorization_code: {
              issuer_state: offer.issuerState,
              authorization_server: deps.identityLayer.issuer,
            },
          }
        : {}),
      ...(offer.grants.includes('pre-authorized_code')
        ? {
            [PRE_AUTHORIZED]: {
              'pre-authorized_code': offer.code,
              ...(offer.needsTxCode ? { tx_code: TX_CODE } : {}),
              ...(several ? { authorization_server: deps.issuerUrl } : {}),
            },
          }
        : {}),
    },
  };
}

const TX_CODE = {
  input_mode: 'numeric',
  length: 6,
  description: '6 位确认码由学校另外告知 / six digits, told to you apart',
};

async function redeem(context: Context, form: Record<string, string>, deps: TokenDeps): Promise<object> {
  const code = form['pre-authorized_code'];
  if (code === undefined || code === '' || code.length > 256)
    throw new OAuthRefusal('invalid_request', 'pre-authorized_code is missing.');
  const wanted = readDetails(form['authorization_details'], deps.issuerUrl);
  const attested = await readWalletAttestation(context, clientIdOf(form), deps);
  const dpopThumbprint = await readDpopProof(context, deps);
  const result = await deps.offers.redeem(
    {
      ...{ code, txCode: form['tx_code'], clientId: attested?.clientId ?? clientIdOf(form), dpopThumbprint },
      instanceThumbprint: attested?.instanceThumbprint,
    },
    (transaction, { walletId, configurationIds }) => {
      if (wanted?.some((id) => !configurationIds.includes(id)))
        throw new OAuthRefusal('invalid_authorization_details', 'More is asked for than was offered.');
      return deps.tokens.issue(transaction, {
        walletId,
        configurationIds: wanted ?? configurationIds,
        // Documents go by identifier alone: without details a wallet could not say which it means.
        byIdentifier: wanted !== undefined || configurationIds.includes(DOCUMENT_CONFIGURATION_ID),
        dpopThumbprint,
      });
    },
  );
  if ('refused' in result) throw new OAuthRefusal(...REFUSALS[result.refused], { logDetail: result.refused });
  return tokenResponse(result.answer, dpopThumbprint, deps.issuerUrl);
}

const clientIdOf = (form: Record<string, string>): string | undefined =>
  form['client_id'] === undefined || form['client_id'] === '' ? undefined : form['client_id'].slice(0, 200);

/** `authorization_details` of a token request (§6.1.1); undefined where there is none. */
function readDetails(text: string | undefined, issuerUrl: string): CredentialConfigurationId[] | undefined {
  if (text === undefined) return undefined;
  try {
    return readCredentialDetails(parseJsonBody(Buffer.from(text)), issuerUrl);
  } catch (error) {
    const detail = error instanceof AuthorizationDetailsError ? error.message : 'not JSON';
    throw new OAuthRefusal('invalid_authorization_details', 'authorization_details is not one of ours.', {
      logDetail: detail,
    });
  }
}

/**
 * Exchanges an access token of the identity layer for the wallet's own line to this issuer (RFC 8693): the same wallet,
 * the same credentials, bound to the same key, with a refresh token. Once for each access token.
 */
async function exchange(context: Context, form: Record<string, string>, deps: TokenDeps): Promise<object> {
  const token = form['subject_token'];
  if (token === undefined || form['subject_token_type'] !== ACCESS_TOKEN_TYPE)
    throw new OAuthRefusal('invalid_request', 'subject_token of type access_token is missing.');
  for (const name of ['actor_token', 'scope', 'authorization_details'])
    if (form[name] !== undefined) throw new OAuthRefusal('invalid_request', `${name} is not supported here.`);
  const dpopThumbprint = await readDpopProof(context, deps);
  if (dpopThumbprint === undefined) throw new OAuthRefusal('invalid_dpop_proof', 'An exchange needs a DPoP proof.');
  const attested = await readWalletAttestation(context, clientIdOf(form), deps);
  // An unknown token is `invalid_request` here (RFC 8693 §2.2.2), not a missing authorization.
  const authorization = await readIdpToken(token, deps).catch(asInvalidRequest);
  if (authorization?.dpopThumbprint !== dpopThumbprint)
    throw new OAuthRefusal('invalid_request', 'The subject token does not hold.');
  const known = await deps.tokens.find(deps.db, token);
  const holder = known ?? (await adoptIdpToken(token, authorization, deps, attested).catch(asInvalidRequest));
  if (!(await deps.proofs.takeProof('token exchange', authorization.jti)))
    throw new OAuthRefusal('invalid_request', 'The subject token was exchanged before.');
  const tokens = await deps.database.transaction((transaction) => deps.tokens.issue(transaction, holder));
  return { ...tokenResponse(tokens, dpopThumbprint, deps.issuerUrl), issued_token_type: ACCESS_TOKEN_TYPE };
}

function asInvalidRequest(error: unknown): never {
  if (error instanceof OAuthRefusal && error.options.status === 401)
    throw new OAuthRefusal('invalid_request', 'The subject token does not hold.', {
      ...(error.options.logDetail === undefined ? {} : { logDetail: error.options.logDetail }),
    });
  throw error;
}

async function refresh(context: Context, form: Record<string, string>, deps: TokenDeps): Promise<object> {
  const token = form['refresh_token'];
  if (token === undefined || token === '' || token.length > 256)
    throw new OAuthRefusal('invalid_request', 'refresh_token is missing.');
  const dpopThumbprint = await readDpopProof(context, deps);
  if (dpopThumbprint === undefined) throw new OAuthRefusal('invalid_dpop_proof', 'A refresh needs a DPoP proof.');
  const attested = await readWalletAttestation(context, clientIdOf(form), deps);
  const tokens = await deps.tokens.refresh(token, dpopThumbprint, attested?.instanceThumbprint);
  if (tokens === undefined) throw new OAuthRefusal('invalid_grant', 'The refresh token is unknown, used or expired.');
  return tokenResponse(tokens, dpopThumbprint, deps.issuerUrl);
}

function tokenResponse(tokens: IssuedTokens, dpopThumbprint: string | undefined, issuerUrl: string): object {
  return {
    access_token: tokens.accessToken,
    token_type: dpopThumbprint === undefined ? 'Bearer' : 'DPoP',
    expires_in: tokens.expiresInSeconds,
    ...(tokens.refreshToken === undefined ? {} : { refresh_token: tokens.refreshToken }),
    ...(tokens.byIdentifier
      ? {
          authorization_details: grantedCredentialDetails(
            tokens.configurationIds.filter(isCredentialConfigurationId),
            issuerUrl,
            tokens.documents,
          ),
        }
      : {}),
  };
}
