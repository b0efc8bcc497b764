import { randomBytes } from 'node:crypto';
import type { Clock, Database } from '@lanyard/platform';
import { digestOf } from './provider-documents.js';

export const CHALLENGE_SECONDS = 300;
/** How far the clocks of two processes of this layer may be apart. */
const CLOCKS_APART_MS = 30_000;

/** What a challenge was made for; nothing else may use it. */
export interface ChallengeUse {
  ceremony: 'sign-in' | 'register';
  /** Interaction or session. */
  binding: string;
  /** Of a registration only: nobody is known before a sign-in. */
  accountId?: string;
}

/** Challenges of passkey ceremonies. Consuming is one UPDATE: of any number at once, one succeeds. */
export function createChallengeStore(db: Database, clock: Clock) {
  // What expires later was made in the future: the clock was set back, and it would live twice (attack 30).
  const latestExpiry = () => new Date(clock.nowMs() + CHALLENGE_SECONDS * 1000 + CLOCKS_APART_MS);
  return {
    /** 32 random bytes in base64url. */
    async make(use: ChallengeUse): Promise<string> {
      const challenge = randomBytes(32).toString('base64url');
      await db.raw(
        'INSERT INTO ceremony_challenge (digest, ceremony, binding, account_id, expires_at) VALUES (?, ?, ?, ?, ?)',
        [
          digestOf(challenge),
          use.ceremony,
          use.binding,
          use.accountId ?? null,
          new Date(clock.nowMs() + CHALLENGE_SECONDS * 1000),
        ],
      );
      return challenge;
    },
    /** Before anything is verified: a challenge answered wrongly is used up too. */
    async consume(challenge: string, use: ChallengeUse): Promise<boolean> {
      const now = new Date(clock.nowMs());
      const { rowCount } = await db.raw(
        `UPDATE ceremony_challenge SET used_at = ? WHERE digest = ? AND ceremony = ? AND binding = ?
         AND account_id IS NOT DISTINCT FROM ?::text AND used_at IS NULL AND expires_at > ? AND expires_at <= ?`,
        [now, digestOf(challenge), use.ceremony, use.binding, use.accountId ?? null, now, latestExpiry()],
      );
      return rowCount === 1;
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM ceremony_challenge WHERE expires_at < ?', [new Date(clock.nowMs())]);
    },
  };
}
export type ChallengeStore = ReturnType<typeof createChallengeStore>;
