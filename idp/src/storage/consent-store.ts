import type { Clock, Database, Transaction } from '@lanyard/platform';
import type { RelyingParty } from '../domain/relying-parties/relying-party.js';

export interface Consent {
  relyingPartyId: string;
  claims: string[];
  purpose: string;
  givenAtMs: number;
}

/** What people agreed to where data leave the campus. A consent holds for the claims and the purpose it was given for. */
export function createConsentStore(db: Database, clock: Clock) {
  return {
    async has(accountId: string, party: RelyingParty): Promise<boolean> {
      const { rowCount } = await db.raw(
        `SELECT 1 FROM consent WHERE account_id = ? AND relying_party_id = ? AND withdrawn_at IS NULL
         AND claims @> ?::text[] AND purpose = ?`,
        [accountId, party.id, party.claims, purposeOf(party)],
      );
      return rowCount === 1;
    },
    async giveIn(transaction: Transaction, accountId: string, party: RelyingParty): Promise<void> {
      await transaction.raw(
        `INSERT INTO consent (account_id, relying_party_id, claims, purpose, given_at) VALUES (?, ?, ?::text[], ?, ?)
         ON CONFLICT (account_id, relying_party_id) DO UPDATE SET claims = excluded.claims, purpose = excluded.purpose,
           given_at = excluded.given_at, withdrawn_at = NULL`,
        [accountId, party.id, party.claims, purposeOf(party), new Date(clock.nowMs())],
      );
    },
    async withdrawIn(transaction: Transaction, accountId: string, relyingPartyId: string): Promise<boolean> {
      const { rowCount } = await transaction.raw(
        'UPDATE consent SET withdrawn_at = ? WHERE account_id = ? AND relying_party_id = ? AND withdrawn_at IS NULL',
        [new Date(clock.nowMs()), accountId, relyingPartyId],
      );
      return rowCount === 1;
    },
    async listOf(accountId: string): Promise<Consent[]> {
      const { rows } = await db.raw(
        `SELECT relying_party_id, claims, purpose, given_at FROM consent WHERE account_id = ? AND withdrawn_at IS NULL
         ORDER BY given_at DESC LIMIT 200`,
        [accountId],
      );
      return (rows as { relying_party_id: string; claims: string[]; purpose: string; given_at: Date }[]).map((row) => ({
        relyingPartyId: row.relying_party_id,
        claims: row.claims,
        purpose: row.purpose,
        givenAtMs: row.given_at.getTime(),
      }));
    },
  };
}
export type ConsentStore = ReturnType<typeof createConsentStore>;

const purposeOf = (party: RelyingParty): string => `${party.purpose_zh ?? ''}\n${party.purpose_en ?? ''}`;
