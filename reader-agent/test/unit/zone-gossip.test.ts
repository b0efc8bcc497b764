import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { describe, expect, it } from 'vitest';
import { createBox } from '../../src/adapters/box.js';
import type { ToldUse } from '../../src/domain/decision-session.js';
import { createGossipMessage, openGossipMessage, peerKid } from '../../src/domain/gossip/gossip-message.js';
import { createZoneGossip, type GossipZone } from '../../src/domain/gossip/zone-gossip.js';
import type { ZoneState } from '../../src/domain/zone-memory.js';
import { createCampus } from '../support/campus.js';
import { createGate, packageOf } from '../support/gate-bench.js';

const startMs = Math.floor(Date.now() / 1000) * 1000;
const nowSeconds = startMs / 1000;
const key = () => {
  const pair = generateKeyPair();
  return { compressed: pair.compressed, sign: createSigner(pair.privateKey) };
};
const [one, two, stranger] = [key(), key(), key()];
const peers = [one, two].map(({ compressed }, i) => ({ agentId: `agent-${i}`, key: compressed }));
const zoneKey = new Uint8Array(32).fill(5);
const zone: GossipZone = { name: 'library', peers, box: createBox(zoneKey) };
const use: ToldUse = { use: new Uint8Array(16).fill(9), untilSeconds: nowSeconds + 100 };
const moved: ZoneState = { row: 7, side: 'in', at: nowSeconds };

function message(
  changes: { from?: typeof one; box?: GossipZone['box']; zone?: string; at?: number; use?: ToldUse } = {},
) {
  const { compressed, sign } = changes.from ?? one;
  return createGossipMessage(
    { timeSeconds: changes.at ?? nowSeconds, uses: [changes.use ?? use], moved: [moved] },
    { kid: peerKid(nodeCrypto, compressed), sign, box: changes.box ?? zone.box, zone: changes.zone ?? zone.name },
  );
}
const open = (bytes: Uint8Array) => openGossipMessage(nodeCrypto, bytes, zone, nowSeconds);

describe('a message between gates', () => {
  it('arrives as it was told, and shows an onlooker nothing of it', () => {
    const bytes = message();
    expect(open(bytes)).toEqual({ timeSeconds: nowSeconds, uses: [use], moved: [moved] });
    expect(Buffer.from(bytes).includes(Buffer.from(use.use))).toBe(false);
    expect(bytes.length).toBeLessThan(1_200);
  });

  it.each([
    ['of an agent the package does not list', message({ from: stranger })],
    ['signed by one peer in another’s name', message({ from: { compressed: two.compressed, sign: one.sign } })],
    ['under another zone key', message({ box: createBox(new Uint8Array(32)) })],
    ['of another zone', message({ zone: 'dorm-7' })],
    ['of two minutes ago', message({ at: nowSeconds - 120 })],
    ['of two minutes ahead', message({ at: nowSeconds + 120 })],
    ['that would be remembered for a day', message({ use: { ...use, untilSeconds: nowSeconds + 86_400 } })],
    ['cut short', message().slice(0, -1)],
    ['of noise', new Uint8Array(300).fill(0x84)],
    ['too large', new Uint8Array(1_300)],
  ])('is ignored [%s]', (_, bytes) => {
    expect(open(bytes)).toBeUndefined();
  });

  it('is ignored with any byte changed', () => {
    const bytes = message();
    for (let at = 0; at < bytes.length; at += 5) {
      expect(open(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))).toBeUndefined();
    }
  });
});

/** Gates of one zone on a network that the test cuts and joins. */
function network(count: number, policy = {}) {
  const campus = createCampus(3);
  const clock = { ms: startMs };
  const inForce = packageOf(campus, { policy: { zone: 'library', ...policy } });
  const keys = Array.from({ length: count }, key);
  const listed: GossipZone = {
    ...zone,
    peers: keys.map(({ compressed }, i) => ({ agentId: `agent-${i}`, key: compressed })),
  };
  const state = { cut: false, lose: (_packet: number) => false, sent: 0 };
  const gates = keys.map((own, at) => {
    const gate = createGate({ clock, inForce, onTaken: (told, side) => gossip.tell(told, side) });
    const gossip = createZoneGossip({
      ...{ crypto: nodeCrypto, findZone: () => listed, ownKey: own.compressed, sign: own.sign, nowMs: () => clock.ms },
      send(bytes) {
        state.sent += 1;
        if (state.cut || state.lose(state.sent)) return;
        for (const [i, other] of gates.entries()) if (i !== at) other.gossip.receive(bytes);
      },
      onHeard: ({ uses, moved: sides }) => gate.session.remember(uses, sides),
    });
    return { gate, gossip };
  });
  const code = (person = 0) => campus.persons[person]!.code(Math.floor(clock.ms / 1000));
  return { clock, state, gates, code };
}

describe('gates of one zone', () => {
  it('refuse a code that another of them took, and one peer’s absence holds up nobody', () => {
    const { gates, code, state } = network(3);
    const text = code();
    expect(gates[0]!.gate.say(text)).toBe('accepted');
    expect(gates.slice(1).map(({ gate }) => gate.say(text))).toEqual(['replayed', 'replayed']);
    state.cut = true;
    expect(gates[1]!.gate.say(code(1))).toBe('accepted');
  });

  it('tell again what got lost on the way', () => {
    const { gates, code, state, clock } = network(2);
    state.lose = (packet) => packet === 1;
    const text = code();
    gates[0]!.gate.say(text);
    clock.ms += 1_000;
    gates[0]!.gossip.tick();
    expect(gates[1]!.gate.say(text)).toBe('replayed');
  });

  it('know on which side somebody is [went in elsewhere] [told late, after minutes cut off]', () => {
    const passback = { anti_passback: { mode: 'hard' as const, direction: 'in' as const, forget_minutes: 60 } };
    const { gates, code, state, clock } = network(2, passback);
    gates[0]!.gate.say(code());
    clock.ms += 2_000;
    expect(gates[1]!.gate.say(code())).toBe('anti-passback');
    state.cut = true;
    gates[0]!.gate.say(code(1));
    clock.ms += 120_000;
    state.cut = false;
    gates[0]!.gossip.tick();
    expect(gates[1]!.gate.say(code(1))).toBe('anti-passback');
  });

  it('[attack] take one code twice while cut off within its 15 s, and both journals name the same use', () => {
    const { gates, code, state } = network(2);
    state.cut = true;
    const text = code();
    expect(gates.map(({ gate }) => gate.say(text))).toEqual(['accepted', 'accepted']);
    const uses = gates.map(({ gate }) => gate.entries.at(-1)?.use);
    expect(uses[0]).toBeDefined();
    expect(uses[0]).toBe(uses[1]);
  });

  it('look at 300 packets a second and no more [flood]', () => {
    const { gates, code, clock } = network(2);
    for (let i = 0; i < 300; i += 1) gates[1]!.gossip.receive(new Uint8Array(100));
    const text = code();
    gates[0]!.gate.say(text);
    expect(gates[1]!.gossip.heard).toBe(0);
    clock.ms += 1_000;
    gates[0]!.gossip.tick();
    expect(gates[1]!.gossip.heard).toBe(1);
  });

  it('keep quiet where the package names no peers', () => {
    const sent: unknown[] = [];
    const gossip = createZoneGossip({
      ...{ crypto: nodeCrypto, findZone: () => undefined, ownKey: one.compressed, sign: one.sign },
      ...{ send: (bytes) => sent.push(bytes), onHeard: () => {}, nowMs: () => startMs },
    });
    gossip.tell(use, moved);
    gossip.receive(message());
    expect([sent, gossip.heard]).toEqual([[], 0]);
  });
});
