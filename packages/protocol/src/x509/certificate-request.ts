import { concatBytes, equalBytes } from '../bytes/bytes.js';
import type { CryptoPort } from '../crypto/port.js';
import { X509Error } from './errors.js';
import { P256_SPKI_HEAD, signatureFromDer, signatureToDer, verifyEs256With } from './es256.js';
import { publicPointOf } from './parse-certificate.js';

/** CertificationRequestInfo around the key: version 0, empty subject; then no attributes (RFC 2986 §4.1). */
const INFO_HEAD = Uint8Array.from([0x30, 0x62, 0x02, 0x01, 0x00, 0x30, 0x00]);
const INFO_TAIL = Uint8Array.from([0xa0, 0x00]);
const ALGORITHM = Uint8Array.from([0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
const INFO_BYTES = 100;
const SPKI_BYTES = 91;

/**
 * A PKCS #10 request (RFC 2986) for a P-256 key, with an empty subject: who it is for is the authority's to say.
 * `sign` answers ES256 r || s under that key.
 */
export function createCertificateRequest(point: Uint8Array, sign: (data: Uint8Array) => Uint8Array): Uint8Array {
  const info = concatBytes(INFO_HEAD, P256_SPKI_HEAD, point, INFO_TAIL);
  if (info.length !== INFO_BYTES) throw new TypeError('an uncompressed point has 65 bytes');
  const signature = signatureToDer(sign(info));
  const bits = concatBytes(Uint8Array.of(0x03, signature.length + 1, 0x00), signature);
  const body = concatBytes(info, ALGORITHM, bits);
  return concatBytes(Uint8Array.of(0x30, 0x81, body.length), body);
}

/**
 * The key (uncompressed point) of a request in exactly the form {@link createCertificateRequest} gives, whose sender
 * proved to have the private half.
 *
 * @throws X509Error `request-malformed`, `key-not-p256`, `request-signature-invalid`.
 */
export function verifyCertificateRequest(
  der: Uint8Array,
  crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>,
): Uint8Array {
  const info = der.subarray(3, 3 + INFO_BYTES);
  const algorithm = der.subarray(3 + INFO_BYTES, 3 + INFO_BYTES + ALGORITHM.length);
  const bits = der.subarray(3 + INFO_BYTES + ALGORITHM.length);
  const fits =
    der[0] === 0x30 &&
    der[1] === 0x81 &&
    der[2] === der.length - 3 &&
    equalBytes(info.subarray(0, INFO_HEAD.length), INFO_HEAD) &&
    equalBytes(info.subarray(INFO_HEAD.length + SPKI_BYTES), INFO_TAIL) &&
    equalBytes(algorithm, ALGORITHM) &&
    bits[0] === 0x03 &&
    bits[1] === bits.length - 2 &&
    bits[2] === 0;
  if (!fits) throw new X509Error('request-malformed', 'no request of our form');
  const point = publicPointOf(info.subarray(INFO_HEAD.length, INFO_HEAD.length + SPKI_BYTES));
  const signature = signatureFromDer(bits.subarray(3), 'request-malformed');
  if (!verifyEs256With(crypto)(point, info, signature))
    throw new X509Error('request-signature-invalid', 'the sender has not proved to have the key');
  return point;
}
