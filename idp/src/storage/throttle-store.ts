import { createHmac } from 'node:crypto';
import { appendAudit, type Clock, type Database } from '@lanyard/platform';
import { type Lane, waitAfter } from '../domain/throttle/lane.js';

export type ThrottleAnswer = { waitSeconds: number } | 'go';

interface LaneRow {
  key: Buffer;
  failures: number;
  last_failure_at: Date;
  open_at: Date;
}

/** How long a lane stays closed. One that imposed no wait holds up nobody, whichever of two tries read the clock first. */
function leftOf(row: LaneRow | undefined, nowMs: number): number {
  if (row === undefined || row.open_at <= row.last_failure_at) return 0;
  return row.open_at.getTime() - nowMs;
}

/**
 * Counters of tries. A try is counted before it is checked, under the lanes' row locks, so parallel tries wait for each
 * other's count; a success takes its own back.
 */
export function createThrottleStore(db: Database, parts: { key: Uint8Array; clock: Clock }) {
  const { clock } = parts;
  const keyed = (lanes: readonly Lane[]) =>
    lanes
      .map((lane) => ({ lane, key: createHmac('sha256', parts.key).update(JSON.stringify(lane.subject)).digest() }))
      // One order for all: two tries never wait for each other in a ring.
      .sort((left, right) => Buffer.compare(left.key, right.key));
  return {
    /** `go` counts the try; otherwise nothing is counted and the caller says how long to wait. */
    async take(lanes: readonly Lane[]): Promise<ThrottleAnswer> {
      const wanted = keyed(lanes);
      const now = clock.nowMs();
      return db.transaction(async (transaction) => {
        for (const { key } of wanted)
          await transaction.raw(
            'INSERT INTO throttle (key, failures, last_failure_at, open_at) VALUES (?, 0, ?, ?) ON CONFLICT DO NOTHING',
            [key, new Date(now), new Date(now)],
          );
        const { rows } = await transaction.raw(
          'SELECT key, failures, last_failure_at, open_at FROM throttle WHERE key = ANY(?) ORDER BY key FOR UPDATE',
          [wanted.map(({ key }) => key)],
        );
        const found = wanted.map((one) => ({
          ...one,
          row: (rows as LaneRow[]).find((row) => row.key.equals(one.key)),
        }));
        const waitMs = Math.max(0, ...found.map(({ row }) => leftOf(row, now)));
        if (waitMs > 0) return { waitSeconds: Math.ceil(waitMs / 1000) };
        for (const { lane, key, row } of found) {
          const forgotten = now - (row?.last_failure_at.getTime() ?? now) > lane.rule.forgetSeconds * 1000;
          const failures = (forgotten ? 0 : (row?.failures ?? 0)) + 1;
          const waitSeconds = waitAfter(failures, lane.rule);
          await transaction.raw('UPDATE throttle SET failures = ?, last_failure_at = ?, open_at = ? WHERE key = ?', [
            failures,
            new Date(now),
            new Date(now + waitSeconds * 1000),
            key,
          ]);
          // Told once per lane: where the waiting begins.
          if (failures === lane.rule.free)
            await appendAudit(
              transaction,
              [
                {
                  actor: 'anonymous',
                  action: 'sign-in.slowed',
                  subject: `throttle:${key.subarray(0, 8).toString('hex')}`,
                  detail: { kind: lane.subject.slice(0, 2).join(' ') },
                },
              ],
              now,
            );
        }
        return 'go';
      });
    },
    /** The try that was let in succeeded. */
    async succeeded(lanes: readonly Lane[]): Promise<void> {
      for (const { lane, key } of keyed(lanes))
        await db.raw(
          lane.rule.clearedBySuccess
            ? 'DELETE FROM throttle WHERE key = ?'
            : 'UPDATE throttle SET failures = greatest(0, failures - 1) WHERE key = ?',
          [key],
        );
    },
    /** The try was let in but could not be made, through no fault of its sender. */
    async takeBack(lanes: readonly Lane[]): Promise<void> {
      await db.raw(
        'UPDATE throttle SET failures = greatest(0, failures - 1), open_at = last_failure_at WHERE key = ANY(?)',
        [keyed(lanes).map(({ key }) => key)],
      );
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM throttle WHERE last_failure_at < ?', [new Date(clock.nowMs() - 86_400_000)]);
    },
  };
}
export type ThrottleStore = ReturnType<typeof createThrottleStore>;
