import type { Clock, Queryable } from '@lanyard/platform';
import type { Context } from 'koa';
import { type IdentityLayer, IdentityLayerAway } from '../adapters/identity-layer.js';
import { DpopError, verifyDpopProof } from '../domain/issuance/verify-dpop-proof.js';
import { type IdpAuthorization, IdpTokenError, verifyIdpToken } from '../domain/issuance/verify-idp-token.js';
import type { AttestedWallet } from '../domain/issuance/verify-wallet-attestation.js';
import type { WalletAttesters } from '../domain/issuance/wallet-attesters.js';
import type { ProofStore } from '../storage/credentials/proof-store.js';
import type { TokenHolder, TokenStore } from '../storage/credentials/token-store.js';
import type { WalletStore } from '../storage/credentials/wallet-store.js';
import { OAuthRefusal } from './oauth-refusal.js';

export interface HolderTokenDeps {
  db: Queryable;
  tokens: TokenStore;
  proofs: ProofStore;
  wallets: WalletStore;
  attesters: WalletAttesters;
  /** The second authorization server, where there is one. */
  identityLayer: IdentityLayer | undefined;
  clock: Clock;
  issuerUrl: string;
}

/** Checks the DPoP proof of a request when it carries one; a proof works once (RFC 9449 §11.1). */
export async function readDpopProof(
  context: Context,
  deps: HolderTokenDeps,
  accessToken?: string,
): Promise<string | undefined> {
  const header = context.headers['dpop'];
  if (header === undefined) return undefined;
  if (Array.isArray(header) || header.includes(','))
    throw new OAuthRefusal('invalid_dpop_proof', 'More than one DPoP proof was sent.');
  try {
    const proof = verifyDpopProof(header, {
      method: context.method,
      url: `${deps.issuerUrl}${context.path}`,
      nowSeconds: deps.clock.nowSeconds(),
      ...(accessToken === undefined ? {} : { accessToken }),
    });
    if (!(await deps.proofs.takeProof(proof.thumbprint, proof.jti))) throw new DpopError('jti was used before');
    return proof.thumbprint;
  } catch (error) {
    if (!(error instanceof DpopError)) throw error;
    throw new OAuthRefusal('invalid_dpop_proof', 'The DPoP proof does not hold.', {
      ...(accessToken === undefined ? {} : { status: 401, challenge: 'DPoP error="invalid_dpop_proof", algs="ES256"' }),
      logDetail: error.message,
    });
  }
}

/**
 * The wallet behind an access token: one of our own, or one of the identity layer (RFC 9068) whose first use makes it
 * one of ours. A bound token needs the DPoP scheme and a proof by its key; an unbound one is taken as Bearer, unless
 * `boundOnly`. The identity layer's are always bound, and nothing is done with one before its key was proved.
 */
export async function requireHolder(context: Context, deps: HolderTokenDeps, boundOnly = false): Promise<TokenHolder> {
  const match = /^(Bearer|DPoP) ([A-Za-z0-9_.-]{43,4096})$/.exec(context.get('Authorization'));
  const [, scheme, token] = match ?? [];
  if (scheme === undefined || token === undefined) throw unauthorised('invalid_token', 'An access token is required.');
  const known = await deps.tokens.find(deps.db, token);
  const authorization = known === undefined ? await readIdpToken(token, deps) : undefined;
  const bound = known?.dpopThumbprint ?? authorization?.dpopThumbprint;
  if (bound === undefined) {
    if (known === undefined) throw unauthorised('invalid_token', UNKNOWN);
    if (boundOnly || scheme !== 'Bearer')
      throw unauthorised('invalid_token', 'This needs an access token bound by DPoP.');
    return known;
  }
  if (scheme !== 'DPoP') throw unauthorised('invalid_token', 'This access token is bound: use the DPoP scheme.');
  if ((await readDpopProof(context, deps, token)) !== bound) throw unauthorised('invalid_token', OTHER_KEY);
  if (known !== undefined) return known;
  if (authorization === undefined) throw unauthorised('invalid_token', UNKNOWN);
  // The identity layer asked for no attestation: where one is required, the token endpoint has to see it first.
  if (deps.attesters.wallets?.required) throw unauthorised('invalid_token', 'Exchange this access token first.');
  return adoptIdpToken(token, authorization, deps);
}

const UNKNOWN = 'The access token is unknown or has expired.';
const OTHER_KEY = 'The DPoP key is not the one the token is bound to.';

/** What a token of the identity layer says; undefined for what cannot be one. */
export async function readIdpToken(token: string, deps: HolderTokenDeps): Promise<IdpAuthorization | undefined> {
  const { identityLayer } = deps;
  if (identityLayer === undefined || !token.includes('.')) return undefined;
  try {
    return await verifyIdpToken(token, {
      issuer: identityLayer.issuer,
      audience: deps.issuerUrl,
      nowSeconds: deps.clock.nowSeconds(),
      findKey: identityLayer.findKey,
    });
  } catch (error) {
    if (error instanceof IdentityLayerAway) throw away(error);
    if (!(error instanceof IdpTokenError)) throw error;
    throw unauthorised('invalid_token', UNKNOWN, error.message);
  }
}

/** Gives a token whose DPoP key was proved its wallet. */
export async function adoptIdpToken(
  token: string,
  authorization: IdpAuthorization,
  deps: HolderTokenDeps,
  attested?: AttestedWallet,
): Promise<TokenHolder> {
  const number = await deps.identityLayer?.findStudentNumber(authorization.subject).catch((error: unknown) => {
    throw error instanceof IdentityLayerAway ? away(error) : error;
  });
  if (number === undefined) throw unauthorised('invalid_token', UNKNOWN, 'no active student');
  if (authorization.configurationIds.length === 0)
    throw new OAuthRefusal('insufficient_scope', 'The access token allows no credential of this issuer.', {
      status: 403,
      challenge: 'DPoP error="insufficient_scope", algs="ES256"',
    });
  const adopted = await deps.wallets.adopt(token, authorization, number, attested?.instanceThumbprint);
  if (adopted !== 'adopted') {
    if (adopted.refused === 'token-used') throw unauthorised('invalid_token', UNKNOWN, adopted.refused);
    throw new OAuthRefusal('credential_request_denied', ADOPTION[adopted.refused], { logDetail: adopted.refused });
  }
  const holder = await deps.tokens.find(deps.db, token);
  if (holder === undefined) throw unauthorised('invalid_token', UNKNOWN);
  return holder;
}

const ADOPTION = {
  'student-unknown': 'The register does not know this student.',
  'student-not-eligible': 'The student ID is suspended or revoked: nothing is issued.',
  'state-not-yours': 'The offer is not for the student who signed in, or it was used or has expired.',
};

const away = (cause: Error) =>
  new OAuthRefusal('temporarily_unavailable', 'The authorization server cannot be asked now. Try again.', {
    status: 503,
    logDetail: `identity layer: ${cause.message}`,
  });

function unauthorised(error: string, description: string, logDetail?: string): OAuthRefusal {
  return new OAuthRefusal(error, description, {
    status: 401,
    challenge: `DPoP error="${error}", algs="ES256"`,
    ...(logDetail === undefined ? {} : { logDetail }),
  });
}
