import { createHash } from 'node:crypto';
import type { Database, Transaction } from '../db/connect-database.js';
import type { Clock } from '../time/clock.js';
import type { LogoutOrder } from './logout-token.js';
import type { PendingSignIns } from './pending-sign-ins.js';

const LOGOUT_KEPT_MS = 15 * 60_000;
const digestOf = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * Sign-ins under way and logout tokens taken, in two tables of the service (verifier's migration 0050 shows them). An
 * answer of the identity layer and a logout token work once, also in parallel and across processes.
 */
export function createPostgresSignIns(db: Database, clock: Clock, tables: { signIn: string; logout: string }) {
  const now = () => new Date(clock.nowMs());
  const pendings: PendingSignIns = {
    async put(cookieDigest, pending, untilMs) {
      await db.raw(
        `INSERT INTO ${tables.signIn} (cookie_digest, state, nonce, code_verifier, return_to, expires_at)
         VALUES (?, ?, ?, ?, ?, ?)`,
        [cookieDigest, pending.state, pending.nonce, pending.codeVerifier, pending.returnTo, new Date(untilMs)],
      );
    },
    async take(cookieDigest) {
      const { rows } = await db.raw(
        `DELETE FROM ${tables.signIn} WHERE cookie_digest = ?
         RETURNING state, nonce, code_verifier, return_to, expires_at > ? AS alive`,
        [cookieDigest, now()],
      );
      const row = rows[0];
      if (row === undefined || row.alive !== true) return undefined;
      return { state: row.state, nonce: row.nonce, codeVerifier: row.code_verifier, returnTo: row.return_to };
    },
  };
  return {
    pendings,
    /** False for a logout token taken before; of several at once, one is taken. */
    async takeLogoutToken(order: LogoutOrder): Promise<boolean> {
      const taken = await db.raw(
        `INSERT INTO ${tables.logout} (jti_digest, sid, until_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
        [digestOf(order.jti), order.sid ?? null, new Date(clock.nowMs() + LOGOUT_KEPT_MS)],
      );
      return taken.rowCount === 1;
    },
    /** Lets a session that opens and the logout that ends it wait for each other. */
    async lock(transaction: Transaction, sid: string): Promise<void> {
      await transaction.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`${tables.signIn} sid ${sid}`]);
    },
    /** Whether the identity layer has ended this sign-in already. Under the lock. */
    async isEnded(transaction: Transaction, sid: string): Promise<boolean> {
      const { rows } = await transaction.raw(`SELECT 1 FROM ${tables.logout} WHERE sid = ? AND until_at > ? LIMIT 1`, [
        sid,
        now(),
      ]);
      return rows.length > 0;
    },
    async sweep(): Promise<void> {
      await db.raw(`DELETE FROM ${tables.signIn} WHERE expires_at < ?`, [now()]);
      await db.raw(`DELETE FROM ${tables.logout} WHERE until_at < ?`, [now()]);
    },
  };
}
export type PostgresSignIns = ReturnType<typeof createPostgresSignIns>;
