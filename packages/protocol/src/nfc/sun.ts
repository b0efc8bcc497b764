import { concatBytes, equalBytes } from '../bytes/bytes.js';
import type { AesPort } from '../crypto/aes-port.js';
import { aesCmac, truncatedMac, zeroBlock } from './aes-cmac.js';
import { NfcError } from './errors.js';

const nothing = new Uint8Array();
/** PICCDataTag of our cards: UID and counter mirrored, UID of 7 bytes (AN12196 §3.4.2). */
const piccDataTag = 0xc7;

/** What a SUN message says and nobody has verified. */
export interface UnverifiedSun {
  readonly uid: Uint8Array;
  /** SDMReadCtr, 0 to 2^24 - 1. */
  readonly counter: number;
}

declare const verified: unique symbol;

/** UID and counter under a CMAC that held: this card answered, once, at some time. Freshness is the counter's affair. */
export interface VerifiedSun extends UnverifiedSun {
  readonly [verified]: true;
}

/** The counter as in session vectors: 3 bytes, least significant first. */
export function counterBytes(counter: number): Uint8Array {
  return Uint8Array.of(counter & 0xff, (counter >>> 8) & 0xff, (counter >>> 16) & 0xff);
}

/** KSesSDMFileReadMAC, AN12196 §3.4.4.2.1: CMAC over SV2. */
export function sunMacKey(aes: AesPort, fileReadKey: Uint8Array, sun: UnverifiedSun): Uint8Array {
  return aesCmac(aes, fileReadKey, sessionVector(0x3c, 0xc3, sun));
}

function sessionVector(first: number, second: number, sun: UnverifiedSun): Uint8Array {
  return concatBytes(Uint8Array.of(first, second, 0, 1, 0, 0x80), sun.uid, counterBytes(sun.counter));
}

/**
 * Decrypts the 16 bytes of encrypted PICC data with the meta-read key (AN12196 §3.4.2). Any 16 bytes decrypt to
 * something, so nothing here is proved.
 * @throws NfcError `sun-malformed` for another length or tag; LRP mode (24 bytes) is not supported.
 */
export function decryptPiccData(aes: AesPort, metaReadKey: Uint8Array, piccData: Uint8Array): UnverifiedSun {
  if (piccData.length !== 16) throw new NfcError('sun-malformed', 'PICC data of another length');
  const plain = aes.aesCbcDecrypt(metaReadKey, zeroBlock, piccData);
  if (plain[0] !== piccDataTag) throw new NfcError('sun-malformed', 'PICC data tag');
  const counter = (plain[8] as number) | ((plain[9] as number) << 8) | ((plain[10] as number) << 16);
  return { uid: plain.slice(1, 8), counter };
}

/**
 * Verifies the CMAC (8 bytes) of a SUN message in constant time. `macInput` is what the file mirrors between
 * SDMMACInputOffset and the CMAC, as ASCII; our cards mirror nothing there.
 * @throws NfcError `sun-malformed` or `sun-mac-invalid`
 */
export function verifySun(
  aes: AesPort,
  fileReadKey: Uint8Array,
  sun: UnverifiedSun,
  cmac: Uint8Array,
  macInput: Uint8Array = nothing,
): VerifiedSun {
  if (cmac.length !== 8) throw new NfcError('sun-malformed', 'CMAC of another length');
  const expected = truncatedMac(aesCmac(aes, sunMacKey(aes, fileReadKey, sun), macInput));
  if (!equalBytes(expected, cmac)) throw new NfcError('sun-mac-invalid', 'CMAC does not hold');
  return sun as VerifiedSun;
}

/**
 * Decrypts mirrored file data of a verified message (AN12196 §3.4.4.2.2): whole blocks, at most 256 bytes.
 * @throws NfcError `sun-malformed`
 */
export function decryptSunFileData(
  aes: AesPort,
  fileReadKey: Uint8Array,
  sun: VerifiedSun,
  encrypted: Uint8Array,
): Uint8Array {
  if (encrypted.length === 0 || encrypted.length > 256 || encrypted.length % 16 !== 0) {
    throw new NfcError('sun-malformed', 'encrypted file data');
  }
  const key = aesCmac(aes, fileReadKey, sessionVector(0xc3, 0x3c, sun));
  const iv = aes.aesCbcEncrypt(key, zeroBlock, concatBytes(counterBytes(sun.counter), new Uint8Array(13)));
  return aes.aesCbcDecrypt(key, iv, encrypted);
}
