import { createHash, randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal } from '@lanyard/platform';
import type { HeldAssertion } from '../domain/partners/client-assertion.js';
import type { Partner, PartnerRegistration } from '../domain/partners/partner.js';

export const TOKEN_SECONDS = 300;
const digestOf = (text: string) => createHash('sha256').update(text).digest();

interface PartnerRow extends Omit<PartnerRegistration, 'purposes' | 'claims'> {
  id: string;
  purposes: string[];
  claims: PartnerRegistration['claims'];
  created_at: Date;
  withdrawn_at: Date | null;
}

/** Partners, their short tokens, and how much they have asked today. */
export function createPartnerStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  async function find(id: string): Promise<Partner | undefined> {
    const { rows } = await db.raw('SELECT * FROM partner WHERE id = ? AND withdrawn_at IS NULL', [id]);
    return rows[0] === undefined ? undefined : partnerOf(rows[0]);
  }

  return {
    find,
    /** Adds or replaces; a withdrawn one comes back. Tokens of former keys end. */
    async put(id: string, partner: PartnerRegistration, actor: string): Promise<void> {
      const { name_zh, name_en, keys, purposes, claims, checks_per_minute, checks_per_day, sandbox } = partner;
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `INSERT INTO partner
             (id, name_zh, name_en, keys, purposes, claims, checks_per_minute, checks_per_day, sandbox, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, keys = excluded.keys,
             purposes = excluded.purposes, claims = excluded.claims, checks_per_minute = excluded.checks_per_minute,
             checks_per_day = excluded.checks_per_day, sandbox = excluded.sandbox, withdrawn_at = NULL`,
          [
            ...[id, name_zh, name_en, JSON.stringify(keys), purposes, claims],
            ...[checks_per_minute, checks_per_day, sandbox, now()],
          ],
        );
        await transaction.raw('DELETE FROM partner_token WHERE partner_id = ?', [id]);
        const detail = { purposes, claims, sandbox };
        const event = { actor, action: 'partner.registered', subject: `partner:${id}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    async list(): Promise<(Partner & { withdrawn: boolean })[]> {
      const { rows } = await db.raw('SELECT * FROM partner ORDER BY id LIMIT 1000');
      return rows.map((row: PartnerRow) => ({ ...partnerOf(row), withdrawn: row.withdrawn_at !== null }));
    },
    /** @throws Refusal `partner-not-found` */
    async withdraw(id: string, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const done = await transaction.raw(
          'UPDATE partner SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL',
          [...[now(), id]],
        );
        if (done.rowCount !== 1) throw new Refusal('partner-not-found');
        await transaction.raw('DELETE FROM partner_token WHERE partner_id = ?', [id]);
        const event = { actor, action: 'partner.withdrawn', subject: `partner:${id}` };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** A token for an assertion, which counts once; undefined where it counted before. */
    async giveToken({ partnerId, jti, untilSeconds }: HeldAssertion): Promise<string | undefined> {
      const token = randomBytes(32).toString('base64url');
      const { rowCount } = await db.raw(
        `WITH mine AS (
           INSERT INTO partner_assertion (partner_id, jti_digest, until_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
           RETURNING partner_id)
         INSERT INTO partner_token (digest, partner_id, expires_at) SELECT ?, partner_id, ? FROM mine`,
        [
          ...[partnerId, digestOf(jti), new Date(untilSeconds * 1000), digestOf(token)],
          new Date(clock.nowMs() + TOKEN_SECONDS * 1000),
        ],
      );
      return rowCount === 1 ? token : undefined;
    },
    async findByToken(token: string): Promise<Partner | undefined> {
      const { rows } = await db.raw(
        `SELECT p.* FROM partner_token t JOIN partner p ON p.id = t.partner_id
         WHERE t.digest = ? AND t.expires_at > ? AND p.withdrawn_at IS NULL`,
        [digestOf(token), now()],
      );
      return rows[0] === undefined ? undefined : partnerOf(rows[0]);
    },
    /** Takes one check of today's; answers how many are left, undefined where there was none. */
    async takeQuota(partner: Pick<Partner, 'id' | 'checks_per_day'>): Promise<number | undefined> {
      const { rows } = await db.raw(
        `INSERT INTO partner_quota AS q (partner_id, day, n) VALUES (?, ?, 1)
         ON CONFLICT (partner_id, day) DO UPDATE SET n = q.n + 1 WHERE q.n < ? RETURNING n`,
        [partner.id, dayInShanghai(clock.nowMs()), partner.checks_per_day],
      );
      return rows[0] === undefined ? undefined : partner.checks_per_day - Number(rows[0].n);
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM partner_assertion WHERE until_at < ?', [now()]);
      await db.raw('DELETE FROM partner_token WHERE expires_at < ?', [now()]);
      await db.raw('DELETE FROM partner_quota WHERE day < ?', [dayInShanghai(clock.nowMs() - 35 * 86_400_000)]);
    },
  };
}
export type PartnerStore = ReturnType<typeof createPartnerStore>;

function partnerOf(row: PartnerRow): Partner {
  const { id, name_zh, name_en, keys, purposes, claims, checks_per_minute, checks_per_day, sandbox } = row;
  return { id, name_zh, name_en, keys, purposes, claims, checks_per_minute, checks_per_day, sandbox };
}
