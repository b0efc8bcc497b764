import { createHash, randomBytes } from 'node:crypto';
import type { ConsolePerson } from './console-person.js';

interface SessionRecord {
  digest: string;
  untilMs: number;
  /** When somebody last did something with it, to the minute. */
  seenMs?: number;
  /** Missing in files of older versions, which knew the link only. */
  person?: ConsolePerson;
}

/** What outlives a restart: digests only, so a copy of the file opens no session. */
export interface SessionRecords {
  links: { digest: string; untilMs: number }[];
  sessions: SessionRecord[];
  /** Sessions of the identity layer that ended a short while ago: a sign-in under way must not revive them. */
  ended?: { sid: string; untilMs: number }[];
}

/** Keeps the records; `save` is durable before it returns. */
export interface SessionKeeper {
  load(): SessionRecords;
  save(records: SessionRecords): void;
}

export interface ConsoleSession {
  person: ConsolePerson;
}

export const LINK_LIFE_MS = 10 * 60_000;
/** Of a session that a link opened. */
export const SESSION_LIFE_MS = 8 * 3_600_000;
export const ACCOUNT_SESSION_LIFE_MS = 12 * 3_600_000;
export const IDLE_MS = 30 * 60_000;
const ENDED_KEPT_MS = 15 * 60_000;
const SEEN_SAVED_MS = 60_000;

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('base64url');

/**
 * One-time links, and the sessions that a link or a sign-in opens. A link is taken out of the records, durably, before
 * its session exists, all in one synchronous step: two requests with one link never both get in. Each session has a
 * secret of its own, made when it is opened.
 */
export function createSessions(keeper: SessionKeeper, nowMs: () => number) {
  const records = keeper.load();
  const alive = <T extends { untilMs: number }>(entries: T[]) => entries.filter((entry) => entry.untilMs > nowMs());
  const isAwake = (session: SessionRecord) => (session.seenMs ?? nowMs()) + IDLE_MS > nowMs();
  const living = () => alive(records.sessions).filter(isAwake);
  const save = () => {
    records.links = alive(records.links);
    records.sessions = living();
    records.ended = alive(records.ended ?? []);
    keeper.save(records);
  };
  const begin = (person: ConsolePerson, lifeMs: number): string => {
    const secret = randomBytes(32).toString('base64url');
    records.sessions.push({ digest: digestOf(secret), untilMs: nowMs() + lifeMs, seenMs: nowMs(), person });
    save();
    return secret;
  };
  return {
    makeLink(): string {
      const code = randomBytes(24).toString('base64url');
      records.links.push({ digest: digestOf(code), untilMs: nowMs() + LINK_LIFE_MS });
      save();
      return code;
    },
    /** A session for a link's code, or undefined for one that is unknown, used or expired. */
    open(code: string): string | undefined {
      const digest = digestOf(code);
      const found = alive(records.links).some((link) => link.digest === digest);
      if (!found) return undefined;
      records.links = records.links.filter((link) => link.digest !== digest);
      return begin({ kind: 'operator-link' }, SESSION_LIFE_MS);
    },
    /** A session for a person who signed in; undefined where the identity layer has ended that sign-in already. */
    openFor(person: ConsolePerson & { kind: 'account' }): string | undefined {
      if (alive(records.ended ?? []).some((one) => one.sid === person.sid)) return undefined;
      return begin(person, ACCOUNT_SESSION_LIFE_MS);
    },
    /** The session of a secret. `acts`: somebody does something, so it does not go idle. */
    find(secret: string, options: { acts: boolean } = { acts: true }): ConsoleSession | undefined {
      const digest = digestOf(secret);
      const session = living().find((one) => one.digest === digest);
      if (session === undefined) return undefined;
      if (options.acts && nowMs() - (session.seenMs ?? 0) >= SEEN_SAVED_MS) {
        session.seenMs = nowMs();
        save();
      }
      return { person: session.person ?? { kind: 'operator-link' } };
    },
    end(secret: string): void {
      const digest = digestOf(secret);
      records.sessions = records.sessions.filter((session) => session.digest !== digest);
      save();
    },
    /** Ends what a logout token names, durably; answers how many sessions that were. */
    endOf(order: { sid: string | undefined; subject: string | undefined }): number {
      const isNamed = ({ person }: SessionRecord) =>
        person?.kind === 'account' &&
        (order.sid === undefined ? person.subject === order.subject : person.sid === order.sid);
      const before = records.sessions.length;
      records.sessions = records.sessions.filter((session) => !isNamed(session));
      const ended = before - records.sessions.length;
      if (order.sid !== undefined)
        records.ended = [...(records.ended ?? []), { sid: order.sid, untilMs: nowMs() + ENDED_KEPT_MS }];
      save();
      return ended;
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;
