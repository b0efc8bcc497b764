import { type Clock, type Database, dayInShanghai, type Logger } from '@lanyard/platform';
import type { RelyingParty } from '../domain/relying-parties/relying-party.js';

const SHOWN = 2_000;

/** What a service was told on one day. */
export interface Disclosed {
  relyingPartyId: string;
  claims: string[];
  lastAtMs: number;
  times: number;
}

/** Who was told of whom: each time a service fetches a person's claims, summed by day. */
export function createDisclosureStore(db: Database, clock: Clock, log: Logger) {
  return {
    /** Never stops a sign-in: what cannot be written is logged. */
    async note(accountId: string, party: Pick<RelyingParty, 'id' | 'claims'>): Promise<void> {
      const at = new Date(clock.nowMs());
      await db
        .raw(
          `INSERT INTO disclosure AS d (account_id, relying_party_id, day, claims, first_at, last_at) VALUES (?, ?, ?, ?::text[], ?, ?)
           ON CONFLICT (account_id, relying_party_id, day) DO UPDATE SET last_at = excluded.last_at, times = d.times + 1,
             claims = (SELECT array_agg(DISTINCT name) FROM unnest(d.claims || excluded.claims) AS name)`,
          [accountId, party.id, dayInShanghai(at.getTime()), party.claims, at, at],
        )
        .catch((error: Error) => log.error('disclosure.not-noted', { detail: error.message }));
    },
    async listOf(accountId: string): Promise<Disclosed[]> {
      const { rows } = await db.raw(
        'SELECT relying_party_id, claims, last_at, times FROM disclosure WHERE account_id = ? ORDER BY last_at DESC LIMIT ?',
        [accountId, SHOWN],
      );
      return (rows as { relying_party_id: string; claims: string[] | null; last_at: Date; times: number }[]).map(
        (row) => ({
          ...{ relyingPartyId: row.relying_party_id, claims: row.claims ?? [] },
          ...{ lastAtMs: row.last_at.getTime(), times: row.times },
        }),
      );
    },
  };
}
export type DisclosureStore = ReturnType<typeof createDisclosureStore>;
