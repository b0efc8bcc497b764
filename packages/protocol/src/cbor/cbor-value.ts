/**
 * What our documents are made of (RFC 8949, the deterministic part without floats, tags and `undefined`).
 * Integers stay within ±(2^53 - 1). Map keys are integers or texts.
 */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;

/** A map as it goes in and comes out; order does not matter going in and is the canonical one coming out. */
export type CborMap = ReadonlyMap<number | string, CborValue>;

/** True for a map, with its type narrowed. */
export function isCborMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map;
}
