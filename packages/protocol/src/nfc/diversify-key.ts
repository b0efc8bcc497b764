import { concatBytes } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import type { AesPort } from '../crypto/aes-port.js';
import { cmacSubkeys, macOfBlocks, padded } from './aes-cmac.js';

/**
 * A key of 16 bytes from a master key and a diversification input of 1 to 31 bytes (AN10922 §2.2). The input is always
 * padded to two blocks, which for less than 16 bytes is not what RFC 4493 would do.
 */
export function diversifyKey(aes: AesPort, masterKey: Uint8Array, input: Uint8Array): Uint8Array {
  if (input.length < 1 || input.length > 31) throw new TypeError('a diversification input has 1 to 31 bytes');
  const { k1, k2 } = cmacSubkeys(aes, masterKey);
  const message = concatBytes(Uint8Array.of(1), input);
  return input.length === 31
    ? macOfBlocks(aes, masterKey, message, k1)
    : macOfBlocks(aes, masterKey, padded(message, 32), k2);
}

/** Keys of an NTAG 424 DNA by their number: what each is for in our cards. */
export const cardKeyNumbers = { master: 0, metaRead: 1, fileRead: 2, spare: [3, 4] } as const;

const system = ascii('lanyard card');

/**
 * Key `number` of a card. Input: UID (7), "lanyard card" (12), key number (1). The meta-read key decrypts the UID, so
 * it cannot depend on it: it is one per key version (= batch), with zeros for the UID.
 */
export function cardKey(aes: AesPort, masterKey: Uint8Array, uid: Uint8Array, number: 0 | 1 | 2 | 3 | 4): Uint8Array {
  if (uid.length !== 7) throw new TypeError('the UID of a card has 7 bytes');
  const ofCard = number === cardKeyNumbers.metaRead ? new Uint8Array(7) : uid;
  return diversifyKey(aes, masterKey, concatBytes(ofCard, system, Uint8Array.of(number)));
}
