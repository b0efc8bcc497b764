import type { AcrLevel } from '@lanyard/platform';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { LogoutProtocol } from '../domain/logout/logout-delivery.js';
import { digestOf, type ProviderPayload } from './provider-documents.js';

export interface SignInSession {
  uid: string;
  accountId: string;
  level: AcrLevel;
  methods: string[];
  provedAtMs: number;
  device: string;
  place: string;
  createdAtMs: number;
  lastSeenMs: number;
  endedAtMs: number | undefined;
  endedBy: string | undefined;
}

/** A call that tells a service of the end of a session; goes into the outbox with the end itself. */
export interface LogoutCall {
  relyingPartyId: string;
  protocol: LogoutProtocol;
  address: string;
  /** Tells calls of one service and session apart: sid or ticket. */
  reference: string;
  payload: Record<string, string>;
}

/** Calls that follow from a session's end, read in its transaction. One source per protocol. */
export type FindLogoutCalls = (
  transaction: Transaction,
  session: { uid: string; accountId: string; authorizations: Record<string, { sid?: string; grantId?: string }> },
) => Promise<LogoutCall[]>;

/** The request that a session is used in: what its person sees on the list of sessions. */
export interface RequestOrigin {
  device: string;
  place: string;
}

const ENDED_KEPT_MS = 30 * 86_400_000;

/**
 * Which services were entered grows only: two requests at once, each of which read the session before the other saved,
 * must not forget each other's service, or it would hear of no logout.
 */
const AUTHORIZATIONS = `coalesce(d.payload->'authorizations', '{}') || coalesce(excluded.payload->'authorizations', '{}')`;
const MERGED = `excluded.payload || jsonb_build_object('authorizations', ${AUTHORIZATIONS})`;

/**
 * Sessions of browsers: the provider's document and our row move together. A session that was ended never comes back,
 * also not by a request that was under way: saving takes the row's lock and looks at its end.
 */
export function createSessionStore(
  db: Database,
  parts: { clock: Clock; findLogoutCalls: readonly FindLogoutCalls[]; onLogout: () => void },
) {
  const { clock } = parts;
  /** Ends one session in the caller's transaction; false where it had ended. */
  async function endIn(transaction: Transaction, uid: string, by: string, actor: string): Promise<boolean> {
    const now = new Date(clock.nowMs());
    const ended = await transaction.raw(
      'UPDATE sign_in_session SET ended_at = ?, ended_by = ? WHERE uid = ? AND ended_at IS NULL RETURNING account_id',
      [now, by, uid],
    );
    const documents = await transaction.raw(
      `DELETE FROM provider_document WHERE model = 'Session' AND uid = ? RETURNING payload, consumed_at`,
      [uid],
    );
    const row = ended.rows[0] as { account_id: string } | undefined;
    if (row === undefined) return false;
    const document = (documents.rows as { payload: ProviderPayload; consumed_at: Date | null }[]).find(
      (one) => one.consumed_at === null,
    );
    const authorizations = (document?.payload['authorizations'] ?? {}) as Record<
      string,
      { sid?: string; grantId?: string }
    >;
    const grants = Object.values(authorizations).flatMap(({ grantId }) => (grantId === undefined ? [] : [grantId]));
    if (grants.length > 0) {
      await transaction.raw('DELETE FROM provider_document WHERE grant_id = ANY(?)', [grants]);
      await transaction.raw(`DELETE FROM provider_document WHERE model = 'Grant' AND digest = ANY(?)`, [
        grants.map(digestOf),
      ]);
    }
    const session = { uid, accountId: row.account_id, authorizations };
    const calls = (await Promise.all(parts.findLogoutCalls.map((find) => find(transaction, session)))).flat();
    for (const call of calls) {
      await transaction.raw(
        `INSERT INTO logout_delivery (session_uid, relying_party_id, protocol, address, reference, payload, created_at, next_try_at)
         VALUES (?, ?, ?, ?, ?, ?::jsonb, ?, ?) ON CONFLICT DO NOTHING`,
        [uid, call.relyingPartyId, call.protocol, call.address, call.reference, JSON.stringify(call.payload), now, now],
      );
    }
    await appendAudit(
      transaction,
      [
        {
          actor,
          action: 'session.ended',
          subject: `account:${row.account_id}`,
          detail: { by, services: calls.length },
        },
      ],
      clock.nowMs(),
    );
    return true;
  }
  return {
    endIn,
    async end(uid: string, by: string, actor: string): Promise<boolean> {
      const ended = await db.transaction((transaction) => endIn(transaction, uid, by, actor));
      if (ended) parts.onLogout();
      return ended;
    },
    /** Ends all of a person's sessions but `exceptUid`; answers how many. */
    async endAllIn(
      transaction: Transaction,
      accountId: string,
      by: string,
      actor: string,
      exceptUid = '',
    ): Promise<number> {
      const { rows } = await transaction.raw(
        'SELECT uid FROM sign_in_session WHERE account_id = ? AND ended_at IS NULL AND uid <> ? ORDER BY uid FOR UPDATE',
        [accountId, exceptUid],
      );
      for (const row of rows as { uid: string }[]) await endIn(transaction, row.uid, by, actor);
      return rows.length;
    },
    /** Wakes the outbox; for callers of the `…In` functions, after their commit. */
    wake: parts.onLogout,
    /**
     * Saves the provider's session document under its present identifier. With an account the row is made or moved in
     * the same transaction, and a first sign-in or a step-up is audited.
     */
    async save(id: string, payload: ProviderPayload, expiresIn: number, origin: RequestOrigin): Promise<void> {
      const uid = String(payload['uid']);
      await db.transaction(async (transaction) => {
        const { jti: _identifier, ...kept } = payload;
        const accountId = payload['accountId'];
        if (typeof accountId === 'string' && !(await noteUse(transaction, uid, accountId, payload, origin))) return;
        const text = JSON.stringify(kept);
        const saved = await transaction.raw(
          `INSERT INTO provider_document AS d (model, digest, payload, uid, expires_at) VALUES ('Session', ?, ?::jsonb, ?, ?)
           ON CONFLICT (model, digest) DO UPDATE SET payload = ${MERGED}, uid = excluded.uid, expires_at = excluded.expires_at
           WHERE d.consumed_at IS NULL`,
          [digestOf(id), text, uid, new Date(clock.nowMs() + expiresIn * 1000)],
        );
        // The identifier was replaced while this request was under way: what it adds goes to the present one.
        if (saved.rowCount === 0) {
          await transaction.raw(
            `UPDATE provider_document d SET payload = d.payload || jsonb_build_object('authorizations', ${AUTHORIZATIONS})
             FROM (SELECT ?::jsonb AS payload) excluded WHERE d.model = 'Session' AND d.uid = ? AND d.consumed_at IS NULL`,
            [text, uid],
          );
        }
      });
    },
    /** An identifier that another one follows: dead at once, and not to be revived by a request still under way. */
    async replace(id: string): Promise<void> {
      await db.raw(`UPDATE provider_document SET consumed_at = ? WHERE model = 'Session' AND digest = ?`, [
        new Date(clock.nowMs()),
        digestOf(id),
      ]);
    },
    async find(uid: string): Promise<SignInSession | undefined> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM sign_in_session WHERE uid = ?`, [uid]);
      return rows[0] === undefined ? undefined : sessionOf(rows[0] as SessionRow);
    },
    async isLive(uid: string): Promise<boolean> {
      const { rowCount } = await db.raw(
        `SELECT 1 FROM sign_in_session s JOIN provider_document d ON d.model = 'Session' AND d.uid = s.uid
         WHERE s.uid = ? AND s.ended_at IS NULL AND d.consumed_at IS NULL AND d.expires_at > ?`,
        [uid, new Date(clock.nowMs())],
      );
      return rowCount === 1;
    },
    /** Newest first, ended ones of the last 30 days too. */
    async listOf(accountId: string, limit = 50): Promise<SignInSession[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM sign_in_session WHERE account_id = ? ORDER BY ended_at IS NOT NULL, last_seen_at DESC LIMIT ?`,
        [accountId, limit],
      );
      return (rows as SessionRow[]).map(sessionOf);
    },
    async sweep(): Promise<void> {
      // A session whose document has run out has ended by time; services keep their own clocks and are not called.
      await db.raw(
        `UPDATE sign_in_session s SET ended_at = ?, ended_by = 'time' WHERE s.ended_at IS NULL AND s.last_seen_at < ?
         AND NOT EXISTS (SELECT 1 FROM provider_document d WHERE d.model = 'Session' AND d.uid = s.uid AND d.expires_at > ?)`,
        [new Date(clock.nowMs()), new Date(clock.nowMs() - 60_000), new Date(clock.nowMs())],
      );
      await db.raw('DELETE FROM sign_in_session WHERE ended_at < ?', [new Date(clock.nowMs() - ENDED_KEPT_MS)]);
    },
  };

  /** False where the session has ended or belongs to somebody else. */
  async function noteUse(
    transaction: Transaction,
    uid: string,
    accountId: string,
    payload: ProviderPayload,
    origin: RequestOrigin,
  ): Promise<boolean> {
    const now = new Date(clock.nowMs());
    const level = String(payload['acr'] ?? '').replace('urn:lanyard:acr:', '');
    const provedAt = new Date(Number(payload['loginTs'] ?? 0) * 1000);
    const methods = Array.isArray(payload['amr']) ? payload['amr'].map(String) : [];
    // The row's lock: an end that is under way is waited for, and seen.
    const found = await transaction.raw(
      'SELECT account_id, level, proved_at, ended_at FROM sign_in_session WHERE uid = ? FOR UPDATE',
      [uid],
    );
    const before = found.rows[0] as
      | { account_id: string; level: string; proved_at: Date; ended_at: Date | null }
      | undefined;
    if (before !== undefined && (before.ended_at !== null || before.account_id !== accountId)) return false;
    if (before === undefined) {
      // Shared lock: an account that is being closed ends its sessions after us, and with ours.
      const account = await transaction.raw(`SELECT 1 FROM account WHERE id = ? AND state = 'active' FOR SHARE`, [
        accountId,
      ]);
      if (account.rowCount === 0) return false;
    }
    await transaction.raw(
      `INSERT INTO sign_in_session (uid, account_id, level, methods, proved_at, device, place, created_at, last_seen_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (uid) DO UPDATE SET level = excluded.level, methods = excluded.methods, proved_at = excluded.proved_at,
         device = excluded.device, place = excluded.place, last_seen_at = excluded.last_seen_at`,
      [uid, accountId, level, methods, provedAt, origin.device, origin.place, now, now],
    );
    const proved = before === undefined || before.proved_at.getTime() !== provedAt.getTime() || before.level !== level;
    if (proved) {
      await appendAudit(
        transaction,
        [
          {
            actor: `account:${accountId}`,
            action: before === undefined ? 'session.started' : 'session.stepped-up',
            subject: `account:${accountId}`,
            detail: { level, methods, device: origin.device },
          },
        ],
        clock.nowMs(),
      );
    }
    return true;
  }
}
export type SessionStore = ReturnType<typeof createSessionStore>;

const COLUMNS =
  'uid, account_id, level, methods, proved_at, device, place, created_at, last_seen_at, ended_at, ended_by';
interface SessionRow {
  uid: string;
  account_id: string;
  level: AcrLevel;
  methods: string[];
  proved_at: Date;
  device: string;
  place: string;
  created_at: Date;
  last_seen_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
}

function sessionOf(row: SessionRow): SignInSession {
  return {
    uid: row.uid,
    accountId: row.account_id,
    level: row.level,
    methods: row.methods,
    provedAtMs: row.proved_at.getTime(),
    device: row.device,
    place: row.place,
    createdAtMs: row.created_at.getTime(),
    lastSeenMs: row.last_seen_at.getTime(),
    endedAtMs: row.ended_at?.getTime(),
    endedBy: row.ended_by ?? undefined,
  };
}
