/**
 * What our documents are made of (RFC 8949, the deterministic part without floats, tags and `undefined`).
 * Integers stay within ±(2^53 - 1). Map keys are integers or texts.
 */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;

/** A map as it goes in and comes out; order does not matter going in and is the canonical one coming out. */
export type CborMap = ReadonlyMap<number | string, CborValue>;

/** {@link CborValue} with tags and, where it was read as received, floats: what an mdoc is made of (ISO/IEC 18013-5). */
export type CborItem =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborItem[]
  | CborItemMap
  | CborTagged
  | CborEncoded;
export type CborItemMap = ReadonlyMap<number | string, CborItem>;

/** A tagged item. `encoded` is the whole of it as received, tag included, so that it can be hashed or sent on unchanged. */
export type CborTagged = { readonly tag: number; readonly value: CborItem; readonly encoded?: Uint8Array };

/** One item that is encoded already: written as it is, never read. */
export type CborEncoded = { readonly encoded: Uint8Array };

/** Tags that mdocs use: tdate, an encoded item inside a byte string, full-date (RFC 8949 §3.4, RFC 8943). */
export const cborTag = { tdate: 0, encodedCbor: 24, fullDate: 1004 } as const;

/** True for a map, with its type narrowed. */
export function isCborMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map;
}

export function isCborItemMap(value: CborItem | undefined): value is CborItemMap {
  return value instanceof Map;
}

/** True for an item with this tag. */
export function isTagged(value: CborItem | undefined, tag: number): value is CborTagged {
  return typeof value === 'object' && value !== null && 'tag' in value && value.tag === tag;
}
