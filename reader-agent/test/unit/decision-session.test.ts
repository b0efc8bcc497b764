import { describe, expect, it } from 'vitest';
import { createCampus } from '../support/campus.js';
import { createGate, createMemoryLedger, packageOf } from '../support/gate-bench.js';

const campus = createCampus(3);
const startMs = Date.now();
const inForce = packageOf(campus);

function setUp(memory = createMemoryLedger()) {
  const clock = { ms: startMs };
  const gate = createGate({ clock, inForce, memory });
  const code = (person = 0) => campus.persons[person]!.code(Math.floor(clock.ms / 1000));
  return { gate, clock, memory, code };
}

describe('a decision session', () => {
  it('accepts a code and has taken it and journalled it before it says so', () => {
    const { gate, code } = setUp();
    expect(gate.decide(code())).toMatchObject({ verdict: 'accepted', holderProved: true });
    expect(gate.entries).toMatchObject([{ verdict: 'accepted', reason: null, row: 0x99000001 }]);
    expect(gate.taken.size).toBe(1);
  });

  it('keeps a held code green past its own time, in one journal entry [20 s]', () => {
    const { gate, clock, code } = setUp();
    const text = code();
    gate.session.decide(text, 'camera');
    for (let i = 0; i < 20; i++) {
      clock.ms += 1_000;
      expect(gate.session.decide(text, 'camera')).toMatchObject({ held: true, shown: { n: 1, verdict: 'accepted' } });
    }
    expect(gate.entries).toHaveLength(1);
  });

  it('rejects a code again [after a gap] [other reader] [after a restart]', () => {
    const { gate, clock, memory, code } = setUp();
    const text = code();
    gate.decide(text, 'camera');
    expect(gate.say(text, 'scanner')).toBe('replayed');
    clock.ms += 1_600;
    expect(gate.say(text, 'camera')).toBe('replayed');
    expect(setUp(memory).gate.say(text, 'camera')).toBe('replayed');
  });

  it('names an accepted code’s use in the journal, and no refused one’s', () => {
    const { gate, code } = setUp();
    const text = code();
    gate.decide(text, 'camera');
    gate.decide(text, 'scanner');
    expect(gate.entries.map(({ use }) => use?.length)).toEqual([22, undefined]);
  });

  it('takes a decision made elsewhere the same way [a card] [twice by its key]', () => {
    const { gate } = setUp();
    const card = { verdict: 'accepted' as const, scheme: 'nfc-b', holder_proved: true, marks: [] };
    const row = { index: 0, rowNumber: 0x99000002, policyClass: 1 };
    expect(gate.session.settle({ ...card, row }, 'nfc')).toMatchObject({ verdict: 'accepted' });
    const keyed = { ...card, row, replayKey: Uint8Array.of(1, 2, 3), replayUntilSeconds: startMs / 1000 + 60 };
    expect(gate.session.settle(keyed, 'nfc').verdict).toBe('accepted');
    expect(gate.session.settle(keyed, 'nfc').reason).toBe('replayed');
    expect(gate.entries.map(({ scheme }) => scheme)).toEqual(['nfc-b', 'nfc-b', 'nfc-b']);
  });

  it('never shows green where nothing can be written [disk full] [broken journal]', () => {
    const full = setUp();
    full.memory.state.full = true;
    expect(full.gate.decide(full.code())).toMatchObject({ verdict: 'cannot-decide', reason: 'internal' });
    expect(full.gate.faults).toHaveLength(1);
    expect(full.gate.session.openByHand({ scheme: 'physical-key', row: null })).toMatchObject({ reason: 'internal' });
    const broken = setUp();
    broken.memory.state.whole = false;
    expect(broken.gate.say(broken.code())).toBe('internal');
  });
});
