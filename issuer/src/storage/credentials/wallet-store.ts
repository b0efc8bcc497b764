import { createHash } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { IdpAuthorization } from '../../domain/issuance/verify-idp-token.js';

const WALLETS_AT_MOST = 5;
/** How long the identifier of a token is remembered: longer than the token can live. */
const JTI_LIFE_MS = 10 * 60_000;

const digestOf = (text: string) => createHash('sha256').update(text).digest();

export type AdoptionRefusal = 'token-used' | 'student-unknown' | 'student-not-eligible' | 'state-not-yours';

/**
 * Wallets that come with an access token of the identity layer. The first use of a token makes it one of ours, in one
 * transaction with the wallet it belongs to: from then on it ends with its wallet like any other.
 */
export function createWalletStore(
  db: Database,
  clock: Clock,
  /** Tells the student of a new wallet, in the same transaction. */
  tellStudent: (transaction: Transaction, studentNumber: string) => Promise<unknown>,
) {
  return {
    async adopt(
      token: string,
      authorization: IdpAuthorization,
      studentNumber: string,
      instanceThumbprint?: string,
    ): Promise<{ refused: AdoptionRefusal } | 'adopted'> {
      const now = new Date(clock.nowMs());
      return db
        .transaction(async (transaction) => {
          const taken = await transaction.raw(
            'INSERT INTO used_proof (digest, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
            [digestOf(`access token ${authorization.jti}`), new Date(clock.nowMs() + JTI_LIFE_MS)],
          );
          // Two first uses at once: the second waited for the first, and finds what it made or that it is gone.
          if (taken.rowCount !== 1) {
            const { rowCount } = await transaction.raw('SELECT 1 FROM access_token WHERE digest = ?', [
              digestOf(token),
            ]);
            return rowCount === 1 ? ('adopted' as const) : { refused: 'token-used' as const };
          }
          const found = await transaction.raw(
            'SELECT student_id, credential_state FROM holder_state WHERE student_number = ?',
            [studentNumber],
          );
          const student: { student_id: number; credential_state: string } | undefined = found.rows[0];
          if (student === undefined) return undo('student-unknown');
          if (student.credential_state !== 'valid') return undo('student-not-eligible');
          const offer = await takeState(transaction, authorization.issuerState, student.student_id, now);
          if (offer === undefined) return undo('state-not-yours');
          const { walletId, isNew } = await walletOf(
            transaction,
            { ...authorization, instanceThumbprint },
            student.student_id,
            offer.id,
            now,
          );
          if (isNew) await tellStudent(transaction, studentNumber);
          const ids = authorization.configurationIds.filter((id) => offer.configurationIds?.includes(id) ?? true);
          await transaction.raw(
            `INSERT INTO access_token (digest, wallet_id, configuration_ids, dpop_thumbprint, by_identifier, expires_at)
           VALUES (?, ?, ?, ?, ?, ?)`,
            [
              ...[digestOf(token), walletId, ids, authorization.dpopThumbprint, authorization.byIdentifier],
              new Date(authorization.expiresAtSeconds * 1000),
            ],
          );
          await appendAudit(
            transaction,
            [
              {
                actor: `wallet:${walletId}`,
                action: 'wallet.signed-in',
                subject: `student:${student.student_id}`,
                detail: { client_id: authorization.clientId },
              },
            ],
            clock.nowMs(),
          );
          return 'adopted' as const;
        })
        .catch((thrown: unknown) => {
          if (thrown instanceof Undo) return { refused: thrown.refusal };
          throw thrown;
        });
    },
  };
}
export type WalletStore = ReturnType<typeof createWalletStore>;

/** Rolls everything back: a token that was refused for another reason than its use may come again. */
class Undo extends Error {
  constructor(readonly refusal: AdoptionRefusal) {
    super(refusal);
  }
}
function undo(refusal: AdoptionRefusal): never {
  throw new Undo(refusal);
}

/**
 * The offer behind an `issuer_state`, redeemed by the student it was made for and by nobody else. The state may have
 * been slipped into somebody's request (§5.1.3), so it decides nothing but this.
 */
async function takeState(
  transaction: Transaction,
  state: string | undefined,
  studentId: number,
  now: Date,
): Promise<{ id: string | undefined; configurationIds: string[] | undefined } | undefined> {
  if (state === undefined) return { id: undefined, configurationIds: undefined };
  const taken = await transaction.raw(
    `UPDATE credential_offer SET redeemed_at = ? WHERE state_digest = ? AND student_id = ? AND redeemed_at IS NULL AND expires_at > ?
     RETURNING id, configuration_ids`,
    [now, digestOf(state), studentId, now],
  );
  const row: { id: string; configuration_ids: string[] } | undefined = taken.rows[0];
  return row === undefined ? undefined : { id: row.id, configurationIds: row.configuration_ids };
}

async function walletOf(
  transaction: Transaction,
  authorization: IdpAuthorization & { instanceThumbprint: string | undefined },
  studentId: number,
  offerId: string | undefined,
  now: Date,
): Promise<{ walletId: number; isNew: boolean }> {
  const { clientId, dpopThumbprint, jti, instanceThumbprint } = authorization;
  await lockWallets(transaction, studentId);
  const known = await transaction.raw(
    `UPDATE wallet SET last_contact_at = ? WHERE student_id = ? AND client_id = ? AND dpop_thumbprint = ?
       AND authorized_by = 'authorization_code' AND instance_thumbprint IS NOT DISTINCT FROM ?::text AND retired_at IS NULL
     RETURNING id`,
    [now, studentId, clientId, dpopThumbprint, instanceThumbprint ?? null],
  );
  if (known.rows[0] !== undefined) return { walletId: known.rows[0].id, isNew: false };
  const walletId = await addWallet(transaction, {
    ...{ studentId, clientId, dpopThumbprint, instanceThumbprint, now, authorizedBy: 'authorization_code' },
    offerId: offerId ?? `token:${jti}`,
  });
  return { walletId, isNew: true };
}

/** Claims of one student one after the other: the number of wallets is counted. */
async function lockWallets(transaction: Transaction, studentId: number): Promise<void> {
  await transaction.raw('SELECT pg_advisory_xact_lock(7463002, ?::int)', [studentId % 2_147_483_647]);
}

/** A further wallet beyond the fifth retires the oldest: its tokens end and its credentials are revoked. */
export async function addWallet(
  transaction: Transaction,
  wallet: {
    studentId: number;
    /** The offer, or the token, that let it in: one wallet each. */
    offerId: string;
    authorizedBy: 'pre-authorized_code' | 'authorization_code';
    clientId: string | undefined;
    dpopThumbprint: string | undefined;
    /** Of an attested instance: it refreshes with this key only. */
    instanceThumbprint: string | undefined;
    now: Date;
  },
): Promise<number> {
  await lockWallets(transaction, wallet.studentId);
  const made = await transaction.raw(
    `INSERT INTO wallet (student_id, offer_id, client_id, authorized_by, dpop_thumbprint, instance_thumbprint, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    [
      ...[wallet.studentId, wallet.offerId, wallet.clientId ?? null, wallet.authorizedBy],
      ...[wallet.dpopThumbprint ?? null, wallet.instanceThumbprint ?? null, wallet.now],
    ],
  );
  const retired = await transaction.raw(
    `UPDATE wallet SET retired_at = ? WHERE id IN (
       SELECT id FROM wallet WHERE student_id = ? AND retired_at IS NULL ORDER BY id DESC OFFSET ?) RETURNING id`,
    [wallet.now, wallet.studentId, WALLETS_AT_MOST],
  );
  for (const { id } of retired.rows as { id: number }[]) await endWallet(transaction, id);
  return made.rows[0].id;
}

/** Ends every wallet of a student: tokens, gate key and copies of each. Answers how many there were. */
export async function endAllWallets(transaction: Transaction, studentId: number, now: Date): Promise<number> {
  await lockWallets(transaction, studentId);
  const { rows } = await transaction.raw(
    'UPDATE wallet SET retired_at = ? WHERE student_id = ? AND retired_at IS NULL RETURNING id',
    [now, studentId],
  );
  for (const { id } of rows as { id: number }[]) await endWallet(transaction, id);
  return rows.length;
}

async function endWallet(transaction: Transaction, walletId: number): Promise<void> {
  await transaction.raw('DELETE FROM access_token WHERE wallet_id = ?', [walletId]);
  await transaction.raw('DELETE FROM refresh_token WHERE wallet_id = ?', [walletId]);
  await transaction.raw(
    `WITH retired AS (UPDATE gate_key SET retire_at = now() WHERE wallet_id = ? AND removed_at IS NULL RETURNING student_id)
     INSERT INTO people_mark (student_id) SELECT student_id FROM retired`,
    [walletId],
  );
  const lists = await transaction.raw(
    'UPDATE credential SET status = 1 WHERE wallet_id = ? AND expires_at > now() AND status <> 1 RETURNING list_id',
    [walletId],
  );
  await moveLists(transaction, lists.rows as { list_id: number }[]);
  await transaction.raw("INSERT INTO change (kind) VALUES ('person.changed'), ('passes.changed')");
}

/** Lists whose entries changed are signed anew; in the order of their ids, so that parallel changes never form a ring. */
export async function moveLists(transaction: Transaction, changed: readonly { list_id: number }[]): Promise<void> {
  const ids = [...new Set(changed.map((row) => row.list_id))].sort((a, b) => a - b);
  for (const id of ids) await transaction.raw('UPDATE status_list SET version = version + 1 WHERE id = ?', [id]);
}
