import type { Clock, Queryable } from '@lanyard/platform';
import type { Context } from 'koa';
import { DpopError, verifyDpopProof } from '../domain/issuance/verify-dpop-proof.js';
import type { ProofStore } from '../storage/credentials/proof-store.js';
import type { TokenHolder, TokenStore } from '../storage/credentials/token-store.js';
import { OAuthRefusal } from './oauth-refusal.js';

export interface HolderTokenDeps {
  db: Queryable;
  tokens: TokenStore;
  proofs: ProofStore;
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
 * The wallet behind an access token. A bound token needs the DPoP scheme and a proof by its key; an unbound one is
 * taken as Bearer, unless `boundOnly`.
 */
export async function requireHolder(context: Context, deps: HolderTokenDeps, boundOnly = false): Promise<TokenHolder> {
  const match = /^(Bearer|DPoP) ([A-Za-z0-9_-]{43})$/.exec(context.get('Authorization'));
  const [, scheme, token] = match ?? [];
  if (scheme === undefined || token === undefined) throw unauthorised('invalid_token', 'An access token is required.');
  const holder = await deps.tokens.find(deps.db, token);
  if (holder === undefined) throw unauthorised('invalid_token', 'The access token is unknown or has expired.');
  if (holder.dpopThumbprint === undefined) {
    if (boundOnly || scheme !== 'Bearer')
      throw unauthorised('invalid_token', 'This needs an access token bound by DPoP.');
    return holder;
  }
  if (scheme !== 'DPoP') throw unauthorised('invalid_token', 'This access token is bound: use the DPoP scheme.');
  const thumbprint = await readDpopProof(context, deps, token);
  if (thumbprint !== holder.dpopThumbprint)
    throw unauthorised('invalid_token', 'The DPoP key is not the one the token is bound to.');
  return holder;
}

function unauthorised(error: string, description: string): OAuthRefusal {
  return new OAuthRefusal(error, description, { status: 401, challenge: `DPoP error="${error}", algs="ES256"` });
}
