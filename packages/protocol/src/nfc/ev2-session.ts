import { concatBytes, equalBytes } from '../bytes/bytes.js';
import type { AesPort } from '../crypto/aes-port.js';
import { aesCmac, padded, truncatedMac, zeroBlock } from './aes-cmac.js';
import { type ApduCommand, type ApduResponse, expectStatus } from './apdu.js';
import { NfcError } from './errors.js';

/** Success of a native command wrapped in ISO 7816-4. */
export const nativeOk = 0x9100;
/** The card waits for the next frame. */
export const nativeMore = 0x91af;

/** Keys and counter of an authenticated session (AN12196 §4). Plain data: the issuer keeps it, sealed, between steps. */
export interface Ev2Session {
  readonly encKey: Uint8Array;
  readonly macKey: Uint8Array;
  /** TI, 4 bytes. */
  readonly transactionId: Uint8Array;
  /** CmdCtr: commands done so far. */
  readonly commandCounter: number;
}

/** A native command in its ISO wrapping; the answer may have any length. */
export function nativeCommand(ins: number, data: Uint8Array = new Uint8Array()): ApduCommand {
  return { cla: 0x90, ins, p1: 0, p2: 0, data, expected: 256 };
}

/** First command of AuthenticateEV2First (INS 71) with one of the card's five keys. */
export function authenticateFirst(keyNumber: number): ApduCommand {
  return nativeCommand(0x71, Uint8Array.of(keyNumber, 0));
}

/** What the reader remembers between the two halves of an authentication. */
export interface Ev2Challenge {
  readonly rndA: Uint8Array;
  readonly rndB: Uint8Array;
}

/** Second command from the card's first answer. `rndA` is 16 random bytes. @throws NfcError `card-authentication-failed`, `nfc-malformed` */
export function authenticateSecond(
  aes: AesPort,
  key: Uint8Array,
  response: ApduResponse,
  rndA: Uint8Array,
): { readonly command: ApduCommand; readonly challenge: Ev2Challenge } {
  const encrypted = authenticationData(response, nativeMore);
  if (encrypted.length !== 16 || rndA.length !== 16) throw new NfcError('nfc-malformed', 'length of a random number');
  const rndB = aes.aesCbcDecrypt(key, zeroBlock, encrypted);
  const answer = concatBytes(rndA, rndB.subarray(1), rndB.subarray(0, 1));
  return { command: nativeCommand(0xaf, aes.aesCbcEncrypt(key, zeroBlock, answer)), challenge: { rndA, rndB } };
}

/** The session from the card's second answer; proves that the card knows the key. @throws NfcError `card-authentication-failed`, `nfc-malformed` */
export function openSession(
  aes: AesPort,
  key: Uint8Array,
  challenge: Ev2Challenge,
  response: ApduResponse,
): Ev2Session {
  const encrypted = authenticationData(response, nativeOk);
  if (encrypted.length !== 32) throw new NfcError('nfc-malformed', 'length of the second answer');
  const plain = aes.aesCbcDecrypt(key, zeroBlock, encrypted);
  const { rndA, rndB } = challenge;
  const expected = concatBytes(rndA.subarray(1), rndA.subarray(0, 1));
  if (!equalBytes(plain.subarray(4, 20), expected)) {
    throw new NfcError('card-authentication-failed', 'the card does not know the key', response.statusWord);
  }
  return { ...sessionKeys(aes, key, rndA, rndB), transactionId: plain.slice(0, 4), commandCounter: 0 };
}

function authenticationData(response: ApduResponse, statusWord: number): Uint8Array {
  if (response.statusWord === statusWord) return response.data;
  throw new NfcError('card-authentication-failed', `status ${response.statusWord.toString(16)}`, response.statusWord);
}

/** Session keys of both sides, AN12196 §4.1 (SV1, SV2). */
export function sessionKeys(
  aes: AesPort,
  key: Uint8Array,
  rndA: Uint8Array,
  rndB: Uint8Array,
): { readonly encKey: Uint8Array; readonly macKey: Uint8Array } {
  const mixed = rndA.slice(2, 8).map((byte, i) => byte ^ (rndB[i] as number));
  const random = concatBytes(rndA.subarray(0, 2), mixed, rndB.subarray(6), rndA.subarray(8));
  const vector = (first: number, second: number) => concatBytes(Uint8Array.of(first, second, 0, 1, 0, 0x80), random);
  return { encKey: aesCmac(aes, key, vector(0xa5, 0x5a)), macKey: aesCmac(aes, key, vector(0x5a, 0xa5)) };
}

/** CmdCtr as sent: 2 bytes, least significant first. */
export function commandCounterBytes(counter: number): Uint8Array {
  return Uint8Array.of(counter & 0xff, (counter >>> 8) & 0xff);
}

/** IV of a command (A5 5A) or of its answer (5A A5, with the counter already raised). */
export function messagingIv(
  aes: AesPort,
  session: Ev2Session,
  direction: 'command' | 'response',
  counter: number,
): Uint8Array {
  const label = direction === 'command' ? [0xa5, 0x5a] : [0x5a, 0xa5];
  const input = concatBytes(
    Uint8Array.from(label),
    session.transactionId,
    commandCounterBytes(counter),
    new Uint8Array(8),
  );
  return aes.aesCbcEncrypt(session.encKey, zeroBlock, input);
}

/** Eight bytes of MAC over code, counter, TI and data: of a command its INS, of an answer its second status byte. */
export function messagingMac(
  aes: AesPort,
  session: Ev2Session,
  code: number,
  counter: number,
  data: Uint8Array,
): Uint8Array {
  const input = concatBytes(Uint8Array.of(code), commandCounterBytes(counter), session.transactionId, data);
  return truncatedMac(aesCmac(aes, session.macKey, input));
}

const nothing = new Uint8Array();

/**
 * A command in CommMode.MAC: header in the clear, data (if any) encrypted before with `full`.
 * `full` data gets ISO/IEC 9797-1 padding method 2, always at least one byte.
 */
export function protectedCommand(
  aes: AesPort,
  session: Ev2Session,
  ins: number,
  header: Uint8Array,
  full: Uint8Array = nothing,
): ApduCommand {
  const counter = session.commandCounter;
  const encrypted =
    full.length === 0
      ? nothing
      : aes.aesCbcEncrypt(
          session.encKey,
          messagingIv(aes, session, 'command', counter),
          padded(full, (Math.floor(full.length / 16) + 1) * 16),
        );
  const body = concatBytes(header, encrypted);
  return nativeCommand(ins, concatBytes(body, messagingMac(aes, session, ins, counter, body)));
}

/**
 * Data of an answer under MAC (and encryption with `full`), and the session after it.
 * @throws NfcError `nfc-status-word`, `card-mac-invalid`, `nfc-malformed`
 */
export function openResponse(
  aes: AesPort,
  session: Ev2Session,
  response: ApduResponse,
  mode: 'mac' | 'full',
): { readonly session: Ev2Session; readonly data: Uint8Array } {
  const bytes = expectStatus(response, nativeOk);
  const counter = session.commandCounter + 1;
  if (bytes.length < 8) throw new NfcError('card-mac-invalid', 'answer without a MAC');
  const body = bytes.subarray(0, bytes.length - 8);
  const mac = messagingMac(aes, session, nativeOk & 0xff, counter, body);
  if (!equalBytes(mac, bytes.subarray(body.length))) throw new NfcError('card-mac-invalid', 'MAC of an answer');
  const next = { ...session, commandCounter: counter };
  if (mode === 'mac' || body.length === 0) return { session: next, data: body.slice() };
  if (body.length % 16 !== 0) throw new NfcError('nfc-malformed', 'encrypted answer');
  const plain = aes.aesCbcDecrypt(session.encKey, messagingIv(aes, session, 'response', counter), body);
  return { session: next, data: unpadded(plain) };
}

/** Takes padding method 2 off. @throws NfcError `nfc-malformed` */
export function unpadded(plain: Uint8Array): Uint8Array {
  const end = plain.findLastIndex((byte) => byte !== 0);
  if (end < 0 || plain[end] !== 0x80) throw new NfcError('nfc-malformed', 'padding');
  return plain.slice(0, end);
}
