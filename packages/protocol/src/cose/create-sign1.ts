import type { CborItem, CborItemMap, CborValue } from '../cbor/cbor-value.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import type { Sign } from '../crypto/port.js';
import { bstrLength, coseEs256, coseLabel, sign1ToBeSigned, writeBstr } from './sign1-bytes.js';

const nothing = new Uint8Array();

/** The two parts of a COSE_Sign1 that its signature covers, and what else it covers (RFC 9052 §4.3). */
export interface Sign1Parts {
  /** The protected header, already encoded: see {@link encodeProtectedHeader}. */
  readonly protectedBytes: Uint8Array;
  readonly payload: Uint8Array;
  readonly externalAad?: Uint8Array;
}

/** Protected header of our documents: ES256, an 8-byte kid and, but for a pass, a typ (RFC 9596). */
export function encodeProtectedHeader(header: { readonly kid: Uint8Array; readonly typ?: string }): Uint8Array {
  if (header.kid.length !== 8) throw new TypeError('a kid has 8 bytes');
  const map = new Map<number, CborValue>([
    [coseLabel.alg, coseEs256],
    [coseLabel.kid, header.kid],
  ]);
  if (header.typ !== undefined) map.set(coseLabel.typ, header.typ);
  return encodeCbor(map);
}

/** Bytes to sign for these parts. */
export function prepareSign1(parts: Sign1Parts): Uint8Array {
  return sign1ToBeSigned(parts.protectedBytes, parts.payload, parts.externalAad ?? nothing);
}

/** The untagged COSE_Sign1 with an empty unprotected header. `signature` is r || s, 64 bytes. */
export function assembleSign1(parts: Sign1Parts, signature: Uint8Array): Uint8Array {
  if (signature.length !== 64) throw new TypeError('an ES256 signature has 64 bytes');
  const out = new Uint8Array(2 + bstrLength(parts.protectedBytes) + bstrLength(parts.payload) + 66);
  out[0] = 0x84;
  let at = writeBstr(out, 1, parts.protectedBytes);
  out[at++] = 0xa0;
  at = writeBstr(out, at, parts.payload);
  writeBstr(out, at, signature);
  return out;
}

/** Signs and assembles in one step. */
export function createSign1(parts: Sign1Parts, sign: Sign): Uint8Array {
  return assembleSign1(parts, sign(prepareSign1(parts)));
}

/** What of a COSE_Sign1 its signature does not cover. */
export interface Sign1Frame {
  readonly unprotectedHeader: CborItemMap;
  /** Signed, but left out of the message (RFC 9052 §4.1). */
  readonly detached?: boolean;
}

/** The COSE_Sign1 as an item of a larger document, untagged. `signature` is r || s, 64 bytes. */
export function sign1Item(parts: Sign1Parts, frame: Sign1Frame, signature: Uint8Array): CborItem {
  if (signature.length !== 64) throw new TypeError('an ES256 signature has 64 bytes');
  return [parts.protectedBytes, frame.unprotectedHeader, frame.detached === true ? null : parts.payload, signature];
}
