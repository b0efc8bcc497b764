import { createHash } from 'node:crypto';
import type { Clock, Database } from '@lanyard/platform';

/** A code that would be accepted, in its scope. */
export interface ReplayClaim {
  scope: string;
  replayKey: Uint8Array;
  untilSeconds: number;
}

const MAX_BATCH = 2_000;

interface Waiting {
  key: Buffer;
  untilSeconds: number;
  settle: (first: boolean) => void;
  fail: (error: unknown) => void;
}

/**
 * Takes codes once per scope: one INSERT, durable when it answers, so processes that share the database agree on who
 * was first. Claims that come in while a statement runs go together into the next one.
 */
export function createReplayStore(db: Database, clock: Clock) {
  let waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      try {
        await insert(batch);
      } catch (error) {
        for (const claim of batch) claim.fail(error);
      }
    }
    running = false;
  }

  async function insert(batch: readonly Waiting[]): Promise<void> {
    const first = new Map<string, Waiting>();
    for (const claim of batch) {
      const name = claim.key.toString('latin1');
      if (!first.has(name)) first.set(name, claim);
    }
    // In the order of the keys: two processes with the same keys never wait for each other in a ring.
    const claims = [...first.values()].sort((a, b) => Buffer.compare(a.key, b.key));
    const { rows } = await db.raw(
      `INSERT INTO replay (key, until_at) SELECT key, to_timestamp(until) FROM unnest(?::bytea[], ?::bigint[]) AS t (key, until)
       ON CONFLICT DO NOTHING RETURNING key`,
      [claims.map((claim) => claim.key), claims.map((claim) => claim.untilSeconds)],
    );
    const taken = new Set((rows as { key: Buffer }[]).map((row) => row.key.toString('latin1')));
    for (const claim of batch) {
      const name = claim.key.toString('latin1');
      claim.settle(taken.has(name) && first.get(name) === claim);
    }
  }

  return {
    /** True for the one who was first. */
    take(claim: ReplayClaim): Promise<boolean> {
      return new Promise((settle, fail) => {
        const key = createHash('sha256').update(claim.scope).update('\0').update(claim.replayKey).digest();
        waiting.push({ key, untilSeconds: claim.untilSeconds, settle, fail });
        if (running) return;
        running = true;
        setImmediate(() => void run());
      });
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM replay WHERE until_at < ?', [new Date(clock.nowMs())]);
    },
  };
}
export type ReplayStore = ReturnType<typeof createReplayStore>;
