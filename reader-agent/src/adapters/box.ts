import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Encrypts values at rest with AES-256-GCM; the name is authenticated, so values cannot change places. */
export interface Box {
  seal(name: string, content: Uint8Array): Buffer;
  /** @throws for another key, another name or changed bytes. */
  open(name: string, sealed: Uint8Array): Buffer;
}

/** @param key 32 bytes, derived for one use from the key file. */
export function createBox(key: Uint8Array): Box {
  return {
    seal(name, content) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
      const body = Buffer.concat([cipher.update(content), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(name, sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(name));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    },
  };
}
