import { copyBytes } from '../bytes/bytes.js';
import { NfcError } from './errors.js';

/** A short command (ISO/IEC 7816-4 §5.1). Extended lengths are neither made nor read. */
export interface ApduCommand {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** At most 255 bytes. */
  readonly data?: Uint8Array;
  /** Bytes expected, 1 to 256; absent where none are. */
  readonly expected?: number;
}

/** A short answer: data of at most 256 bytes and the status word. */
export interface ApduResponse {
  readonly data: Uint8Array;
  readonly statusWord: number;
}

export const maxCommandBytes = 261;
export const maxResponseBytes = 258;
export const statusOk = 0x9000;

/** Bytes of a command. @throws TypeError for lengths a short command cannot have. */
export function encodeCommand(command: ApduCommand): Uint8Array {
  const { data = new Uint8Array(), expected } = command;
  if (data.length > 255) throw new TypeError('a short command carries at most 255 bytes');
  if (expected !== undefined && (!Number.isInteger(expected) || expected < 1 || expected > 256)) {
    throw new TypeError('a short command expects 1 to 256 bytes');
  }
  const body = data.length === 0 ? [] : [data.length, ...data];
  const end = expected === undefined ? [] : [expected & 0xff];
  return Uint8Array.of(command.cla, command.ins, command.p1, command.p2, ...body, ...end);
}

/** Reads a command, as a card does. @throws NfcError `nfc-malformed` or `nfc-too-large` */
export function decodeCommand(bytes: Uint8Array): ApduCommand {
  if (bytes.length > maxCommandBytes) throw new NfcError('nfc-too-large', 'command');
  if (bytes.length < 4) throw new NfcError('nfc-malformed', 'command without a header');
  const [cla, ins, p1, p2] = bytes as unknown as [number, number, number, number];
  const head = { cla, ins, p1, p2 };
  if (bytes.length === 4) return head;
  const length = bytes[4] as number;
  if (bytes.length === 5) return { ...head, expected: length === 0 ? 256 : length };
  const rest = bytes.length - 5 - length;
  if (length === 0 || (rest !== 0 && rest !== 1)) throw new NfcError('nfc-malformed', 'length of a command');
  const data = copyBytes(bytes.subarray(5, 5 + length));
  if (rest === 0) return { ...head, data };
  const expected = bytes[5 + length] as number;
  return { ...head, data, expected: expected === 0 ? 256 : expected };
}

/** Reads an answer. Its length is checked first. @throws NfcError `nfc-malformed` or `nfc-too-large` */
export function decodeResponse(bytes: Uint8Array): ApduResponse {
  if (bytes.length > maxResponseBytes) throw new NfcError('nfc-too-large', 'response');
  if (bytes.length < 2) throw new NfcError('nfc-malformed', 'response without a status word');
  const end = bytes.length - 2;
  return {
    data: copyBytes(bytes.subarray(0, end)),
    statusWord: ((bytes[end] as number) << 8) | (bytes[end + 1] as number),
  };
}

/** Bytes of an answer, as a card gives it. */
export function encodeResponse(data: Uint8Array, statusWord: number): Uint8Array {
  return Uint8Array.of(...data, statusWord >>> 8, statusWord & 0xff);
}

/** Data of an answer with this status word. @throws NfcError `nfc-status-word` for any other */
export function expectStatus(response: ApduResponse, statusWord: number): Uint8Array {
  if (response.statusWord === statusWord) return response.data;
  throw new NfcError('nfc-status-word', `status ${response.statusWord.toString(16)}`, response.statusWord);
}
