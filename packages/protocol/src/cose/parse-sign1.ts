import { type CborItem, type CborItemMap, type CborMap, isCborItemMap } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { DocumentError } from '../errors.js';
import { coseEs256, coseLabel } from './sign1-bytes.js';

/** A COSE_Sign1 that was read and not yet verified: nothing in it may be acted on. */
export interface ParsedSign1 {
  /** Exactly as received; the signature covers these bytes. */
  readonly protectedBytes: Uint8Array;
  readonly protectedHeader: CborItemMap;
  readonly unprotectedHeader: CborItemMap;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

const tagSign1 = 0xd2;
const noHeader: CborMap = new Map();

/**
 * Reads a COSE_Sign1 (RFC 9052 §4.2), tagged 18 or untagged. ES256 only; a header label both protected and unprotected,
 * `crit` with anything in it, a detached payload or a signature of another length than 64 bytes is refused.
 * @throws DocumentError `malformed`, `too-large`, `unsupported-algorithm`, `unknown-critical-header`.
 */
export function parseSign1(bytes: Uint8Array, maxBytes: number): ParsedSign1 {
  if (bytes.length > maxBytes) throw new DocumentError('cose', 'too-large', `more than ${maxBytes} bytes`);
  const item = decodeCbor(bytes[0] === tagSign1 ? bytes.subarray(1) : bytes, { maxBytes, maxDepth: 6 });
  return sign1Of(item, {
    decodeHeader: (header) => decodeCbor(header, { maxBytes: 512, maxDepth: 3 }),
    algorithms: [coseEs256],
  });
}

export interface Sign1Rules {
  readonly decodeHeader: (bytes: Uint8Array) => CborItem;
  /** COSE algorithms, all of them ES256 by another name. */
  readonly algorithms: readonly number[];
  /** The payload is null on the wire and this under the signature (RFC 9052 §4.1, detached). */
  readonly detachedPayload?: Uint8Array;
}

/** {@link parseSign1} for an item that is decoded already and untagged. @throws DocumentError */
export function sign1Of(item: CborItem | undefined, rules: Sign1Rules): ParsedSign1 {
  if (!Array.isArray(item) || item.length !== 4) throw malformed('not an array of four');
  const [protectedBytes, unprotectedHeader, sentPayload, signature] = item as readonly CborItem[];
  if (!(protectedBytes instanceof Uint8Array)) throw malformed('protected header is not a byte string');
  if (!isCborItemMap(unprotectedHeader)) throw malformed('unprotected header is not a map');
  const payload = payloadOf(sentPayload, rules.detachedPayload);
  if (!(signature instanceof Uint8Array)) throw malformed('signature is not a byte string');

  const protectedHeader = readProtected(protectedBytes, rules);
  checkHeaders(protectedHeader, unprotectedHeader, rules.algorithms);
  if (signature.length !== 64) throw malformed('signature is not 64 bytes');
  return { protectedBytes, protectedHeader, unprotectedHeader, payload, signature };
}

function payloadOf(sent: CborItem | undefined, detached: Uint8Array | undefined): Uint8Array {
  if (detached === undefined) {
    if (sent instanceof Uint8Array) return sent;
    throw malformed('payload is not a byte string');
  }
  // A payload beside the detached one could say something else to another reader.
  if (sent === null) return detached;
  throw malformed('payload is not detached');
}

function malformed(detail: string): DocumentError {
  return new DocumentError('cose', 'malformed', detail);
}

function readProtected(bytes: Uint8Array, rules: Sign1Rules): CborItemMap {
  if (bytes.length === 0) return noHeader;
  const header = rules.decodeHeader(bytes);
  if (!isCborItemMap(header)) throw malformed('protected header is not a map');
  return header;
}

function checkHeaders(
  protectedHeader: CborItemMap,
  unprotectedHeader: CborItemMap,
  algorithms: readonly number[],
): void {
  for (const label of unprotectedHeader.keys()) {
    if (protectedHeader.has(label)) throw malformed(`label ${label} is protected and unprotected`);
  }
  // We understand no extension, so a list of extensions that must be understood can only be refused.
  if (protectedHeader.has(coseLabel.crit) || unprotectedHeader.has(coseLabel.crit)) {
    throw new DocumentError('cose', 'unknown-critical-header', 'crit is present');
  }
  const alg = protectedHeader.get(coseLabel.alg) ?? unprotectedHeader.get(coseLabel.alg);
  if (typeof alg !== 'number' || !algorithms.includes(alg)) {
    throw new DocumentError(
      'cose',
      'unsupported-algorithm',
      `alg ${typeof alg === 'number' ? alg : 'of another kind'}`,
    );
  }
}
