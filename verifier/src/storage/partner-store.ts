import { createHash, randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import type { Callback } from '../domain/partners/callback.js';
import type { HeldAssertion } from '../domain/partners/client-assertion.js';
import { changedParts, type Partner, type PartnerRegistration } from '../domain/partners/partner.js';
import { tellPartner } from './partner-event-store.js';

export const TOKEN_SECONDS = 300;
const digestOf = (text: string) => createHash('sha256').update(text).digest();

interface PartnerRow extends Omit<PartnerRegistration, 'callback'> {
  id: string;
  withdrawn_at: Date | null;
  callback_url: string | null;
  events: Callback['events'] | null;
}

/** A token's partner, and the certificate it is bound to. */
export interface TokenHolder {
  readonly partner: Partner;
  readonly certificateId: string | undefined;
}

const COLUMNS = `p.id, p.name_zh, p.name_en, p.keys, p.purposes, p.claims, p.checks_per_minute, p.checks_per_day, p.sandbox,
  p.return_origins, p.mutual_tls, p.follow_up, p.match_passenger, p.withdrawn_at, c.url AS callback_url, c.events`;
const FROM = 'partner p LEFT JOIN partner_callback c ON c.partner_id = p.id';

/** Partners, their short tokens, and how much they have asked today. */
export function createPartnerStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  async function find(id: string): Promise<Partner | undefined> {
    const { rows } = await db.raw(`SELECT ${COLUMNS} FROM ${FROM} WHERE p.id = ? AND p.withdrawn_at IS NULL`, [id]);
    return rows[0] === undefined ? undefined : partnerOf(rows[0]);
  }

  async function writeCallback(transaction: Transaction, id: string, callback: Callback | null): Promise<void> {
    if (callback === null) {
      await transaction.raw('DELETE FROM partner_callback WHERE partner_id = ?', [id]);
      return;
    }
    await transaction.raw(
      `INSERT INTO partner_callback (partner_id, url, events, changed_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (partner_id) DO UPDATE SET url = excluded.url, events = excluded.events, failures = 0,
         rest_until = NULL, changed_at = excluded.changed_at`,
      [id, callback.url, callback.events, now()],
    );
  }

  return {
    find,
    /** Adds or replaces; a withdrawn one comes back. Tokens of former keys end, and the partner is told what changed. */
    async put(id: string, partner: PartnerRegistration, actor: string): Promise<void> {
      const { name_zh, name_en, keys, purposes, claims, checks_per_minute, checks_per_day, sandbox } = partner;
      const { return_origins, mutual_tls, follow_up, match_passenger, callback } = partner;
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(`SELECT ${COLUMNS} FROM ${FROM} WHERE p.id = ? FOR UPDATE OF p`, [id]);
        const before = rows[0] === undefined ? undefined : partnerOf(rows[0]);
        await transaction.raw(
          `INSERT INTO partner
             (id, name_zh, name_en, keys, purposes, claims, checks_per_minute, checks_per_day, sandbox, return_origins,
              mutual_tls, follow_up, match_passenger, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, keys = excluded.keys,
             purposes = excluded.purposes, claims = excluded.claims, checks_per_minute = excluded.checks_per_minute,
             checks_per_day = excluded.checks_per_day, sandbox = excluded.sandbox, return_origins = excluded.return_origins,
             mutual_tls = excluded.mutual_tls, follow_up = excluded.follow_up,
             match_passenger = excluded.match_passenger, withdrawn_at = NULL`,
          [
            ...[id, name_zh, name_en, JSON.stringify(keys), purposes, claims],
            ...[
              checks_per_minute,
              checks_per_day,
              sandbox,
              return_origins,
              mutual_tls,
              follow_up,
              match_passenger,
              now(),
            ],
          ],
        );
        const changed = before === undefined ? [] : changedParts(before, partner);
        // Told where it was told before: whoever moved the callback elsewhere does not hide it.
        if (callback !== undefined && before?.callback?.url !== callback?.url) changed.push('callback');
        if (changed.length > 0)
          await tellPartner(transaction, id, { kind: 'partner.changed', data: { changed } }, clock.nowMs());
        if (callback !== undefined) await writeCallback(transaction, id, callback);
        await transaction.raw('DELETE FROM partner_token WHERE partner_id = ?', [id]);
        const detail = { purposes, claims, sandbox };
        const event = { actor, action: 'partner.registered', subject: `partner:${id}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** The partner's own change of where it is told. */
    async setCallback(id: string, callback: Callback | null): Promise<void> {
      await db.transaction(async (transaction) => {
        await writeCallback(transaction, id, callback);
        const detail = callback === null ? {} : { events: callback.events };
        const event = { actor: `partner:${id}`, action: 'partner.callback-set', subject: `partner:${id}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** An event that only says that events arrive. */
    async testCallback(id: string): Promise<void> {
      await db.transaction((transaction) =>
        tellPartner(transaction, id, { kind: 'callback.test', data: {} }, clock.nowMs()),
      );
    },
    async list(): Promise<(Partner & { withdrawn: boolean })[]> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM ${FROM} ORDER BY p.id LIMIT 1000`);
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
    async giveToken(
      { partnerId, jti, untilSeconds }: HeldAssertion,
      certificateId?: string,
    ): Promise<string | undefined> {
      const token = randomBytes(32).toString('base64url');
      const { rowCount } = await db.raw(
        `WITH mine AS (
           INSERT INTO partner_assertion (partner_id, jti_digest, until_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
           RETURNING partner_id)
         INSERT INTO partner_token (digest, partner_id, expires_at, certificate_id) SELECT ?, partner_id, ?, ? FROM mine`,
        [
          ...[partnerId, digestOf(jti), new Date(untilSeconds * 1000), digestOf(token)],
          ...[new Date(clock.nowMs() + TOKEN_SECONDS * 1000), certificateId ?? null],
        ],
      );
      return rowCount === 1 ? token : undefined;
    },
    /** A token for whoever has shown a certificate; bound to it (RFC 8705 §3). */
    async giveBoundToken(partnerId: string, certificateId: string): Promise<string> {
      const token = randomBytes(32).toString('base64url');
      await db.raw('INSERT INTO partner_token (digest, partner_id, expires_at, certificate_id) VALUES (?, ?, ?, ?)', [
        ...[digestOf(token), partnerId, new Date(clock.nowMs() + TOKEN_SECONDS * 1000), certificateId],
      ]);
      return token;
    },
    async findByToken(token: string): Promise<TokenHolder | undefined> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS}, t.certificate_id FROM partner_token t JOIN partner p ON p.id = t.partner_id
           LEFT JOIN partner_callback c ON c.partner_id = p.id
         WHERE t.digest = ? AND t.expires_at > ? AND p.withdrawn_at IS NULL`,
        [digestOf(token), now()],
      );
      const row: (PartnerRow & { certificate_id: string | null }) | undefined = rows[0];
      return row === undefined
        ? undefined
        : { partner: partnerOf(row), certificateId: row.certificate_id ?? undefined };
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
  const { return_origins, mutual_tls, follow_up, match_passenger, callback_url: url, events } = row;
  return {
    ...{ id, name_zh, name_en, keys, purposes, claims, checks_per_minute, checks_per_day, sandbox },
    ...{ return_origins, mutual_tls, follow_up, match_passenger },
    callback: url === null || events === null ? undefined : { url, events },
  };
}
