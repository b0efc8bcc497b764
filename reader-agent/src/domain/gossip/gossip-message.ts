import {
  type CborValue,
  type CryptoPort,
  createSign1,
  DocumentError,
  decodeCbor,
  encodeCbor,
  encodeProtectedHeader,
  type GatePeer,
  parseSign1,
  readOwnHeader,
  type Sign,
  useDigestBytes,
  verifySign1,
} from '@lanyard/protocol';
import type { ToldUse } from '../decision-session.js';
import type { ZoneState } from '../zone-memory.js';

/** Largest message in bytes: one packet on any network. */
export const maxMessageBytes = 1_200;
/** Most uses and most sides in one message. */
export const maxEntries = 20;
const typ = 'lanyard-gossip+cbor';
/** How far the sender's clock may be from ours, in seconds. */
const clockToleranceSeconds = 90;
/** No code is remembered for longer (a paper pass: 300 s). */
const longestUseSeconds = 600;

/** What one gate tells the others of its zone. */
export interface GossipMessage {
  readonly timeSeconds: number;
  readonly uses: readonly ToldUse[];
  readonly moved: readonly ZoneState[];
}

/** Encryption under the zone key of the package; the name is authenticated. */
export interface ZoneBox {
  seal(name: string, content: Uint8Array): Uint8Array;
  /** @throws for another key, name or changed bytes */
  open(name: string, sealed: Uint8Array): Uint8Array;
}

/** First 8 bytes of the SHA-256 of a peer's key: names it in a message. */
export const peerKid = (crypto: Pick<CryptoPort, 'sha256'>, key: Uint8Array): Uint8Array =>
  crypto.sha256(key).slice(0, 8);

/** Seals under the zone key, then signs under the agent's own: onlookers read nothing, peers cannot speak for each other. */
export function createGossipMessage(
  message: GossipMessage,
  sender: { readonly kid: Uint8Array; readonly sign: Sign; readonly box: ZoneBox; readonly zone: string },
): Uint8Array {
  const content = encodeCbor([
    message.timeSeconds,
    message.uses.slice(0, maxEntries).map(({ use, untilSeconds }): CborValue => [use, untilSeconds]),
    message.moved.slice(0, maxEntries).map(({ row, side, at }): CborValue => [row, side === 'in' ? 1 : 0, at]),
  ]);
  const payload = new Uint8Array(sender.box.seal(`gossip ${sender.zone}`, content));
  return createSign1({ protectedBytes: encodeProtectedHeader({ kid: sender.kid, typ }), payload }, sender.sign);
}

/**
 * What a peer told, or undefined for anything that is not a message of a listed peer of this zone, now. Peers are
 * looked up before a signature is checked, so that strangers cost no work. Never throws.
 */
export function openGossipMessage(
  crypto: CryptoPort,
  bytes: Uint8Array,
  zone: { readonly name: string; readonly peers: readonly GatePeer[]; readonly box: ZoneBox },
  nowSeconds: number,
): GossipMessage | undefined {
  try {
    const sign1 = parseSign1(bytes, maxMessageBytes);
    const kid = Buffer.from(readOwnHeader('gossip', sign1, typ));
    const peer = zone.peers.find(({ key }) => kid.equals(peerKid(crypto, key)));
    const key = peer === undefined ? undefined : crypto.importVerifyKey(peer.key);
    if (key === undefined || !verifySign1(crypto, sign1, key)) return undefined;
    const content = zone.box.open(`gossip ${zone.name}`, sign1.payload);
    return parseContent(decodeCbor(new Uint8Array(content), { maxBytes: maxMessageBytes, maxDepth: 4 }), nowSeconds);
  } catch {
    return undefined;
  }
}

function parseContent(value: CborValue, nowSeconds: number): GossipMessage {
  const [timeSeconds, uses, moved] = arrayOf(value, 3);
  if (typeof timeSeconds !== 'number' || Math.abs(nowSeconds - timeSeconds) > clockToleranceSeconds) throw malformed();
  return {
    timeSeconds,
    uses: arrayOf(uses, undefined).map((item) => {
      const [use, untilSeconds] = arrayOf(item, 2);
      if (!(use instanceof Uint8Array) || use.length !== useDigestBytes) throw malformed();
      if (typeof untilSeconds !== 'number' || untilSeconds > nowSeconds + longestUseSeconds) throw malformed();
      return { use: use.slice(), untilSeconds };
    }),
    moved: arrayOf(moved, undefined).map((item) => {
      const [row, side, at] = arrayOf(item, 3);
      if (typeof row !== 'number' || row < 0 || row > 0xffffffff || (side !== 0 && side !== 1)) throw malformed();
      if (typeof at !== 'number' || at < 0 || at > nowSeconds + clockToleranceSeconds) throw malformed();
      return { row, side: side === 1 ? 'in' : 'out', at };
    }),
  };
}

function arrayOf(value: CborValue | undefined, length: number | undefined): readonly CborValue[] {
  if (!Array.isArray(value) || value.length > (length ?? maxEntries)) throw malformed();
  if (length !== undefined && value.length !== length) throw malformed();
  return value as readonly CborValue[];
}

function malformed(): DocumentError {
  return new DocumentError('gossip', 'malformed', 'content');
}
