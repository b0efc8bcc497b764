import type { CryptoPort, VerifyKey } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import type { ParsedSign1 } from './parse-sign1.js';
import { coseEs256, coseLabel, sign1ToBeSigned } from './sign1-bytes.js';

const nothing = new Uint8Array();

/** True when the signature of a COSE_Sign1 holds over its header as received, payload and `externalAad` (RFC 9052 §4.4). */
export function verifySign1(
  crypto: Pick<CryptoPort, 'verifyEs256'>,
  parsed: ParsedSign1,
  key: VerifyKey,
  externalAad: Uint8Array = nothing,
): boolean {
  // RFC 9052 §4.4: an empty protected map counts as the empty byte string, however it was sent.
  const protectedBytes = parsed.protectedHeader.size === 0 ? nothing : parsed.protectedBytes;
  const data = sign1ToBeSigned(protectedBytes, parsed.payload, externalAad);
  return crypto.verifyEs256(key, data, parsed.signature);
}

/**
 * The kid of one of our documents. Its protected header holds alg, an 8-byte kid and the typ (none for a pass) and
 * nothing else, its unprotected header nothing: so one kind of document can never be taken for another.
 * @throws DocumentError `wrong-type` or `malformed`.
 */
export function readOwnHeader(document: string, parsed: ParsedSign1, typ: string | undefined): Uint8Array {
  const header = parsed.protectedHeader;
  if (header.get(coseLabel.typ) !== typ) throw new DocumentError(document, 'wrong-type', 'another kind of document');
  const kid = header.get(coseLabel.kid);
  const labels = typ === undefined ? 2 : 3;
  if (header.get(coseLabel.alg) !== coseEs256 || header.size !== labels || parsed.unprotectedHeader.size !== 0) {
    throw new DocumentError(document, 'malformed', 'unexpected header');
  }
  if (!(kid instanceof Uint8Array) || kid.length !== 8) throw new DocumentError(document, 'malformed', 'kid');
  return kid;
}
