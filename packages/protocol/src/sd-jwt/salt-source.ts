import { encodeBase64url } from '../base64url/base64url.js';
import type { SaltSource } from './disclosure.js';

// 18 bytes are more than the recommended 128 bits and encode without a remainder.
const SALT_BYTES = 18;
const SALT_CHARACTERS = 24;
const SALTS_PER_DRAW = 64;

/** Cuts salts from larger draws of `randomBytes`, since a draw costs more than its bytes. No salt is given twice. */
export function createSaltSource(randomBytes: (byteLength: number) => Uint8Array): SaltSource {
  let pool = '';
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = encodeBase64url(randomBytes(SALT_BYTES * SALTS_PER_DRAW));
      if (pool.length !== SALT_CHARACTERS * SALTS_PER_DRAW) throw new TypeError('randomBytes gave the wrong number of bytes');
      at = 0;
    }
    const salt = pool.slice(at, at + SALT_CHARACTERS);
    at += SALT_CHARACTERS;
    return salt;
  };
}
