import { concatBytes } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import type { AesPort } from '../crypto/aes-port.js';
import type { ApduCommand, ApduResponse } from './apdu.js';
import { expectStatus } from './apdu.js';
import { NfcError } from './errors.js';
import { type Ev2Session, nativeCommand, nativeMore, nativeOk, protectedCommand } from './ev2-session.js';
import { offsetBytes } from './file-settings.js';

/** Number of the NDEF file in native commands. */
const ndefFile = 2;

/** SELECT of the NDEF application by name (Type 4 Tag), answer 9000 without data. */
export const selectNdefApplication: ApduCommand = {
  cla: 0,
  ins: 0xa4,
  p1: 4,
  p2: 0x0c,
  data: Uint8Array.of(0xd2, 0x76, 0, 0, 0x85, 1, 1),
  expected: 256,
};

/** SELECT of the NDEF file E104. */
export const selectNdefFile: ApduCommand = { cla: 0, ins: 0xa4, p1: 0, p2: 0x0c, data: Uint8Array.of(0xe1, 4) };

/** READ BINARY of the selected file; with SDM each first read raises the card's counter. */
export function readBinary(offset: number, length: number): ApduCommand {
  if (offset < 0 || offset > 0x7fff) throw new TypeError('offset of READ BINARY');
  return { cla: 0, ins: 0xb0, p1: offset >>> 8, p2: offset & 0xff, expected: length };
}

/** GetVersion, sent three times: once with INS 60, twice for the further frames. */
export const getVersion: ApduCommand = nativeCommand(0x60);
export const furtherFrame: ApduCommand = nativeCommand(0xaf);

/** Checks the first frame: NXP, NTAG 424 DNA. @throws NfcError `card-type-not-supported` */
export function checkCardType(response: ApduResponse): void {
  const data = response.statusWord === nativeMore ? response.data : new Uint8Array();
  // Vendor NXP, type NTAG, 416 bytes of user memory: the subtype tells the antenna, so it may be any.
  if (data.length !== 7 || data[0] !== 4 || data[1] !== 4 || data[3] !== 0x30) {
    throw new NfcError('card-type-not-supported', 'not an NTAG 424 DNA', response.statusWord);
  }
}

/** The UID in the third frame. Not authenticated: `getCardUid` is. @throws NfcError `nfc-status-word`, `nfc-malformed` */
export function uidOfVersion(response: ApduResponse): Uint8Array {
  const data = expectStatus(response, nativeOk);
  if (data.length < 14) throw new NfcError('nfc-malformed', 'version');
  return data.slice(0, 7);
}

/** GetFileSettings outside a session, in the clear. */
export const getFileSettings: ApduCommand = nativeCommand(0xf5, Uint8Array.of(ndefFile));

/** WriteData in the clear, outside a session: the file of a factory card may be written by anybody. */
export function writeNdefFile(content: Uint8Array): ApduCommand {
  if (content.length > 240) throw new TypeError('the NDEF file is written in one command');
  return nativeCommand(
    0x8d,
    concatBytes(Uint8Array.of(ndefFile), offsetBytes(0), offsetBytes(content.length), content),
  );
}

/** GetCardUID: the UID under the session's MAC and encryption. */
export function getCardUid(aes: AesPort, session: Ev2Session): ApduCommand {
  return protectedCommand(aes, session, 0x51, new Uint8Array());
}

/** GetKeyVersion: 0 from the factory. */
export function getKeyVersion(aes: AesPort, session: Ev2Session, keyNumber: number): ApduCommand {
  return protectedCommand(aes, session, 0x64, Uint8Array.of(keyNumber));
}

/** ChangeKey of another key than the session's: needs the old one, and the card checks a CRC over the new one. */
export function changeOtherKey(
  aes: AesPort,
  session: Ev2Session,
  change: {
    readonly keyNumber: number;
    readonly oldKey: Uint8Array;
    readonly newKey: Uint8Array;
    readonly version: number;
  },
): ApduCommand {
  const mixed = change.newKey.map((byte, i) => byte ^ (change.oldKey[i] as number));
  const data = concatBytes(mixed, Uint8Array.of(change.version), cardCrc32(change.newKey));
  return protectedCommand(aes, session, 0xc4, Uint8Array.of(change.keyNumber), data);
}

/** ChangeKey of the session's own key: the session ends with it, and the answer carries no MAC. */
export function changeOwnKey(
  aes: AesPort,
  session: Ev2Session,
  change: { readonly keyNumber: number; readonly newKey: Uint8Array; readonly version: number },
): ApduCommand {
  const data = concatBytes(change.newKey, Uint8Array.of(change.version));
  return protectedCommand(aes, session, 0xc4, Uint8Array.of(change.keyNumber), data);
}

/** ChangeFileSettings of the NDEF file. */
export function changeFileSettings(aes: AesPort, session: Ev2Session, settings: Uint8Array): ApduCommand {
  return protectedCommand(aes, session, 0x5f, Uint8Array.of(ndefFile), settings);
}

/** CRC-32 without the last inversion, least significant byte first (NT4H2421Gx §10.6.1). */
export function cardCrc32(bytes: Uint8Array): Uint8Array {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return Uint8Array.of(crc & 0xff, (crc >>> 8) & 0xff, (crc >>> 16) & 0xff, crc >>> 24);
}

/** AID of our own application on phones and applets. */
export const lanyardAid = Uint8Array.of(0xf0, ...ascii('LANYARD'));
