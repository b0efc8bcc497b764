/** ES256 on Node's synchronous crypto. The only file of this package that may import node:crypto. */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  createPublicKey,
  ECDH,
  hash,
  KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { concatBytes, copyBytes, equalBytes, plainBytes } from '../bytes/bytes.js';
import type { AesPort } from './aes-port.js';
import type { CryptoPort, RandomBytes, Sign, VerifyKey } from './port.js';

export { createVerifyKeyCache, type VerifyKeyCache } from './verify-key-cache.js';

/** A P-256 public key as a JWK (RFC 7518 §6.2), without any private part. */
export interface P256PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

interface NodeVerifyKey extends VerifyKey {
  readonly options: { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' };
}

/** The public half with its compressed point, and the private half as a KeyObject that never leaves the process by itself. */
export interface NodeKeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly compressed: Uint8Array;
  readonly jwk: P256PublicJwk;
}

/** The uncompressed point (65 bytes) of a compressed one, or undefined. */
function uncompressed(compressed: Uint8Array): Buffer | undefined {
  if (compressed.length !== 33 || (compressed[0] !== 2 && compressed[0] !== 3)) return undefined;
  try {
    return ECDH.convertKey(compressed, 'prime256v1', undefined, undefined, 'uncompressed') as Buffer;
  } catch {
    return undefined; // x is not the abscissa of a point
  }
}

function importVerifyKey(compressed: Uint8Array, y?: Uint8Array): VerifyKey | undefined {
  const known = y ?? uncompressed(compressed)?.subarray(33);
  if (compressed.length !== 33 || known?.length !== 32) return undefined;
  if (compressed[0] !== 2 + ((known[31] as number) & 1)) return undefined;
  try {
    // A JWK goes in twice as fast as SPKI, whose decoder OpenSSL looks up anew each time; both check the point.
    const jwk = { kty: 'EC', crv: 'P-256', x: base64url(compressed.subarray(1)), y: base64url(known) };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return { compressed: copyBytes(compressed), options: { key, dsaEncoding: 'ieee-p1363' } } as unknown as VerifyKey;
  } catch {
    return undefined;
  }
}

/** {@link CryptoPort} on node:crypto, at the speed of OpenSSL. Keys are not cached here: see `createVerifyKeyCache`. */
export const nodeCrypto: CryptoPort = {
  sha256: (data) => plainBytes(hash('sha256', data, 'buffer')),
  hmacSha256: (key, data) => plainBytes(createHmac('sha256', key).update(data).digest()),
  importVerifyKey,
  decompress(compressed) {
    const point = uncompressed(compressed);
    return point === undefined ? undefined : copyBytes(point.subarray(33));
  },
  verifyEs256(key, data, signature64) {
    if (signature64.length !== 64) return false;
    return verify('sha256', data, (key as NodeVerifyKey).options, signature64);
  },
};

/** {@link AesPort} on node:crypto. */
export const nodeAes: AesPort = {
  aesCbcEncrypt(key, iv, data) {
    checkBlocks(key, iv, data);
    const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
    return concatBytes(cipher.update(data), cipher.final());
  },
  aesCbcDecrypt(key, iv, data) {
    checkBlocks(key, iv, data);
    const decipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
    return concatBytes(decipher.update(data), decipher.final());
  },
};

function checkBlocks(key: Uint8Array, iv: Uint8Array, data: Uint8Array): void {
  if (key.length !== 16 || iv.length !== 16 || data.length % 16 !== 0) {
    throw new TypeError('AES-128-CBC takes a key and an IV of 16 bytes and whole blocks');
  }
}

/** SHA-256 of an ASCII text as base64url in one call, twice as fast as a hash object: what SD-JWT digests need. */
export const nodeDigestText = (asciiText: string): string => hash('sha256', asciiText, 'base64url');

/** Secure random bytes of the operating system. */
export const nodeRandomBytes: RandomBytes = (length) => plainBytes(randomBytes(length));

/**
 * A synchronous ES256 signer (r || s, 64 bytes) over a P-256 private key, given as KeyObject or PKCS#8 / SEC 1 PEM.
 * @throws TypeError for a key of another kind.
 */
export function createSigner(privateKey: KeyObject | string): Sign {
  const key = privateKey instanceof KeyObject ? privateKey : createPrivateKey(privateKey);
  if (key.type !== 'private' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new TypeError('createSigner takes a P-256 private key');
  }
  const options = { key, dsaEncoding: 'ieee-p1363' as const };
  return (data) => plainBytes(sign('sha256', data, options));
}

/**
 * A new P-256 key pair. Not by `generateKeyPairSync`: on Node 20 a key object shares a lock with the job that made it, and
 * where the collector takes that job while the key is exported, the process stands still for good.
 */
export function generateKeyPair(): NodeKeyPair {
  const ecdh = createECDH('prime256v1');
  const point = ecdh.generateKeys();
  const scalar = new Uint8Array(32);
  const own = ecdh.getPrivateKey();
  scalar.set(own, scalar.length - own.length);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: text(point.subarray(1, 33)), y: text(point.subarray(33)), d: text(scalar) };
  return keyPairOf(createPrivateKey({ key: jwk, format: 'jwk' }));
}

/** The pair of a P-256 private key read from elsewhere. */
export function keyPairOf(privateKey: KeyObject): NodeKeyPair {
  const publicKey = createPublicKey(privateKey);
  const { x, y } = publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new TypeError('keyPairOf takes a P-256 private key');
  const jwk: P256PublicJwk = { kty: 'EC', crv: 'P-256', x, y };
  const compressed = compressedFromJwk(jwk);
  if (compressed === undefined) throw new TypeError('keyPairOf takes a P-256 private key');
  return { privateKey, publicKey, compressed, jwk };
}

/** The 33-byte compressed point of a public JWK; undefined unless its coordinates are canonical, 32 bytes and on P-256. */
export function compressedFromJwk(jwk: {
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly x?: unknown;
  readonly y?: unknown;
}): Uint8Array | undefined {
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256') return undefined;
  const x = coordinate(jwk.x);
  const y = coordinate(jwk.y);
  if (x === undefined || y === undefined) return undefined;
  const compressed = new Uint8Array(33);
  compressed[0] = 2 + ((y[31] as number) & 1);
  compressed.set(x, 1);
  const expected = uncompressed(compressed);
  return expected !== undefined && equalBytes(expected.subarray(33), y) ? compressed : undefined;
}

/** The public JWK of a compressed point; undefined for what is not a point of P-256. */
export function jwkFromCompressed(compressed: Uint8Array): P256PublicJwk | undefined {
  const point = uncompressed(compressed);
  if (point === undefined) return undefined;
  return { kty: 'EC', crv: 'P-256', x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

function coordinate(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === text ? bytes : undefined;
}
