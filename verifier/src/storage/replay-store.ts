import { hash } from 'node:crypto';
import type { Clock, Database } from '@lanyard/platform';

/** A code that would be accepted, in its scope. */
export interface ReplayClaim {
  scope: string;
  replayKey: Uint8Array;
  untilSeconds: number;
}

const MAX_BATCH = 2_000;
const KEY_BYTES = 32;

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
      `WITH taken AS (
         INSERT INTO replay (key, until_at)
         SELECT substring(keys FROM place * 32 + 1 FOR 32), to_timestamp(?::bigint)
         FROM (SELECT ?::bytea AS keys) AS sent, generate_series(0, ? - 1) AS place
         ON CONFLICT DO NOTHING RETURNING key)
       SELECT string_agg(key, ''::bytea) AS keys FROM taken`,
      [latest(claims), Buffer.concat(claims.map((claim) => claim.key)), claims.length],
    );
    const keys: Buffer = rows[0]?.keys ?? Buffer.alloc(0);
    // Nearly always all of them were new.
    const all = keys.length === claims.length * KEY_BYTES;
    const taken = all ? undefined : new Set(splitKeys(keys));
    for (const claim of batch) {
      const name = claim.key.toString('latin1');
      claim.settle(first.get(name) === claim && (taken === undefined || taken.has(name)));
    }
  }

  return {
    /** True for the one who was first. */
    take(claim: ReplayClaim): Promise<boolean> {
      return new Promise((settle, fail) => {
        const key = hash('sha256', Buffer.concat([Buffer.from(`${claim.scope}\0`), claim.replayKey]), 'buffer');
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

/** One end for a whole statement: a code that is remembered a little longer harms nobody. */
function latest(claims: readonly Waiting[]): number {
  return claims.reduce((end, claim) => Math.max(end, claim.untilSeconds), 0);
}

function splitKeys(keys: Buffer): string[] {
  return Array.from({ length: keys.length / KEY_BYTES }, (_, place) =>
    keys.toString('latin1', place * KEY_BYTES, (place + 1) * KEY_BYTES),
  );
}
