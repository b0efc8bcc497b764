import { encodeBase64url } from '../base64url/base64url.js';

/**
 * The base64url SHA-256 of an ASCII text: every digest in an SD-JWT is this (RFC 9901 §4.2.3, §4.3.1).
 * A server may pass a faster one than {@link digestTextWith} makes.
 */
export type DigestText = (asciiText: string) => string;

/** Makes a {@link DigestText} from SHA-256 over bytes. */
export function digestTextWith(sha256: (data: Uint8Array) => Uint8Array): DigestText {
  const encoder = new TextEncoder();
  return (asciiText) => encodeBase64url(sha256(encoder.encode(asciiText)));
}
