import { describe, expect, it } from 'vitest';
import type { ShownVerdict } from '../../src/domain/decision-session.js';
import { followPresented, type PresentedTap } from '../../src/domain/presented-taps.js';
import { createCampus } from '../support/campus.js';
import { createGate, createMemoryLedger, packageOf } from '../support/gate-bench.js';

const campus = createCampus(1);
const startMs = Date.now();
const now = Math.floor(startMs / 1000);
const portrait = Uint8Array.of(0xff, 0xd8, 1, 2);
const accepted = (n: number, more: Partial<PresentedTap> = {}): PresentedTap => ({
  ...{ n, at: now, said: { verdict: 'accepted' }, name: '张三', portrait, ...more },
});

/** One round of replies, then the end; what was shown and whether it opened. */
async function follow(
  replies: readonly (readonly PresentedTap[] | 'cut')[],
  options: {
    policy?: Parameters<typeof packageOf>[1] extends infer C ? (C extends { policy?: infer P } ? P : never) : never;
    memory?: ReturnType<typeof createMemoryLedger>;
    clockMs?: number;
  } = {},
) {
  const memory = options.memory ?? createMemoryLedger();
  const inForce = packageOf(campus, { policy: { door_tags: 'open', ...options.policy } });
  const gate = createGate({ clock: { ms: options.clockMs ?? startMs }, inForce, memory });
  const ending = new AbortController();
  const asked: number[] = [];
  const shown: (ShownVerdict & { opens: boolean })[] = [];
  const left = [...replies];
  await followPresented({
    session: gate.session,
    position: () => memory.ledger.presentedUpTo,
    async load(after) {
      asked.push(after);
      const reply = left.shift();
      if (left.length === 0) ending.abort();
      if (reply === 'cut' || reply === undefined) throw new TypeError('cut');
      return reply;
    },
    show: (verdict, opens) => shown.push({ ...verdict, opens }),
    waitForPackage: async () => ending.abort(),
    onFault: () => {},
    wait: async () => {},
    signal: ending.signal,
  });
  return { shown, asked, memory, entries: memory.entries, faults: gate.faults };
}

describe('an answer to a touch of the door’s tag', () => {
  it('is shown with name and photo, opens the door and is a passage of its own scheme', async () => {
    const { shown, entries } = await follow([[accepted(4)]]);
    expect(shown).toMatchObject([{ verdict: 'accepted', opens: true, name: '张三', portrait, holderProved: true }]);
    expect(shown[0]!.portraitId).toHaveLength(8);
    expect(entries).toMatchObject([{ verdict: 'accepted', scheme: 'nfc-c', row: null }]);
  });

  it('opens nothing where the policy only shows it', async () => {
    const { shown } = await follow([[accepted(1)]], { policy: { door_tags: 'show' } });
    expect(shown).toMatchObject([{ verdict: 'accepted', opens: false }]);
  });

  it('brings no name and no photo to a screen whose policy shows none', async () => {
    const { shown } = await follow([[accepted(1)]], { policy: { show_portrait: false } });
    expect(shown[0]).not.toHaveProperty('name');
    expect(shown[0]).not.toHaveProperty('portrait');
    expect(shown[0]!.portraitId).toBeUndefined();
  });

  it('is not asked for where the policy knows no tags', async () => {
    const { asked, entries } = await follow([[accepted(1)]], { policy: { door_tags: 'off' } });
    expect([asked, entries]).toEqual([[], []]);
  });

  it('is one passage [lost reply] [told again] [restart of the agent]', async () => {
    const memory = createMemoryLedger();
    const first = await follow(['cut', [accepted(7)], [accepted(7)]], { memory });
    expect(first.asked).toEqual([0, 0, 7]);
    expect(first.shown).toHaveLength(1);
    const again = await follow([[accepted(7), accepted(8)]], { memory });
    expect(again.asked).toEqual([7]);
    expect(again.shown).toHaveLength(1);
    expect(memory.entries).toHaveLength(2);
  });

  it.each<[string, Partial<PresentedTap>, string | undefined, string | undefined]>([
    ['refused by the verifier', { said: { verdict: 'rejected', reason: 'suspended' } }, 'suspended', undefined],
    [
      'cannot be decided',
      { said: { verdict: 'cannot-decide', reason: 'status-unavailable' } },
      'status-unavailable',
      undefined,
    ],
    ['declined on the phone', { said: 'declined' }, 'not-permitted', 'tap-declined'],
    [
      'bound to another tap',
      { said: { verdict: 'rejected', reason: 'holder-signature-invalid' } },
      'holder-signature-invalid',
      undefined,
    ],
    ['what no gate has a word for', { said: 'other' }, 'malformed', 'tap-refused'],
    ['of a time to come', { at: now + 60 }, 'in-the-future', undefined],
  ])('opens nothing when it is [%s] and shows nobody', async (_, more, reason, notice) => {
    const { shown, entries } = await follow([[accepted(1, more)]]);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatchObject({ reason, holderProved: false });
    expect(shown[0]!.verdict).not.toBe('accepted');
    expect(shown[0]!.notice).toBe(notice);
    expect(shown[0]).not.toHaveProperty('name');
    expect(entries).toMatchObject([{ reason, scheme: 'nfc-c' }]);
  });

  it('that comes late is journalled, and neither shown nor opens anything [cut off during the answer]', async () => {
    const { shown, entries } = await follow(['cut', [accepted(1)]], { clockMs: startMs + 40_000 });
    expect(shown).toEqual([]);
    expect(entries).toMatchObject([{ reason: 'too-old', scheme: 'nfc-c' }]);
  });

  it('opens nothing while the checkpoint is locked', async () => {
    const memory = createMemoryLedger();
    const inForce = packageOf(campus, {
      policy: { door_tags: 'open' },
      part: { emergencyMode: { mode: 'lock', fromSeconds: now - 1, untilSeconds: now + 60 } },
    });
    const gate = createGate({ clock: { ms: startMs }, inForce, memory });
    const decision = {
      verdict: 'accepted',
      scheme: 'nfc-c',
      holder_proved: true,
      marks: [],
      presentedUpTo: 1,
    } as const;
    expect(gate.session.settle(decision, 'door-tag')).toMatchObject({ reason: 'outside-hours', marks: ['lock-mode'] });
  });

  it('is asked for again when it could not be written, and was not green [disk full]', async () => {
    const memory = createMemoryLedger();
    memory.state.full = true;
    const { shown, asked } = await follow([[accepted(3)], []], { memory });
    expect(shown).toMatchObject([{ reason: 'internal', opens: false }]);
    expect(asked).toEqual([0, 0]);
  });
});
