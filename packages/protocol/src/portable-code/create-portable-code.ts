import { encodeBase45 } from '../base45/base45.js';
import { concatBytes, writeUint32 } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { challengeBytes } from '../challenge/challenge.js';
import type { HashPort } from '../crypto/port.js';
import { passMaxBytes } from '../pass/pass.js';

/** Prefix of a portable code's text. */
export const portableCodePrefix = 'LYP1:';
/** Largest portable code in bytes: version 11-L holds its text. */
export const portableCodeMaxBytes = 308;

const domain = ascii('lanyard portable code 1\0');
const nothing = new Uint8Array();

/** What the holder signs: domain text, SHA-256 of the pass, time (4), nonce (8), challenge (29 or nothing). */
export function portableCodeToBeSigned(
  passHash: Uint8Array,
  timeSeconds: number,
  nonce: Uint8Array,
  challenge: Uint8Array | undefined,
): Uint8Array {
  const time = new Uint8Array(4);
  writeUint32(time, 0, timeSeconds);
  return concatBytes(domain, passHash, time, nonce, challenge ?? nothing);
}

/** A portable code waiting for the holder's signature over `toBeSigned`. */
export interface PreparedPortableCode {
  readonly pass: Uint8Array;
  readonly timeSeconds: number;
  readonly nonce: Uint8Array;
  readonly toBeSigned: Uint8Array;
}

/**
 * Prepares a portable code around a pass (formats.md §4). `nonce` is 8 random bytes, new for each code; the signature
 * is made with the holder key of this pass.
 */
export function preparePortableCode(
  crypto: Pick<HashPort, 'sha256'>,
  input: {
    readonly pass: Uint8Array;
    readonly timeSeconds: number;
    readonly nonce: Uint8Array;
    readonly challenge?: Uint8Array;
  },
): PreparedPortableCode {
  const { pass, timeSeconds, nonce, challenge } = input;
  if (nonce.length !== 8) throw new TypeError('the nonce of a portable code has 8 bytes');
  if (pass.length > passMaxBytes) throw new TypeError(`a pass has at most ${passMaxBytes} bytes`);
  if (challenge !== undefined && challenge.length !== challengeBytes) throw new TypeError('a challenge has 29 bytes');
  const toBeSigned = portableCodeToBeSigned(crypto.sha256(pass), timeSeconds, nonce, challenge);
  return { pass, timeSeconds, nonce, toBeSigned };
}

/** The text of the QR code: `LYP1:` and base45, for alphanumeric mode. `signature` is r || s, 64 bytes. */
export function assemblePortableCode(prepared: PreparedPortableCode, signature: Uint8Array): string {
  if (signature.length !== 64) throw new TypeError('an ES256 signature has 64 bytes');
  const bytes = encodeCbor([1, prepared.pass, prepared.timeSeconds, prepared.nonce, signature]);
  return portableCodePrefix + encodeBase45(bytes);
}
