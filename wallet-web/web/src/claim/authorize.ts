import { encodeBase64url } from '@lanyard/protocol';
import { webHashes, webRandomBytes } from '@lanyard/protocol/web-crypto';
import type { WalletContext } from '../app/page.js';
import { endpointsOf, readIssuer } from '../issuer/find-endpoints.js';
import {
  AUTHORIZATION_CODE,
  type AuthorizationServer,
  findServer,
  readServer,
  TOKEN_EXCHANGE,
} from '../issuer/find-server.js';
import type { IssuerMetadata } from '../issuer/issuer-metadata.js';
import { STUDENT_ID, STUDENT_ID_MDOC, STUDENT_PASS } from '../issuer/obtain.js';
import { ask, readJson, ServiceRefusal } from '../issuer/refusal.js';
import { requestTokens } from '../issuer/request-tokens.js';
import { generateProofKey, type ProofKey } from '../issuer/sign-proof.js';
import type { CredentialOffer, IssuerLine, PendingAuthorization } from '../storage/kept.js';
import { AuthorizationProblem, readAuthorizationAnswer } from './authorization-answer.js';

const CLIENT_ID = 'lanyard-wallet';
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** An offer as our own issuer would make it, for a student who comes without one. */
export function ownOffer({
  issuer,
  configurations,
}: Pick<IssuerMetadata, 'issuer' | 'configurations'>): CredentialOffer {
  const offered = configurations.map(({ id }) => id);
  return {
    issuer,
    configurationIds: [STUDENT_ID, STUDENT_ID_MDOC, STUDENT_PASS].filter((id) => offered.includes(id)),
    code: undefined,
    txCodeLength: undefined,
    authorization: { issuerState: undefined, server: undefined },
  };
}

/**
 * Begins the authorization code flow (OpenID4VCI 1.0 §5): pushed request where the server takes one (RFC 9126), PKCE
 * with S256, `state`. All that the answer has to fit is kept before the person leaves. Answers where to go.
 * @throws ServiceRefusal, NoAnswer
 */
export async function beginAuthorization(
  wallet: WalletContext,
  offer: CredentialOffer,
  metadata: IssuerMetadata,
): Promise<string> {
  const server = await findServer(metadata.servers, AUTHORIZATION_CODE, offer.authorization?.server);
  const key = await generateProofKey();
  const [state, codeVerifier] = [encodeBase64url(webRandomBytes(16)), encodeBase64url(webRandomBytes(32))];
  const pending: PendingAuthorization = {
    offer,
    server: { issuer: server.issuer, token: server.token, namesItself: server.namesItself },
    clientId: CLIENT_ID,
    redirectUri: `${location.origin}/issue/callback`,
    state,
    codeVerifier,
    dpopKey: key.privateKey,
    dpopJwk: key.jwk,
    startedAtMs: wallet.clock.nowMs(),
  };
  const parameters = authorizationParameters(pending, metadata);
  const address = await addressOf(server, parameters);
  await wallet.db.keep('authorization', pending);
  return address;
}

/** What is asked for: scope values where the issuer names them, else authorization details (§5.1). */
export function authorizationParameters(
  pending: Pick<PendingAuthorization, 'offer' | 'clientId' | 'redirectUri' | 'state' | 'codeVerifier'>,
  metadata: Pick<IssuerMetadata, 'issuer' | 'servers' | 'configurations'>,
): Record<string, string> {
  const { offer } = pending;
  const wanted = metadata.configurations.filter(({ id }) => offer.configurationIds.includes(id));
  const scopes = wanted.map(({ scope }) => scope);
  const details = wanted.map(({ id }) => ({
    type: 'openid_credential',
    credential_configuration_id: id,
    // §5.1.1: with more than one server the detail says whose configuration it is.
    ...(metadata.servers.length > 1 || metadata.servers[0] !== metadata.issuer ? { locations: [metadata.issuer] } : {}),
  }));
  const state = offer.authorization?.issuerState;
  return {
    response_type: 'code',
    client_id: pending.clientId,
    redirect_uri: pending.redirectUri,
    state: pending.state,
    code_challenge: encodeBase64url(webHashes.sha256(new TextEncoder().encode(pending.codeVerifier))),
    code_challenge_method: 'S256',
    ...(scopes.every((scope) => scope !== undefined)
      ? { scope: scopes.join(' '), resource: metadata.issuer }
      : { authorization_details: JSON.stringify(details) }),
    ...(state === undefined ? {} : { issuer_state: state }),
  };
}

async function addressOf(server: AuthorizationServer, parameters: Record<string, string>): Promise<string> {
  const { authorization, pushed } = server;
  if (authorization === undefined) throw new ServiceRefusal(200, 'server-not-found');
  const address = new URL(authorization);
  if (pushed === undefined) {
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    return address.href;
  }
  const answer = await ask(pushed, { method: 'POST', body: new URLSearchParams(parameters) });
  const { request_uri: uri } = await readJson<{ request_uri?: unknown }>(answer);
  if (typeof uri !== 'string') throw new ServiceRefusal(answer.status, 'sign-in-refused');
  address.searchParams.set('client_id', parameters['client_id'] ?? '');
  address.searchParams.set('request_uri', uri);
  return address.href;
}

/** Takes the answer down, so that a reload goes on with it. @throws AuthorizationProblem */
export async function keepAuthorizationAnswer(wallet: WalletContext, answer: URLSearchParams): Promise<void> {
  const { authorization } = await wallet.db.read('authorization');
  const code = readAuthorizationAnswer(answer, authorization, wallet.clock.nowMs());
  if (authorization !== undefined) await wallet.db.keep('authorization', { ...authorization, code });
}

/**
 * Redeems a kept answer: a token of the authorization server, then, where that is not the issuer and the issuer
 * exchanges it, this wallet's own line (RFC 8693). One transaction makes the claim one that was redeemed.
 * @throws AuthorizationProblem, ServiceRefusal, NoAnswer
 */
export async function redeemAuthorization(wallet: WalletContext): Promise<void> {
  const { authorization } = await wallet.db.read('authorization');
  if (authorization?.code === undefined) throw new AuthorizationProblem('authorization-unknown');
  const { metadata } = await readIssuer(authorization.offer.issuer);
  const line = await redeem(wallet, { ...authorization, code: authorization.code }, metadata);
  await wallet.db.write(async (transaction) => {
    const kept = transaction.objectStore('kept');
    await kept.put({ offer: authorization.offer, offerUri: undefined, wrongTries: 0, line }, 'pending');
    await kept.delete('authorization');
  });
}

async function redeem(
  wallet: WalletContext,
  pending: PendingAuthorization & { readonly code: string },
  metadata: IssuerMetadata,
): Promise<IssuerLine> {
  const key: ProofKey = { privateKey: pending.dpopKey, jwk: pending.dpopJwk };
  const nowSeconds = wallet.clock.nowSeconds();
  const endpoints = endpointsOf(metadata, pending.server, wallet.language);
  const fields = {
    grant_type: AUTHORIZATION_CODE,
    client_id: pending.clientId,
    code: pending.code,
    code_verifier: pending.codeVerifier,
    redirect_uri: pending.redirectUri,
  };
  const first = await requestTokens(endpoints, key, fields, nowSeconds);
  if (pending.server.issuer === metadata.issuer || !metadata.servers.includes(metadata.issuer)) return first;
  const own = await readServer(metadata.issuer);
  if (!own.grants.includes(TOKEN_EXCHANGE)) return first;
  const exchange = {
    grant_type: TOKEN_EXCHANGE,
    subject_token: first.accessToken,
    subject_token_type: ACCESS_TOKEN_TYPE,
  };
  const line = await requestTokens(endpointsOf(metadata, own, wallet.language), key, exchange, nowSeconds);
  return { ...line, identifiers: line.identifiers ?? first.identifiers };
}
