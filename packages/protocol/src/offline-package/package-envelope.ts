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
 * The same bytes in pieces, so that a people part of megabytes is sent to a thousand readers from one place in memory.
 */
export function packageEnvelopePieces({ peoplePart, checkpointPart }: PackageEnvelope): Uint8Array[] {
  const head = Uint8Array.of(0xa2, 0x01);
  const people = peoplePart === null ? [Uint8Array.of(0xf6)] : [byteStringHead(peoplePart.length), peoplePart];
  return [head, ...people, Uint8Array.of(0x02), byteStringHead(checkpointPart.length), checkpointPart];
}

/** Head of a CBOR byte string in its shortest form (RFC 8949 §4.2.1). */
function byteStringHead(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 | length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  if (length < 0x10000) return Uint8Array.of(0x59, length >> 8, length & 0xff);
  return Uint8Array.of(0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
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
