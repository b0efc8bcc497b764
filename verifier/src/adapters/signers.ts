import type { Database, ActiveSigner as PlatformSigner, Signers as PlatformSigners } from '@lanyard/platform';
import { jwkFromCompressed } from '@lanyard/protocol/node-crypto';

export const SIGNER_USES = ['package', 'audit', 'request', 'receipt'] as const;
export type SignerUse = (typeof SIGNER_USES)[number];
export type ActiveSigner = PlatformSigner<SignerUse>;
export type Signers = PlatformSigners<SignerUse>;

/** Public keys of every receipt signer there was: receipts are kept for longer than signers sign. */
export async function readReceiptKeys(db: Database): Promise<object[]> {
  const { rows } = await db.raw("SELECT kid, public_key FROM signer WHERE use = 'receipt' ORDER BY from_at DESC");
  return rows.map(({ kid, public_key }: { kid: Buffer; public_key: Buffer }) => ({
    ...jwkFromCompressed(public_key),
    ...{ kid: kid.toString('base64url'), alg: 'ES256', use: 'sig' },
  }));
}
