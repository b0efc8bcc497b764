import { type CborItem, type CborItemMap, isCborItemMap } from '../cbor/cbor-value.js';
import { MdocError } from './errors.js';

/** @throws MdocError `mdoc-malformed` */
export function mapOf(value: CborItem | undefined, what: string): CborItemMap {
  if (!isCborItemMap(value)) throw new MdocError('mdoc-malformed', `${what} is not a map`);
  return value;
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

/** Major version 1; a higher minor one only adds members, and unknown members are left out. @throws MdocError */
export function requireVersion1(value: CborItem | undefined, what: string): void {
  if (typeof value !== 'string' || !/^1\.[0-9]{1,3}$/.test(value))
    throw new MdocError('mdoc-version-not-supported', `version of the ${what}`);
}
