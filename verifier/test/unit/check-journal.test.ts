import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJournal, entryHash } from '../../src/domain/passages/check-journal.js';
import { type PassageEntry, passageText, zPassageEntry } from '../../src/domain/passages/passage-entry.js';

const zeros = new Uint8Array(32);
const start = { sequence: 0, hash: zeros };

function journal(length: number): PassageEntry[] {
  const entries: PassageEntry[] = [];
  for (let index = 0; index < length; index += 1) {
    const entry = {
      sequence: index + 1,
      at: 1_795_406_400 + index,
      verdict: 'accepted' as const,
      reason: null,
      scheme: 'gate-code' as const,
      row: index,
      marks: [],
      previous: entries.at(-1)?.hash ?? Buffer.from(zeros).toString('base64url'),
    };
    entries.push({ ...entry, hash: entryHash(entry) });
  }
  return entries;
}

describe('checkJournal', () => {
  it('writes the text under a hash in one order, whatever the order it came in', () => {
    const { hash, ...entry } = journal(1)[0]!;
    const turned = Object.fromEntries(Object.entries(entry).reverse()) as typeof entry;
    expect(passageText(turned)).toBe(
      '{"sequence":1,"at":1795406400,"verdict":"accepted","reason":null,"scheme":"gate-code","row":0,"marks":[],"previous":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
    );
    expect(entryHash(turned)).toBe(hash);
  });
  it('takes any split of a journal, with any overlap, to the same end', () => {
    const entries = journal(30);
    fc.assert(
      fc.property(fc.nat(29), fc.nat(29), (cut, back) => {
        const first = checkJournal(start, entries.slice(0, cut + 1));
        if (!first.ok) throw new Error(first.refusal);
        const second = checkJournal(first.end, entries.slice(Math.max(0, cut + 1 - back)));
        expect(second).toMatchObject({ ok: true, end: { sequence: 30 } });
        expect(first.fresh.length + (second.ok ? second.fresh.length : 0)).toBe(30);
      }),
    );
  });
  it('refuses a journal from which any entry is missing or changed', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.constantFrom('drop', 'row', 'at', 'previous'), (at, how) => {
        const entries = journal(10);
        const entry = entries[at]!;
        if (how === 'drop') entries.splice(at, 1);
        else if (how === 'previous') entries[at] = { ...entry, previous: Buffer.alloc(32, 9).toString('base64url') };
        else entries[at] = { ...entry, [how]: 77 };
        expect(checkJournal(start, entries)).toMatchObject({ ok: false });
      }),
    );
  });
  it('refuses entries of another form [number as text, extra member, hash too short]', () => {
    const entry = journal(1)[0]!;
    expect(zPassageEntry.safeParse(entry).success).toBe(true);
    expect(zPassageEntry.safeParse({ ...entry, sequence: '1' }).success).toBe(false);
    expect(zPassageEntry.safeParse({ ...entry, name: 'x' }).success).toBe(false);
    expect(zPassageEntry.safeParse({ ...entry, hash: 'AAAA' }).success).toBe(false);
  });
});
