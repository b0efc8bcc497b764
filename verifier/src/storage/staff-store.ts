import { createHash, randomBytes } from 'node:crypto';
import {
  actorOfSubject,
  appendAudit,
  type Clock,
  createPostgresSignIns,
  type Database,
  type LogoutOrder,
  type Transaction,
} from '@lanyard/platform';

export interface StaffSession {
  digest: Buffer;
  /** Stands in audit rows for the session: the account, or the session itself where a link opened it. */
  actor: string;
  expiresAt: Date;
  /** Empty where a link opened it. */
  name: string;
  roles: readonly string[];
  /** For signing out everywhere; undefined where a link opened it. */
  idToken: string | undefined;
}

export interface StaffAccount {
  subject: string;
  /** Session at the identity layer. */
  sid: string;
  idToken: string;
  name: string;
  roles: readonly string[];
}

const LINK_LIFE_MS = 600_000;
const SESSION_LIFE_MS = 8 * 3_600_000;
const ACCOUNT_SESSION_LIFE_MS = 12 * 3_600_000;
const IDLE_MS = 30 * 60_000;
const SEEN_SAVED_MS = 60_000;
const CACHE_MS = 2_000;

/**
 * Sign-in links of the staff page, sign-ins under way and sessions; secrets only as digests. A link, an answer of the
 * identity layer and a logout token work once, also in parallel.
 */
export function createStaffStore(db: Database, clock: Clock) {
  const signIns = createPostgresSignIns(db, clock, { signIn: 'staff_sign_in', logout: 'staff_logout' });
  const cache = new Map<string, { session: StaffSession | undefined; untilMs: number }>();
  const digestOf = (secret: string) => createHash('sha256').update(secret).digest();
  const now = () => new Date(clock.nowMs());
  const inMs = (ms: number) => new Date(clock.nowMs() + ms);
  async function begin(transaction: Transaction, account: StaffAccount | undefined, lifeMs: number) {
    const secret = randomBytes(32).toString('base64url');
    const digest = digestOf(secret);
    const expiresAt = inMs(lifeMs);
    await transaction.raw(
      `INSERT INTO staff_session (digest, created_at, expires_at, subject, sid, id_token, name, roles, seen_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        digest,
        now(),
        expiresAt,
        account?.subject ?? null,
        account?.sid ?? null,
        account?.idToken ?? null,
        account?.name ?? '',
        JSON.stringify(account?.roles ?? []),
        now(),
      ],
    );
    const actor = actorOf(digest, account?.subject);
    await audit(transaction, actor, 'staff-session.opened');
    return { secret, expiresAt };
  }
  const audit = (transaction: Transaction, actor: string, action: string) =>
    appendAudit(transaction, [{ actor, action, subject: 'staff-page' }], clock.nowMs());

  return {
    pendings: signIns.pendings,
    takeLogoutToken: signIns.takeLogoutToken,
    async createLink(createdBy: string): Promise<{ code: string; expiresAt: Date }> {
      const code = randomBytes(24).toString('base64url');
      const expiresAt = inMs(LINK_LIFE_MS);
      await db.transaction(async (transaction: Transaction) => {
        await transaction.raw('INSERT INTO staff_link (code_digest, created_by, expires_at) VALUES (?, ?, ?)', [
          digestOf(code),
          createdBy,
          expiresAt,
        ]);
        await audit(transaction, createdBy, 'staff-link.created');
      });
      return { code, expiresAt };
    },
    /** Uses a link up and opens a session; undefined for a wrong, used or expired one, which are not told apart. */
    async openSession(code: string): Promise<{ secret: string; expiresAt: Date } | undefined> {
      return db.transaction(async (transaction: Transaction) => {
        const used = await transaction.raw(
          'UPDATE staff_link SET used_at = ? WHERE code_digest = ? AND used_at IS NULL AND expires_at > ?',
          [now(), digestOf(code), now()],
        );
        return used.rowCount === 1 ? begin(transaction, undefined, SESSION_LIFE_MS) : undefined;
      });
    },
    /** Opens a session for who signed in; undefined where the identity layer has ended that sign-in already. */
    async openAccountSession(account: StaffAccount): Promise<{ secret: string; expiresAt: Date } | undefined> {
      return db.transaction(async (transaction: Transaction) => {
        await signIns.lock(transaction, account.sid);
        const isEnded = await signIns.isEnded(transaction, account.sid);
        return isEnded ? undefined : begin(transaction, account, ACCOUNT_SESSION_LIFE_MS);
      });
    },
    /** The session of a secret, which is kept awake by it; from a cache of two seconds. */
    async findSession(secret: string): Promise<StaffSession | undefined> {
      if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) return undefined;
      const digest = digestOf(secret);
      const name = digest.toString('latin1');
      const cached = cache.get(name);
      if (cached !== undefined && cached.untilMs > clock.nowMs()) return cached.session;
      const { rows } = await db.raw(
        `SELECT expires_at, subject, id_token, name, roles, seen_at FROM staff_session
         WHERE digest = ? AND expires_at > ? AND seen_at > ?`,
        [digest, now(), inMs(-IDLE_MS)],
      );
      const row = rows[0];
      if (row !== undefined && row.seen_at.getTime() <= clock.nowMs() - SEEN_SAVED_MS)
        await db.raw('UPDATE staff_session SET seen_at = ? WHERE digest = ? AND seen_at < ?', [now(), digest, now()]);
      const session: StaffSession | undefined =
        row === undefined
          ? undefined
          : {
              digest,
              actor: actorOf(digest, row.subject ?? undefined),
              expiresAt: row.expires_at,
              name: row.name,
              roles: row.roles,
              idToken: row.id_token ?? undefined,
            };
      if (cache.size > 1_000) cache.clear();
      cache.set(name, { session, untilMs: clock.nowMs() + CACHE_MS });
      return session;
    },
    async endSession(secret: string): Promise<void> {
      await db.raw('DELETE FROM staff_session WHERE digest = ?', [digestOf(secret)]);
      cache.clear();
    },
    /** Ends what a logout token names; answers how many sessions that were. */
    async endSessionsOf(order: LogoutOrder): Promise<number> {
      const ended = await db.transaction(async (transaction: Transaction) => {
        if (order.sid !== undefined) await signIns.lock(transaction, order.sid);
        const { rows } = await transaction.raw(
          `DELETE FROM staff_session WHERE ${order.sid === undefined ? 'subject' : 'sid'} = ? RETURNING digest, subject`,
          [order.sid ?? order.subject ?? ''],
        );
        for (const row of rows) await audit(transaction, actorOf(row.digest, row.subject), 'staff-session.ended');
        return rows.length;
      });
      cache.clear();
      return ended;
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM staff_link WHERE expires_at < ?', [now()]);
      await db.raw('DELETE FROM staff_session WHERE expires_at < ? OR seen_at < ?', [now(), inMs(-IDLE_MS)]);
      await signIns.sweep();
    },
  };
}
export type StaffStore = ReturnType<typeof createStaffStore>;

const actorOf = (digest: Buffer, subject: string | undefined): string =>
  subject === undefined ? `staff:${digest.toString('hex', 0, 6)}` : actorOfSubject(subject);
