import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { KnownCredential } from '../domain/passkeys/check-assertion.js';
import type { NewCredential } from '../domain/passkeys/check-registration.js';
import { PASSKEYS_AT_MOST, type Passkey, type PasskeyLevel } from '../domain/passkeys/passkey.js';

const HANDLE_BYTES = 32;

/** Passkeys of accounts; every change with its audit row, in one transaction. */
export function createPasskeyStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  const audit = (transaction: Transaction, accountId: string, action: string, detail: Record<string, unknown>) =>
    appendAudit(
      transaction,
      [{ actor: `account:${accountId}`, action, subject: `account:${accountId}`, detail }],
      clock.nowMs(),
    );
  return {
    /** The account's handle, made at its first registration. */
    async handleOf(accountId: string): Promise<Uint8Array> {
      await db.raw('INSERT INTO passkey_handle (account_id, handle) VALUES (?, ?) ON CONFLICT DO NOTHING', [
        accountId,
        randomBytes(HANDLE_BYTES),
      ]);
      const { rows } = await db.raw('SELECT handle FROM passkey_handle WHERE account_id = ?', [accountId]);
      return (rows[0] as { handle: Buffer }).handle;
    },
    async listOf(accountId: string): Promise<Passkey[]> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM passkey WHERE account_id = ? ORDER BY created_at, id`, [
        accountId,
      ]);
      return (rows as PasskeyRow[]).map(passkeyOf);
    },
    async findCredential(credentialId: Uint8Array): Promise<KnownCredential | undefined> {
      const { rows } = await db.raw(
        `SELECT p.id, p.account_id, p.public_key, p.level, h.handle FROM passkey p
         JOIN passkey_handle h ON h.account_id = p.account_id WHERE p.credential_id = ?`,
        [Buffer.from(credentialId)],
      );
      const row = rows[0] as
        | { id: string; account_id: string; public_key: Buffer; level: PasskeyLevel; handle: Buffer }
        | undefined;
      return row === undefined
        ? undefined
        : {
            passkeyId: row.id,
            accountId: row.account_id,
            publicKey: row.public_key,
            level: row.level,
            handle: row.handle,
          };
    },
    /** Writes the use; false where the counter did not go forward, which is audited: the key may have been copied. */
    async noteUse(credential: KnownCredential, counter: number): Promise<boolean> {
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          'UPDATE passkey SET counter = ?, last_used_at = ? WHERE id = ? AND (counter < ? OR (counter = 0 AND ? = 0))',
          [counter, now(), credential.passkeyId, counter, counter],
        );
        if (rowCount === 1) return true;
        await audit(transaction, credential.accountId, 'passkey.counter-went-back', { passkey: credential.passkeyId });
        return false;
      });
    },
    /** Adds a passkey in the caller's transaction; the account's row is locked, so the limit holds in parallel too. */
    async addIn(
      transaction: Transaction,
      accountId: string,
      credential: NewCredential,
      name: string,
      options: { makeRoom: boolean } = { makeRoom: false },
    ): Promise<'added' | 'too-many' | 'known'> {
      await transaction.raw('SELECT 1 FROM account WHERE id = ? FOR UPDATE', [accountId]);
      const { rows } = await transaction.raw('SELECT count(*) AS n FROM passkey WHERE account_id = ?', [accountId]);
      if (Number((rows[0] as { n: number }).n) >= PASSKEYS_AT_MOST) {
        if (!options.makeRoom) return 'too-many';
        // After a recovery: whoever has lost all ten must still get in.
        const { rows: gone } = await transaction.raw(
          `DELETE FROM passkey WHERE id = (SELECT id FROM passkey WHERE account_id = ?
           ORDER BY coalesce(last_used_at, created_at), id LIMIT 1) RETURNING id`,
          [accountId],
        );
        await audit(transaction, accountId, 'passkey.removed', { passkey: (gone[0] as { id: string }).id });
      }
      const id = randomBytes(16).toString('base64url');
      const added = await transaction.raw(
        `INSERT INTO passkey (id, account_id, credential_id, public_key, level, counter, transports, name, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?::text[], ?, ?) ON CONFLICT (credential_id) DO NOTHING`,
        [
          id,
          accountId,
          Buffer.from(credential.credentialId),
          Buffer.from(credential.publicKey),
          credential.level,
          credential.counter,
          credential.transports,
          name,
          now(),
        ],
      );
      if (added.rowCount === 0) return 'known';
      await audit(transaction, accountId, 'passkey.added', { passkey: id, level: credential.level });
      return 'added';
    },
    async rename(accountId: string, id: string, name: string): Promise<boolean> {
      const { rowCount } = await db.raw('UPDATE passkey SET name = ? WHERE id = ? AND account_id = ?', [
        name,
        id,
        accountId,
      ]);
      return rowCount === 1;
    },
    async remove(accountId: string, id: string): Promise<boolean> {
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw('DELETE FROM passkey WHERE id = ? AND account_id = ?', [
          id,
          accountId,
        ]);
        if (rowCount === 0) return false;
        await audit(transaction, accountId, 'passkey.removed', { passkey: id });
        return true;
      });
    },
  };
}
export type PasskeyStore = ReturnType<typeof createPasskeyStore>;

const COLUMNS = 'id, account_id, credential_id, level, transports, name, created_at, last_used_at';
interface PasskeyRow {
  id: string;
  account_id: string;
  credential_id: Buffer;
  level: PasskeyLevel;
  transports: string[];
  name: string;
  created_at: Date;
  last_used_at: Date | null;
}

const passkeyOf = (row: PasskeyRow): Passkey => ({
  id: row.id,
  accountId: row.account_id,
  credentialId: row.credential_id,
  level: row.level,
  transports: row.transports,
  name: row.name,
  createdAtMs: row.created_at.getTime(),
  lastUsedMs: row.last_used_at?.getTime(),
});
