import type { CborValue } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import type { CryptoPort } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import { decodeGaps, encodeGaps } from '../pass-list/gap-code.js';
import { createIndexSet } from '../pass-list/index-set.js';
import { type PassList, passListMaxCount, passListMaxSize } from '../pass-list/pass-list.js';
import { type PackageState, passListName } from './accept-package.js';
import { encodeSigners } from './create-people-part.js';
import { packageMaxBytes } from './package-envelope.js';
import { verifyCheckpointPart } from './parse-checkpoint-part.js';
import { parseSigners } from './parse-people-part.js';
import { createPeopleTable } from './people-table.js';

/**
 * A state as one byte string for the reader's own disk, so that it decides at once after a restart. It holds link keys:
 * who reads it can follow people from its key day on, and impersonate nobody.
 */
export function storePackage(state: PackageState): Uint8Array {
  const { people, pinned } = state;
  return encodeCbor(
    new Map<number, CborValue>([
      [1, state.signedCheckpointPart],
      [2, encodeSigners(state.verifiedUnder)],
      [3, [people.universityCode, people.sequence, people.digest, people.issuedAtSeconds, people.table.keyDay]],
      [4, people.table.rows],
      [5, [...state.passLists.values()].map(encodeList)],
      [6, encodeSigners(pinned.people)],
      [7, encodeSigners(pinned.checkpoint)],
    ]),
  );
}

/**
 * The state of a stored package. The checkpoint part's signature is checked again; the rest is as trustworthy as the
 * disk it was read from.
 * @throws DocumentError for bytes that `storePackage` did not write.
 */
export function restorePackage(crypto: CryptoPort, bytes: Uint8Array): PackageState {
  const fields = readFields(
    'stored-package',
    decodeCbor(bytes, { maxBytes: packageMaxBytes * 2 }),
    [1, 2, 3, 4, 5, 6, 7],
  );
  const signedCheckpointPart = fields.bytes(1);
  const verifiedUnder = parseSigners('stored-package', fields.array(2));
  const [universityCode, sequence, digest, issuedAtSeconds, keyDay] = fields.array(3);
  if (typeof universityCode !== 'string' || !(digest instanceof Uint8Array)) throw malformed();
  if (typeof sequence !== 'number' || typeof issuedAtSeconds !== 'number' || typeof keyDay !== 'number')
    throw malformed();
  const lists = fields.array(5).map(decodeList);
  return {
    checkpoint: verifyCheckpointPart(crypto, signedCheckpointPart, verifiedUnder),
    signedCheckpointPart,
    verifiedUnder,
    people: {
      universityCode,
      sequence,
      digest,
      issuedAtSeconds,
      table: createPeopleTable(crypto, keyDay, fields.bytes(4)),
    },
    passLists: new Map(lists.map((list) => [passListName(list.universityCode, list.listNumber), list])),
    pinned: {
      people: parseSigners('stored-package', fields.array(6)),
      checkpoint: parseSigners('stored-package', fields.array(7)),
    },
  };
}

function malformed(): DocumentError {
  return new DocumentError('stored-package', 'malformed', 'field');
}

function encodeList(list: PassList): CborValue {
  const { universityCode, listNumber, sequence, issuedAtSeconds, nextUpdateSeconds, expiresSeconds, size } = list;
  const sets = [encodeGaps(list.revoked.indices, size), encodeGaps(list.suspended.indices, size)];
  return [universityCode, listNumber, sequence, issuedAtSeconds, nextUpdateSeconds, expiresSeconds, size, ...sets];
}

function decodeList(value: CborValue): PassList {
  if (!Array.isArray(value) || value.length !== 9) throw malformed();
  const [universityCode, ...rest] = value as readonly CborValue[];
  const [listNumber, sequence, issuedAtSeconds, nextUpdateSeconds, expiresSeconds, size] = rest.map((field) =>
    typeof field === 'number' ? field : -1,
  ) as [number, number, number, number, number, number];
  const revoked = rest[6];
  const suspended = rest[7];
  if (typeof universityCode !== 'string' || size < 0 || size > passListMaxSize) throw malformed();
  if (!(revoked instanceof Uint8Array) || !(suspended instanceof Uint8Array)) throw malformed();
  const open = (set: Uint8Array) => createIndexSet(decodeGaps(set, size, passListMaxCount), size);
  const head = { universityCode, listNumber, sequence, issuedAtSeconds, nextUpdateSeconds, expiresSeconds, size };
  return { ...head, revoked: open(revoked), suspended: open(suspended) };
}
