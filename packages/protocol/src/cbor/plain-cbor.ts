import { type CborValue, isCborMap } from './cbor-value.js';

/** JSON-like data as CBOR with text keys. Fields that are undefined are left out. */
export function cborFromPlain(value: unknown): CborValue {
  if (Array.isArray(value)) return value.map(cborFromPlain);
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return value as CborValue;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return new Map(entries.map(([name, field]) => [name, cborFromPlain(field)]));
}

/** CBOR as JSON-like data; integer keys become texts. The result still has to be parsed. */
export function plainFromCbor(value: CborValue): unknown {
  if (isCborMap(value)) {
    // fromEntries defines own properties, so a key named __proto__ stays a plain field.
    return Object.fromEntries([...value].map(([key, field]) => [String(key), plainFromCbor(field)]));
  }
  return Array.isArray(value) ? (value as readonly CborValue[]).map(plainFromCbor) : value;
}
