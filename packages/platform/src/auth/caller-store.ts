import { parseP256Jwk } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { Database, Queryable } from '../db/connect-database.js';
import { createBatch } from '../time/create-batch.js';
import type { FindCallerKey, KnownCaller } from './verify-caller-token.js';

const CACHE_MS = 2_000;

interface CallerRow {
  id: string;
  kind: 'service' | 'agent';
  public_jwk: unknown;
}

/**
 * Callers registered with this service. Look-ups are cached for two seconds, so a withdrawn key is refused within
 * that time by every process.
 */
export function createCallerStore(db: Database, nowMs: () => number) {
  const cache = new Map<string, { known: KnownCaller | undefined; jwk: string; untilMs: number }>();
  const look = createBatch(async (ids: readonly string[]) => {
    const { rows } = await db.raw(
      'SELECT id, kind, public_jwk FROM caller WHERE id = ANY(?) AND withdrawn_at IS NULL',
      [[...ids]],
    );
    const found = new Map(rows.map((row: CallerRow) => [row.id, row]));
    return ids.map((id) => found.get(id) as CallerRow | undefined);
  });
  const findCallerKey: FindCallerKey = async (id) => {
    const cached = cache.get(id);
    if (cached !== undefined && cached.untilMs > nowMs()) return cached.known;
    const row = await look(id);
    const jwk = JSON.stringify(row?.public_jwk ?? null);
    // Importing a key costs more than verifying under it, and its memory is freed late.
    const before = cached?.jwk === jwk ? cached.known?.key : undefined;
    const key = before ?? (row && nodeCrypto.importVerifyKey(parseP256Jwk(row.public_jwk).compressed));
    const known = row === undefined || key === undefined ? undefined : { kind: row.kind, key };
    if (cache.size > 10_000) cache.clear();
    cache.set(id, { known, jwk, untilMs: nowMs() + CACHE_MS });
    return known;
  };
  return {
    findCallerKey,
    /** Registers a caller or replaces its key. */
    async register(on: Queryable, caller: { id: string; kind: 'service' | 'agent'; publicJwk: object }): Promise<void> {
      await on.raw(
        `INSERT INTO caller (id, kind, public_jwk) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, public_jwk = excluded.public_jwk, withdrawn_at = NULL`,
        [caller.id, caller.kind, JSON.stringify(caller.publicJwk)],
      );
      cache.delete(caller.id);
    },
    /** True when the caller was known and not withdrawn before. */
    async withdraw(on: Queryable, id: string): Promise<boolean> {
      const result = await on.raw('UPDATE caller SET withdrawn_at = now() WHERE id = ? AND withdrawn_at IS NULL', [id]);
      cache.delete(id);
      return result.rowCount === 1;
    },
  };
}
