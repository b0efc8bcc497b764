import { Base64urlError } from './errors.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const INVALID = 255;
const utf8Encoder = new TextEncoder();

const valueOfCharCode = new Uint8Array(256).fill(INVALID);
for (let value = 0; value < 64; value += 1) valueOfCharCode[ALPHABET.charCodeAt(value)] = value;

/** Twelve bits to two characters: half the look-ups and joins of one table entry per character. */
const pairs: string[] = [];
for (const first of ALPHABET) for (const second of ALPHABET) pairs.push(first + second);

/** See `encodeBase64url`. */
export function portableEncode(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3);
  let text = '';
  for (let at = 0; at < whole; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += (pairs[group >>> 12] ?? '') + (pairs[group & 0xfff] ?? '');
  }
  if (bytes.length - whole === 1) return text + (pairs[(bytes[whole] ?? 0) << 4] ?? '');
  if (bytes.length - whole === 2) {
    const group = ((bytes[whole] ?? 0) << 8) | (bytes[whole + 1] ?? 0);
    return text + (pairs[group >>> 4] ?? '') + ALPHABET.charAt((group & 0xf) << 2);
  }
  return text;
}

/** See `encodeBase64urlText`. ASCII, the usual case, is read without a byte copy. */
export function portableEncodeText(text: string): string {
  const whole = text.length - (text.length % 3);
  let encoded = '';
  let at = 0;
  for (; at < whole; at += 3) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    if ((a | b | c) > 0x7f) break;
    const group = (a << 16) | (b << 8) | c;
    encoded += (pairs[group >>> 12] ?? '') + (pairs[group & 0xfff] ?? '');
  }
  // Three bytes make four whole characters, so what follows can be encoded on its own.
  return at === text.length ? encoded : encoded + portableEncode(utf8Encoder.encode(text.slice(at)));
}

/** See `decodeBase64url`. */
export function portableDecode(text: string): Uint8Array {
  const rest = text.length % 4;
  if (rest === 1) throw new Base64urlError('base64url-malformed', 'a base64url text cannot have this length');
  const whole = text.length - rest;
  const bytes = new Uint8Array((whole / 4) * 3 + (rest === 0 ? 0 : rest - 1));
  let at = 0;
  let seen = 0;
  for (let from = 0; from < whole; from += 4) {
    const a = valueAt(text, from);
    const b = valueAt(text, from + 1);
    const c = valueAt(text, from + 2);
    const d = valueAt(text, from + 3);
    seen |= a | b | c | d;
    bytes[at] = (a << 2) | (b >> 4);
    bytes[at + 1] = (b << 4) | (c >> 2);
    bytes[at + 2] = (c << 6) | d;
    at += 3;
  }
  let unused = 0;
  if (rest > 1) {
    const a = valueAt(text, whole);
    const b = valueAt(text, whole + 1);
    const c = rest === 3 ? valueAt(text, whole + 2) : 0;
    seen |= a | b | c;
    bytes[at] = (a << 2) | (b >> 4);
    if (rest === 3) bytes[at + 1] = (b << 4) | (c >> 2);
    unused = rest === 3 ? c & 0x3 : b & 0xf;
  }
  if (seen > 63) throw new Base64urlError('base64url-malformed', 'a character is outside the base64url alphabet');
  if (unused !== 0) throw new Base64urlError('base64url-not-canonical', 'unused trailing bits are not zero');
  return bytes;
}

function valueAt(text: string, index: number): number {
  return valueOfCharCode[text.charCodeAt(index)] ?? INVALID;
}
