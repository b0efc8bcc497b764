import { concatBytes } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { createSign1, encodeProtectedHeader } from '../cose/create-sign1.js';
import type { HashPort, Sign } from '../crypto/port.js';
import { type PeoplePart, type PeoplePartHead, peopleLabel, peoplePartTyp, type SignerKey } from './people-part.js';
import { compareKeys, peopleRowBytes, rowAt } from './people-row.js';

/** Who signs a part. */
export interface PartSigner {
  /** 8 bytes. */
  readonly kid: Uint8Array;
  readonly sign: Sign;
}

/** Digest of a table: SHA-256 over its rows in the order of their keys. */
export function peopleTableDigest(crypto: Pick<HashPort, 'sha256'>, rows: Uint8Array): Uint8Array {
  return crypto.sha256(rows);
}

/** A signed people part with the whole table. `rows` come from `encodePeopleRows`. */
export function createPeoplePart(
  crypto: Pick<HashPort, 'sha256'>,
  input: Omit<PeoplePartHead, 'digest'> & { readonly rows: Uint8Array },
  signer: PartSigner,
): Uint8Array {
  return signPart({ ...input, kind: 'full', digest: peopleTableDigest(crypto, input.rows) }, signer);
}

/** A signed people part with what changed; `digest` is that of the whole table after applying. */
export function createPeopleDelta(
  input: PeoplePartHead & {
    readonly baseSequence: number;
    readonly removedKeys: Uint8Array;
    readonly rows: Uint8Array;
  },
  signer: PartSigner,
): Uint8Array {
  return signPart({ ...input, kind: 'delta' }, signer);
}

/** What has to be removed and put to get from one table to another, both encoded and of the same key day. */
export function diffPeopleRows(
  before: Uint8Array,
  after: Uint8Array,
): { readonly removedKeys: Uint8Array; readonly rows: Uint8Array } {
  const removed: Uint8Array[] = [];
  const put: Uint8Array[] = [];
  let a = 0;
  let b = 0;
  while (a < before.length || b < after.length) {
    const order = a >= before.length ? 1 : b >= after.length ? -1 : compareKeys(before, a, after, b);
    if (order < 0) removed.push(before.subarray(a + rowAt.key, a + rowAt.linkKey));
    if (order > 0 || (order === 0 && !sameRow(before, a, after, b))) put.push(after.subarray(b, b + peopleRowBytes));
    if (order <= 0) a += peopleRowBytes;
    if (order >= 0) b += peopleRowBytes;
  }
  return { removedKeys: concatBytes(...removed), rows: concatBytes(...put) };
}

function sameRow(before: Uint8Array, a: number, after: Uint8Array, b: number): boolean {
  for (let i = 0; i < peopleRowBytes; i++) if (before[a + i] !== after[b + i]) return false;
  return true;
}

/** Signers as parts carry them. */
export function encodeSigners(signers: readonly SignerKey[]): CborValue {
  return signers.map(({ kid, key }) => [kid, key]);
}

function signPart(part: PeoplePart, signer: PartSigner): Uint8Array {
  const payload = new Map<number, CborValue>([
    [peopleLabel.universityCode, part.universityCode],
    [peopleLabel.keyDay, part.keyDay],
    [peopleLabel.sequence, part.sequence],
    [peopleLabel.digest, part.digest],
    [peopleLabel.issuedAt, part.issuedAtSeconds],
    [peopleLabel.auditHead, part.auditHead],
    [peopleLabel.rows, part.rows],
  ]);
  if (part.kind === 'delta') {
    payload.set(peopleLabel.baseSequence, part.baseSequence);
    payload.set(peopleLabel.removedKeys, part.removedKeys);
  }
  if (part.signers !== undefined) payload.set(peopleLabel.signers, encodeSigners(part.signers));
  const protectedBytes = encodeProtectedHeader({ kid: signer.kid, typ: peoplePartTyp });
  return createSign1({ protectedBytes, payload: encodeCbor(payload) }, signer.sign);
}
