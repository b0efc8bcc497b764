/** How old what a reader read may be when its journal brings it: what is older is nobody who stands there. */
const FRESH_TAP_MS = 30_000;
const TAP_SCHEMES: ReadonlySet<string> = new Set(['gate-code', 'nfc-a', 'nfc-b']);

/** What a journal says of a tap, as far as a desk needs it. */
export interface TapEntry {
  readonly sequence: number;
  readonly at: number;
  readonly verdict: string;
  readonly reason: string | null;
  readonly scheme: string | null;
  readonly row: number | null;
  readonly marks: readonly string[];
}

/** The tap of somebody known who has just been there, whatever came of it; a tag that was touched can be passed on. */
export function isFreshTap<T extends TapEntry>(entry: T, nowMs: number): entry is T & { row: number; scheme: string } {
  const { at, row, scheme, marks } = entry;
  if (row === null || scheme === null || !TAP_SCHEMES.has(scheme)) return false;
  // Of such a card nobody knows whether it was stopped, or read a second time.
  if (marks.includes('card-offline')) return false;
  return Math.abs(nowMs - at * 1000) <= FRESH_TAP_MS;
}
