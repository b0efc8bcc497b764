import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from 'node:crypto';

/**
 * Keeps single fields of the register unreadable in the database. `place` names column and student, and is
 * authenticated: a sealed value moved to another row or column does not open.
 */
export interface FieldSealer {
  /** HMAC-SHA-256, 32 bytes: equal texts are found without being read. */
  hash(text: string): Buffer;
  /**
   * Tells whether a row is the one imported before: SHA-256 over a secret and the text, its first 16 bytes in
   * hexadecimal. Cut to half, it cannot be extended, so the secret in front is enough; it costs a third of an HMAC.
   */
  digest(text: string): string;
  /** AES-256-GCM: version (1), nonce (12), ciphertext, tag (16). */
  seal(text: string, place: string): Buffer;
  /** @throws {TypeError} when the value was not sealed with this key for this place. */
  open(sealed: Uint8Array, place: string): string;
}

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** @param keys 32 bytes each, not the same. @param random for tests; nonces must never repeat under one key. */
export function createFieldSealer(
  keys: { readonly encryptionKey: Uint8Array; readonly hashKey: Uint8Array },
  random: (bytes: number) => Uint8Array = randomBytes,
): FieldSealer {
  if (keys.encryptionKey.length !== 32 || keys.hashKey.length !== 32) throw new TypeError('field keys have 32 bytes');
  const digestSecret = createHmac('sha256', keys.hashKey).update('lanyard roster row digest 1').digest('hex');
  return {
    digest: (text) => hash('sha256', `${digestSecret}${text}`, 'hex').slice(0, 32),
    hash: (text) => createHmac('sha256', keys.hashKey).update(text, 'utf8').digest(),
    seal(text, place) {
      const nonce = random(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keys.encryptionKey, nonce);
      cipher.setAAD(Buffer.from(place, 'utf8'));
      return Buffer.concat([
        Uint8Array.of(version),
        nonce,
        cipher.update(text, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
    },
    open(sealed, place) {
      if (sealed[0] !== version || sealed.length < 1 + nonceBytes + tagBytes)
        throw new TypeError('sealed field malformed');
      try {
        const nonce = sealed.subarray(1, 1 + nonceBytes);
        const decipher = createDecipheriv('aes-256-gcm', keys.encryptionKey, nonce, { authTagLength: tagBytes });
        decipher.setAAD(Buffer.from(place, 'utf8'));
        decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
        const body = sealed.subarray(1 + nonceBytes, sealed.length - tagBytes);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new TypeError('sealed field does not open', { cause });
      }
    },
  };
}

/** The place a student's field is sealed for. */
export function fieldPlace(column: 'identity_number' | 'phone' | 'email', studentNumber: string): string {
  return `student/${column}/${studentNumber}`;
}
