import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database } from '@lanyard/platform';
import type { WalletFlow } from '../domain/wallet-sign-in/wallet-sign-in.js';
import { digestOf } from './provider-documents.js';

export interface WalletSignIn {
  interactionUid: string;
  flow: WalletFlow;
  presentationId: string;
  number: number | undefined;
  choices: number[];
  state: 'waiting' | 'answering' | 'matched' | 'refused' | 'used';
  reason: string | undefined;
}

interface Row {
  interaction_uid: string;
  flow: WalletFlow;
  presentation_id: string;
  match_number: number | null;
  match_choices: number[] | null;
  state: WalletSignIn['state'];
  reason: string | null;
}
const COLUMNS = 'interaction_uid, flow, presentation_id, match_number, match_choices, state, reason';

/** Sign-ins by student ID under way. Each step happens once, whoever and how many ask for it. */
export function createWalletSignInStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    newId: () => randomBytes(24).toString('base64url'),
    async create(
      id: string,
      row: {
        interactionUid: string;
        flow: WalletFlow;
        presentationId: string;
        match?: { number: number; choices: readonly number[] };
        expiresAtMs: number;
      },
    ): Promise<void> {
      await db.raw(
        `INSERT INTO wallet_sign_in (digest, interaction_uid, flow, presentation_id, match_number, match_choices, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          digestOf(id),
          row.interactionUid,
          row.flow,
          row.presentationId,
          row.match?.number ?? null,
          row.match === undefined ? null : [...row.match.choices],
          now(),
          new Date(row.expiresAtMs),
        ],
      );
    },
    async find(id: string): Promise<WalletSignIn | undefined> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM wallet_sign_in WHERE digest = ? AND expires_at > ?`, [
        digestOf(id),
        now(),
      ]);
      return rows[0] === undefined ? undefined : signInOf(rows[0] as Row);
    },
    /** The one answer of this try; undefined where it was given, or the time is over. */
    async beginAnswer(id: string, flow: WalletFlow): Promise<WalletSignIn | undefined> {
      const { rows } = await db.raw(
        `UPDATE wallet_sign_in SET state = 'answering' WHERE digest = ? AND flow = ? AND state = 'waiting' AND expires_at > ?
         RETURNING ${COLUMNS}`,
        [digestOf(id), flow, now()],
      );
      return rows[0] === undefined ? undefined : signInOf(rows[0] as Row);
    },
    async matched(id: string, accountId: string): Promise<void> {
      await db.raw(
        `UPDATE wallet_sign_in SET state = 'matched', account_id = ? WHERE digest = ? AND state = 'answering'`,
        [accountId, digestOf(id)],
      );
    },
    /** Ends the try with its reason, audited without a person: nobody was proved. */
    async refused(id: string, reason: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `UPDATE wallet_sign_in SET state = 'refused', reason = ? WHERE digest = ? AND state IN ('waiting', 'answering')`,
          [reason, digestOf(id)],
        );
        if (rowCount === 0) return;
        await appendAudit(
          transaction,
          [{ actor: 'anonymous', action: 'sign-in.refused', subject: 'wallet', detail: { reason } }],
          clock.nowMs(),
        );
      });
    },
    /** Takes the proved account for the interaction it was begun in; once. */
    async take(id: string, interactionUid: string): Promise<string | undefined> {
      const { rows } = await db.raw(
        `UPDATE wallet_sign_in SET state = 'used' WHERE digest = ? AND interaction_uid = ? AND state = 'matched' AND expires_at > ?
         RETURNING account_id`,
        [digestOf(id), interactionUid, now()],
      );
      return (rows[0] as { account_id: string } | undefined)?.account_id;
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM wallet_sign_in WHERE expires_at < ?', [new Date(clock.nowMs() - 3_600_000)]);
    },
  };
}
export type WalletSignInStore = ReturnType<typeof createWalletSignInStore>;

const signInOf = (row: Row): WalletSignIn => ({
  interactionUid: row.interaction_uid,
  flow: row.flow,
  presentationId: row.presentation_id,
  number: row.match_number ?? undefined,
  choices: row.match_choices ?? [],
  state: row.state,
  reason: row.reason ?? undefined,
});
