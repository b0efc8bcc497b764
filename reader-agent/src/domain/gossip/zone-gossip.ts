import type { CryptoPort, GatePeer, Sign } from '@lanyard/protocol';
import type { ToldUse } from '../decision-session.js';
import type { ZoneState } from '../zone-memory.js';
import {
  createGossipMessage,
  type GossipMessage,
  maxEntries,
  openGossipMessage,
  peerKid,
  type ZoneBox,
} from './gossip-message.js';

/** The zone an agent belongs to, as its signed package says; undefined without a package, peers or zone key. */
export interface GossipZone {
  readonly name: string;
  readonly peers: readonly GatePeer[];
  readonly box: ZoneBox;
}

export interface ZoneGossip {
  /** Tells the others at once; packets that get lost are told again for a while. */
  tell(use: ToldUse, moved: ZoneState | undefined): void;
  receive(bytes: Uint8Array): void;
  /** Tells again what is young; call it every second. */
  tick(): void;
  readonly heard: number;
}

/** How long an accepted code is told again, and a side of the zone. */
const useAgainMs = 4_000;
const movedAgainMs = 600_000;
const maxRecent = 400;
/** Packets looked at in a second: a flood costs no more than these. */
const maxPerSecond = 300;

/**
 * Replay memory and zone states between the gates of one network: sent and forgotten. No decision waits for it, and a
 * peer that is gone costs nothing; what it did not hear, the verifier finds afterwards.
 */
export function createZoneGossip(options: {
  crypto: CryptoPort;
  findZone: () => GossipZone | undefined;
  /** Compressed, of this agent. */
  ownKey: Uint8Array;
  sign: Sign;
  send: (bytes: Uint8Array) => void;
  onHeard: (message: GossipMessage) => void;
  nowMs: () => number;
}): ZoneGossip {
  const { crypto, nowMs } = options;
  const kid = peerKid(crypto, options.ownKey);
  let uses: (ToldUse & { readonly bornMs: number })[] = [];
  let moves: (ZoneState & { readonly bornMs: number })[] = [];
  let turn = 0;
  let heard = 0;
  let window = { startMs: 0, count: 0 };

  function send(some: readonly ToldUse[], moved: readonly ZoneState[]): void {
    const zone = options.findZone();
    if (zone === undefined || zone.peers.length === 0 || (some.length === 0 && moved.length === 0)) return;
    const message = { timeSeconds: Math.floor(nowMs() / 1000), uses: some, moved };
    options.send(createGossipMessage(message, { kid, sign: options.sign, box: zone.box, zone: zone.name }));
  }
  const young = (withinMs: number) => (entry: { bornMs: number }) => nowMs() - entry.bornMs < withinMs;

  return {
    tell(use, moved) {
      const bornMs = nowMs();
      uses = [{ ...use, bornMs }, ...uses.filter(young(useAgainMs))].slice(0, maxRecent);
      if (moved !== undefined) moves = [{ ...moved, bornMs }, ...moves].slice(0, maxRecent);
      send(uses.slice(0, maxEntries), moved === undefined ? [] : [moved]);
    },
    receive(bytes) {
      const now = nowMs();
      if (now - window.startMs >= 1_000 || now < window.startMs) window = { startMs: now, count: 0 };
      window.count += 1;
      const zone = options.findZone();
      if (window.count > maxPerSecond || zone === undefined) return;
      const message = openGossipMessage(crypto, bytes, zone, Math.floor(now / 1000));
      if (message === undefined) return;
      heard += 1;
      options.onHeard(message);
    },
    tick() {
      uses = uses.filter(young(useAgainMs));
      moves = moves.filter(young(movedAgainMs));
      // Sides go round slowly, so that a gate that was cut off for minutes learns where people are.
      turn = turn + maxEntries >= moves.length ? 0 : turn + maxEntries;
      send(uses.slice(0, maxEntries), moves.slice(turn, turn + maxEntries));
    },
    get heard() {
      return heard;
    },
  };
}
