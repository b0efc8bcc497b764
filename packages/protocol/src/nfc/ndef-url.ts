import { concatBytes } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import { NfcError } from './errors.js';

/** Abbreviations of the URI record type definition that our addresses use. */
const prefixes = [
  { code: 4, text: 'https://' },
  { code: 3, text: 'http://' },
] as const;

/** Bytes of a Type 4 tag's NDEF file before the shortened URL: length (2), record head (4), prefix code (1). */
export const urlStartsAt = 7;
const maxFileBytes = 256;

/**
 * Content of an NDEF file with one short URI record (NFC Forum Type 4 Tag §4, URI RTD). ASCII URL of http or https.
 * @throws TypeError for another URL or one too long for the 256-byte file of NTAG 424 DNA.
 */
export function encodeNdefUrl(url: string): Uint8Array {
  const prefix = prefixes.find((candidate) => url.startsWith(candidate.text));
  if (prefix === undefined) throw new TypeError('an NDEF URL of ours begins with http:// or https://');
  const rest = ascii(url.slice(prefix.text.length));
  const record = concatBytes(Uint8Array.of(0xd1, 1, rest.length + 1, 0x55, prefix.code), rest);
  if (record.length + 2 > maxFileBytes || rest.length > 254) throw new TypeError('URL too long for the card');
  return concatBytes(Uint8Array.of(record.length >>> 8, record.length & 0xff), record);
}

/** Where character `index` of the URL lies in the NDEF file. */
export function ndefOffsetOf(url: string, index: number): number {
  const prefix = prefixes.find((candidate) => url.startsWith(candidate.text));
  if (prefix === undefined || index < prefix.text.length) throw new TypeError('no such place in the NDEF file');
  return urlStartsAt + index - prefix.text.length;
}

/**
 * The URL of an NDEF file as read from a card: one short URI record, well known type, printable ASCII, nothing else.
 * Bytes after the stated length are ignored, as the standard says.
 * @throws NfcError `nfc-malformed` or `nfc-too-large`
 */
export function decodeNdefUrl(file: Uint8Array): string {
  if (file.length > maxFileBytes) throw new NfcError('nfc-too-large', 'NDEF file');
  const length = file.length < 2 ? 0 : ((file[0] as number) << 8) | (file[1] as number);
  const record = file.subarray(2, 2 + length);
  if (length < 5 || record.length !== length) throw malformed('length');
  if (record[0] !== 0xd1 || record[1] !== 1 || record[2] !== length - 4 || record[3] !== 0x55)
    throw malformed('record');
  const prefix = prefixes.find((candidate) => candidate.code === record[4]);
  if (prefix === undefined) throw malformed('prefix');
  let text: string = prefix.text;
  for (const byte of record.subarray(5)) {
    if (byte <= 0x20 || byte > 0x7e) throw malformed('character');
    text += String.fromCharCode(byte);
  }
  return text;
}

function malformed(detail: string): NfcError {
  return new NfcError('nfc-malformed', `NDEF: ${detail}`);
}
