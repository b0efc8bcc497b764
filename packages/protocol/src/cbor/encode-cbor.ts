import { compareBytes } from '../bytes/bytes.js';
import { type CborItem, type CborItemMap, isCborItemMap } from './cbor-value.js';

interface Out {
  bytes: Uint8Array;
  length: number;
}

const utf8 = new TextEncoder();

/**
 * The one deterministic encoding of a value (RFC 8949 §4.2.1): shortest heads, definite lengths, map keys in the order
 * of their bytes. What is encoded already, a tagged item as received included, is written as it is.
 * @throws TypeError for a number that is not a safe integer, or anything outside {@link CborItem}: a bug of the caller.
 */
export function encodeCbor(value: CborItem): Uint8Array {
  const out: Out = { bytes: new Uint8Array(256), length: 0 };
  write(out, value);
  return out.bytes.slice(0, out.length);
}

function room(out: Out, more: number): void {
  if (out.length + more <= out.bytes.length) return;
  const grown = new Uint8Array(Math.max(out.bytes.length * 2, out.length + more));
  grown.set(out.bytes.subarray(0, out.length));
  out.bytes = grown;
}

function head(out: Out, major: number, value: number): void {
  room(out, 9);
  const { bytes } = out;
  let at = out.length;
  const first = major << 5;
  if (value < 24) bytes[at++] = first | value;
  else if (value < 0x100) {
    bytes[at++] = first | 24;
    bytes[at++] = value;
  } else if (value < 0x10000) {
    bytes[at++] = first | 25;
    bytes[at++] = value >>> 8;
    bytes[at++] = value;
  } else {
    const wide = value > 0xffffffff;
    bytes[at++] = first | (wide ? 27 : 26);
    if (wide) at = word(bytes, at, Math.floor(value / 0x100000000));
    at = word(bytes, at, value >>> 0);
  }
  out.length = at;
}

function word(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

function string(out: Out, major: number, bytes: Uint8Array): void {
  head(out, major, bytes.length);
  raw(out, bytes);
}

function raw(out: Out, bytes: Uint8Array): void {
  room(out, bytes.length);
  out.bytes.set(bytes, out.length);
  out.length += bytes.length;
}

function write(out: Out, value: CborItem): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('only safe integers are encoded');
    if (value >= 0) head(out, 0, value);
    else head(out, 1, -1 - value);
  } else if (typeof value === 'string') string(out, 3, utf8.encode(value));
  else if (value instanceof Uint8Array) string(out, 2, value);
  else if (value === null) head(out, 7, 22);
  else if (typeof value === 'boolean') head(out, 7, value ? 21 : 20);
  else if (isCborItemMap(value)) writeMap(out, value);
  else if (Array.isArray(value)) {
    head(out, 4, value.length);
    for (const item of value as readonly CborItem[]) write(out, item);
  } else if ('encoded' in value && value.encoded instanceof Uint8Array) raw(out, value.encoded);
  else if ('tag' in value) {
    head(out, 6, value.tag);
    write(out, value.value);
  } else throw new TypeError('this kind of value has no encoding here');
}

function writeMap(out: Out, map: CborItemMap): void {
  head(out, 5, map.size);
  const entries = [...map].map(([key, value]) => ({ key: encodeCbor(key), value }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  for (const { key, value } of entries) {
    raw(out, key);
    write(out, value);
  }
}
