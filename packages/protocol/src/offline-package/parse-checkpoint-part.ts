import { copyBytes, readUint32 } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { plainFromCbor } from '../cbor/plain-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import { parseSign1 } from '../cose/parse-sign1.js';
import { readOwnHeader, verifySign1 } from '../cose/verify-sign1.js';
import type { CryptoPort } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import { parseKeyEntry } from '../pass/key-entry.js';
import { parseCarriedSettings } from './agent-settings.js';
import {
  type CheckpointPart,
  checkpointPartMaxBytes,
  checkpointPartTyp,
  checkpointLabel as label,
  maxEmergencyRows,
  type PassListSequence,
} from './checkpoint-part.js';
import { parseCheckpointPolicy } from './checkpoint-policy.js';
import { parseMode, parseOrders, parsePeers } from './gate-orders.js';
import { parseSigners } from './parse-people-part.js';
import type { SignerKey } from './people-part.js';
import { findSigner } from './signers.js';

declare const verifiedCheckpointPartBrand: unique symbol;

/** A checkpoint part signed by one of the signers the caller trusts. */
export type VerifiedCheckpointPart = CheckpointPart & { readonly [verifiedCheckpointPartBrand]: true };

const labels = Object.values(label);

/**
 * Reads and verifies a checkpoint part under the pinned signers. Whether it is for this checkpoint, newer and in time is
 * decided by `acceptPackage`.
 * @throws DocumentError `too-large`, `malformed`, `wrong-type`, `unknown-signer`, `signature-invalid` or one of `parseSign1`.
 */
export function verifyCheckpointPart(
  crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>,
  bytes: Uint8Array,
  signers: readonly SignerKey[],
): VerifiedCheckpointPart {
  const sign1 = parseSign1(bytes, checkpointPartMaxBytes);
  const kid = readOwnHeader('checkpoint-part', sign1, checkpointPartTyp);
  const key = findSigner('checkpoint-part', crypto, signers, kid);
  if (!verifySign1(crypto, sign1, key)) throw new DocumentError('checkpoint-part', 'signature-invalid', 'signature');
  const payload = decodeCbor(sign1.payload, { maxBytes: checkpointPartMaxBytes });
  return parsePayload(payload) as VerifiedCheckpointPart;
}

function parsePayload(payload: CborValue): CheckpointPart {
  const fields = readFields('checkpoint-part', payload, labels);
  const time = (at: number): number => fields.uint(at, 0xffffffff);
  const [zh, en] = fields.array(label.names);
  if (typeof zh !== 'string' || typeof en !== 'string') throw malformed('names');
  return {
    checkpointId: fields.text(label.checkpointId, 64),
    checkpointNumber: copyBytes(fields.bytes(label.checkpointNumber, 8)),
    names: { zh, en },
    universityCode: fields.text(label.universityCode, 10),
    peopleSequence: fields.uint(label.peopleSequence),
    peopleDigest: copyBytes(fields.bytes(label.peopleDigest, 32)),
    policy: parseCheckpointPolicy(plainFromCbor(fields.map(label.policy))),
    passKeys: fields.array(label.passKeys).map((value) => parseKeyEntry('checkpoint-part', value)),
    statusSigners: fields.array(label.statusSigners).map((value) => parseKeyEntry('checkpoint-part', value)),
    passLists: fields.array(label.passLists).map(byteString),
    listSequences: fields.array(label.listSequences).map(parseListSequence),
    peopleSigners: parseSigners('checkpoint-part', fields.array(label.peopleSigners)),
    trustListSequence: fields.uint(label.trustListSequence),
    trustListExpiresSeconds: time(label.trustListExpires),
    sequence: fields.uint(label.sequence),
    issuedAtSeconds: time(label.issuedAt),
    freshUntilSeconds: time(label.freshUntil),
    expiresSeconds: time(label.expires),
    emergencyRowNumbers: parseRowNumbers(fields.bytes(label.emergency)),
    ...(fields.has(label.checkpointSigners)
      ? { checkpointSigners: parseSigners('checkpoint-part', fields.array(label.checkpointSigners)) }
      : {}),
    ...(fields.has(label.peers) ? { peers: parsePeers(fields.array(label.peers)) } : {}),
    ...(fields.has(label.zoneKey) ? { zoneKey: copyBytes(fields.bytes(label.zoneKey, 32)) } : {}),
    ...(fields.has(label.orders) ? { orders: parseOrders(fields.array(label.orders)) } : {}),
    ...(fields.has(label.emergencyMode) ? { emergencyMode: parseMode(fields.array(label.emergencyMode)) } : {}),
    ...(fields.has(label.settings) ? { settings: parseCarriedSettings(fields.array(label.settings)) } : {}),
  };
}

function malformed(detail: string): DocumentError {
  return new DocumentError('checkpoint-part', 'malformed', detail);
}

function byteString(value: CborValue): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed('pass lists');
  return value;
}

function parseListSequence(value: CborValue): PassListSequence {
  const [universityCode, listNumber, sequence] = Array.isArray(value) ? (value as readonly CborValue[]) : [];
  if (typeof universityCode !== 'string' || typeof listNumber !== 'number' || typeof sequence !== 'number') {
    throw malformed('list sequence');
  }
  return { universityCode, listNumber, sequence };
}

function parseRowNumbers(bytes: Uint8Array): number[] {
  if (bytes.length % 4 !== 0 || bytes.length > 4 * maxEmergencyRows) throw malformed('emergency list');
  return Array.from({ length: bytes.length / 4 }, (_, index) => readUint32(bytes, index * 4));
}
