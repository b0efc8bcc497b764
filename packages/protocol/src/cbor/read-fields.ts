import { DocumentError } from '../errors.js';
import { type CborMap, type CborValue, isCborMap } from './cbor-value.js';

/** Readers for the fields of one document; each refuses a missing or ill-typed field with `malformed`. */
export interface FieldReader {
  uint(label: number, max?: number): number;
  optionalUint(label: number, max?: number): number | undefined;
  bytes(label: number, length?: number): Uint8Array;
  optionalBytes(label: number): Uint8Array | undefined;
  text(label: number, maxLength?: number): string;
  array(label: number): readonly CborValue[];
  map(label: number): CborMap;
  has(label: number): boolean;
}

/** Reads a map with integer labels; a label outside `known` is refused, so that no two readers see different documents. */
export function readFields(document: string, value: CborValue | undefined, known: readonly number[]): FieldReader {
  const refuse = (detail: string): DocumentError => new DocumentError(document, 'malformed', detail);
  if (!isCborMap(value)) throw refuse('not a map');
  const map = value;
  for (const label of map.keys()) {
    if (typeof label !== 'number' || !known.includes(label)) throw refuse(`unknown label ${label}`);
  }
  const reader: FieldReader = {
    uint(label, max = Number.MAX_SAFE_INTEGER) {
      const field = map.get(label);
      if (typeof field !== 'number' || field < 0 || field > max) throw refuse(`label ${label} is not such an integer`);
      return field;
    },
    optionalUint: (label, max) => (map.has(label) ? reader.uint(label, max) : undefined),
    bytes(label, length) {
      const field = map.get(label);
      if (!(field instanceof Uint8Array) || (length !== undefined && field.length !== length)) {
        throw refuse(`label ${label} is not such a byte string`);
      }
      return field;
    },
    optionalBytes: (label) => (map.has(label) ? reader.bytes(label) : undefined),
    text(label, maxLength = 200) {
      const field = map.get(label);
      if (typeof field !== 'string' || field.length > maxLength) throw refuse(`label ${label} is not such a text`);
      return field;
    },
    array(label) {
      const field = map.get(label);
      if (!Array.isArray(field)) throw refuse(`label ${label} is not an array`);
      return field as readonly CborValue[];
    },
    map(label) {
      const field = map.get(label);
      if (!isCborMap(field)) throw refuse(`label ${label} is not a map`);
      return field;
    },
    has: (label) => map.has(label),
  };
  return reader;
}
