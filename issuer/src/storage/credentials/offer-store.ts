import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { ConfigurationId } from '../../domain/credentials/configurations.js';

/** Keys for what is derived or compared and stored nowhere. */
export interface OfferKeys {
  codeKey: Buffer;
  txCodeKey: Buffer;
}

export interface OpenOffer {
  id: string;
  code: string;
  configurationIds: string[];
  needsTxCode: boolean;
}

/** Why a code was not redeemed. `tx-code-wrong` counts; the fifth wrong try kills the code. */
export type RedeemRefusal = 'code-unknown' | 'tx-code-missing' | 'tx-code-unexpected' | 'tx-code-wrong';

const OFFER_LIFE_MS = 10 * 60_000;
const MAX_TRIES = 5;
const WALLETS_AT_MOST = 5;

/**
 * Offers with a pre-authorized code (OpenID4VCI 1.0 §4.1.1). A code works once: counting a try, redeeming and making
 * the wallet are statements with a WHERE in one transaction.
 */
export function createOfferStore(db: Database, keys: OfferKeys, clock: Clock) {
  const codeOf = (id: string) => createHmac('sha256', keys.codeKey).update(`offer ${id}`).digest('base64url');
  const digestOf = (code: string) => createHash('sha256').update(code).digest();
  const txDigestOf = (id: string, txCode: string) =>
    createHmac('sha256', keys.txCodeKey).update(`${id} ${txCode}`).digest();

  return {
    async create(request: {
      studentNumber: string;
      configurationIds: ConfigurationId[];
      txCode: boolean;
      actor: string;
      /** Milliseconds; ten minutes without it. */
      lifeMs?: number;
      /** Sends the transaction code another way, in the same transaction; the caller never sees it. */
      deliver?: (transaction: Transaction, txCode: string) => Promise<void>;
    }) {
      const id = randomBytes(16).toString('base64url');
      const txCode = request.txCode ? String(randomInt(0, 1_000_000)).padStart(6, '0') : undefined;
      const expiresAt = new Date(clock.nowMs() + (request.lifeMs ?? OFFER_LIFE_MS));
      await db.transaction(async (transaction) => {
        const found = await transaction.raw(
          'SELECT student_id, credential_state FROM holder_state WHERE student_number = ?',
          [request.studentNumber],
        );
        const student: { student_id: number; credential_state: string } | undefined = found.rows[0];
        if (student === undefined) throw new Refusal('student-not-found');
        if (student.credential_state !== 'valid') throw new Refusal('student-not-eligible');
        await transaction.raw(
          `INSERT INTO credential_offer (id, student_id, configuration_ids, code_digest, tx_code_digest, created_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          [
            id,
            student.student_id,
            request.configurationIds,
            digestOf(codeOf(id)),
            txCode === undefined ? null : txDigestOf(id, txCode),
            new Date(clock.nowMs()),
            expiresAt,
          ],
        );
        if (txCode !== undefined) await request.deliver?.(transaction, txCode);
        await appendAudit(
          transaction,
          [
            {
              actor: request.actor,
              action: 'offer.created',
              subject: `student:${student.student_id}`,
              detail: { configuration_ids: request.configurationIds },
            },
          ],
          clock.nowMs(),
        );
      });
      return { id, txCode, expiresAt };
    },

    /** An offer that can still be redeemed. */
    async find(id: string): Promise<OpenOffer | undefined> {
      const { rows } = await db.raw(
        `SELECT configuration_ids, tx_code_digest IS NOT NULL AS needs FROM credential_offer
         WHERE id = ? AND redeemed_at IS NULL AND expires_at > ? AND tries < ?`,
        [id, new Date(clock.nowMs()), MAX_TRIES],
      );
      const row: { configuration_ids: string[]; needs: boolean } | undefined = rows[0];
      return row === undefined
        ? undefined
        : { id, code: codeOf(id), configurationIds: row.configuration_ids, needsTxCode: row.needs };
    },

    /** Redeems a code; what `then` does (tokens) belongs to the same transaction. */
    async redeem<T>(
      request: { code: string; txCode: string | undefined; clientId: string | undefined },
      then: (transaction: Transaction, wallet: { walletId: number; configurationIds: string[] }) => Promise<T>,
    ): Promise<{ refused: RedeemRefusal } | { answer: T }> {
      const digest = digestOf(request.code);
      const now = new Date(clock.nowMs());
      const known = await db.raw(
        'SELECT id, tx_code_digest FROM credential_offer WHERE code_digest = ? AND redeemed_at IS NULL AND expires_at > ? AND tries < ?',
        [digest, now, MAX_TRIES],
      );
      const offer: { id: string; tx_code_digest: Buffer | null } | undefined = known.rows[0];
      if (offer === undefined) return { refused: 'code-unknown' };
      if (offer.tx_code_digest === null && request.txCode !== undefined) return { refused: 'tx-code-unexpected' };
      if (offer.tx_code_digest !== null) {
        if (request.txCode === undefined) return { refused: 'tx-code-missing' };
        // Counted before it is compared, so parallel guesses never get more than five.
        const counted = await db.raw(
          'UPDATE credential_offer SET tries = tries + 1 WHERE id = ? AND redeemed_at IS NULL AND expires_at > ? AND tries < ?',
          [offer.id, now, MAX_TRIES],
        );
        if (counted.rowCount !== 1) return { refused: 'code-unknown' };
        if (!timingSafeEqual(offer.tx_code_digest, txDigestOf(offer.id, request.txCode)))
          return { refused: 'tx-code-wrong' };
      }
      return db.transaction(async (transaction) => {
        const redeemed = await transaction.raw(
          'UPDATE credential_offer SET redeemed_at = ? WHERE id = ? AND redeemed_at IS NULL AND expires_at > ? RETURNING student_id, configuration_ids',
          [now, offer.id, now],
        );
        const row: { student_id: number; configuration_ids: string[] } | undefined = redeemed.rows[0];
        if (row === undefined) return { refused: 'code-unknown' as const };
        const walletId = await addWallet(transaction, {
          studentId: row.student_id,
          offerId: offer.id,
          clientId: request.clientId,
          now,
        });
        await appendAudit(
          transaction,
          [{ actor: `wallet:${walletId}`, action: 'offer.redeemed', subject: `student:${row.student_id}` }],
          clock.nowMs(),
        );
        return { answer: await then(transaction, { walletId, configurationIds: row.configuration_ids }) };
      });
    },
  };
}

/** A further wallet beyond the fifth retires the oldest: its tokens end and its credentials are revoked. */
async function addWallet(
  transaction: Transaction,
  wallet: { studentId: number; offerId: string; clientId: string | undefined; now: Date },
): Promise<number> {
  // Claims of one student one after the other: the number of wallets is counted.
  await transaction.raw('SELECT pg_advisory_xact_lock(7463002, ?::int)', [wallet.studentId % 2_147_483_647]);
  const made = await transaction.raw(
    'INSERT INTO wallet (student_id, offer_id, client_id, created_at) VALUES (?, ?, ?, ?) RETURNING id',
    [wallet.studentId, wallet.offerId, wallet.clientId ?? null, wallet.now],
  );
  const retired = await transaction.raw(
    `UPDATE wallet SET retired_at = ? WHERE id IN (
       SELECT id FROM wallet WHERE student_id = ? AND retired_at IS NULL ORDER BY id DESC OFFSET ?) RETURNING id`,
    [wallet.now, wallet.studentId, WALLETS_AT_MOST],
  );
  for (const { id } of retired.rows as { id: number }[]) await endWallet(transaction, id);
  return made.rows[0].id;
}

async function endWallet(transaction: Transaction, walletId: number): Promise<void> {
  await transaction.raw('DELETE FROM access_token WHERE wallet_id = ?', [walletId]);
  await transaction.raw('DELETE FROM refresh_token WHERE wallet_id = ?', [walletId]);
  await transaction.raw(
    'UPDATE gate_key SET retire_at = now(), pending = true WHERE wallet_id = ? AND removed_at IS NULL',
    [walletId],
  );
  const lists = await transaction.raw(
    'UPDATE credential SET status = 1 WHERE wallet_id = ? AND expires_at > now() AND status <> 1 RETURNING list_id',
    [walletId],
  );
  const ids = [...new Set((lists.rows as { list_id: number }[]).map((row) => row.list_id))].sort((a, b) => a - b);
  for (const id of ids) await transaction.raw('UPDATE status_list SET version = version + 1 WHERE id = ?', [id]);
  await transaction.raw("INSERT INTO change (kind) VALUES ('person.changed'), ('passes.changed')");
}
