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
import type { ModuleClient } from '../api/index.js';
import type { PersonId } from '../domain/people/person.js';

/** A student at the home page or at one module. */
export interface ModuleSession {
  readonly part: ModuleClient['id'];
  readonly person: PersonId;
  readonly name: string;
  /** For signing out everywhere. */
  readonly idToken: string;
}
export interface SignedInStudent extends ModuleSession {
  readonly subject: string;
  /** Session at the identity layer. */
  readonly sid: string;
}

const LIFE_MS = 12 * 3_600_000;
const IDLE_MS = 60 * 60_000;
const SEEN_SAVED_MS = 60_000;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const digestOf = (secret: string) => createHash('sha256').update(secret).digest();

/** Sessions of the six parts of campus that people sign in to. A session opens its own part and nothing else. */
export function createModuleSessionStore(db: Database, clock: Clock) {
  const signIns = createPostgresSignIns(db, clock, { signIn: 'module_sign_in', logout: 'module_logout' });
  const now = () => new Date(clock.nowMs());
  const inMs = (ms: number) => new Date(clock.nowMs() + ms);
  const audit = (transaction: Transaction, subject: string, part: string, action: string) =>
    appendAudit(transaction, [{ actor: actorOfSubject(subject), action, subject: `module:${part}` }], clock.nowMs());
  return {
    pendings: signIns.pendings,
    takeLogoutToken: signIns.takeLogoutToken,
    /** Answers the secret; undefined where the identity layer has ended that sign-in already. */
    async open(student: SignedInStudent): Promise<{ secret: string; expiresAt: Date } | undefined> {
      return db.transaction(async (transaction: Transaction) => {
        await signIns.lock(transaction, student.sid);
        if (await signIns.isEnded(transaction, student.sid)) return undefined;
        const secret = randomBytes(32).toString('base64url');
        const expiresAt = inMs(LIFE_MS);
        const { part, person, name, subject, sid, idToken } = student;
        await transaction.raw(
          `INSERT INTO module_session (digest, part, person, name, subject, sid, id_token, opened_at, seen_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [digestOf(secret), part, person, name, subject, sid, idToken, now(), now(), expiresAt],
        );
        await audit(transaction, subject, part, 'module-session.opened');
        return { secret, expiresAt };
      });
    },
    /** The session of a secret at this part, which is kept awake by it. */
    async find(part: string, secret: string): Promise<ModuleSession | undefined> {
      if (!SECRET.test(secret)) return undefined;
      const digest = digestOf(secret);
      const { rows } = await db.raw(
        `SELECT person, name, id_token, seen_at FROM module_session
         WHERE digest = ? AND part = ? AND expires_at > ? AND seen_at > ?`,
        [digest, part, now(), inMs(-IDLE_MS)],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      if (row.seen_at.getTime() <= clock.nowMs() - SEEN_SAVED_MS)
        await db.raw('UPDATE module_session SET seen_at = ? WHERE digest = ? AND seen_at < ?', [now(), digest, now()]);
      return { part: part as ModuleSession['part'], person: row.person, name: row.name, idToken: row.id_token };
    },
    async end(secret: string): Promise<void> {
      await db.raw('DELETE FROM module_session WHERE digest = ?', [digestOf(secret)]);
    },
    /** Ends what a logout token names; answers how many sessions that were. */
    async endOf(order: LogoutOrder): Promise<number> {
      return db.transaction(async (transaction: Transaction) => {
        if (order.sid !== undefined) await signIns.lock(transaction, order.sid);
        const { rows } = await transaction.raw(
          `DELETE FROM module_session WHERE ${order.sid === undefined ? 'subject' : 'sid'} = ? RETURNING part, subject`,
          [order.sid ?? order.subject ?? ''],
        );
        for (const { part, subject } of rows) await audit(transaction, subject, part, 'module-session.ended');
        return rows.length;
      });
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM module_session WHERE expires_at < ? OR seen_at < ?', [now(), inMs(-IDLE_MS)]);
      await signIns.sweep();
    },
  };
}
export type ModuleSessionStore = ReturnType<typeof createModuleSessionStore>;
