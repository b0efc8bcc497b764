import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { PersonalisationState } from '../../domain/cards/personalisation.js';

/** Seals what a personalisation remembers between two steps: whoever reads session keys reads the new card keys. */
export function createStateSealer(key: Buffer) {
  return {
    seal(state: PersonalisationState, id: string): Buffer {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(id));
      const text = JSON.stringify(state, (_, value: unknown) =>
        value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString('hex') } : value,
      );
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed: Buffer, id: string): PersonalisationState {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAAD(Buffer.from(id));
      decipher.setAuthTag(sealed.subarray(sealed.length - 16));
      const text = Buffer.concat([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()]);
      return JSON.parse(text.toString('utf8'), (_, value: unknown) => {
        if (typeof value !== 'object' || value === null || !('$bytes' in value)) return value;
        return new Uint8Array(Buffer.from(String(value.$bytes), 'hex'));
      }) as PersonalisationState;
    },
  };
}
export type StateSealer = ReturnType<typeof createStateSealer>;
