import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** Keeps what people wrote unreadable in the database. `place` is authenticated: a value opens in its own row only. */
export interface CaseSealer {
  /** AES-256-GCM over JSON: nonce (12), ciphertext, tag (16). */
  seal(value: unknown, place: string): Buffer;
  /** @throws TypeError when it was not sealed with this key for this place */
  open<T>(sealed: Uint8Array, place: string): T;
  /** The same over bytes as they are. */
  sealBytes(value: Uint8Array, place: string): Buffer;
  openBytes(sealed: Uint8Array, place: string): Buffer;
  /** A person's name in the audit: nobody's number. */
  auditName(person: string): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param keys 32 bytes each, not the same */
export function createCaseSealer(keys: { readonly sealKey: Uint8Array; readonly nameKey: Uint8Array }): CaseSealer {
  function sealBytes(value: Uint8Array, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', keys.sealKey, nonce).setAAD(Buffer.from(place));
    return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
  }
  function openBytes(sealed: Uint8Array, place: string): Buffer {
    try {
      const decipher = createDecipheriv('aes-256-gcm', keys.sealKey, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      }).setAAD(Buffer.from(place));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      const body = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch (cause) {
      throw new TypeError('sealed value does not open', { cause });
    }
  }
  return {
    sealBytes,
    openBytes,
    seal: (value, place) => sealBytes(Buffer.from(JSON.stringify(value)), place),
    open: <T>(sealed: Uint8Array, place: string) => JSON.parse(openBytes(sealed, place).toString('utf8')) as T,
    auditName: (person) => `person:${createHmac('sha256', keys.nameKey).update(person).digest('hex').slice(0, 32)}`,
  };
}

export const casePlace = (id: string): string => `case/${id}`;
export const effectPlace = (id: string, step: string): string => `case/${id}/effect/${step}`;
export const eventPlace = (id: string, sequence: number): string => `case/${id}/${sequence}`;
export const messagePlace = (talk: string, side: string, id: string): string => `talk/${talk}/${side}/${id}`;
export const addressPlace = (person: string, channel: string): string => `notice address/${person}/${channel}`;
