import { decodeBase64url } from '../base64url/base64url.js';
import { concatBytes } from '../bytes/bytes.js';
import type { CryptoPort } from '../crypto/port.js';
import { X509Error, type X509ErrorCode } from './errors.js';

/** Verifies ES256: `point` is the uncompressed public key (65 bytes), `signature64` is r || s. */
export type VerifyEs256 = (point: Uint8Array, data: Uint8Array, signature64: Uint8Array) => boolean | Promise<boolean>;

/** SubjectPublicKeyInfo of a P-256 key up to the uncompressed point (RFC 5480 §2). */
export const P256_SPKI_HEAD = Uint8Array.from([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
  0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
]);
export const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const POINT_BYTES = 65;
const HALF_BYTES = 32;

/** {@link VerifyEs256} over the port the servers use. */
export function verifyEs256With(
  crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>,
): (...signed: Parameters<VerifyEs256>) => boolean {
  return (point, data, signature64) => {
    const key = crypto.importVerifyKey(compressPoint(point), point.subarray(1 + HALF_BYTES));
    return key !== undefined && crypto.verifyEs256(key, data, signature64);
  };
}

/** {@link VerifyEs256} over WebCrypto, for a wallet. */
export const webVerifyEs256: VerifyEs256 = async (point, data, signature64) => {
  const { subtle } = globalThis.crypto;
  try {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const key = await subtle.importKey('raw', new Uint8Array(point), algorithm, false, ['verify']);
    // WebCrypto takes no views on shared memory.
    const [signature, signed] = [new Uint8Array(signature64), new Uint8Array(data)];
    return await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, signed);
  } catch {
    return false; // not a point of P-256
  }
};

/** The uncompressed form (65 bytes) of a public JWK whose coordinates were checked. */
export function pointOfJwk(jwk: { readonly x: string; readonly y: string }): Uint8Array {
  return concatBytes(Uint8Array.of(4), decodeBase64url(jwk.x), decodeBase64url(jwk.y));
}

/** SubjectPublicKeyInfo of an uncompressed point. */
export function p256Spki(point: Uint8Array): Uint8Array {
  if (point.length !== POINT_BYTES || point[0] !== 4) throw new TypeError('an uncompressed point has 65 bytes');
  return concatBytes(P256_SPKI_HEAD, point);
}

/** The compressed form (33 bytes) of an uncompressed point. */
export function compressPoint(point: Uint8Array): Uint8Array {
  if (point.length !== POINT_BYTES || point[0] !== 4) throw new TypeError('an uncompressed point has 65 bytes');
  return concatBytes(Uint8Array.of(2 + ((point[POINT_BYTES - 1] as number) & 1)), point.subarray(1, 1 + HALF_BYTES));
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) as r || s, strict DER. @throws X509Error `code` */
export function signatureFromDer(der: Uint8Array, code: X509ErrorCode): Uint8Array {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new X509Error(code, 'the signature is no DER sequence');
  const r = readInteger(der, 2, code);
  const s = readInteger(der, r.end, code);
  if (s.end !== der.length) throw new X509Error(code, 'bytes after the signature');
  return concatBytes(r.value, s.value);
}

/** r || s as ECDSA-Sig-Value. */
export function signatureToDer(signature64: Uint8Array): Uint8Array {
  const body = concatBytes(
    writeInteger(signature64.subarray(0, HALF_BYTES)),
    writeInteger(signature64.subarray(HALF_BYTES)),
  );
  return concatBytes(Uint8Array.of(0x30, body.length), body);
}

function readInteger(der: Uint8Array, at: number, code: X509ErrorCode): { value: Uint8Array; end: number } {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  const bytes = der.subarray(at + 2, end);
  const [first = 0x80, second = 0] = bytes;
  const minimal = first < 0x80 && (first !== 0 || bytes.length === 1 || second >= 0x80);
  if (der[at] !== 0x02 || end > der.length || !minimal || length > HALF_BYTES + 1)
    throw new X509Error(code, 'a part of the signature is no DER integer');
  const magnitude = first === 0 ? bytes.subarray(1) : bytes;
  if (magnitude.length > HALF_BYTES) throw new X509Error(code, 'a part of the signature is too large');
  const value = new Uint8Array(HALF_BYTES);
  value.set(magnitude, HALF_BYTES - magnitude.length);
  return { value, end };
}

function writeInteger(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const magnitude = value.subarray(start);
  const padded = (magnitude[0] as number) >= 0x80 ? concatBytes(Uint8Array.of(0), magnitude) : magnitude;
  return concatBytes(Uint8Array.of(0x02, padded.length), padded);
}
