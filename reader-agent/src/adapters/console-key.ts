import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindCallerKey } from '@lanyard/platform';
import { parseP256Jwk } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

/**
 * The console of the same machine, by the public key it leaves in the folder that only the launcher's account writes.
 * No other caller is known to an agent; without the folder there is none.
 */
export function findConsoleKey(callersFolder: string): FindCallerKey {
  return (id) => {
    const path = join(callersFolder, 'admin.jwk.json');
    if (id !== 'admin' || callersFolder === '' || !existsSync(path)) return undefined;
    const key = nodeCrypto.importVerifyKey(parseP256Jwk(JSON.parse(readFileSync(path, 'utf8'))).compressed);
    return key === undefined ? undefined : { kind: 'service', key };
  };
}
