import { createHash, randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Queryable, type Transaction } from '@lanyard/platform';
import type { ConfigurationId } from '../../domain/credentials/configurations.js';

export interface DeferredBatch {
  configurationId: ConfigurationId;
  /** Compressed, as they were proved. */
  holderKeys: Uint8Array[];
}

/** As long as a student ID lives: who has not come back by then asks anew. */
const LIFE_MS = 30 * 86_400_000;
/** A wallet that asks again and again keeps the newest. */
const OPEN_AT_MOST = 4;

const digestOf = (transactionId: string) => createHash('sha256').update(transactionId).digest();

/** Credentials that wait (OpenID4VCI 1.0 §9). Rows survive the process; delivery is one DELETE, so it happens once. */
export function createDeferredStore(db: Database, clock: Clock) {
  return {
    /** Keeps proved keys; answers the transaction id. */
    async keep(
      transaction: Transaction,
      holder: { studentId: number; walletId: number },
      batch: { configurationId: ConfigurationId; holderKeys: readonly Uint8Array[] },
    ): Promise<string> {
      const transactionId = randomBytes(24).toString('base64url');
      await transaction.raw(
        `DELETE FROM deferred_issuance WHERE digest IN (
           SELECT digest FROM deferred_issuance WHERE wallet_id = ? AND configuration_id = ? ORDER BY created_at DESC OFFSET ?)`,
        [holder.walletId, batch.configurationId, OPEN_AT_MOST - 1],
      );
      await transaction.raw(
        `INSERT INTO deferred_issuance (digest, student_id, wallet_id, configuration_id, holder_keys, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?::bytea[], ?, ?)`,
        [
          ...[digestOf(transactionId), holder.studentId, holder.walletId, batch.configurationId],
          batch.holderKeys.map((key) => Buffer.from(key)),
          ...[new Date(clock.nowMs()), new Date(clock.nowMs() + LIFE_MS)],
        ],
      );
      await appendAudit(
        transaction,
        [
          {
            actor: `wallet:${holder.walletId}`,
            action: 'credential.deferred',
            subject: `student:${holder.studentId}`,
            detail: { configuration_id: batch.configurationId, copies: batch.holderKeys.length },
          },
        ],
        clock.nowMs(),
      );
      return transactionId;
    },
    /** What a transaction id of this wallet stands for; nobody else's is known. */
    async find(on: Queryable, walletId: number, transactionId: string): Promise<DeferredBatch | undefined> {
      const { rows } = await on.raw(
        'SELECT configuration_id, holder_keys FROM deferred_issuance WHERE digest = ? AND wallet_id = ? AND expires_at > ?',
        [digestOf(transactionId), walletId, new Date(clock.nowMs())],
      );
      return batchOf(rows[0]);
    },
    /** Takes it for delivery: for one caller only, and not while a portrait awaits review. */
    async take(transaction: Transaction, walletId: number, transactionId: string): Promise<DeferredBatch | undefined> {
      const { rows } = await transaction.raw(
        `DELETE FROM deferred_issuance d USING student s
         WHERE d.digest = ? AND d.wallet_id = ? AND d.expires_at > ? AND s.id = d.student_id AND s.pending_portrait_id IS NULL
         RETURNING d.configuration_id, d.holder_keys`,
        [digestOf(transactionId), walletId, new Date(clock.nowMs())],
      );
      return batchOf(rows[0]);
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM deferred_issuance WHERE expires_at < ?', [new Date(clock.nowMs())]);
    },
  };
}
export type DeferredStore = ReturnType<typeof createDeferredStore>;

function batchOf(
  row: { configuration_id: ConfigurationId; holder_keys: Buffer[] } | undefined,
): DeferredBatch | undefined {
  return row === undefined ? undefined : { configurationId: row.configuration_id, holderKeys: row.holder_keys };
}
