import { plainBytes } from '../bytes/bytes.js';
import { DocumentError } from '../errors.js';
import type { CborItem, CborTagged, CborValue } from './cbor-value.js';

export interface CborLimits {
  /** Refused above this size before anything is read. */
  readonly maxBytes: number;
  /** Arrays and maps inside one another; 1 allows a flat one. Default 8. */
  readonly maxDepth?: number;
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly maxDepth: number;
  readonly rules: Rules;
  at: number;
}

/** Ours are deterministic; what others sign only has to be well-formed and to have one meaning. */
type Rules = 'deterministic' | 'as-received';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one deterministic CBOR item (RFC 8949 §4.2.1) and nothing after it. Refused: heads that are not the shortest,
 * indefinite lengths, keys out of order or twice, keys other than integers and texts, floats, tags, `undefined` and
 * other simple values, integers beyond ±(2^53 - 1), invalid UTF-8, trailing bytes. So the bytes of whatever is
 * returned are exactly `encodeCbor` of it. Byte strings are views on the input, not copies.
 * @throws DocumentError `too-large` or `malformed`.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  // The deterministic rules let no tag through, which is all that CborItem has more.
  return decode(bytes, limits, 'deterministic') as CborValue;
}

/**
 * Reads one CBOR item of somebody else (docs/decisions/0012) and nothing after it. Map keys may stand in any order,
 * heads may be longer than needed, tags and floats are read. Still refused: indefinite lengths, a key met twice, keys
 * other than integers and texts, `undefined` and other simple values, integers beyond ±(2^53 - 1), NaN and infinities,
 * invalid UTF-8, trailing bytes. Nothing read this way may be encoded again to be hashed: {@link CborTagged} keeps the
 * bytes as they came, as views on the input.
 * @throws DocumentError `too-large` or `malformed`.
 */
export function decodeReceivedCbor(bytes: Uint8Array, limits: CborLimits): CborItem {
  return decode(bytes, limits, 'as-received');
}

function decode(bytes: Uint8Array, limits: CborLimits, rules: Rules): CborItem {
  if (bytes.length > limits.maxBytes)
    throw new DocumentError('cbor', 'too-large', `more than ${limits.maxBytes} bytes`);
  const reader: Reader = { bytes: plainBytes(bytes), maxDepth: limits.maxDepth ?? 8, rules, at: 0 };
  const value = read(reader, 0);
  if (reader.at !== bytes.length) throw malformed('trailing bytes');
  return value;
}

function malformed(detail: string): DocumentError {
  return new DocumentError('cbor', 'malformed', detail);
}

function read(reader: Reader, depth: number): CborItem {
  const { bytes } = reader;
  if (reader.at >= bytes.length) throw malformed('truncated');
  const from = reader.at;
  const first = bytes[reader.at++] as number;
  const major = first >> 5;
  if (major === 7) return simple(reader, first & 31);
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
      return tagged(reader, value, from, depth + 1);
  }
}

function tagged(reader: Reader, tag: number, from: number, depth: number): CborTagged {
  if (reader.rules === 'deterministic') throw malformed('tag');
  checkCount(reader, 1, depth);
  const value = read(reader, depth);
  return { tag, value, encoded: reader.bytes.subarray(from, reader.at) };
}

function simple(reader: Reader, info: number): number | boolean | null {
  if (info === 20) return false;
  if (info === 21) return true;
  if (info === 22) return null;
  if (reader.rules === 'as-received' && info >= 25 && info <= 27) return float(take(reader, 1 << (info - 24)));
  throw malformed('float or simple value');
}

function float(field: Uint8Array): number {
  const view = new DataView(field.buffer, field.byteOffset, field.byteLength);
  const value = field.length === 8 ? view.getFloat64(0) : field.length === 4 ? view.getFloat32(0) : half(view);
  if (!Number.isFinite(value)) throw malformed('not a finite number');
  return value;
}

/** RFC 8949 Appendix D. */
function half(view: DataView): number {
  const bits = view.getUint16(0);
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return Number.NaN;
  const size = exponent === 0 ? fraction * 2 ** -24 : (fraction + 1024) * 2 ** (exponent - 25);
  return bits >> 15 === 0 ? size : -size;
}

function argument(reader: Reader, info: number): number {
  if (info < 24) return info;
  if (info > 27) throw malformed('indefinite length or reserved head');
  const size = 1 << (info - 24);
  const field = take(reader, size);
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (field[i] as number);
  const least = size === 1 ? 24 : 2 ** (size * 4);
  if (value < least && reader.rules === 'deterministic') throw malformed('head is not the shortest');
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

function array(reader: Reader, count: number, depth: number): CborItem[] {
  checkCount(reader, count, depth);
  const items: CborItem[] = [];
  for (let i = 0; i < count; i++) items.push(read(reader, depth));
  return items;
}

function map(reader: Reader, count: number, depth: number): Map<number | string, CborItem> {
  checkCount(reader, 2 * count, depth);
  const entries = new Map<number | string, CborItem>();
  let previousFrom = 0;
  let previousTo = 0;
  for (let i = 0; i < count; i++) {
    const from = reader.at;
    const key = readKey(reader, depth);
    if (reader.rules === 'as-received') requireNewKey(entries, key);
    else if (i > 0 && !ascends(reader.bytes, previousFrom, previousTo, from, reader.at))
      throw malformed('keys out of order');
    previousFrom = from;
    previousTo = reader.at;
    entries.set(key, read(reader, depth));
  }
  return entries;
}

function readKey(reader: Reader, depth: number): number | string {
  // By its head and not by what it is read as: a float that is whole is no integer.
  const major = (reader.bytes[reader.at] ?? 0xff) >> 5;
  const key = read(reader, depth);
  if (major > 3 || (typeof key !== 'number' && typeof key !== 'string'))
    throw malformed('map key is neither integer nor text');
  return key;
}

/** Two readers could take different values for a key met twice. */
function requireNewKey(entries: ReadonlyMap<number | string, unknown>, key: number | string): void {
  if (entries.has(key)) throw malformed('a key is there twice');
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
