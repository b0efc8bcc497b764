import { decodeBase45 } from '../base45/base45.js';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { DocumentError } from '../errors.js';
import { passMaxBytes } from '../pass/pass.js';
import { portableCodeMaxBytes, portableCodePrefix } from './create-portable-code.js';

const maxTextLength = portableCodePrefix.length + (portableCodeMaxBytes * 3) / 2;

/** A portable code that was read; neither the pass in it nor the holder's signature is verified. */
export interface ParsedPortableCode {
  readonly pass: Uint8Array;
  readonly timeSeconds: number;
  readonly nonce: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Reads the text of a portable code; its length is checked before anything else. The pass stays closed: `parsePass`.
 * @throws DocumentError `malformed` or `unsupported-version`.
 */
export function parsePortableCode(text: string): ParsedPortableCode {
  if (text.length > maxTextLength || !text.startsWith(portableCodePrefix)) throw malformed('length or prefix');
  const bytes = decodeBase45(text, portableCodePrefix.length);
  if (bytes === undefined) throw malformed('base45');
  const item = decodeCbor(bytes, { maxBytes: portableCodeMaxBytes, maxDepth: 1 });
  if (!Array.isArray(item)) throw malformed('not an array');
  const [version, pass, timeSeconds, nonce, signature] = item;
  if (typeof version !== 'number') throw malformed('version');
  if (version !== 1) throw new DocumentError('portable-code', 'unsupported-version', `version ${version}`);
  if (item.length !== 5) throw malformed('not five fields');
  if (!(pass instanceof Uint8Array) || pass.length > passMaxBytes) throw malformed('pass');
  if (typeof timeSeconds !== 'number' || timeSeconds < 0 || timeSeconds > 0xffffffff) throw malformed('time');
  if (!(nonce instanceof Uint8Array) || nonce.length !== 8) throw malformed('nonce');
  if (!(signature instanceof Uint8Array) || signature.length !== 64) throw malformed('signature');
  return { pass, timeSeconds, nonce, signature };
}

function malformed(detail: string): DocumentError {
  return new DocumentError('portable-code', 'malformed', detail);
}
