import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Seals what goes into the database: whoever reads a backup learns no link keys and no claims. */
export interface PartSealer {
  /** `label`, where given, is the row it belongs to: sealed content moved to another row does not open. */
  seal(part: Uint8Array, label?: string): Buffer;
  open(sealed: Uint8Array, label?: string): Buffer;
}

/** AES-256-GCM; nonce (12), tag (16), body. @throws on opening what was not sealed with this key */
export function createPartSealer(key: Uint8Array): PartSealer {
  return {
    seal(part, label = '') {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(label));
      const body = Buffer.concat([cipher.update(part), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, label = '') {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAAD(Buffer.from(label));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    },
  };
}
