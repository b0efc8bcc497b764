import type { CborValue } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import { DocumentError } from '../errors.js';
import { checkpointPartMaxBytes } from './checkpoint-part.js';
import { peoplePartMaxBytes } from './people-part.js';

/** Largest envelope in bytes. */
export const packageMaxBytes = peoplePartMaxBytes + checkpointPartMaxBytes + 64;

/** A package as it travels (`application/cbor`): both parts as signed, the people part only where something changed. */
export interface PackageEnvelope {
  readonly peoplePart: Uint8Array | null;
  readonly checkpointPart: Uint8Array;
}

/** The bytes of an envelope: {1: people part or null, 2: checkpoint part}. */
export function encodePackageEnvelope(envelope: PackageEnvelope): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [1, envelope.peoplePart],
      [2, envelope.checkpointPart],
    ]),
  );
}

/**
 * Reads an envelope; it is not signed itself.
 * @throws DocumentError `too-large` or `malformed`.
 */
export function parsePackageEnvelope(bytes: Uint8Array): PackageEnvelope {
  const item = decodeCbor(bytes, { maxBytes: packageMaxBytes, maxDepth: 1 });
  const fields = readFields('package', item, [1, 2]);
  const people = item instanceof Map ? (item as ReadonlyMap<number, CborValue>).get(1) : undefined;
  if (people !== null && !(people instanceof Uint8Array))
    throw new DocumentError('package', 'malformed', 'people part');
  return { peoplePart: people, checkpointPart: fields.bytes(2) };
}
