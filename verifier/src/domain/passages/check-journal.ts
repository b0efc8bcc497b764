import { hash } from 'node:crypto';
import { type PassageEntry, passageText } from './passage-entry.js';

/** End of a journal as far as it is known; before the first entry 32 zero bytes and sequence 0. */
export interface JournalEnd {
  sequence: number;
  hash: Uint8Array;
}

export type JournalCheck =
  | { readonly ok: true; readonly fresh: readonly PassageEntry[]; readonly end: JournalEnd }
  | { readonly ok: false; readonly refusal: 'journal-gap' | 'journal-broken' };

/**
 * Checks uploaded entries against the end of what is known: entries already known are passed over, the rest must
 * follow without a gap, each with the hash of the one before and its own right.
 */
export function checkJournal(end: JournalEnd, entries: readonly PassageEntry[]): JournalCheck {
  const fresh: PassageEntry[] = [];
  let { sequence } = end;
  let previous = Buffer.from(end.hash).toString('base64url');
  let started = end.hash.some((byte) => byte !== 0);
  for (const entry of entries) {
    if (started && entry.sequence <= sequence) {
      // The newest known entry, sent again, must be the same one; older ones were compared when they came.
      if (entry.sequence === sequence && entry.hash !== previous) return { ok: false, refusal: 'journal-broken' };
      continue;
    }
    // A journal may count from 0 or from 1.
    const follows = entry.sequence === sequence + 1 || (!started && entry.sequence === 0);
    if (!follows) return { ok: false, refusal: 'journal-gap' };
    if (entry.previous !== previous || entry.hash !== entryHash(entry)) return { ok: false, refusal: 'journal-broken' };
    fresh.push(entry);
    sequence = entry.sequence;
    previous = entry.hash;
    started = true;
  }
  return { ok: true, fresh, end: { sequence, hash: Buffer.from(previous, 'base64url') } };
}

/** base64url of SHA-256(previous || text of the entry without its hash). */
export function entryHash(entry: Omit<PassageEntry, 'hash'>): string {
  const text = Buffer.from(passageText(entry));
  return hash('sha256', Buffer.concat([Buffer.from(entry.previous, 'base64url'), text]), 'base64url');
}
