import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Database, Queryable } from '@lanyard/platform';

const NONCE_LIFE_MS = 5 * 60_000;
const PROOF_LIFE_MS = 10 * 60_000;
const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** Nonces given out (each taken once) and proofs taken in (each jti once), across all processes of the issuer. */
export function createProofStore(db: Database, clock: Clock) {
  return {
    async makeNonce(): Promise<string> {
      const nonce = randomBytes(24).toString('base64url');
      await db.raw('INSERT INTO proof_nonce (digest, expires_at) VALUES (?, ?)', [
        digestOf(nonce),
        new Date(clock.nowMs() + NONCE_LIFE_MS),
      ]);
      return nonce;
    },
    /** True exactly once for a nonce that was given out and has not expired. */
    async takeNonce(on: Queryable, nonce: string): Promise<boolean> {
      const taken = await on.raw('DELETE FROM proof_nonce WHERE digest = ? AND expires_at > ?', [
        digestOf(nonce),
        new Date(clock.nowMs()),
      ]);
      return taken.rowCount === 1;
    },
    /** True the first time a proof is seen. */
    async takeProof(thumbprint: string, jti: string): Promise<boolean> {
      const taken = await db.raw('INSERT INTO used_proof (digest, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING', [
        digestOf(`${thumbprint} ${jti}`),
        new Date(clock.nowMs() + PROOF_LIFE_MS),
      ]);
      return taken.rowCount === 1;
    },
    /** Drops what has expired; called now and then. */
    async sweep(): Promise<void> {
      const now = new Date(clock.nowMs());
      for (const table of ['proof_nonce', 'used_proof', 'access_token', 'refresh_token'])
        await db.raw(`DELETE FROM ${table} WHERE expires_at < ?`, [now]);
      await db.raw("DELETE FROM idempotency_key WHERE created_at < now() - interval '1 day'");
      await db.raw("DELETE FROM change WHERE at < now() - interval '30 days'");
    },
  };
}
export type ProofStore = ReturnType<typeof createProofStore>;
