import { latin1 } from '../bytes/text.js';
import type { KeyEntry } from '../pass/key-set.js';

/**
 * The entry of a signer by kid, whatever university it belongs to: so that a signer who claims another university is
 * told from one nobody knows. Where two universities use one kid, the entry of the claimed one is taken.
 */
export type KeyFinder = (kid: Uint8Array, claimedUniversityCode: string) => KeyEntry | undefined;

/** Prepares a look-up over pass key sets. */
export function createKeyFinder(entries: readonly KeyEntry[]): KeyFinder {
  const byKid = new Map<string, KeyEntry[]>();
  for (const entry of entries) {
    const name = latin1(entry.kid);
    const same = byKid.get(name);
    if (same === undefined) byKid.set(name, [entry]);
    else same.push(entry);
  }
  return (kid, claimed) => {
    const found = byKid.get(latin1(kid));
    return found?.find((entry) => entry.universityCode === claimed) ?? found?.[0];
  };
}
