import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Seals people parts before they go into the database: whoever reads a backup learns no link keys. */
export interface PartSealer {
  seal(part: Uint8Array): Buffer;
  open(sealed: Uint8Array): Buffer;
}

/** AES-256-GCM; nonce (12), tag (16), body. @throws on opening what was not sealed with this key */
export function createPartSealer(key: Uint8Array): PartSealer {
  return {
    seal(part) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(part), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    },
  };
}
