import type { Context } from 'koa';
import {
  type AttestedWallet,
  StaleAttestation,
  verifyWalletAttestation,
} from '../domain/issuance/verify-wallet-attestation.js';
import { AttestationError, type WalletAttesters } from '../domain/issuance/wallet-attesters.js';
import type { HolderTokenDeps } from './holder-token.js';
import { OAuthRefusal } from './oauth-refusal.js';

/**
 * Attestation-based client authentication (draft 07) of a token request, where a policy asks for it; undefined for a
 * wallet that sends none and need not. Without a policy the headers say nothing to us.
 */
export async function readWalletAttestation(
  context: Context,
  clientId: string | undefined,
  deps: HolderTokenDeps & { attesters: WalletAttesters },
): Promise<AttestedWallet | undefined> {
  const policy = deps.attesters.wallets;
  if (policy === undefined) return undefined;
  const attestation = one(context, 'oauth-client-attestation');
  const proof = one(context, 'oauth-client-attestation-pop');
  if (attestation === undefined && proof === undefined) {
    if (!policy.required) return undefined;
    throw refused('This server takes attested wallets only.', 'no attestation');
  }
  if (attestation === undefined || proof === undefined) throw refused(HOLDS_NOT, 'one header of two');
  try {
    const wallet = await verifyWalletAttestation({ attestation, proof }, policy.attesters, {
      audience: deps.issuerUrl,
      nowSeconds: deps.clock.nowSeconds(),
      clientId,
    });
    if (!(await deps.proofs.takeProof(`wallet ${wallet.instanceThumbprint}`, wallet.jti)))
      throw new AttestationError('jti was used before');
    return wallet;
  } catch (error) {
    if (error instanceof StaleAttestation)
      throw new OAuthRefusal('use_fresh_attestation', 'The wallet attestation has expired.');
    if (!(error instanceof AttestationError)) throw error;
    throw refused(HOLDS_NOT, error.message);
  }
}

const HOLDS_NOT = 'The wallet attestation does not hold.';

const refused = (description: string, logDetail: string) =>
  new OAuthRefusal('invalid_client', description, { status: 401, logDetail });

/** Node joins a repeated header with a comma, which no JWT has. */
function one(context: Context, name: string): string | undefined {
  const value = context.headers[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) || value.includes(',')) throw refused(HOLDS_NOT, 'a header sent twice');
  return value;
}
