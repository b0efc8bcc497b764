import { StatusListError } from './errors.js';

/** Bits per entry (Token Status List §4.1). */
export type StatusBits = 1 | 2 | 4 | 8;

export const STATUS_VALID = 0;
export const STATUS_INVALID = 1;
export const STATUS_SUSPENDED = 2;

export function isStatusBits(value: unknown): value is StatusBits {
  return value === 1 || value === 2 || value === 4 || value === 8;
}

/** Bytes for `size` entries, all VALID. */
export function createStatusBits(bits: StatusBits, size: number): Uint8Array {
  return new Uint8Array(Math.ceil((size * bits) / 8));
}

/** Sets one entry in place; entries fill each byte from its least significant bit (§4.1). @throws RangeError */
export function setStatus(bytes: Uint8Array, bits: StatusBits, index: number, status: number): void {
  if (!holdsIndex(bytes, bits, index)) throw new RangeError('the index is not in the list');
  if (!Number.isInteger(status) || status < 0 || status >= 2 ** bits)
    throw new RangeError('the status needs more bits');
  const at = Math.floor((index * bits) / 8);
  const shift = (index * bits) % 8;
  const mask = (2 ** bits - 1) << shift;
  bytes[at] = ((bytes[at] ?? 0) & ~mask) | (status << shift);
}

/** Reads one entry. @throws StatusListError `status-index-out-of-bounds` (§8.3: such a token is refused) */
export function statusAt(bytes: Uint8Array, bits: StatusBits, index: number): number {
  if (!holdsIndex(bytes, bits, index)) {
    throw new StatusListError('status-index-out-of-bounds', 'the list has no such index');
  }
  return ((bytes[Math.floor((index * bits) / 8)] ?? 0) >> ((index * bits) % 8)) & (2 ** bits - 1);
}

function holdsIndex(bytes: Uint8Array, bits: StatusBits, index: number): boolean {
  return Number.isSafeInteger(index) && index >= 0 && index < (bytes.length * 8) / bits;
}
