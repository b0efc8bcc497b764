import { decodeBase45, encodeBase45 } from '../base45/base45.js';
import { readUint32, writeUint32 } from '../bytes/bytes.js';
import { DocumentError } from '../errors.js';

/** Prefix of a challenge's text. */
export const challengePrefix = 'LYC1:';
/** Size of a challenge in bytes. */
export const challengeBytes = 29;
const textLength = challengePrefix.length + 44;

/** What a checkpoint asks a wallet to sign; `bytes` is what the signature of the answer covers. */
export interface Challenge {
  /** 8 bytes, as in the checkpoint part of a package; a wallet shows the name it knows for it. */
  readonly checkpointNumber: Uint8Array;
  readonly timeSeconds: number;
  /** 16 random bytes. */
  readonly random: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A new challenge: version (1), checkpoint number (8), time (4), random (16); 29 bytes. */
export function createChallenge(input: {
  readonly checkpointNumber: Uint8Array;
  readonly timeSeconds: number;
  readonly random: Uint8Array;
}): { readonly bytes: Uint8Array; readonly text: string } {
  if (input.checkpointNumber.length !== 8 || input.random.length !== 16) {
    throw new TypeError('a challenge has a checkpoint number of 8 and 16 random bytes');
  }
  const bytes = new Uint8Array(challengeBytes);
  bytes[0] = 1;
  bytes.set(input.checkpointNumber, 1);
  writeUint32(bytes, 9, input.timeSeconds);
  bytes.set(input.random, 13);
  return { bytes, text: challengePrefix + encodeBase45(bytes) };
}

/**
 * Reads a challenge. It is not signed: it proves nothing about who shows it.
 * @throws DocumentError `malformed` or `unsupported-version`.
 */
export function parseChallenge(text: string): Challenge {
  if (text.length !== textLength || !text.startsWith(challengePrefix)) throw malformed();
  const bytes = decodeBase45(text, challengePrefix.length);
  if (bytes === undefined || bytes.length !== challengeBytes) throw malformed();
  if (bytes[0] !== 1) throw new DocumentError('challenge', 'unsupported-version', `version ${bytes[0]}`);
  return {
    checkpointNumber: bytes.subarray(1, 9),
    timeSeconds: readUint32(bytes, 9),
    random: bytes.subarray(13, 29),
    bytes,
  };
}

function malformed(): DocumentError {
  return new DocumentError('challenge', 'malformed', 'not a challenge');
}
