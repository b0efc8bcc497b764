/** A single-use copy as a wallet keeps it: `usedAtMs` is set, and stored, before the copy is sent. */
export type SingleUseCopy = { readonly expiresAtSeconds: number; readonly usedAtMs?: number };

/**
 * The copies that may still be presented, the one that ends first in front: a copy is never sent twice, so that two
 * presentations cannot be linked. `spareSeconds` is what a copy must live beyond now for the verifier to check it.
 */
export function unusedCopies<Copy extends SingleUseCopy>(
  copies: readonly Copy[],
  nowSeconds: number,
  spareSeconds = 60,
): Copy[] {
  return copies
    .filter((copy) => copy.usedAtMs === undefined && copy.expiresAtSeconds - spareSeconds > nowSeconds)
    .sort((a, b) => a.expiresAtSeconds - b.expiresAtSeconds);
}
