import { createHash } from 'node:crypto';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { describe, expect, it } from 'vitest';
import {
  chainEntry,
  chainStart,
  checkChain,
  type JournalEntry,
  type PassageDraft,
} from '../../src/domain/journal-chain.js';

const draft: PassageDraft = {
  at: 1_795_406_400,
  verdict: 'accepted',
  reason: null,
  scheme: 'gate-code',
  row: 7,
  marks: [],
};
function chain(length: number): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (let i = 0; i < length; i++) {
    entries.push(chainEntry(nodeCrypto, entries.at(-1) ?? chainStart, { ...draft, at: draft.at + i }));
  }
  return entries;
}

describe('the journal', () => {
  it('hashes the previous hash and the JSON text of the entry', () => {
    const [first] = chain(1);
    const text = `{"sequence":1,"at":1795406400,"verdict":"accepted","reason":null,"scheme":"gate-code","row":7,"marks":[],"previous":"${chainStart.hash}"}`;
    expect(first!.hash).toBe(createHash('sha256').update(Buffer.alloc(32)).update(text).digest('base64url'));
  });

  it('holds together [from the start] [from a later link]', () => {
    const entries = chain(5);
    expect(checkChain(nodeCrypto, chainStart, entries)?.sequence).toBe(5);
    expect(checkChain(nodeCrypto, entries[1]!, entries.slice(2))?.sequence).toBe(5);
    expect(checkChain(nodeCrypto, chainStart, [])).toEqual(chainStart);
  });

  it.each<[string, (entries: JournalEntry[]) => JournalEntry[]]>([
    ['entry left out', (entries) => entries.filter((_, i) => i !== 2)],
    ['entries swapped', (entries) => [entries[1]!, entries[0]!, ...entries.slice(2)]],
    ['verdict changed', (entries) => entries.map((entry, i) => (i === 2 ? { ...entry, verdict: 'rejected' } : entry))],
    ['row changed', (entries) => entries.map((entry, i) => (i === 4 ? { ...entry, row: 8 } : entry))],
    ['time changed', (entries) => entries.map((entry, i) => (i === 0 ? { ...entry, at: 1 } : entry))],
    ['hash of its own', (entries) => [...entries.slice(0, 4), chainEntry(nodeCrypto, chainStart, draft)]],
  ])('does not hold together [%s]', (_, change) => {
    expect(checkChain(nodeCrypto, chainStart, change(chain(5)))).toBeUndefined();
  });
});
