import { createHash, randomBytes } from 'node:crypto';

/** What outlives a restart: digests only, so a copy of the file opens no session. */
export interface SessionRecords {
  links: { digest: string; untilMs: number }[];
  sessions: { digest: string; untilMs: number }[];
}

/** Keeps the records; `save` is durable before it returns. */
export interface SessionKeeper {
  load(): SessionRecords;
  save(records: SessionRecords): void;
}

export const LINK_LIFE_MS = 10 * 60_000;
export const SESSION_LIFE_MS = 8 * 3_600_000;

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('base64url');

/**
 * One-time links and the sessions they open. A link is taken out of the records, durably, before its session exists,
 * all in one synchronous step: two requests with one link never both get in.
 */
export function createSessions(keeper: SessionKeeper, nowMs: () => number) {
  const records = keeper.load();
  const alive = <T extends { untilMs: number }>(entries: T[]) => entries.filter((entry) => entry.untilMs > nowMs());
  const save = () => {
    records.links = alive(records.links);
    records.sessions = alive(records.sessions);
    keeper.save(records);
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
      const secret = randomBytes(32).toString('base64url');
      records.links = records.links.filter((link) => link.digest !== digest);
      records.sessions.push({ digest: digestOf(secret), untilMs: nowMs() + SESSION_LIFE_MS });
      save();
      return secret;
    },
    has(secret: string): boolean {
      const digest = digestOf(secret);
      return alive(records.sessions).some((session) => session.digest === digest);
    },
    end(secret: string): void {
      const digest = digestOf(secret);
      records.sessions = records.sessions.filter((session) => session.digest !== digest);
      save();
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;
