import { concatBytes } from '../bytes/bytes.js';
import type { AesPort } from '../crypto/aes-port.js';

const block = 16;
export const zeroBlock = new Uint8Array(block);

/** Doubling in GF(2^128), RFC 4493 §2.3. */
function doubled(value: Uint8Array): Uint8Array {
  const out = new Uint8Array(block);
  for (let i = 0; i < block; i++) out[i] = ((value[i] as number) << 1) | ((value[i + 1] ?? 0) >>> 7);
  // Without a branch on the key's bit.
  out[15] = (out[15] as number) ^ (0x87 & -((value[0] as number) >>> 7));
  return out;
}

/** The two subkeys of a key, RFC 4493 §2.3. */
export function cmacSubkeys(aes: AesPort, key: Uint8Array): { readonly k1: Uint8Array; readonly k2: Uint8Array } {
  const k1 = doubled(aes.aesCbcEncrypt(key, zeroBlock, zeroBlock));
  return { k1, k2: doubled(k1) };
}

/** CBC-MAC of whole blocks whose last one is first combined with a subkey. */
export function macOfBlocks(aes: AesPort, key: Uint8Array, blocks: Uint8Array, subkey: Uint8Array): Uint8Array {
  const last = blocks.length - block;
  for (let i = 0; i < block; i++) blocks[last + i] = (blocks[last + i] as number) ^ (subkey[i] as number);
  return aes.aesCbcEncrypt(key, zeroBlock, blocks).subarray(last);
}

/** The message with one 0x80 and zeros up to `length`. */
export function padded(message: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(message);
  out[message.length] = 0x80;
  return out;
}

/** AES-128-CMAC, 16 bytes (RFC 4493). */
export function aesCmac(aes: AesPort, key: Uint8Array, message: Uint8Array): Uint8Array {
  const { k1, k2 } = cmacSubkeys(aes, key);
  const whole = message.length > 0 && message.length % block === 0;
  if (whole) return macOfBlocks(aes, key, concatBytes(message), k1);
  return macOfBlocks(aes, key, padded(message, (Math.floor(message.length / block) + 1) * block), k2);
}

/** Every second byte, beginning with the second: how NTAG 424 DNA shortens a CMAC to 8 bytes. */
export function truncatedMac(mac: Uint8Array): Uint8Array {
  const out = new Uint8Array(8);
  for (let i = 0; i < 8; i++) out[i] = mac[2 * i + 1] as number;
  return out;
}
