import { createHash } from 'node:crypto';
import type { AcrLevel } from '@lanyard/platform';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import { parseServiceAddress } from '../domain/cas/service-address.js';
import type { SessionTicket } from '../domain/cas/session-logouts.js';
import { MAX_AHEAD_MS } from '../domain/cas/ticket.js';
import type {
  FindGrantingTicket,
  IssueTicket,
  NoteTicketRefusal,
  SpendTicket,
  SpentTicket,
  StoreGrantingTicket,
} from '../domain/cas/ticket-ports.js';

interface SpentRow {
  kind: 'ST' | 'PT';
  relying_party_id: string;
  service: string;
  session_uid: string;
  account_id: string;
  acr: AcrLevel;
  auth_time_seconds: number;
  fresh: boolean;
  proxies: string[];
  issued_at: Date;
  expires_at: Date;
  ended_at: Date | null;
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();

/**
 * Tickets of CAS. Durable when a call answers; processes that share the database agree on who used a ticket first.
 */
export function createCasTicketStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  const audit = (transaction: Transaction, action: string, of: AuditOf, detail: object = {}) =>
    appendAudit(
      transaction,
      [
        {
          actor: `relying-party:${of.relyingPartyId}`,
          action,
          subject: `account:${of.accountId}`,
          detail: { relying_party: of.relyingPartyId, ...detail },
        },
      ],
      clock.nowMs(),
    );

  const issue: IssueTicket = (ticket) =>
    db.transaction(async (transaction) => {
      await transaction.raw(
        `INSERT INTO cas_ticket (digest, kind, relying_party_id, service, session_uid, account_id, acr,
           auth_time_seconds, fresh, proxies, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?)`,
        [
          digestOf(ticket.text),
          ticket.kind,
          ticket.relyingPartyId,
          ticket.service,
          ticket.sessionUid,
          ticket.accountId,
          ticket.acr,
          ticket.authTimeSeconds,
          ticket.fresh,
          JSON.stringify(ticket.proxies),
          now(),
          new Date(ticket.expiresAtMs),
        ],
      );
      await audit(transaction, 'cas.ticket-issued', ticket, { kind: ticket.kind, fresh: ticket.fresh });
    });

  const spend: SpendTicket = (ticket, judge) =>
    db.transaction(async (transaction) => {
      // A text that cannot have been stored as a service differs from every service; PostgreSQL may not even take it.
      const service = parseServiceAddress(ticket.service)?.text ?? '';
      const { rows } = await transaction.raw(
        `UPDATE cas_ticket SET used_at = ?, logout_text =
           CASE WHEN service = ? AND expires_at > ? AND ended_at IS NULL THEN ?::text END
         WHERE digest = ? AND used_at IS NULL
         RETURNING kind, relying_party_id, service, session_uid, account_id, acr, auth_time_seconds, fresh, proxies,
           issued_at, expires_at, ended_at`,
        [now(), service, now(), ticket.text, digestOf(ticket.text)],
      );
      const row: SpentRow | undefined = rows[0];
      // Nothing is written of tickets nobody issued: a guesser cannot fill the audit.
      if (row === undefined) return undefined;
      const spent: SpentTicket = {
        kind: row.kind,
        relyingPartyId: row.relying_party_id,
        service: row.service,
        sessionUid: row.session_uid,
        accountId: row.account_id,
        acr: row.acr,
        authTimeSeconds: row.auth_time_seconds,
        fresh: row.fresh,
        proxies: row.proxies,
        issuedAtMs: row.issued_at.getTime(),
        expiresAtMs: row.expires_at.getTime(),
        ended: row.ended_at !== null,
      };
      const verdict = judge(spent);
      await audit(
        transaction,
        verdict.refused === undefined ? 'cas.ticket-validated' : 'cas.ticket-refused',
        spent,
        verdict.refused ?? {},
      );
      return { spent, verdict };
    });

  const noteRefusal: NoteTicketRefusal = (refusal) =>
    db.transaction((transaction) =>
      audit(transaction, 'cas.ticket-refused', refusal, { code: refusal.code, reason: refusal.reason }),
    );

  const storeGrantingTicket: StoreGrantingTicket = (ticket) =>
    db.transaction(async (transaction) => {
      await transaction.raw(
        `INSERT INTO cas_granting_ticket (digest, relying_party_id, callback_url, session_uid, account_id, acr,
           auth_time_seconds, proxies, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?)`,
        [
          digestOf(ticket.text),
          ticket.relyingPartyId,
          ticket.callbackUrl,
          ticket.sessionUid,
          ticket.accountId,
          ticket.acr,
          ticket.authTimeSeconds,
          JSON.stringify(ticket.proxies),
          now(),
          new Date(ticket.expiresAtMs),
        ],
      );
      await audit(transaction, 'cas.ticket-issued', ticket, { kind: 'PGT' });
    });

  const findGrantingTicket: FindGrantingTicket = async (text, nowMs) => {
    const { rows } = await db.raw(
      `SELECT relying_party_id, callback_url, session_uid, account_id, acr, auth_time_seconds, proxies, expires_at
       FROM cas_granting_ticket WHERE digest = ? AND expires_at > ? AND issued_at <= ? AND ended_at IS NULL`,
      [digestOf(text), new Date(nowMs), new Date(nowMs + MAX_AHEAD_MS)],
    );
    const row:
      | (Omit<SpentRow, 'kind' | 'service' | 'fresh' | 'issued_at' | 'ended_at'> & { callback_url: string })
      | undefined = rows[0];
    if (row === undefined) return undefined;
    return {
      relyingPartyId: row.relying_party_id,
      callbackUrl: row.callback_url,
      sessionUid: row.session_uid,
      accountId: row.account_id,
      acr: row.acr,
      authTimeSeconds: row.auth_time_seconds,
      proxies: row.proxies,
      expiresAtMs: row.expires_at.getTime(),
    };
  };

  return {
    issue,
    spend,
    noteRefusal,
    storeGrantingTicket,
    findGrantingTicket,
    /**
     * Ends every ticket of a session in the transaction that ends the session, and answers those that were validated.
     * Once: a second call answers none.
     */
    async endTicketsOfSession(transaction: Transaction, sessionUid: string): Promise<SessionTicket[]> {
      await transaction.raw('UPDATE cas_granting_ticket SET ended_at = ? WHERE session_uid = ? AND ended_at IS NULL', [
        now(),
        sessionUid,
      ]);
      const { rows } = await transaction.raw(
        `UPDATE cas_ticket SET ended_at = ? WHERE session_uid = ? AND ended_at IS NULL
         RETURNING relying_party_id, service, logout_text`,
        [now(), sessionUid],
      );
      return toSessionTickets(rows);
    },
    /** Tickets of a session that were validated, whether it still lives or not. */
    async listTicketsOfSession(sessionUid: string): Promise<SessionTicket[]> {
      const { rows } = await db.raw(
        `SELECT relying_party_id, service, logout_text FROM cas_ticket
         WHERE session_uid = ? AND logout_text IS NOT NULL ORDER BY issued_at`,
        [sessionUid],
      );
      return toSessionTickets(rows);
    },
    /** Deletes what nobody can use or needs for logout any more; `sessionSeconds` is the longest life of a session. */
    async sweep(sessionSeconds: number): Promise<void> {
      const before = (seconds: number) => new Date(clock.nowMs() - seconds * 1_000);
      await db.raw('DELETE FROM cas_ticket WHERE issued_at < ?', [before(sessionSeconds)]);
      await db.raw('DELETE FROM cas_ticket WHERE logout_text IS NULL AND expires_at < ?', [before(600)]);
      await db.raw('DELETE FROM cas_granting_ticket WHERE expires_at < ?', [now()]);
    },
  };
}
export type CasTicketStore = ReturnType<typeof createCasTicketStore>;

interface AuditOf {
  relyingPartyId: string;
  accountId: string;
}

function toSessionTickets(
  rows: readonly { relying_party_id: string; service: string; logout_text: string | null }[],
): SessionTicket[] {
  return rows.flatMap((row) =>
    row.logout_text === null
      ? []
      : [{ relyingPartyId: row.relying_party_id, service: row.service, ticket: row.logout_text }],
  );
}
