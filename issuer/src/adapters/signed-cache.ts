import type { StatusListState } from '../storage/credentials/status-store.js';
import type { ActiveSigner } from './signers.js';

export const LIST_LIFE_SECONDS = 24 * 3600;
/** A signed list is handed out again while it has this much of its life left and nothing changed. */
export const SIGN_AGAIN_SECONDS = 12 * 3600;
const KEPT = 500;

/** Lists as signed, one for each name, until they change, their signer changes, or half of their time is over. */
export function createSignedCache<T>() {
  const kept = new Map<string, { version: number; signer: ActiveSigner; untilSeconds: number; value: T }>();
  return {
    async get(
      name: string,
      list: StatusListState,
      signer: ActiveSigner,
      nowSeconds: number,
      make: () => Promise<T>,
    ): Promise<T> {
      const known = kept.get(name);
      // What a signer signed that was retired meanwhile helps nobody.
      const same = known !== undefined && known.version === list.version && known.signer === signer;
      if (same && known.untilSeconds > nowSeconds) return known.value;
      const value = await make();
      if (kept.size >= KEPT) kept.clear();
      const untilSeconds = nowSeconds + LIST_LIFE_SECONDS - SIGN_AGAIN_SECONDS;
      kept.set(name, { version: list.version, signer, untilSeconds, value });
      return value;
    },
  };
}
