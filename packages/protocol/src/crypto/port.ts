declare const verifyKeyBrand: unique symbol;

/**
 * A P-256 public key that was checked to lie on the curve. Opaque: only the {@link CryptoPort} that made it can use it.
 * `compressed` is its SEC 1 compressed point, 33 bytes.
 */
export interface VerifyKey {
  readonly compressed: Uint8Array;
  readonly [verifyKeyBrand]: true;
}

/** The two hash functions every document needs; in the browser this is all there is without waiting. */
export interface HashPort {
  sha256(data: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** What the checks need from cryptography, all of it synchronous. ES256 = ECDSA with P-256 and SHA-256 (RFC 7518 §3.4). */
export interface CryptoPort extends HashPort {
  /**
   * Takes a compressed point of 33 bytes; undefined for anything that is not a point of P-256.
   * `y` (32 bytes), where the caller has kept it from {@link CryptoPort.decompress}, saves the square root;
   * a `y` that does not belong to the point is refused.
   */
  importVerifyKey(compressed: Uint8Array, y?: Uint8Array): VerifyKey | undefined;
  /** The y coordinate (32 bytes) of a compressed point; undefined for anything that is not a point of P-256. */
  decompress(compressed: Uint8Array): Uint8Array | undefined;
  /** True only for a valid ES256 signature of exactly 64 bytes, r || s. Never throws on input from outside. */
  verifyEs256(key: VerifyKey, data: Uint8Array, signature64: Uint8Array): boolean;
}

/** Signs with ES256 and returns r || s, 64 bytes. */
export type Sign = (data: Uint8Array) => Uint8Array;

/** {@link Sign} where the key lives behind a promise, as in WebCrypto. */
export type SignAsync = (data: Uint8Array) => Promise<Uint8Array>;

/** Fills a new array of `length` bytes with secure random bytes; tests pass a fixed source. */
export type RandomBytes = (length: number) => Uint8Array;
