import { decodeBase64url, encodeBase64urlText } from './base64url.js';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue };

/** Why a JSON text was refused before anything looked at its meaning. */
export type StrictJsonErrorCode =
  | 'json-too-large'
  | 'json-not-utf8'
  | 'json-too-deep'
  | 'json-malformed'
  | 'json-duplicate-member'
  | 'json-forbidden-member';

/** A JSON text that is too large, too deep, not UTF-8, not JSON, or ambiguous. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
  readonly code: StrictJsonErrorCode;
  constructor(code: StrictJsonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `maxBytes` counts UTF-8 bytes, `maxDepth` counts nested objects and arrays. */
export type JsonLimits = { readonly maxBytes: number; readonly maxDepth: number };
export const DEFAULT_JSON_LIMITS: JsonLimits = { maxBytes: 131_072, maxDepth: 24 };

// ignoreBOM keeps a byte order mark in the text, where JSON.parse refuses it (RFC 8259 §8.1).
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses UTF-8 JSON so that two parsers cannot read two meanings from it: size and depth are limited before
 * the parser runs, member names are unique (compared after unescaping), and `__proto__` is no member name.
 *
 * @throws StrictJsonError with one of {@link StrictJsonErrorCode}.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits = DEFAULT_JSON_LIMITS): JsonValue {
  if (bytes.length > limits.maxBytes) throw new StrictJsonError('json-too-large', `more than ${limits.maxBytes} bytes`);
  let text: string;
  try {
    text = utf8Decoder.decode(bytes);
  } catch (cause) {
    throw new StrictJsonError('json-not-utf8', 'not UTF-8', { cause });
  }
  scanMembers(text, limits.maxDepth);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new StrictJsonError('json-malformed', 'not JSON', { cause });
  }
}

/** As {@link parseStrictJson}, for base64url text. @throws StrictJsonError, Base64urlError */
export function decodeBase64urlJson(text: string, limits: JsonLimits = DEFAULT_JSON_LIMITS): JsonValue {
  if (text.length > Math.ceil((limits.maxBytes * 4) / 3)) {
    throw new StrictJsonError('json-too-large', `more than ${limits.maxBytes} bytes`);
  }
  return parseStrictJson(decodeBase64url(text), limits);
}

/** Encodes a value's JSON text as base64url. */
export function encodeBase64urlJson(value: unknown): string {
  return encodeBase64urlText(JSON.stringify(value));
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** One pass over a text that need not be JSON yet: counts depth and collects the member names of each object. */
function scanMembers(text: string, maxDepth: number): void {
  const levels: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
      case 0x5b: // [
        if (levels.length >= maxDepth) throw new StrictJsonError('json-too-deep', `more than ${maxDepth} levels`);
        levels.push(text.charCodeAt(at) === 0x7b ? new Set() : undefined);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        levels.pop();
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        const names = levels[levels.length - 1];
        if (names !== undefined && text.charCodeAt(skipSpace(text, end + 1)) === COLON) addName(names, text, at, end);
        at = end;
        break;
      }
    }
  }
}

function addName(names: Set<string>, text: string, start: number, end: number): void {
  let name = text.slice(start + 1, end);
  if (name.includes('\\')) {
    try {
      name = String(JSON.parse(text.slice(start, end + 1)));
    } catch (cause) {
      throw new StrictJsonError('json-malformed', 'a member name is not a JSON string', { cause });
    }
  }
  // Assigning to this name changes an object's prototype instead of adding a member.
  if (name === '__proto__') throw new StrictJsonError('json-forbidden-member', 'a member is named __proto__');
  if (names.has(name)) throw new StrictJsonError('json-duplicate-member', 'a member name is there twice');
  names.add(name);
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  throw new StrictJsonError('json-malformed', 'a string does not end');
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code === 0x20 || (code >= 0x09 && code <= 0x0d); code = text.charCodeAt(at))
    at += 1;
  return at;
}
