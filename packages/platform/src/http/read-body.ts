import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.js';

const DEFAULT_MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 32;
/** What no column and no other service takes. By `u`, two halves that belong together are one character. */
const NOT_A_TEXT = /\0|\p{Surrogate}/u;
/** How JSON has to write them. */
const MAY_HOLD_ONE = /\\u(?:0000|d)/i;

/** Reads a request's body up to `maxBytes`; refuses earlier when Content-Length already says too much. */
export function readBody(request: IncomingMessage, maxBytes = DEFAULT_MAX_BYTES): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = (refusal: Refusal) => {
      request.removeAllListeners('data');
      request.resume();
      reject(refusal);
    };
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      refuse(new Refusal('body-too-large'));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    // Listeners, not an async iterator: this runs for every request, and the iterator costs as much as the parsing.
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) refuse(new Refusal('body-too-large'));
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('error', (cause) => reject(new Refusal('client-went-away', { cause })));
    request.once('close', () => {
      if (!request.readableEnded) reject(new Refusal('client-went-away'));
    });
  });
}

/**
 * Parses JSON as strict UTF-8 with a bound on depth, checked before the parser sees the text. Texts hold whole
 * characters (RFC 7493 §2.1) and no NUL: neither can be stored, hashed or shown again as it came.
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal('body-malformed', { cause });
  }
  if (jsonDepth(text) > MAX_DEPTH) throw new Refusal('body-too-deep');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('body-malformed', { cause });
  }
  if (MAY_HOLD_ONE.test(text)) requireTexts(parsed);
  return parsed;
}

function requireTexts(value: unknown): void {
  if (typeof value === 'string') {
    if (NOT_A_TEXT.test(value))
      throw new Refusal('input-invalid', {
        fields: { errors: [{ at: 'body', message: 'a text holds a NUL or half a character' }] },
      });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) {
      requireTexts(name);
      requireTexts(one);
    }
  }
}

/** Parses application/x-www-form-urlencoded; a parameter sent twice is refused (RFC 6749 §3.1). */
export function parseFormBody(bytes: Uint8Array): Record<string, string> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal('body-malformed', { cause });
  }
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in fields) throw new Refusal('body-malformed', { detail: 'A parameter is repeated.' });
    fields[name] = value;
  }
  return fields;
}

function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === 0x5c) index += 1;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x7b || unit === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (unit === 0x7d || unit === 0x5d) depth -= 1;
  }
  return deepest;
}
