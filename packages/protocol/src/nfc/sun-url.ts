import { fromHex } from '../bytes/text.js';
import { NfcError } from './errors.js';
import { encodeNdefUrl, ndefOffsetOf } from './ndef-url.js';

/** `c`: a campus card. `t`: a door tag, the version is then the tag's number. */
export type SunUrlKind = 'c' | 't';

/** A SUN message as it stands in an address: nothing of it is verified. */
export interface SunUrl {
  readonly kind: SunUrlKind;
  /** Key version of a card (1 to 255), number of a tag (1 to 9,999,999). */
  readonly number: number;
  /** 16 bytes. */
  readonly piccData: Uint8Array;
  /** 8 bytes. */
  readonly cmac: Uint8Array;
}

const path = /^\/(c|t)\/([1-9]\d{0,6})\/([0-9A-F]{32})\/([0-9A-F]{16})$/;

/** Largest address read from a card. */
export const sunUrlMaxLength = 200;

/** Reads the path of a SUN address: `/c/1/<32 hex>/<16 hex>`, upper case as the chip writes it. @throws NfcError `nfc-not-our-url` */
export function parseSunPath(pathname: string): SunUrl {
  const found = pathname.length > sunUrlMaxLength ? null : path.exec(pathname);
  const [, kind, number, picc, mac] = found ?? [];
  const piccData = picc === undefined ? undefined : fromHex(picc);
  const cmac = mac === undefined ? undefined : fromHex(mac);
  if (piccData === undefined || cmac === undefined) throw new NfcError('nfc-not-our-url', 'not a SUN address of ours');
  if (kind === 'c' && Number(number) > 255) throw new NfcError('nfc-not-our-url', 'no such key version');
  return { kind: kind as SunUrlKind, number: Number(number), piccData, cmac };
}

/**
 * Reads a SUN address under one of our origins (`https://verifier.example`, no slash at the end), as a gate does with
 * what a card says: an address anywhere else is not ours, whatever stands behind it.
 * @throws NfcError `nfc-not-our-url`
 */
export function parseSunUrl(url: string, origin: string): SunUrl {
  if (url.length > sunUrlMaxLength || !url.startsWith(`${origin}/`)) {
    throw new NfcError('nfc-not-our-url', 'address of somebody else');
  }
  return parseSunPath(url.slice(origin.length));
}

/** NDEF file of a card or tag before the chip mirrors into it, and the places it mirrors to. */
export interface SunTemplate {
  readonly file: Uint8Array;
  /** PICCDataOffset, and SDMMACOffset = SDMMACInputOffset, in bytes of the file. */
  readonly piccDataOffset: number;
  readonly macOffset: number;
}

/** The file to write on a card or tag. @throws TypeError for an origin too long for the chip */
export function sunTemplate(origin: string, kind: SunUrlKind, number: number): SunTemplate {
  const start = `${origin}/${kind}/${number}/`;
  const url = `${start}${'0'.repeat(32)}/${'0'.repeat(16)}`;
  if (url.length > sunUrlMaxLength) throw new TypeError('origin too long for a card');
  return {
    file: encodeNdefUrl(url),
    piccDataOffset: ndefOffsetOf(url, start.length),
    macOffset: ndefOffsetOf(url, start.length + 33),
  };
}
