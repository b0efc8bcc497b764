import type { AntiPassbackPolicy, CheckpointPolicy } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { createZoneMemory } from '../../src/domain/zone-memory.js';
import { createCampus } from '../support/campus.js';
import { createGate, createMemoryLedger, packageOf } from '../support/gate-bench.js';

const campus = createCampus(3);
const startMs = Math.floor(Date.now() / 1000) * 1000;
const rule = (changes: Partial<AntiPassbackPolicy>): Partial<CheckpointPolicy> => ({
  anti_passback: { mode: 'hard', direction: 'in', forget_minutes: 60, ...changes },
});
const orderId = (n: number) => new Uint8Array(16).fill(n);

function setUp(changes: Partial<AntiPassbackPolicy> = {}, memory = createMemoryLedger()) {
  const clock = { ms: startMs };
  const gate = createGate({ clock, inForce: packageOf(campus, { policy: rule(changes) }), memory });
  const pass = (person = 0) => {
    clock.ms += 2_000;
    return gate.say(campus.persons[person]!.code(clock.ms / 1000));
  };
  return { clock, gate, memory, pass };
}

describe('anti-passback', () => {
  it('refuses who is inside already and nobody else [hard]', () => {
    const { pass, gate } = setUp();
    expect([pass(), pass(), pass(1)]).toEqual(['accepted', 'anti-passback', 'accepted']);
    expect(gate.zone.get(0x99000001)?.side).toBe('in');
  });

  it('lets in and marks [soft]', () => {
    const { pass } = setUp({ mode: 'soft' });
    expect([pass(), pass()]).toEqual(['accepted', 'accepted anti-passback']);
  });

  it('says nothing where it is off', () => {
    const { pass, gate } = setUp({ mode: 'off' });
    expect([pass(), pass()]).toEqual(['accepted', 'accepted']);
    expect(gate.zone.size).toBe(0);
  });

  it('keeps nobody from leaving, and marks who leaves twice [out, hard]', () => {
    const { pass } = setUp({ direction: 'out' });
    expect([pass(), pass()]).toEqual(['accepted', 'accepted anti-passback']);
  });

  it('changes sides at a gate for both ways', () => {
    const { pass, gate } = setUp({ direction: 'both' });
    const sides = [0, 1, 2].map(() => {
      pass();
      return gate.zone.get(0x99000001)?.side;
    });
    expect(sides).toEqual(['in', 'out', 'in']);
  });

  it('forgets after its time [59 min] [60 min]', () => {
    const { clock, pass } = setUp();
    pass();
    clock.ms += 59 * 60_000;
    expect(pass()).toBe('anti-passback');
    clock.ms += 60_000;
    expect(pass()).toBe('accepted');
  });

  it('survives a restart with the passage [same transaction] [nothing where the disk was full]', () => {
    const { memory, pass } = setUp();
    pass();
    expect(setUp({}, memory).pass()).toBe('anti-passback');
    const full = setUp();
    full.memory.state.full = true;
    expect(full.pass()).toBe('internal');
    full.memory.state.full = false;
    expect(full.pass()).toBe('accepted');
  });

  it('is forgiven by an order of staff, once per order', () => {
    const { gate, pass, memory } = setUp();
    pass();
    gate.session.forgive(0x99000001, orderId(1));
    expect(pass()).toBe('accepted');
    gate.session.forgive(0x99000001, orderId(1));
    expect(pass()).toBe('anti-passback');
    const again = setUp({}, memory);
    again.clock.ms += 60_000;
    expect(again.pass()).toBe('anti-passback');
  });

  it('accuses nobody whose last side lies in the future [clock set back]', () => {
    const zone = createZoneMemory([{ row: 1, side: 'in', at: 1_000 }]);
    expect(zone.judge({ mode: 'hard', direction: 'in', forget_minutes: 60 }, 1, 900).against).toBe(false);
  });

  it('takes the newer of two states, whoever tells it [older] [same] [newer]', () => {
    const zone = createZoneMemory([{ row: 1, side: 'in', at: 1_000 }]);
    expect([999, 1_000, 1_001].map((at) => zone.put({ row: 1, side: 'out', at }))).toEqual([false, true, true]);
  });
});

describe('a hand that opens', () => {
  it('is journalled with its kind and opens once per order [again] [after a restart] [key, as often as turned]', () => {
    const { gate, memory } = setUp();
    const release = { scheme: 'guard' as const, row: 0x99000002, orderId: orderId(7) };
    expect(gate.session.openByHand(release)).toMatchObject({
      verdict: 'accepted',
      marks: ['guard'],
      holderProved: false,
    });
    expect(gate.session.openByHand(release)).toBeUndefined();
    expect(setUp({}, memory).gate.session.openByHand(release)).toBeUndefined();
    const key = { scheme: 'physical-key' as const, row: null };
    expect(gate.session.openByHand(key)?.marks).toEqual(['physical-key']);
    expect(gate.session.openByHand(key)).toBeDefined();
    expect(gate.entries.map(({ scheme, row }) => [scheme, row])).toEqual([
      ['guard', 0x99000002],
      ['physical-key', null],
      ['physical-key', null],
    ]);
  });

  it('leaves the person inside, so that the way in is not open twice', () => {
    const { gate, pass } = setUp();
    gate.session.openByHand({ scheme: 'guard', row: 0x99000001, orderId: orderId(1) });
    expect(pass()).toBe('anti-passback');
  });
});

describe('an emergency mode', () => {
  const mode = (of: 'open' | 'lock', seconds = 600) => ({
    emergencyMode: { mode: of, fromSeconds: startMs / 1000, untilSeconds: startMs / 1000 + seconds },
  });
  const gateWith = (part: object, policy: Partial<CheckpointPolicy> = {}) => {
    const clock = { ms: startMs };
    const gate = createGate({ clock, inForce: packageOf(campus, { part, policy }) });
    return { clock, gate, say: () => gate.say(campus.persons[0]!.code(clock.ms / 1000)) };
  };

  it('locks everybody out for its time and ends by itself', () => {
    const { clock, gate, say } = gateWith(mode('lock'));
    expect(say()).toBe('outside-hours lock-mode');
    expect(gate.session.inForce().mode).toBe('lock');
    clock.ms += 600_000;
    expect(say()).toBe('accepted');
    expect(gate.session.inForce().mode).toBe('normal');
  });

  it('locks no way out, and no guard’s hand', () => {
    const out = rule({ mode: 'soft', direction: 'out' });
    expect(gateWith(mode('lock'), out).say()).toBe('accepted');
    const { gate } = gateWith(mode('lock'));
    expect(gate.session.openByHand({ scheme: 'guard', row: null, orderId: orderId(1) })?.verdict).toBe('accepted');
  });

  it('marks what is decided while the door stands open, and accepts nobody it would refuse', () => {
    const { gate, say } = gateWith(mode('open'));
    expect(say()).toBe('accepted open-mode');
    expect(gate.say('LYG1:')).toBe('malformed open-mode');
  });
});

describe('an emergency list', () => {
  it('lets its people in when the package is past its time, and journals it [not listed] [not yet past] [suspended]', () => {
    const clock = { ms: startMs };
    const part = { emergencyRowNumbers: [0x99000001, 0x99000003] };
    const gate = createGate({ clock, inForce: packageOf(campus, { part, suspended: [2] }) });
    const say = (n: number) => gate.say(campus.persons[n]!.code(clock.ms / 1000));
    expect(say(0)).toBe('accepted');
    clock.ms += 9 * 86_400_000;
    expect([say(0), say(1), say(2)]).toEqual(['accepted emergency', 'package-expired', 'suspended emergency']);
    expect(gate.entries.map(({ row, marks }) => [row, ...marks])).toContainEqual([0x99000001, 'emergency']);
  });
});
