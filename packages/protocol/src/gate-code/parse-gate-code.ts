import { decodeBase45 } from '../base45/base45.js';
import { readUint32 } from '../bytes/bytes.js';
import { DocumentError } from '../errors.js';
import { gateCodeBytes, gateCodeHeadBytes, gateCodePrefix } from './create-gate-code.js';

/** 89 bytes are 44 groups of three characters and one of two. */
const textLength = gateCodePrefix.length + 134;

/** A gate code that was read and not verified: it proves nobody yet. */
export interface ParsedGateCode {
  /** 1 is free, 2 answers a challenge. */
  readonly version: 1 | 2;
  readonly handle: Uint8Array;
  readonly timeSeconds: number;
  readonly nonce: Uint8Array;
  /** The first 25 bytes, which the signature covers. */
  readonly head: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Reads the text of a gate code. Its length is checked before anything else.
 * @throws DocumentError `malformed` or `unsupported-version`.
 */
export function parseGateCode(text: string): ParsedGateCode {
  if (text.length !== textLength || !text.startsWith(gateCodePrefix)) throw malformed('length or prefix');
  const bytes = decodeBase45(text, gateCodePrefix.length);
  if (bytes === undefined || bytes.length !== gateCodeBytes) throw malformed('base45');
  const version = bytes[0];
  if (version !== 1 && version !== 2) {
    throw new DocumentError('gate-code', 'unsupported-version', `version ${version}`);
  }
  return {
    version,
    handle: bytes.subarray(1, 17),
    timeSeconds: readUint32(bytes, 17),
    nonce: bytes.subarray(21, 25),
    head: bytes.subarray(0, gateCodeHeadBytes),
    signature: bytes.subarray(gateCodeHeadBytes),
  };
}

function malformed(detail: string): DocumentError {
  return new DocumentError('gate-code', 'malformed', detail);
}
