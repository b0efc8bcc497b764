import { gateCodePrefix } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { createCampus } from '../support/campus.js';
import { createGate, packageOf } from '../support/gate-bench.js';

/** Rows of the attack table that have no file of their own (screenshots and relays: challenge-mode; two gates: zone-gossip). */
const campus = createCampus(4);
const startMs = Math.floor(Date.now() / 1000) * 1000;
const day = 86_400;

function gateWith(changes: Parameters<typeof packageOf>[1] = {}) {
  const clock = { ms: startMs };
  const gate = createGate({ clock, inForce: packageOf(campus, changes) });
  return { clock, gate, code: (person = 0) => campus.persons[person]!.code(clock.ms / 1000) };
}

describe('[attack] a stolen phone', () => {
  it('opens nothing at a gate that has heard of it, and at a cut-off one only as long as its dark days allow', () => {
    const heard = gateWith({ suspended: [0] });
    expect(heard.gate.say(heard.code())).toBe('suspended');
    const cutOff = gateWith({ policy: { dark_days: { day_0_1: 'everyone', day_1_7: 'nobody', after: 'nobody' } } });
    expect(cutOff.gate.say(cutOff.code())).toBe('accepted');
    cutOff.clock.ms += (day + 60) * 1000;
    expect(cutOff.gate.say(cutOff.code())).toBe('package-too-old grace');
  });
});

describe('[attack] a forged authorisation', () => {
  const forger = createCampus(1);
  it.each<[string, (person: typeof campus.persons) => string, string]>([
    ['a person who is in no list', () => forger.persons[0]!.code(startMs / 1000), 'unknown-handle'],
    [
      'another student’s key',
      ([one]) => one!.code(startMs / 1000, forger.signers.people.sign),
      'holder-signature-invalid',
    ],
    [
      'the issuer’s key in place of the student’s',
      ([one]) => one!.code(startMs / 1000, campus.signers.people.sign),
      'holder-signature-invalid',
    ],
    [
      'a challenge nobody showed',
      ([one]) => one!.answer(new Uint8Array(29).fill(1), startMs / 1000),
      'challenge-missing',
    ],
    ['tomorrow’s code', ([one]) => one!.code(startMs / 1000 + 3_600), 'in-the-future'],
    ['nothing but a prefix', () => gateCodePrefix, 'malformed'],
  ])('is refused for what is wrong with it [%s]', (_, make, reason) => {
    expect(gateWith().gate.say(make(campus.persons))).toBe(reason);
  });
});

describe('[attack, detected] a lent phone', () => {
  /** Lenders enter, hand the phone back over the fence, and a friend enters with it; honest people forget to scan out. */
  it('is marked where somebody enters twice without leaving, and not told from who forgot to scan out', () => {
    const people = createCampus(120);
    const clock = { ms: startMs };
    const passback = { anti_passback: { mode: 'soft' as const, direction: 'in' as const, forget_minutes: 720 } };
    const entry = createGate({ clock, inForce: packageOf(people, { policy: passback }) });
    let [caught, lenders, accused] = [0, 0, 0];
    for (const [i, person] of people.persons.entries()) {
      const lends = i % 6 === 0;
      const forgot = i % 10 === 1;
      lenders += lends ? 1 : 0;
      entry.say(person.code(clock.ms / 1000));
      clock.ms += 3_000;
      const again = lends || forgot ? entry.say(person.code(clock.ms / 1000)) : '';
      if (again.includes('anti-passback') && lends) caught += 1;
      else if (again.includes('anti-passback')) accused += 1;
    }
    const precision = caught / (caught + accused);
    console.log(JSON.stringify({ lenders, caught, recall: caught / lenders, precision }));
    expect(caught).toBe(lenders);
    // What the mark cannot tell apart is reported, not decided: soft zones let in.
    expect(precision).toBeLessThan(1);
    expect(entry.entries.every(({ verdict }) => verdict === 'accepted')).toBe(true);
  });
});
