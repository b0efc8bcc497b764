import { encodeBase45 } from '../base45/base45.js';
import { concatBytes, writeUint32 } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import { challengeBytes } from '../challenge/challenge.js';
import type { HashPort } from '../crypto/port.js';
import { handleOf, maskOf } from '../gate-key/gate-key.js';

/** Prefix of a gate code's text. */
export const gateCodePrefix = 'LYG1:';
/** Bytes before the signature: version (1), handle (16), time (4), nonce (4). */
export const gateCodeHeadBytes = 25;
/** Size of a gate code in bytes. */
export const gateCodeBytes = 89;

const domain = ascii('lanyard gate code 1\0');
const nothing = new Uint8Array();

/** What goes under the signature of a gate code. */
export function gateCodeToBeSigned(head: Uint8Array, mask: Uint8Array, challenge: Uint8Array | undefined): Uint8Array {
  return concatBytes(domain, head, mask, challenge ?? nothing);
}

/** Handle and mask of the day of the code: two of the three things only wallet, issuer and gates know. */
export interface GateCodeSecrets {
  readonly handle: Uint8Array;
  readonly mask: Uint8Array;
}

/** Handle and mask from the link key of the day of the code; a wallet keeps them for that day. */
export function gateCodeSecrets(crypto: Pick<HashPort, 'hmacSha256'>, linkKeyOfDay: Uint8Array): GateCodeSecrets {
  return { handle: handleOf(crypto, linkKeyOfDay), mask: maskOf(crypto, linkKeyOfDay) };
}

/** A code waiting for its signature over `toBeSigned`. */
export interface PreparedGateCode {
  readonly head: Uint8Array;
  readonly toBeSigned: Uint8Array;
}

/**
 * Prepares a gate code (formats.md §3): version 2 with a challenge of 29 bytes, else version 1.
 * `timeSeconds` is the corrected clock; `nonce` is 4 random bytes, new for each code.
 */
export function prepareGateCode(
  input: GateCodeSecrets & {
    readonly timeSeconds: number;
    readonly nonce: Uint8Array;
    readonly challenge?: Uint8Array;
  },
): PreparedGateCode {
  const { handle, mask, nonce, challenge } = input;
  if (handle.length !== 16 || mask.length !== 16 || nonce.length !== 4) {
    throw new TypeError('a gate code takes a handle and a mask of 16 and a nonce of 4 bytes');
  }
  if (challenge !== undefined && challenge.length !== challengeBytes) throw new TypeError('a challenge has 29 bytes');
  const head = new Uint8Array(gateCodeHeadBytes);
  head[0] = challenge === undefined ? 1 : 2;
  head.set(handle, 1);
  writeUint32(head, 17, input.timeSeconds);
  head.set(nonce, 21);
  return { head, toBeSigned: gateCodeToBeSigned(head, mask, challenge) };
}

/** The text of the QR code: `LYG1:` and base45, for alphanumeric mode. `signature` is r || s, 64 bytes. */
export function assembleGateCode(prepared: PreparedGateCode, signature: Uint8Array): string {
  if (signature.length !== 64) throw new TypeError('an ES256 signature has 64 bytes');
  return gateCodePrefix + encodeBase45(concatBytes(prepared.head, signature));
}
