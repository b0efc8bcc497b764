import { appendAudit, auditTrustListAlarm, type Clock, type Database } from '@lanyard/platform';
import { readStoredTrustAnchor, storedTrustAnchor, type TrustAnchor } from '@lanyard/protocol/trust-list';
import type { HeldList } from '../domain/mirror/mirror-state.js';
import { documentsOf } from '../domain/trust/trust-state.js';

export interface StoredUniversity {
  universityCode: string;
  keySet: Uint8Array;
  lists: readonly Uint8Array[];
}

/** The trust list in force and what was fetched of its universities. A list is taken only over a lower sequence. */
export function createTrustStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    async read(): Promise<{ compact: string; anchor: TrustAnchor } | undefined> {
      const { rows } = await db.raw('SELECT compact, anchor FROM trust_list');
      const row = rows[0] as { compact: string; anchor: ReturnType<typeof storedTrustAnchor> } | undefined;
      return row === undefined ? undefined : { compact: row.compact, anchor: readStoredTrustAnchor(row.anchor) };
    },
    /** False where another process has taken the same or a later one already. Audited. */
    async save(compact: string, anchor: TrustAnchor): Promise<boolean> {
      return db.transaction(async (transaction) => {
        const saved = await transaction.raw(
          `INSERT INTO trust_list (sequence, compact, anchor, received_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, compact = excluded.compact,
             anchor = excluded.anchor, received_at = excluded.received_at
           WHERE trust_list.sequence < excluded.sequence RETURNING sequence`,
          [anchor.sequence, compact, JSON.stringify(storedTrustAnchor(anchor)), now()],
        );
        if (saved.rowCount !== 1) return false;
        await appendAudit(
          transaction,
          [
            {
              actor: 'service:verifier',
              action: 'trust-list.taken',
              subject: 'trust-list',
              detail: { sequence: anchor.sequence },
            },
          ],
          clock.nowMs(),
        );
        return true;
      });
    },
    recordAlarm: auditTrustListAlarm(db, 'service:verifier', clock),
    async readUniversities(): Promise<StoredUniversity[]> {
      const { rows } = await db.raw(
        `SELECT u.university_code, u.key_set,
           coalesce(array_agg(l.cose ORDER BY l.list_number, l.place) FILTER (WHERE l.cose IS NOT NULL), '{}') AS lists
         FROM foreign_university u LEFT JOIN foreign_pass_list l USING (university_code)
         GROUP BY u.university_code ORDER BY u.university_code`,
      );
      return (rows as { university_code: string; key_set: Buffer; lists: Buffer[] }[]).map((row) => ({
        universityCode: row.university_code,
        keySet: row.key_set,
        lists: row.lists,
      }));
    },
    async saveUniversity(
      university: { universityCode: string; keySetCose: Uint8Array },
      lists: Iterable<HeldList>,
    ): Promise<void> {
      const { universityCode } = university;
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `INSERT INTO foreign_university (university_code, key_set, received_at) VALUES (?, ?, ?)
           ON CONFLICT (university_code) DO UPDATE SET key_set = excluded.key_set, received_at = excluded.received_at`,
          [universityCode, Buffer.from(university.keySetCose), now()],
        );
        await transaction.raw('DELETE FROM foreign_pass_list WHERE university_code = ?', [universityCode]);
        for (const held of lists)
          for (const [place, cose] of documentsOf(held).entries())
            await transaction.raw(
              'INSERT INTO foreign_pass_list (university_code, list_number, place, cose) VALUES (?, ?, ?, ?)',
              [universityCode, held.list.listNumber, place, Buffer.from(cose)],
            );
      });
    },
    async dropUniversities(kept: readonly string[]): Promise<void> {
      await db.raw('DELETE FROM foreign_university WHERE NOT university_code = ANY(?)', [[...kept]]);
    },
  };
}
export type TrustStore = ReturnType<typeof createTrustStore>;
