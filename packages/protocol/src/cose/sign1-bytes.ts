import { ascii } from '../bytes/text.js';

/** Integer labels of COSE headers we know (RFC 9052 §3.1, RFC 9596, RFC 9360). */
export const coseLabel = { alg: 1, crit: 2, contentType: 3, kid: 4, typ: 16, x5chain: 33 } as const;
/** ES256 as a COSE algorithm (RFC 9053 §2.1). */
export const coseEs256 = -7;
/** ESP256 (RFC 9864): the same computation with the curve in its name. */
export const coseEsp256 = -9;

const context = ascii('Signature1');

/** Bytes that the signature of a COSE_Sign1 covers: the Sig_structure of RFC 9052 §4.4, encoded. */
export function sign1ToBeSigned(protectedBytes: Uint8Array, payload: Uint8Array, externalAad: Uint8Array): Uint8Array {
  // Written by hand: this runs once for each pass issued and each code checked.
  const length = 12 + bstrLength(protectedBytes) + bstrLength(externalAad) + bstrLength(payload);
  const out = new Uint8Array(length);
  out[0] = 0x84;
  out[1] = 0x6a;
  out.set(context, 2);
  let at = writeBstr(out, 12, protectedBytes);
  at = writeBstr(out, at, externalAad);
  writeBstr(out, at, payload);
  return out;
}

/** Size of a CBOR byte string with its head. */
export function bstrLength(bytes: Uint8Array): number {
  const { length } = bytes;
  return length + (length < 24 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5);
}

/** Writes a CBOR byte string with the shortest head at `at`; returns where the next item starts. */
export function writeBstr(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes;
  let next = at;
  if (length < 24) out[next++] = 0x40 | length;
  else if (length < 0x100) {
    out[next++] = 0x58;
    out[next++] = length;
  } else if (length < 0x10000) {
    out[next++] = 0x59;
    out[next++] = length >>> 8;
    out[next++] = length;
  } else {
    out[next++] = 0x5a;
    out[next++] = length >>> 24;
    out[next++] = length >>> 16;
    out[next++] = length >>> 8;
    out[next++] = length;
  }
  out.set(bytes, next);
  return next + length;
}
