import { type CborItem, type CborItemMap, isCborItemMap } from '../cbor/cbor-value.js';
import { MdocError } from './errors.js';

/** @throws MdocError `mdoc-malformed` */
export function mapOf(value: CborItem | undefined, what: string): CborItemMap {
  if (!isCborItemMap(value)) throw new MdocError('mdoc-malformed', `${what} is not a map`);
  return value;
}

/**
 * A map that nobody signed: members beyond `known` are refused, because a name changed on the way would read as an
 * absent member. Inside what is signed, unknown members are left out.
 * @throws MdocError `mdoc-malformed`
 */
export function closedMapOf(value: CborItem | undefined, what: string, known: readonly string[]): CborItemMap {
  const map = mapOf(value, what);
  for (const name of map.keys()) {
    if (!known.includes(String(name))) throw new MdocError('mdoc-malformed', `${what} has an unknown member`);
  }
  return map;
}

/** @throws MdocError `mdoc-malformed` */
export function listOf(value: CborItem | undefined, what: string): readonly CborItem[] {
  if (!Array.isArray(value)) throw new MdocError('mdoc-malformed', `${what} is not an array`);
  return value as readonly CborItem[];
}

/** A text that names something: a namespace, an element, a type. @throws MdocError `mdoc-malformed` */
export function nameOf(value: CborItem | undefined, what: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 256)
    throw new MdocError('mdoc-malformed', `${what} is not a text of 1 to 256 characters`);
  return value;
}
