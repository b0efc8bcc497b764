import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { type ConfigurationId, DOCUMENT, mayHave } from '../../domain/credentials/configurations.js';
import { addWallet } from './wallet-store.js';

/** Keys for what is derived or compared and stored nowhere. */
export interface OfferKeys {
  codeKey: Buffer;
  txCodeKey: Buffer;
}

export const OFFER_GRANTS = ['pre-authorized_code', 'authorization_code'] as const;
export type OfferGrant = (typeof OFFER_GRANTS)[number];

export interface OpenOffer {
  id: string;
  grants: OfferGrant[];
  code: string;
  /** Binds a sign-in at the other authorization server to this offer's student. */
  issuerState: string;
  configurationIds: string[];
  needsTxCode: boolean;
}

/** Why a code was not redeemed. `tx-code-wrong` counts; the fifth wrong try kills the code. */
export type RedeemRefusal = 'code-unknown' | 'tx-code-missing' | 'tx-code-unexpected' | 'tx-code-wrong';

const OFFER_LIFE_MS = 10 * 60_000;
const MAX_TRIES = 5;

/**
 * Offers with a pre-authorized code (OpenID4VCI 1.0 §4.1.1). A code works once: counting a try, redeeming and making
 * the wallet are statements with a WHERE in one transaction.
 */
export function createOfferStore(db: Database, keys: OfferKeys, clock: Clock) {
  const codeOf = (id: string) => createHmac('sha256', keys.codeKey).update(`offer ${id}`).digest('base64url');
  const stateOf = (id: string) => createHmac('sha256', keys.codeKey).update(`state ${id}`).digest('base64url');
  const digestOf = (code: string) => createHash('sha256').update(code).digest();
  const txDigestOf = (id: string, txCode: string) =>
    createHmac('sha256', keys.txCodeKey).update(`${id} ${txCode}`).digest();

  return {
    async create(request: {
      studentNumber: string;
      /** All of them, or else whichever the person may have. */
      configurationIds: { readonly all: ConfigurationId[] } | { readonly anyOf: ConfigurationId[] };
      grants?: readonly OfferGrant[];
      txCode: boolean;
      actor: string;
      /** Milliseconds; ten minutes without it. */
      lifeMs?: number;
      /** Sends the transaction code another way, in the same transaction; the caller never sees it. */
      deliver?: (transaction: Transaction, txCode: string) => Promise<void>;
    }) {
      const id = randomBytes(16).toString('base64url');
      const grants = [...(request.grants ?? ['pre-authorized_code'])];
      const txCode =
        request.txCode && grants.includes('pre-authorized_code')
          ? String(randomInt(0, 1_000_000)).padStart(6, '0')
          : undefined;
      const expiresAt = new Date(clock.nowMs() + (request.lifeMs ?? OFFER_LIFE_MS));
      await db.transaction(async (transaction) => {
        const found = await transaction.raw(
          `SELECT student_id, credential_state, alumni_state, EXISTS (
             SELECT FROM case_document d JOIN document_standing ds ON ds.document_id = d.id
             WHERE d.student_id = holder_state.student_id AND ds.copy_state = 'valid' AND d.expires_at > ?) AS has_document
           FROM holder_state WHERE student_number = ?`,
          [new Date(clock.nowMs()), request.studentNumber],
        );
        const student: OfferedPerson | undefined = found.rows[0];
        if (student === undefined) throw new Refusal('student-not-found');
        const configurationIds = offeredTo(student, request.configurationIds);
        await transaction.raw(
          `INSERT INTO credential_offer (id, student_id, configuration_ids, grants, code_digest, state_digest, tx_code_digest, created_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            id,
            student.student_id,
            configurationIds,
            grants,
            digestOf(codeOf(id)),
            grants.includes('authorization_code') ? digestOf(stateOf(id)) : null,
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
              detail: { configuration_ids: configurationIds },
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
        `SELECT configuration_ids, grants, tx_code_digest IS NOT NULL AS needs FROM credential_offer
         WHERE id = ? AND redeemed_at IS NULL AND expires_at > ? AND tries < ?`,
        [id, new Date(clock.nowMs()), MAX_TRIES],
      );
      const row: { configuration_ids: string[]; grants: OfferGrant[]; needs: boolean } | undefined = rows[0];
      return row === undefined
        ? undefined
        : {
            ...{ id, code: codeOf(id), issuerState: stateOf(id) },
            ...{ configurationIds: row.configuration_ids, grants: row.grants, needsTxCode: row.needs },
          };
    },

    /** Redeems a code; what `then` does (tokens) belongs to the same transaction. */
    async redeem<T>(
      request: {
        code: string;
        txCode: string | undefined;
        clientId: string | undefined;
        dpopThumbprint: string | undefined;
        instanceThumbprint: string | undefined;
      },
      then: (transaction: Transaction, wallet: { walletId: number; configurationIds: string[] }) => Promise<T>,
    ): Promise<{ refused: RedeemRefusal } | { answer: T }> {
      const digest = digestOf(request.code);
      const now = new Date(clock.nowMs());
      const known = await db.raw(
        `SELECT id, tx_code_digest FROM credential_offer
         WHERE code_digest = ? AND 'pre-authorized_code' = ANY(grants) AND redeemed_at IS NULL AND expires_at > ? AND tries < ?`,
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
          authorizedBy: 'pre-authorized_code',
          clientId: request.clientId,
          dpopThumbprint: request.dpopThumbprint,
          instanceThumbprint: request.instanceThumbprint,
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
export type OfferStore = ReturnType<typeof createOfferStore>;

interface OfferedPerson {
  student_id: number;
  credential_state: string;
  alumni_state: string | null;
  has_document: boolean;
}

function offeredTo(
  person: OfferedPerson,
  wanted: { readonly all: ConfigurationId[] } | { readonly anyOf: ConfigurationId[] },
): ConfigurationId[] {
  const states = { credentialState: person.credential_state, alumniState: person.alumni_state };
  const asked = 'all' in wanted ? wanted.all : wanted.anyOf;
  const had = asked.filter((id) => mayHave(id, states) && (id !== DOCUMENT || person.has_document));
  if (had.length === 0 || ('all' in wanted && had.length < asked.length)) throw new Refusal('student-not-eligible');
  return had;
}
