import { plainBytes } from '../bytes/bytes.js';
import { DocumentError } from '../errors.js';
import type { CborValue } from './cbor-value.js';

export interface CborLimits {
  /** Refused above this size before anything is read. */
  readonly maxBytes: number;
  /** Arrays and maps inside one another; 1 allows a flat one. Default 8. */
  readonly maxDepth?: number;
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly maxDepth: number;
  at: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one deterministic CBOR item (RFC 8949 §4.2.1) and nothing after it. Refused: heads that are not the shortest,
 * indefinite lengths, keys out of order or twice, keys other than integers and texts, floats, tags, `undefined` and
 * other simple values, integers beyond ±(2^53 - 1), invalid UTF-8, trailing bytes. So the bytes of whatever is
 * returned are exactly `encodeCbor` of it. Byte strings are views on the input, not copies.
 * @throws DocumentError `too-large` or `malformed`.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  if (bytes.length > limits.maxBytes)
    throw new DocumentError('cbor', 'too-large', `more than ${limits.maxBytes} bytes`);
  const reader: Reader = { bytes: plainBytes(bytes), maxDepth: limits.maxDepth ?? 8, at: 0 };
  const value = read(reader, 0);
  if (reader.at !== bytes.length) throw malformed('trailing bytes');
  return value;
}

function malformed(detail: string): DocumentError {
  return new DocumentError('cbor', 'malformed', detail);
}

function read(reader: Reader, depth: number): CborValue {
  const { bytes } = reader;
  if (reader.at >= bytes.length) throw malformed('truncated');
  const first = bytes[reader.at++] as number;
  const major = first >> 5;
  if (major === 7) return simple(first & 31);
  const value = argument(reader, first & 31);
  switch (major) {
    case 0:
      return value;
    case 1:
      if (value === Number.MAX_SAFE_INTEGER) throw malformed('integer out of range');
      return -1 - value;
    case 2:
      return take(reader, value);
    case 3:
      return text(take(reader, value));
    case 4:
      return array(reader, value, depth + 1);
    case 5:
      return map(reader, value, depth + 1);
    default:
      throw malformed('tag');
  }
}

function simple(info: number): boolean | null {
  if (info === 20) return false;
  if (info === 21) return true;
  if (info === 22) return null;
  throw malformed('float or simple value');
}

function argument(reader: Reader, info: number): number {
  if (info < 24) return info;
  if (info > 27) throw malformed('indefinite length or reserved head');
  const size = 1 << (info - 24);
  const field = take(reader, size);
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (field[i] as number);
  const least = size === 1 ? 24 : 2 ** (size * 4);
  if (value < least) throw malformed('head is not the shortest');
  if (value > Number.MAX_SAFE_INTEGER) throw malformed('integer out of range');
  return value;
}

function take(reader: Reader, length: number): Uint8Array {
  const end = reader.at + length;
  if (end > reader.bytes.length) throw malformed('truncated');
  const part = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  return part;
}

function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('text is not UTF-8');
  }
}

/** Each item takes at least one byte, so a count above what is left is a lie: refused before anything is allocated. */
function checkCount(reader: Reader, least: number, depth: number): void {
  if (depth > reader.maxDepth) throw malformed('nested too deeply');
  if (least > reader.bytes.length - reader.at) throw malformed('truncated');
}

function array(reader: Reader, count: number, depth: number): CborValue[] {
  checkCount(reader, count, depth);
  const items: CborValue[] = [];
  for (let i = 0; i < count; i++) items.push(read(reader, depth));
  return items;
}

function map(reader: Reader, count: number, depth: number): Map<number | string, CborValue> {
  checkCount(reader, 2 * count, depth);
  const entries = new Map<number | string, CborValue>();
  let previousFrom = 0;
  let previousTo = 0;
  for (let i = 0; i < count; i++) {
    const from = reader.at;
    const key = read(reader, depth);
    if (typeof key !== 'number' && typeof key !== 'string') throw malformed('map key is neither integer nor text');
    if (i > 0 && !ascends(reader.bytes, previousFrom, previousTo, from, reader.at))
      throw malformed('keys out of order');
    previousFrom = from;
    previousTo = reader.at;
    entries.set(key, read(reader, depth));
  }
  return entries;
}

/** Strictly ascending by bytes, which refuses a key met twice as well. No CBOR head is a prefix of another item. */
function ascends(bytes: Uint8Array, from: number, to: number, nextFrom: number, nextTo: number): boolean {
  const shared = Math.min(to - from, nextTo - nextFrom);
  for (let i = 0; i < shared; i++) {
    const difference = (bytes[nextFrom + i] as number) - (bytes[from + i] as number);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
