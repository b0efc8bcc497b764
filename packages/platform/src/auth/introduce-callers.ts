import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseP256Jwk } from '@lanyard/protocol';
import type { Database } from '../db/connect-database.js';
import type { Clock } from '../time/clock.js';
import type { createCallerStore } from './caller-store.js';
import type { FindCallerKey } from './verify-caller-token.js';

/** The folder is looked at so often at most, not at each call. */
const LOOK_EVERY_MS = 1_000;

/**
 * Looks callers up, and registers those of this installation's own services when they come for the first time or with
 * a new key: each leaves the public half of its key in the folder that only the launcher's account can write.
 */
export function introduceCallers(parts: {
  callers: ReturnType<typeof createCallerStore>;
  database: Database;
  folder: string;
  names: readonly string[];
  clock: Clock;
}): FindCallerKey {
  const introduced = new Map<string, string>();
  const looks = new Map<string, { readonly atMs: number; readonly done: Promise<void> }>();
  async function introduce(id: string): Promise<void> {
    const path = join(parts.folder, `${id}.jwk.json`);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    if (text === undefined || introduced.get(id) === text) return;
    const publicJwk: unknown = JSON.parse(text);
    const { kty, crv, x, y } = parseP256Jwk(publicJwk);
    await parts.callers.register(parts.database, { id, kind: 'service', publicJwk: { kty, crv, x, y } });
    introduced.set(id, text);
  }
  return async (id) => {
    if (parts.names.includes(id)) {
      const nowMs = parts.clock.nowMs();
      let look = looks.get(id);
      if (look === undefined || nowMs - look.atMs >= LOOK_EVERY_MS) {
        look = { atMs: nowMs, done: introduce(id) };
        looks.set(id, look);
      }
      // Whoever comes at the same moment as the first waits for his introduction.
      await look.done;
    }
    return parts.callers.findCallerKey(id);
  };
}
