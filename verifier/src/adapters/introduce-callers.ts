import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { createCallerStore, Database, FindCallerKey } from '@lanyard/platform';
import { parseP256Jwk } from '@lanyard/protocol';

/**
 * Looks callers up, and registers those of this installation's own services when they come for the first time or with
 * a new key: each leaves the public half of its key in the folder that only the launcher's account can write.
 */
export function introduceCallers(parts: {
  callers: ReturnType<typeof createCallerStore>;
  database: Database;
  folder: string;
  names: readonly string[];
}): FindCallerKey {
  const introduced = new Map<string, string>();
  return async (id) => {
    if (parts.names.includes(id)) {
      const path = join(parts.folder, `${id}.jwk.json`);
      const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
      if (text !== undefined && introduced.get(id) !== text) {
        const publicJwk: unknown = JSON.parse(text);
        const { kty, crv, x, y } = parseP256Jwk(publicJwk);
        await parts.callers.register(parts.database, { id, kind: 'service', publicJwk: { kty, crv, x, y } });
        introduced.set(id, text);
      }
    }
    return parts.callers.findCallerKey(id);
  };
}
