import { latin1 } from '../bytes/text.js';
import type { VerifiedPass } from './verify-pass.js';

/** Passes whose issuer signature was verified before, by the SHA-256 of the whole pass. */
export interface PassCache {
  get(passHash: Uint8Array): VerifiedPass | undefined;
  put(passHash: Uint8Array, pass: VerifiedPass): void;
}

/**
 * Saves the issuer's verification for a pass seen before. Clear it (make a new one) when the pass key sets change: an
 * entry says only that the signature held under the key that was looked up then. Keeps at most `maxEntries`.
 */
export function createPassCache(maxEntries: number): PassCache {
  const half = Math.max(1, Math.floor(maxEntries / 2));
  let young = new Map<string, VerifiedPass>();
  let old = new Map<string, VerifiedPass>();
  return {
    get(passHash) {
      const name = latin1(passHash);
      return young.get(name) ?? old.get(name);
    },
    put(passHash, pass) {
      if (young.size >= half) {
        old = young;
        young = new Map();
      }
      young.set(latin1(passHash), pass);
    },
  };
}
