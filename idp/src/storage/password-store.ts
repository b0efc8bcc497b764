import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import { digestOf } from './provider-documents.js';

const BROWSERS_KEPT = 20;

/** Password hashes, and the browsers people signed in with before. */
export function createPasswordStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    async find(accountId: string): Promise<{ hash: string; setAtMs: number } | undefined> {
      const { rows } = await db.raw('SELECT hash, set_at FROM password WHERE account_id = ?', [accountId]);
      const row = rows[0] as { hash: string; set_at: Date } | undefined;
      return row === undefined ? undefined : { hash: row.hash, setAtMs: row.set_at.getTime() };
    },
    /**
     * What a try with this number needs, in one statement that does the same work for numbers that exist and others:
     * the hash of an account that may sign in, and whether it was signed in from this browser before.
     */
    async findForTry(
      number: string,
      browser: string,
    ): Promise<{ accountId: string | undefined; hash: string | undefined; knownBrowser: boolean }> {
      const { rows } = await db.raw(
        `SELECT a.id, p.hash, k.digest IS NOT NULL AS known FROM (SELECT 1) one
         LEFT JOIN account a ON a.number = ? AND a.state = 'active'
         LEFT JOIN password p ON p.account_id = a.id
         LEFT JOIN known_browser k ON k.account_id = a.id AND k.digest = ?`,
        [number, digestOf(browser)],
      );
      const row = rows[0] as { id: string | null; hash: string | null; known: boolean };
      return { accountId: row.id ?? undefined, hash: row.hash ?? undefined, knownBrowser: row.known };
    },
    async setIn(transaction: Transaction, accountId: string, hash: string): Promise<void> {
      await transaction.raw(
        `INSERT INTO password (account_id, hash, set_at) VALUES (?, ?, ?)
         ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at`,
        [accountId, hash, now()],
      );
      await appendAudit(
        transaction,
        [{ actor: `account:${accountId}`, action: 'password.set', subject: `account:${accountId}` }],
        clock.nowMs(),
      );
    },
    async remove(accountId: string): Promise<boolean> {
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw('DELETE FROM password WHERE account_id = ?', [accountId]);
        if (rowCount === 0) return false;
        await appendAudit(
          transaction,
          [{ actor: `account:${accountId}`, action: 'password.removed', subject: `account:${accountId}` }],
          clock.nowMs(),
        );
        return true;
      });
    },
    /** The browser's own lane opens with a success in it; the oldest beyond twenty are forgotten. */
    async noteBrowser(accountId: string, browser: string): Promise<void> {
      await db.raw(
        `INSERT INTO known_browser (account_id, digest, last_success_at) VALUES (?, ?, ?)
         ON CONFLICT (account_id, digest) DO UPDATE SET last_success_at = excluded.last_success_at`,
        [accountId, digestOf(browser), now()],
      );
      await db.raw(
        `DELETE FROM known_browser WHERE account_id = ? AND digest IN
         (SELECT digest FROM known_browser WHERE account_id = ? ORDER BY last_success_at DESC OFFSET ?)`,
        [accountId, accountId, BROWSERS_KEPT],
      );
    },
  };
}
export type PasswordStore = ReturnType<typeof createPasswordStore>;
