const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const digitOf = new Uint8Array(128).fill(255);
for (let i = 0; i < alphabet.length; i++) digitOf[alphabet.charCodeAt(i)] = i;

/** Base45 text of bytes (RFC 9285 §4): three characters for two bytes, two for a last single one. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) {
    const value = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
    text += alphabet[value % 45] as string;
    text += alphabet[Math.floor(value / 45) % 45] as string;
    text += alphabet[Math.floor(value / 2025)] as string;
  }
  if (even < bytes.length) {
    const value = bytes[even] as number;
    text += (alphabet[value % 45] as string) + (alphabet[Math.floor(value / 45)] as string);
  }
  return text;
}

/**
 * Bytes of base45 text from `from` on, or undefined for a foreign character (lower case is one), a length that no
 * bytes have, or a group above what its bytes can hold (RFC 9285 §6). Exactly one text decodes to any bytes.
 */
export function decodeBase45(text: string, from = 0): Uint8Array | undefined {
  const length = text.length - from;
  const rest = length % 3;
  if (length < 0 || rest === 1) return undefined;
  const bytes = new Uint8Array(((length - rest) / 3) * 2 + (rest === 2 ? 1 : 0));
  let at = 0;
  let i = from;
  for (const end = from + length - rest; i < end; i += 3) {
    // A code above 127 reads undefined, which `| 0` would turn into a valid 0: hence the explicit 255.
    const a = digitOf[text.charCodeAt(i)] ?? 255;
    const b = digitOf[text.charCodeAt(i + 1)] ?? 255;
    const c = digitOf[text.charCodeAt(i + 2)] ?? 255;
    const value = a + 45 * b + 2025 * c;
    if (a === 255 || b === 255 || c === 255 || value > 0xffff) return undefined;
    bytes[at++] = value >>> 8;
    bytes[at++] = value;
  }
  if (rest === 2) {
    const a = digitOf[text.charCodeAt(i)] ?? 255;
    const b = digitOf[text.charCodeAt(i + 1)] ?? 255;
    const value = a + 45 * b;
    if (a === 255 || b === 255 || value > 0xff) return undefined;
    bytes[at] = value;
  }
  return bytes;
}
