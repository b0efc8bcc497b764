import { readUint32, writeUint32 } from '../bytes/bytes.js';
import { DocumentError } from '../errors.js';

/** Bytes before the bits: how many indices (4) and the Golomb parameter (4). An empty set is no bytes at all. */
const headBytes = 8;

/**
 * A set of indices as Golomb-coded gaps: for each index, the gap to the one before (first: to -1) less one is divided by
 * the parameter; the quotient in unary (ones, then a zero), the remainder in truncated binary, high bit first; the last
 * byte is filled with zeros. For random indices this stays within 1 % of their entropy.
 * @throws TypeError unless `indices` are strictly ascending and below `size`.
 */
export function encodeGaps(indices: Uint32Array, size: number): Uint8Array {
  const count = indices.length;
  if (count === 0) return new Uint8Array();
  const parameter = golombParameter(count, size);
  const { bits, short } = remainderShape(parameter);
  // A quotient costs its value in bits, and all gaps together are at most `size`.
  const out = new Uint8Array(headBytes + Math.ceil((count * (bits + 1) + size / parameter) / 8) + 1);
  writeUint32(out, 0, count);
  writeUint32(out, 4, parameter);
  let position = headBytes * 8;
  let previous = -1;
  const put = (value: number, width: number): void => {
    for (let bit = width - 1; bit >= 0; bit--, position++) {
      if ((value >>> bit) & 1) out[position >> 3] = (out[position >> 3] as number) | (0x80 >> (position & 7));
    }
  };
  for (const index of indices) {
    if (index <= previous || index >= size)
      throw new TypeError('indices are not strictly ascending and below the size');
    const gap = index - previous - 1;
    previous = index;
    const quotient = Math.floor(gap / parameter);
    for (let i = 0; i < quotient; i++) put(1, 1);
    put(0, 1);
    const remainder = gap - quotient * parameter;
    if (remainder < short) put(remainder, bits - 1);
    else put(remainder + short, bits);
  }
  return out.slice(0, (position + 7) >> 3);
}

/**
 * The indices of a gap-coded set, strictly ascending and below `size` by construction.
 * @throws DocumentError `malformed` for a count above `maxCount`, an index beyond `size`, missing, spare or set filling bits.
 */
export function decodeGaps(bytes: Uint8Array, size: number, maxCount: number): Uint32Array {
  if (bytes.length === 0) return new Uint32Array();
  if (bytes.length < headBytes) throw malformed('truncated');
  const count = readUint32(bytes, 0);
  const parameter = readUint32(bytes, 4);
  const totalBits = bytes.length * 8;
  // Each index takes one bit or more, so a count that does not fit is refused before anything is allocated.
  if (count === 0 || count > maxCount || count > totalBits - headBytes * 8) throw malformed('count');
  if (parameter === 0 || parameter > 2 ** 31) throw malformed('parameter');
  const { bits, short } = remainderShape(parameter);
  const indices = new Uint32Array(count);
  let position = headBytes * 8;
  let index = -1;
  const take = (): number => {
    if (position >= totalBits) throw malformed('truncated');
    const bit = ((bytes[position >> 3] as number) >> (7 - (position & 7))) & 1;
    position++;
    return bit;
  };
  for (let i = 0; i < count; i++) {
    let gap = 0;
    while (take() === 1) {
      gap += parameter;
      if (gap >= size) throw malformed('index beyond the list');
    }
    let remainder = 0;
    for (let bit = 1; bit < bits; bit++) remainder = remainder * 2 + take();
    if (bits > 0 && remainder >= short) remainder = remainder * 2 + take() - short;
    index += gap + remainder + 1;
    if (index >= size) throw malformed('index beyond the list');
    indices[i] = index;
  }
  if (bytes.length !== (position + 7) >> 3) throw malformed('spare bytes');
  while ((position & 7) !== 0) if (take() === 1) throw malformed('filling bits are not zero');
  return indices;
}

/** Nearest whole parameter to ln 2 times the mean gap, which is best for random indices (Gallager and Van Voorhis). */
function golombParameter(count: number, size: number): number {
  return Math.min(2 ** 31, Math.max(1, Math.round((Math.LN2 * (size - count)) / count)));
}

/** Truncated binary: remainders below `short` take `bits - 1` bits, the others `bits`. */
function remainderShape(parameter: number): { readonly bits: number; readonly short: number } {
  let bits = 0;
  while (2 ** bits < parameter) bits++;
  return { bits, short: 2 ** bits - parameter };
}

function malformed(detail: string): DocumentError {
  return new DocumentError('pass-list', 'malformed', detail);
}
