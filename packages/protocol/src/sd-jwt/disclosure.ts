import { encodeBase64urlText } from '../base64url/base64url.js';
import { decodeBase64urlJson, type JsonValue } from '../base64url/strict-json.js';
import type { DigestText } from './digest-text.js';
import { SdJwtError } from './errors.js';

/** One disclosure (RFC 9901 §4.2): an object member where `name` is there, else an array element. */
export type Disclosure = {
  readonly encoded: string;
  readonly digest: string;
  readonly salt: string;
  readonly name: string | undefined;
  readonly value: JsonValue;
};

/**
 * Answers a fresh salt on every call, already as the beginning of a disclosure: base64url of `["<salt>"` with a
 * salt of 24 characters (18 random bytes, RFC 9901 §9.3). These are 27 bytes, so 36 characters without a remainder,
 * and what follows can be encoded apart, once for all copies of a credential.
 */
export type SaltSource = () => string;

const FORBIDDEN_NAMES = new Set(['_sd', '...', '__proto__']);

/** What follows the salt in the disclosure of an object member (RFC 9901 §4.2.1), encoded. */
export function encodeMemberTail(name: string, value: unknown): string {
  if (FORBIDDEN_NAMES.has(name)) throw new TypeError(`a claim cannot be named ${name}`);
  return encodeBase64urlText(`,${JSON.stringify(name)},${JSON.stringify(value)}]`);
}

/** What follows the salt in the disclosure of an array element (RFC 9901 §4.2.2), encoded. */
export function encodeElementTail(value: unknown): string {
  return encodeBase64urlText(`,${JSON.stringify(value)}]`);
}

/**
 * Parses one disclosure as received and computes its digest over exactly that text.
 *
 * @throws SdJwtError `disclosure-malformed`, `disclosure-element-count`, `disclosure-salt-malformed`,
 *   `disclosure-name-malformed`, `disclosure-name-forbidden`.
 */
export function parseDisclosure(
  encoded: string,
  digestText: DigestText,
  limits: { readonly maxBytes: number; readonly maxDepth: number },
): Disclosure {
  let elements: JsonValue;
  try {
    elements = decodeBase64urlJson(encoded, limits);
  } catch (cause) {
    throw new SdJwtError('disclosure-malformed', 'a disclosure is not base64url of strict JSON', { cause });
  }
  if (!isArray(elements)) throw new SdJwtError('disclosure-malformed', 'a disclosure is not a JSON array');
  const [salt, second, third] = elements;
  if ((elements.length !== 2 && elements.length !== 3) || salt === undefined || second === undefined) {
    throw new SdJwtError('disclosure-element-count', 'a disclosure has two or three elements');
  }
  if (typeof salt !== 'string') throw new SdJwtError('disclosure-salt-malformed', 'a salt is not a string');
  if (third === undefined) return { encoded, digest: digestText(encoded), salt, name: undefined, value: second };
  if (typeof second !== 'string') throw new SdJwtError('disclosure-name-malformed', 'a claim name is not a string');
  if (FORBIDDEN_NAMES.has(second)) throw new SdJwtError('disclosure-name-forbidden', `a claim is named ${second}`);
  return { encoded, digest: digestText(encoded), salt, name: second, value: third };
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
