import { createHmac } from 'node:crypto';
import { type Clock, type Database, Refusal } from '@lanyard/platform';

const FREE_TRIES = 5;
const LONGEST_MS = 15 * 60_000;
/** Failures are forgotten after this without a new one. */
const FORGET_MS = 3_600_000;

/** Slows wrong claim codes down by network: after five, each costs twice the wait of the one before, 15 minutes at most. */
export function createClaimSlowDown(db: Database, parts: { key: Uint8Array; clock: Clock }) {
  const { clock } = parts;
  const keyOf = (place: string) => createHmac('sha256', parts.key).update(`claim ${place}`).digest();
  return {
    /** @throws Refusal `too-many-requests` while the wait lasts */
    async check(place: string): Promise<void> {
      const { rows } = await db.raw('SELECT open_at FROM throttle WHERE key = ? AND open_at > ?', [
        keyOf(place),
        new Date(clock.nowMs()),
      ]);
      const row = rows[0] as { open_at: Date } | undefined;
      if (row === undefined) return;
      const seconds = Math.ceil((row.open_at.getTime() - clock.nowMs()) / 1000);
      throw new Refusal('too-many-requests', { fields: { retry_after: seconds } });
    },
    async failed(place: string): Promise<void> {
      const now = clock.nowMs();
      await db.raw(
        `INSERT INTO throttle AS t (key, failures, last_failure_at, open_at) VALUES (?, 1, ?, ?)
         ON CONFLICT (key) DO UPDATE SET
           failures = CASE WHEN t.last_failure_at < ? THEN 1 ELSE t.failures + 1 END,
           last_failure_at = excluded.last_failure_at,
           open_at = CASE WHEN t.last_failure_at < ? OR t.failures + 1 < ? THEN excluded.open_at
             ELSE excluded.last_failure_at + least(?, 1000 * power(2, t.failures + 1 - ?)) * interval '1 millisecond' END`,
        [
          keyOf(place),
          new Date(now),
          new Date(now),
          new Date(now - FORGET_MS),
          new Date(now - FORGET_MS),
          FREE_TRIES,
          LONGEST_MS,
          FREE_TRIES,
        ],
      );
    },
  };
}
