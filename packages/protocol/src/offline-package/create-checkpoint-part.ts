import { writeUint32 } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { cborFromPlain } from '../cbor/plain-cbor.js';
import { createSign1, encodeProtectedHeader } from '../cose/create-sign1.js';
import { encodeKeyEntry } from '../pass/key-entry.js';
import { encodeSettings } from './agent-settings.js';
import { type CheckpointPart, checkpointPartTyp, checkpointLabel as label } from './checkpoint-part.js';
import { encodeSigners, type PartSigner } from './create-people-part.js';
import { encodeMode, encodeOrders, encodePeers } from './gate-orders.js';

/** A signed checkpoint part (formats.md §9). */
export function createCheckpointPart(part: CheckpointPart, signer: PartSigner): Uint8Array {
  const payload = new Map<number, CborValue>([
    [label.checkpointId, part.checkpointId],
    [label.checkpointNumber, part.checkpointNumber],
    [label.names, [part.names.zh, part.names.en]],
    [label.universityCode, part.universityCode],
    [label.peopleSequence, part.peopleSequence],
    [label.peopleDigest, part.peopleDigest],
    [label.policy, cborFromPlain(part.policy)],
    [label.passKeys, part.passKeys.map(encodeKeyEntry)],
    [label.statusSigners, part.statusSigners.map(encodeKeyEntry)],
    [label.passLists, part.passLists],
    [label.listSequences, part.listSequences.map((list) => [list.universityCode, list.listNumber, list.sequence])],
    [label.peopleSigners, encodeSigners(part.peopleSigners)],
    [label.trustListSequence, part.trustListSequence],
    [label.trustListExpires, part.trustListExpiresSeconds],
    [label.sequence, part.sequence],
    [label.issuedAt, part.issuedAtSeconds],
    [label.freshUntil, part.freshUntilSeconds],
    [label.expires, part.expiresSeconds],
    [label.emergency, encodeRowNumbers(part.emergencyRowNumbers)],
  ]);
  if (part.checkpointSigners !== undefined) payload.set(label.checkpointSigners, encodeSigners(part.checkpointSigners));
  if (part.peers !== undefined) payload.set(label.peers, encodePeers(part.peers));
  if (part.zoneKey !== undefined) payload.set(label.zoneKey, part.zoneKey);
  if (part.orders !== undefined) payload.set(label.orders, encodeOrders(part.orders));
  if (part.emergencyMode !== undefined) payload.set(label.emergencyMode, encodeMode(part.emergencyMode));
  if (part.settings !== undefined) payload.set(label.settings, encodeSettings(part.settings));
  const protectedBytes = encodeProtectedHeader({ kid: signer.kid, typ: checkpointPartTyp });
  return createSign1({ protectedBytes, payload: encodeCbor(payload) }, signer.sign);
}

function encodeRowNumbers(rowNumbers: readonly number[]): Uint8Array {
  const out = new Uint8Array(rowNumbers.length * 4);
  rowNumbers.forEach((rowNumber, index) => {
    writeUint32(out, index * 4, rowNumber);
  });
  return out;
}
