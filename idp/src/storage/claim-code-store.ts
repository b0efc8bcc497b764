import { createHmac, randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal } from '@lanyard/platform';
import { type ClaimCode, makeClaimCode } from '../domain/claim-codes/claim-code.js';
import { digestOf } from './provider-documents.js';

export interface IssuedClaimCode {
  number: string;
  name: string;
  college: string;
  class: string;
  code: ClaimCode;
  expiresAtMs: number;
}

/** Whom codes are for. Staff are named one by one: whoever takes such an account has its roles. */
export interface ClaimSelection {
  kind: 'student' | 'staff';
  numbers?: readonly string[];
  college?: string;
  limit: number;
}

const LIFE_MS = 60 * 86_400_000;
const OFFERS_AT_MOST = 10;

/** Claim codes. Using one is one UPDATE: of any number who try at once, one succeeds. */
export function createClaimCodeStore(db: Database, parts: { key: Uint8Array; clock: Clock }) {
  const { clock } = parts;
  const digest = (code: ClaimCode) => createHmac('sha256', parts.key).update(code).digest();
  const now = () => new Date(clock.nowMs());
  return {
    /**
     * New codes for people whose account nobody has claimed, in the order of their numbers; a code given out before
     * ends. Answers the codes, this once. A code of staff brings the roles of its account, so the operator token issues
     * such codes until the first of the staff has claimed one; then that takes a signed-in person.
     * @throws Refusal `person-needed`
     */
    async issue(selection: ClaimSelection, actor: string): Promise<{ issued: IssuedClaimCode[]; skipped: string[] }> {
      const wanted = selection.numbers === undefined ? null : [...selection.numbers];
      return db.transaction(async (transaction) => {
        if (selection.kind === 'staff' && actor === 'operator') {
          const claimed = await transaction.raw(
            `SELECT 1 FROM account WHERE kind = 'staff' AND state = 'active' AND claimed_at IS NOT NULL LIMIT 1`,
          );
          if (claimed.rowCount === 1) throw new Refusal('person-needed');
        }
        const { rows } = await transaction.raw(
          `SELECT id, number, name, college, class FROM account
           WHERE kind = ? AND state = 'active' AND claimed_at IS NULL
             AND (?::text[] IS NULL OR number = ANY(?)) AND (?::text IS NULL OR college = ?)
           ORDER BY number LIMIT ? FOR UPDATE`,
          [selection.kind, wanted, wanted, selection.college ?? null, selection.college ?? null, selection.limit],
        );
        const people = rows as { id: string; number: string; name: string; college: string; class: string }[];
        const expiresAtMs = clock.nowMs() + LIFE_MS;
        const issued = people.map((person) => ({ person, code: makeClaimCode(randomBytes(10)) }));
        await transaction.raw(
          `UPDATE claim_code SET withdrawn_at = ? WHERE account_id = ANY(?) AND withdrawn_at IS NULL AND account_used_at IS NULL`,
          [now(), people.map((person) => person.id)],
        );
        await transaction.raw(
          `INSERT INTO claim_code (digest, account_id, issued_at, expires_at)
           SELECT digest, account_id, ?, ? FROM unnest(?::bytea[], ?::text[]) AS t (digest, account_id)`,
          [now(), new Date(expiresAtMs), issued.map(({ code }) => digest(code)), people.map((person) => person.id)],
        );
        await appendAudit(
          transaction,
          people.map((person) => ({ actor, action: 'claim-code.issued', subject: `account:${person.id}` })),
          clock.nowMs(),
        );
        const found = new Set(people.map((person) => person.number));
        return {
          issued: issued.map(({ person, code }) => ({
            number: person.number,
            name: person.name,
            college: person.college,
            class: person.class,
            code,
            expiresAtMs,
          })),
          skipped: (selection.numbers ?? []).filter((number) => !found.has(number)),
        };
      });
    },
    /**
     * Takes the account, once; the account counts as claimed from then on. Where its person has a way in already, as
     * after a claim by the wallet, the letter is worth nothing any more: whoever finds it must not get one of his own.
     */
    async redeemForAccount(code: ClaimCode): Promise<{ accountId: string } | undefined> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE claim_code c SET account_used_at = ? FROM account a
           WHERE c.digest = ? AND c.account_used_at IS NULL AND c.withdrawn_at IS NULL AND c.expires_at > ?
             AND a.id = c.account_id AND a.state = 'active'
             AND NOT EXISTS (SELECT 1 FROM passkey p WHERE p.account_id = a.id)
             AND NOT EXISTS (SELECT 1 FROM password w WHERE w.account_id = a.id)
           RETURNING c.account_id`,
          [now(), digest(code), now()],
        );
        const row = rows[0] as { account_id: string } | undefined;
        if (row === undefined) return undefined;
        await transaction.raw('UPDATE account SET claimed_at = coalesce(claimed_at, ?) WHERE id = ?', [
          now(),
          row.account_id,
        ]);
        await appendAudit(
          transaction,
          [
            {
              actor: `account:${row.account_id}`,
              action: 'account.claimed',
              subject: `account:${row.account_id}`,
              detail: { by: 'browser' },
            },
          ],
          clock.nowMs(),
        );
        return { accountId: row.account_id };
      });
    },
    /**
     * Binds the code to one wallet by the wallet's own secret; the same wallet may come again, since an offer lives five
     * minutes only. Answers whose it is.
     */
    async redeemForWallet(
      code: ClaimCode,
      walletSecret: string,
    ): Promise<{ accountId: string; number: string } | undefined> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE claim_code c SET wallet_used_at = coalesce(c.wallet_used_at, ?), wallet_secret_digest = ?,
             wallet_offers = c.wallet_offers + 1 FROM account a
           WHERE c.digest = ? AND (c.wallet_secret_digest IS NULL OR c.wallet_secret_digest = ?)
             AND c.wallet_offers < ? AND c.withdrawn_at IS NULL AND c.expires_at > ?
             AND a.id = c.account_id AND a.state = 'active' AND a.kind = 'student'
           RETURNING c.account_id, a.number, c.wallet_offers`,
          [now(), digestOf(walletSecret), digest(code), digestOf(walletSecret), OFFERS_AT_MOST, now()],
        );
        const row = rows[0] as { account_id: string; number: string; wallet_offers: number } | undefined;
        if (row === undefined) return undefined;
        if (row.wallet_offers === 1) {
          await transaction.raw('UPDATE account SET claimed_at = coalesce(claimed_at, ?) WHERE id = ?', [
            now(),
            row.account_id,
          ]);
          await appendAudit(
            transaction,
            [
              {
                actor: `account:${row.account_id}`,
                action: 'account.claimed',
                subject: `account:${row.account_id}`,
                detail: { by: 'wallet' },
              },
            ],
            clock.nowMs(),
          );
        }
        return { accountId: row.account_id, number: row.number };
      });
    },
    async summary(): Promise<{ issued: number; claimed: number; open: number; expired: number }> {
      const { rows } = await db.raw(
        `SELECT count(*) AS issued, count(*) FILTER (WHERE used) AS claimed,
           count(*) FILTER (WHERE NOT used AND withdrawn_at IS NULL AND expires_at > ?) AS open,
           count(*) FILTER (WHERE NOT used AND withdrawn_at IS NULL AND expires_at <= ?) AS expired
         FROM (SELECT *, account_used_at IS NOT NULL OR wallet_used_at IS NOT NULL AS used FROM claim_code) c`,
        [now(), now()],
      );
      const row = rows[0] as Record<'issued' | 'claimed' | 'open' | 'expired', number>;
      return {
        issued: Number(row.issued),
        claimed: Number(row.claimed),
        open: Number(row.open),
        expired: Number(row.expired),
      };
    },
  };
}
export type ClaimCodeStore = ReturnType<typeof createClaimCodeStore>;
