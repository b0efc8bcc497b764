import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.js';

const DEFAULT_MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 32;

/** Reads a request's body up to `maxBytes`; refuses earlier when Content-Length already says too much. */
export async function readBody(request: IncomingMessage, maxBytes = DEFAULT_MAX_BYTES): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new Refusal('body-too-large');
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new Refusal('body-too-large');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('client-went-away', { cause: error });
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** Parses JSON as strict UTF-8 with a bound on depth, checked before the parser sees the text. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal('body-malformed', { cause });
  }
  if (jsonDepth(text) > MAX_DEPTH) throw new Refusal('body-too-deep');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal('body-malformed', { cause });
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
