import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { openLmdbLedger } from '../../src/adapters/lmdb-ledger.js';
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

describe('the log before the ledger', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  /** A folder whose ledger has three entries; `log` writes what an agent that was killed had not committed. */
  async function setUp() {
    const folder = mkdtempSync(join(tmpdir(), 'lanyard-ledger-'));
    folders.push(folder);
    const ledger = openLmdbLedger(folder, nodeCrypto);
    for (let i = 0; i < 3; i++) ledger.append({ ...draft, at: draft.at + i });
    const written = readFileSync(join(folder, 'passages.log'), 'utf8');
    await ledger.close();
    const log = (...lines: (object | string)[]) =>
      writeFileSync(
        join(folder, 'passages.log'),
        lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join(''),
      );
    return { folder, written, log, open: () => openLmdbLedger(folder, nodeCrypto) };
  }
  const key = Buffer.alloc(32, 7);
  const [, , , fourth, fifth] = chain(5);

  it('holds each entry before it is answered, and is read again by whoever opens it', async () => {
    const { written, open } = await setUp();
    expect(written.split('\n').filter((line) => line !== '')).toHaveLength(3);
    const ledger = open();
    expect([ledger.whole, ledger.endSequence, ledger.after(0, 9).length]).toEqual([true, 3, 3]);
    expect(ledger.append(draft).sequence).toBe(4);
    expect(ledger.after(2, 9).map(({ sequence }) => sequence)).toEqual([3, 4]);
    expect(ledger.after(2, 1)).toHaveLength(1);
    await ledger.close();
  });

  it('gives back what was not committed: entry, code, side and position [twice]', async () => {
    const { log, open } = await setUp();
    const moved = { row: 7, side: 'in' as const, at: draft.at };
    for (let times = 0; times < 2; times++) {
      log({ entry: fourth, taken: [key.toString('base64url'), 99], moved, presentedUpTo: 12 }, { entry: fifth });
      const ledger = open();
      expect([ledger.whole, ledger.endSequence, ledger.presentedUpTo]).toEqual([true, 5, 12]);
      expect([...ledger.takenCodes()].map((code) => [Buffer.from(code.key), code.untilSeconds])).toEqual([[key, 99]]);
      expect([...ledger.zoneStates()]).toEqual([moved]);
      await ledger.close();
    }
  });

  it('ends where a line was torn, and at a line that is none', async () => {
    for (const torn of [JSON.stringify({ entry: fifth }).slice(0, 60), 'noise\n']) {
      const { log, open } = await setUp();
      log({ entry: fourth }, torn);
      const ledger = open();
      expect([ledger.whole, ledger.endSequence]).toEqual([true, 4]);
      await ledger.close();
    }
  });

  it('decides nothing on entries that do not follow [one missing] [another hash]', async () => {
    for (const entry of [fifth, { ...fourth, hash: fifth!.hash }]) {
      const { log, open } = await setUp();
      log({ entry: entry as JournalEntry });
      const ledger = open();
      expect(ledger.whole).toBe(false);
      await ledger.close();
    }
  });

  it('brings nothing back that was swept or forgiven since, and no side older than a peer’s word', async () => {
    const { folder, log, open } = await setUp();
    const ledger = open();
    ledger.append({ ...draft, at: draft.at + 3 });
    ledger.confirm(3);
    await ledger.close();
    const swept = open();
    swept.sweep(draft.at + 100, 10);
    swept.remember([], [{ row: 8, side: 'out', at: draft.at + 95 }]);
    await swept.close();
    const [first] = chain(1);
    log({ entry: first });
    const side = (row: number) => ({ moved: { row, side: 'in', at: draft.at + 90 } });
    appendFileSync(
      join(folder, 'passages.log'),
      [{ entry: fifth, ...side(7) }, { forget: 7 }, { entry: chain(6)[5], ...side(8) }]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    const again = open();
    expect([again.whole, again.endSequence, again.after(0, 9)[0]?.sequence]).toEqual([true, 6, 4]);
    expect([...again.zoneStates()]).toEqual([{ row: 8, side: 'out', at: draft.at + 95 }]);
    again.sweep(draft.at + 100, 10);
    await again.close();
  });
});
