import { equalBytes } from '../bytes/bytes.js';
import type { CborValue } from '../cbor/cbor-value.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { readFields } from '../cbor/read-fields.js';
import { createSign1, encodeProtectedHeader } from '../cose/create-sign1.js';
import { parseSign1 } from '../cose/parse-sign1.js';
import { readOwnHeader, verifySign1 } from '../cose/verify-sign1.js';
import type { CryptoPort, Sign } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import type { SignerKey } from '../offline-package/people-part.js';
import { findSigner } from '../offline-package/signers.js';

/** typ of a signed time (RFC 9596). */
export const signedTimeTyp = 'lanyard-time+cbor';
/** Bytes of the reader's nonce. */
export const timeNonceBytes = 16;
const maxBytes = 200;

/** The verifier's time in ms, signed over the nonce of the reader that asked. */
export function createSignedTime(
  time: { readonly nonce: Uint8Array; readonly timeMs: number },
  signer: { readonly kid: Uint8Array; readonly sign: Sign },
): Uint8Array {
  if (time.nonce.length !== timeNonceBytes) throw new TypeError('a nonce has 16 bytes');
  const payload = encodeCbor(
    new Map<number, CborValue>([
      [1, time.nonce],
      [2, time.timeMs],
    ]),
  );
  return createSign1(
    { protectedBytes: encodeProtectedHeader({ kid: signer.kid, typ: signedTimeTyp }), payload },
    signer.sign,
  );
}

/**
 * The time in ms, said by a pinned signer in answer to this nonce, so never an old answer. How long it was on its way
 * is the reader's to measure.
 * @throws DocumentError `malformed`, `wrong-type`, `unknown-signer`, `signature-invalid` or one of `parseSign1`.
 */
export function verifySignedTime(
  crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>,
  bytes: Uint8Array,
  expected: { readonly nonce: Uint8Array; readonly signers: readonly SignerKey[] },
): number {
  const sign1 = parseSign1(bytes, maxBytes);
  const kid = readOwnHeader('signed-time', sign1, signedTimeTyp);
  const key = findSigner('signed-time', crypto, expected.signers, kid);
  if (!verifySign1(crypto, sign1, key)) throw new DocumentError('signed-time', 'signature-invalid', 'signature');
  const fields = readFields('signed-time', decodeCbor(sign1.payload, { maxBytes, maxDepth: 2 }), [1, 2]);
  if (!equalBytes(fields.bytes(1, timeNonceBytes), expected.nonce)) {
    throw new DocumentError('signed-time', 'malformed', 'answers another nonce');
  }
  return fields.uint(2);
}
