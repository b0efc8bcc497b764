import type { GatePeer } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

/**
 * The 32 bytes that messages between the gates of a zone are sealed with. They follow from who belongs to the zone, so
 * an agent that was withdrawn does not know the next ones. Undefined for a gate that is alone.
 */
export function zoneKeyOf(key: Uint8Array, zone: string, peers: readonly GatePeer[]): Uint8Array | undefined {
  if (peers.length < 2) return undefined;
  const members = peers.map(({ agentId }) => agentId).sort();
  return nodeCrypto.hmacSha256(key, Buffer.from(JSON.stringify(['zone key 1', zone, members])));
}
