import { portableDecode, portableEncode, portableEncodeText } from './portable-base64url.js';

type NativeBytes = Uint8Array & { toString(encoding: 'base64url'): string };
type NativeCodec = {
  from(text: string, encoding: 'utf8' | 'base64url'): NativeBytes;
  from(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): NativeBytes;
};

/** Node's own codec where it is there: an issuer encodes a dozen texts for every signature. Nothing is imported. */
const native = (globalThis as { readonly Buffer?: NativeCodec }).Buffer;

/** Encodes bytes as base64url without padding (RFC 4648 §5, RFC 7515 §2). */
export const encodeBase64url: (bytes: Uint8Array) => string =
  native === undefined
    ? portableEncode
    : (bytes) => native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');

/** Encodes a text's UTF-8 bytes as base64url. */
export const encodeBase64urlText: (text: string) => string =
  native === undefined ? portableEncodeText : (text) => native.from(text, 'utf8').toString('base64url');

/**
 * Decodes canonical, unpadded base64url: every byte string has exactly one accepted text, so that texts
 * can stand for bytes in digests and replay memories.
 *
 * @throws Base64urlError `base64url-malformed` for padding, a character outside the alphabet (white space
 *   included) or an impossible length; `base64url-not-canonical` when unused trailing bits are not zero.
 */
export function decodeBase64url(text: string): Uint8Array {
  if (native === undefined || text.length < 64) return portableDecode(text);
  // Node's decoder skips what it does not know, so only a text that comes back from its bytes is canonical.
  const bytes = native.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) return portableDecode(text);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether a text is canonical, unpadded base64url of exactly `byteLength` bytes. */
export function isBase64urlOfLength(text: string, byteLength: number): boolean {
  if (text.length !== Math.ceil((byteLength * 4) / 3)) return false;
  try {
    return decodeBase64url(text).length === byteLength;
  } catch {
    return false;
  }
}
