import { encodeBase64url, encodeBase64urlText } from '../base64url/base64url.js';
import type { SaltSource } from './disclosure.js';

// 18 bytes are more than the recommended 128 bits and become 24 characters without a remainder.
const SALT_BYTES = 18;
const SALT_CHARACTERS = 24;
const OPENING_CHARACTERS = 36;
const SALTS_PER_DRAW = 64;

/** Cuts salts from larger draws of `randomBytes`, since a draw costs more than its bytes. No salt is given twice. */
export function createSaltSource(randomBytes: (byteLength: number) => Uint8Array): SaltSource {
  let pool = '';
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = drawOpenings(randomBytes);
      at = 0;
    }
    at += OPENING_CHARACTERS;
    return pool.slice(at - OPENING_CHARACTERS, at);
  };
}

function drawOpenings(randomBytes: (byteLength: number) => Uint8Array): string {
  const bytes = randomBytes(SALT_BYTES * SALTS_PER_DRAW);
  if (bytes.length !== SALT_BYTES * SALTS_PER_DRAW) throw new TypeError('randomBytes gave the wrong number of bytes');
  const salts = encodeBase64url(bytes);
  let openings = '';
  for (let from = 0; from < salts.length; from += SALT_CHARACTERS) {
    openings += `["${salts.slice(from, from + SALT_CHARACTERS)}"`;
  }
  return encodeBase64urlText(openings);
}
