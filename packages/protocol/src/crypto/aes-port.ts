/**
 * AES-128 in CBC mode without padding, synchronous. A port of its own: only who speaks to campus cards needs it, so
 * the wallet's and the browser's cryptography stay as they are. Keys and IVs have 16 bytes, data whole blocks.
 */
export interface AesPort {
  /** @throws TypeError for a key, IV or data of another length. */
  aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
  /** @throws TypeError for a key, IV or data of another length. */
  aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
}
