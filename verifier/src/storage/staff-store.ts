import { createHash, randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';

export interface StaffSession {
  digest: Buffer;
  /** Stands in audit rows for the session. */
  actor: string;
  expiresAt: Date;
}

const LINK_LIFE_MS = 600_000;
const SESSION_LIFE_MS = 8 * 3_600_000;
const CACHE_MS = 2_000;

/** Sign-in links of the staff page and its sessions; both only as digests. A link works once. */
export function createStaffStore(db: Database, clock: Clock) {
  const cache = new Map<string, { session: StaffSession | undefined; untilMs: number }>();
  const digestOf = (secret: string) => createHash('sha256').update(secret).digest();
  const now = () => new Date(clock.nowMs());
  return {
    async createLink(createdBy: string): Promise<{ code: string; expiresAt: Date }> {
      const code = randomBytes(24).toString('base64url');
      const expiresAt = new Date(clock.nowMs() + LINK_LIFE_MS);
      await db.transaction(async (transaction: Transaction) => {
        await transaction.raw('INSERT INTO staff_link (code_digest, created_by, expires_at) VALUES (?, ?, ?)', [
          digestOf(code),
          createdBy,
          expiresAt,
        ]);
        await appendAudit(
          transaction,
          [{ actor: createdBy, action: 'staff-link.created', subject: 'staff-page' }],
          clock.nowMs(),
        );
      });
      return { code, expiresAt };
    },
    /** Uses a link up and opens a session; undefined for a wrong, used or expired one, which are not told apart. */
    async openSession(code: string): Promise<{ secret: string; expiresAt: Date } | undefined> {
      const secret = randomBytes(32).toString('base64url');
      const digest = digestOf(secret);
      const expiresAt = new Date(clock.nowMs() + SESSION_LIFE_MS);
      return db.transaction(async (transaction: Transaction) => {
        const used = await transaction.raw(
          'UPDATE staff_link SET used_at = ? WHERE code_digest = ? AND used_at IS NULL AND expires_at > ?',
          [now(), digestOf(code), now()],
        );
        if (used.rowCount !== 1) return undefined;
        await transaction.raw('INSERT INTO staff_session (digest, created_at, expires_at) VALUES (?, ?, ?)', [
          digest,
          now(),
          expiresAt,
        ]);
        await appendAudit(
          transaction,
          [{ actor: actorOf(digest), action: 'staff-session.opened', subject: 'staff-page' }],
          clock.nowMs(),
        );
        return { secret, expiresAt };
      });
    },
    async findSession(secret: string): Promise<StaffSession | undefined> {
      if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) return undefined;
      const digest = digestOf(secret);
      const name = digest.toString('latin1');
      const cached = cache.get(name);
      if (cached !== undefined && cached.untilMs > clock.nowMs()) return cached.session;
      const { rows } = await db.raw('SELECT expires_at FROM staff_session WHERE digest = ? AND expires_at > ?', [
        digest,
        now(),
      ]);
      const session =
        rows[0] === undefined ? undefined : { digest, actor: actorOf(digest), expiresAt: rows[0].expires_at };
      if (cache.size > 1_000) cache.clear();
      cache.set(name, { session, untilMs: clock.nowMs() + CACHE_MS });
      return session;
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM staff_link WHERE expires_at < ?', [now()]);
      await db.raw('DELETE FROM staff_session WHERE expires_at < ?', [now()]);
    },
  };
}
export type StaffStore = ReturnType<typeof createStaffStore>;

function actorOf(digest: Buffer): string {
  return `staff:${digest.toString('hex', 0, 6)}`;
}
