import type { RandomBytes } from '../crypto/port.js';

/** Answers the next `length` random bytes; no byte is given twice. */
export type MdocRandomSource = (length: number) => Uint8Array;

const BYTES_PER_DRAW = 4_096;

/** Cuts what items and digest identifiers need from larger draws, since a draw costs more than its bytes. */
export function createMdocRandomSource(randomBytes: RandomBytes): MdocRandomSource {
  let pool = new Uint8Array();
  let at = 0;
  return (length) => {
    if (length > BYTES_PER_DRAW) throw new TypeError(`at most ${BYTES_PER_DRAW} bytes at once`);
    if (at + length > pool.length) {
      pool = new Uint8Array(randomBytes(BYTES_PER_DRAW));
      if (pool.length !== BYTES_PER_DRAW) throw new TypeError('randomBytes gave the wrong number of bytes');
      at = 0;
    }
    at += length;
    return pool.subarray(at - length, at);
  };
}

/** 0 to count - 1 in random order, so that a digest identifier tells nothing about its element. */
export function shuffledIds(count: number, random: MdocRandomSource): readonly number[] {
  const ids = Array.from({ length: count }, (_, id) => id);
  for (let last = count - 1; last > 0; last--) {
    const draw = random(4);
    // A remainder of 32 bits by at most 256: the bias is below 2^-23.
    const other = new DataView(draw.buffer, draw.byteOffset, 4).getUint32(0) % (last + 1);
    [ids[last], ids[other]] = [ids[other] as number, ids[last] as number];
  }
  return ids;
}
