import type { HashPort } from '@lanyard/protocol';

/** What happened, before it is numbered and chained. Persons appear as row numbers only. */
export interface PassageDraft {
  /** Seconds since 1970 UTC. */
  readonly at: number;
  readonly verdict: 'accepted' | 'rejected' | 'cannot-decide';
  readonly reason: string | null;
  readonly scheme: string | null;
  readonly row: number | null;
  readonly marks: readonly string[];
  /** Digest of key, time and nonce of an accepted code (base64url of 16 bytes): two gates that took it agree on it. */
  readonly use?: string;
}

/** One link of the journal. `previous` and `hash` are base64url of 32 bytes. */
export interface JournalEntry extends PassageDraft {
  readonly sequence: number;
  readonly previous: string;
  readonly hash: string;
}

/** Where a chain stands: the last entry's number and hash. */
export interface ChainEnd {
  readonly sequence: number;
  readonly hash: string;
}

/** Before the first entry: number 0 and 32 zero bytes. */
export const chainStart: ChainEnd = { sequence: 0, hash: Buffer.alloc(32).toString('base64url') };

type Sha256 = Pick<HashPort, 'sha256'>;

/** Numbers an entry and binds it to the one before it: SHA-256 over the previous hash and the entry's JSON text. */
export function chainEntry(crypto: Sha256, end: ChainEnd, draft: PassageDraft): JournalEntry {
  const { at, verdict, reason, scheme, row, marks, use } = draft;
  const used = use === undefined ? {} : { use };
  const body = { sequence: end.sequence + 1, at, verdict, reason, scheme, row, marks, ...used, previous: end.hash };
  return { ...body, hash: hashOf(crypto, body) };
}

/** The last link of `entries` where each follows from the one before it, starting at `from`; undefined where not. */
export function checkChain(crypto: Sha256, from: ChainEnd, entries: Iterable<JournalEntry>): ChainEnd | undefined {
  let end = from;
  for (const entry of entries) {
    const expected = chainEntry(crypto, end, entry);
    if (entry.sequence !== expected.sequence || entry.previous !== end.hash || entry.hash !== expected.hash) {
      return undefined;
    }
    end = { sequence: entry.sequence, hash: entry.hash };
  }
  return end;
}

/** The members' order is part of the format: JSON.stringify keeps the order in which `chainEntry` writes them. */
function hashOf(crypto: Sha256, body: Omit<JournalEntry, 'hash'>): string {
  const previous = Buffer.from(body.previous, 'base64url');
  const text = Buffer.from(JSON.stringify(body), 'utf8');
  return Buffer.from(crypto.sha256(Buffer.concat([previous, text]))).toString('base64url');
}
