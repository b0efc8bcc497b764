import { copyBytes } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { DocumentError } from '../errors.js';
import type { KeyEntry } from './key-set.js';

/** A line of a key set in CBOR: [university code, kid, key, from, to]. */
export function encodeKeyEntry(entry: KeyEntry): CborValue {
  return [entry.universityCode, entry.kid, entry.key, entry.fromSeconds, entry.toSeconds];
}

/** Reads a line of a key set. @throws DocumentError `malformed` of the named document */
export function parseKeyEntry(document: string, value: CborValue): KeyEntry {
  const malformed = () => new DocumentError(document, 'malformed', 'key entry');
  if (!Array.isArray(value) || value.length !== 5) throw malformed();
  const [universityCode, kid, key, fromSeconds, toSeconds] = value as readonly CborValue[];
  if (typeof universityCode !== 'string' || typeof fromSeconds !== 'number' || typeof toSeconds !== 'number')
    throw malformed();
  if (!(kid instanceof Uint8Array) || kid.length !== 8 || !(key instanceof Uint8Array) || key.length !== 33)
    throw malformed();
  return { universityCode, kid: copyBytes(kid), key: copyBytes(key), fromSeconds, toSeconds };
}
