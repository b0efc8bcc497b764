import { writeUint32 } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { createSign1, encodeProtectedHeader } from '../cose/create-sign1.js';
import type { HashPort, Sign } from '../crypto/port.js';
import { encodeGaps } from './gap-code.js';
import { type PassListHead, passListDeltaTyp, passListLabel, passListTyp } from './pass-list.js';

/** The two sets of a list, strictly ascending. */
export interface PassListSets {
  readonly revoked: Uint32Array;
  readonly suspended: Uint32Array;
}

interface StatusSigner {
  /** 8 bytes. */
  readonly kid: Uint8Array;
  readonly sign: Sign;
}

/** A signed pass list (formats.md §8). */
export function createPassList(list: PassListHead & PassListSets, signer: StatusSigner): Uint8Array {
  const payload = headOf(list);
  payload.set(passListLabel.revoked, encodeGaps(list.revoked, list.size));
  payload.set(passListLabel.suspended, encodeGaps(list.suspended, list.size));
  return signList(payload, passListTyp, signer);
}

/** A signed delta: what came and went since `baseSequence`, and the digest of both sets after it. */
export function createPassListDelta(
  crypto: Pick<HashPort, 'sha256'>,
  delta: PassListHead & { readonly baseSequence: number; readonly before: PassListSets; readonly after: PassListSets },
  signer: StatusSigner,
): Uint8Array {
  const { before, after, size } = delta;
  const payload = headOf(delta);
  payload.set(passListLabel.baseSequence, delta.baseSequence);
  payload.set(passListLabel.revoked, encodeGaps(without(after.revoked, before.revoked), size));
  payload.set(passListLabel.suspended, encodeGaps(without(after.suspended, before.suspended), size));
  payload.set(passListLabel.revokedRemoved, encodeGaps(without(before.revoked, after.revoked), size));
  payload.set(passListLabel.suspendedRemoved, encodeGaps(without(before.suspended, after.suspended), size));
  payload.set(passListLabel.digest, passListDigest(crypto, after));
  return signList(payload, passListDeltaTyp, signer);
}

/** SHA-256 over number of revoked (4), each revoked index (4), each suspended index (4). */
export function passListDigest(crypto: Pick<HashPort, 'sha256'>, sets: PassListSets): Uint8Array {
  const out = new Uint8Array(4 + 4 * (sets.revoked.length + sets.suspended.length));
  writeUint32(out, 0, sets.revoked.length);
  let at = 4;
  for (const set of [sets.revoked, sets.suspended]) {
    for (const index of set) {
      writeUint32(out, at, index);
      at += 4;
    }
  }
  return crypto.sha256(out);
}

function headOf(list: PassListHead): Map<number, CborValue> {
  return new Map<number, CborValue>([
    [passListLabel.universityCode, list.universityCode],
    [passListLabel.listNumber, list.listNumber],
    [passListLabel.sequence, list.sequence],
    [passListLabel.issuedAt, list.issuedAtSeconds],
    [passListLabel.nextUpdate, list.nextUpdateSeconds],
    [passListLabel.expires, list.expiresSeconds],
    [passListLabel.size, list.size],
  ]);
}

function without(all: Uint32Array, known: Uint32Array): Uint32Array {
  const skip = new Set(known);
  return all.filter((index) => !skip.has(index));
}

function signList(payload: Map<number, CborValue>, typ: string, signer: StatusSigner): Uint8Array {
  const protectedBytes = encodeProtectedHeader({ kid: signer.kid, typ });
  return createSign1({ protectedBytes, payload: encodeCbor(payload) }, signer.sign);
}
