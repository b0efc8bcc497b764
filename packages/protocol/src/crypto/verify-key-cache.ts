import { latin1 } from '../bytes/text.js';
import type { CryptoPort, VerifyKey } from './port.js';

/** Imported keys by their compressed bytes. Importing costs more than a verification, so whoever verifies keeps one. */
export interface VerifyKeyCache {
  /** The imported key, from memory if it was asked for before; undefined for what is not a point of P-256. */
  get(compressed: Uint8Array, y?: Uint8Array): VerifyKey | undefined;
  readonly size: number;
}

/** Keeps at most `maxEntries` keys; the one that has been in longest without use goes first. Refused points are not kept. */
export function createVerifyKeyCache(port: Pick<CryptoPort, 'importVerifyKey'>, maxEntries: number): VerifyKeyCache {
  // Two generations instead of a list of uses: a hit costs one look-up, and the older half is dropped at once.
  const half = Math.max(1, Math.floor(maxEntries / 2));
  let young = new Map<string, VerifyKey>();
  let old = new Map<string, VerifyKey>();

  function keep(name: string, key: VerifyKey): VerifyKey {
    if (young.size >= half) {
      old = young;
      young = new Map();
    }
    young.set(name, key);
    return key;
  }

  return {
    get(compressed, y) {
      const name = latin1(compressed);
      const hit = young.get(name);
      if (hit !== undefined) return hit;
      const older = old.get(name);
      if (older !== undefined) {
        old.delete(name);
        return keep(name, older);
      }
      const key = port.importVerifyKey(compressed, y);
      return key === undefined ? undefined : keep(name, key);
    },
    get size() {
      return young.size + old.size;
    },
  };
}
