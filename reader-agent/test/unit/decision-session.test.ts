import { acceptPackage, type PackageState } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { describe, expect, it } from 'vitest';
import { createDecisionSession } from '../../src/domain/decision-session.js';
import { chainEntry, chainStart, type JournalEntry } from '../../src/domain/journal-chain.js';
import type { PassageLedger, TakenCode } from '../../src/domain/ledger.js';
import { createCampus } from '../support/campus.js';

const campus = createCampus(3);
const startMs = Date.now();
const inForce = ((): PackageState => {
  const signers = campus.signers;
  const result = acceptPackage(nodeCrypto, {
    have: undefined,
    envelope: campus.full({ sequence: 5 }),
    pinned: { people: [signers.people], checkpoint: [signers.checkpoint] },
    checkpointId: 'south-gate',
    nowSeconds: Math.floor(startMs / 1000),
  });
  if (!result.ok) throw new Error(result.refusal);
  return result.state;
})();

function setUp(
  changes: { whole?: boolean; full?: boolean; antiPassback?: () => boolean; restored?: TakenCode[] } = {},
) {
  const entries: JournalEntry[] = [];
  const taken: TakenCode[] = [...(changes.restored ?? [])];
  const ledger = {
    whole: changes.whole ?? true,
    endSeconds: 0,
    endSequence: 0,
    append(draft, code) {
      if (changes.full) throw new Error('disk full');
      const entry = chainEntry(nodeCrypto, entries.at(-1) ?? chainStart, draft);
      entries.push(entry);
      if (code !== undefined) taken.push(code);
      return entry;
    },
    takenCodes: () => [...taken],
  } as Partial<PassageLedger> as PassageLedger;
  const clock = { ms: startMs };
  const faults: unknown[] = [];
  const session = createDecisionSession({
    ...{ crypto: nodeCrypto, replayKey: new Uint8Array(32), ledger, findPackage: () => inForce },
    ...{ nowMs: () => clock.ms, onFault: (error: unknown) => faults.push(error) },
    ...(changes.antiPassback === undefined ? {} : { antiPassback: changes.antiPassback }),
  });
  const code = (person = 0) => campus.persons[person]!.code(Math.floor(clock.ms / 1000));
  return { session, entries, taken, clock, faults, code };
}

describe('a decision session', () => {
  it('accepts a code and has taken it and journalled it before it says so', () => {
    const { session, entries, taken, code } = setUp();
    expect(session.decide(code(), 'scanner').shown).toMatchObject({ verdict: 'accepted', holderProved: true });
    expect(entries).toMatchObject([{ verdict: 'accepted', reason: null, row: 0x99000001 }]);
    expect(taken).toHaveLength(1);
  });

  it('keeps a held code green past its own time, in one journal entry [20 s]', () => {
    const { session, entries, clock, code } = setUp();
    const text = code();
    session.decide(text, 'camera');
    for (let i = 0; i < 20; i++) {
      clock.ms += 1_000;
      expect(session.decide(text, 'camera')).toMatchObject({ held: true, shown: { n: 1, verdict: 'accepted' } });
    }
    expect(entries).toHaveLength(1);
  });

  it('rejects a code again [after a gap] [other reader] [after a restart]', () => {
    const { session, taken, clock, code } = setUp();
    const text = code();
    session.decide(text, 'camera');
    expect(session.decide(text, 'scanner').shown.reason).toBe('replayed');
    clock.ms += 1_600;
    expect(session.decide(text, 'camera').shown.reason).toBe('replayed');
    const after = setUp({ restored: taken });
    expect(after.session.decide(text, 'camera').shown.reason).toBe('replayed');
  });

  it('asks anti-passback last [refused by it] [not asked for a refused code]', () => {
    const { session, code } = setUp({ antiPassback: () => true });
    expect(session.decide(code(), 'camera').shown.reason).toBe('anti-passback');
    expect(session.decide('LYG1:', 'camera').shown.reason).toBe('malformed');
  });

  it('never shows green where nothing can be written [disk full] [broken journal]', () => {
    const full = setUp({ full: true });
    expect(full.session.decide(full.code(), 'camera').shown).toMatchObject({
      verdict: 'cannot-decide',
      reason: 'internal',
    });
    expect(full.faults).toHaveLength(1);
    const broken = setUp({ whole: false });
    expect(broken.session.decide(broken.code(), 'camera').shown).toMatchObject({ reason: 'internal' });
  });
});
