import { constants, deflateSync, inflateSync } from 'node:zlib';
import type { Inflate } from './status-list-content.js';

/** DEFLATE in the ZLIB format at the highest level, as Token Status List §4.1 asks. */
export function compressZlib(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: constants.Z_BEST_COMPRESSION });
}

/** Inflates at most `maxBytes`; stops there, so that a bomb costs no more than that. @throws RangeError, zlib's errors */
export const inflateZlib: Inflate = (bytes, maxBytes) => {
  // The types know only the plain answer; with `info` Node answers the engine too.
  const options = { maxOutputLength: maxBytes, info: true };
  const { buffer, engine } = inflateSync(bytes, options) as unknown as {
    readonly buffer: Uint8Array;
    readonly engine: { readonly bytesWritten: number };
  };
  if (engine.bytesWritten !== bytes.length) throw new RangeError('there are bytes behind the compressed data');
  return buffer;
};
