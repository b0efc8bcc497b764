import type { Database, ActiveSigner as PlatformSigner, Signers as PlatformSigners } from '@lanyard/platform';
import { jwkFromCompressed } from '@lanyard/protocol/node-crypto';

export const SIGNER_USES = ['package', 'audit', 'request', 'receipt', 'webhook'] as const;
export type SignerUse = (typeof SIGNER_USES)[number];
export type ActiveSigner = PlatformSigner<SignerUse>;
export type Signers = PlatformSigners<SignerUse>;

/** Public keys of every signer of a use there was: what they signed is kept for longer than they sign. */
export async function readPublishedKeys(db: Database, use: 'receipt' | 'webhook'): Promise<object[]> {
  const { rows } = await db.raw('SELECT kid, public_key FROM signer WHERE use = ? ORDER BY from_at DESC', [use]);
  return rows.map(({ kid, public_key }: { kid: Buffer; public_key: Buffer }) => ({
    ...jwkFromCompressed(public_key),
    ...{ kid: kid.toString('base64url'), alg: 'ES256', use: 'sig' },
  }));
}
