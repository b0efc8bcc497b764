import { concatBytes, equalBytes } from '../bytes/bytes.js';
import { cardKeyNumbers } from './diversify-key.js';
import type { SunTemplate } from './sun-url.js';

const free = 0xe;
const never = 0xf;

/** Three bytes, least significant first, as offsets in file settings are. */
export function offsetBytes(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff);
}

/**
 * Settings of a personalised NDEF file for ChangeFileSettings (NT4H2421Gx §10.7.1): plain reading for everybody, writing
 * and changing with key 0 only, SDM with UID and counter as encrypted PICC data under the meta-read key, CMAC under the
 * file-read key, no file data encrypted, the counter readable by nobody else.
 */
export function sunFileSettings(template: SunTemplate): Uint8Array {
  const { master, metaRead, fileRead } = cardKeyNumbers;
  return concatBytes(
    Uint8Array.of(0x40), // SDM on, CommMode.Plain
    Uint8Array.of((master << 4) | master, (free << 4) | master), // read-write, change | read, write
    Uint8Array.of(0xc1), // mirror UID and counter, as ASCII
    Uint8Array.of((never << 4) | never, (metaRead << 4) | fileRead), // RFU, counter retrieval | meta read, file read
    offsetBytes(template.piccDataOffset),
    offsetBytes(template.macOffset), // SDMMACInputOffset: the CMAC covers nothing but its own session key
    offsetBytes(template.macOffset),
  );
}

/** What GetFileSettings answers for such a file: type, the settings with the file's size after the access rights. */
export function isSunFile(answer: Uint8Array, template: SunTemplate): boolean {
  const settings = sunFileSettings(template);
  const expected = concatBytes(Uint8Array.of(0), settings.subarray(0, 3), offsetBytes(256), settings.subarray(3));
  return equalBytes(expected, answer);
}

/** True for the NDEF file of a card from the factory: no SDM, everybody may write. */
export function isFactoryFile(answer: Uint8Array): boolean {
  return equalBytes(answer, Uint8Array.of(0, 0, 0xe0, 0xee, 0, 1, 0));
}
