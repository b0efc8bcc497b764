import { decodeBase64url } from '../base64url/base64url.js';
import { decodeBase64urlJson, isJsonObject, type JsonObject, parseStrictJson } from '../base64url/strict-json.js';
import { JwsError } from './errors.js';

export const ES256_SIGNATURE_BYTES = 64;

/** `maxBytes` is the length of the compact text, `maxHeaderBytes` that of the decoded header. */
export type JwsLimits = { readonly maxBytes: number; readonly maxHeaderBytes: number; readonly maxDepth: number };
export const DEFAULT_JWS_LIMITS: JwsLimits = { maxBytes: 131_072, maxHeaderBytes: 16_384, maxDepth: 24 };

/** A JWS as received: well formed and ES256, but NOTHING in it is authenticated. */
export type ParsedJws = {
  readonly compact: string;
  readonly header: JsonObject;
  readonly payloadBytes: Uint8Array;
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
};

const encoder = new TextEncoder();

/**
 * Parses a compact JWS (RFC 7515 §7.1) for ES256 and for nothing else. Proves form only; see `verifyJws`.
 *
 * @throws JwsError `jws-too-large`, `jws-malformed`, `jws-header-malformed`, `jws-alg-not-allowed` (RFC 8725
 *   §3.1), `jws-crit-not-understood`, `jws-b64-not-supported` (RFC 7797), `jws-signature-malformed`.
 */
export function parseJws(compact: string, limits: JwsLimits = DEFAULT_JWS_LIMITS): ParsedJws {
  if (compact.length > limits.maxBytes) throw new JwsError('jws-too-large', `more than ${limits.maxBytes} bytes`);
  const firstDot = compact.indexOf('.');
  const secondDot = compact.indexOf('.', firstDot + 1);
  if (firstDot < 1 || secondDot === -1 || compact.indexOf('.', secondDot + 1) !== -1) {
    throw new JwsError('jws-malformed', 'a compact JWS has three parts');
  }
  const header = parseHeader(compact.slice(0, firstDot), limits);
  checkHeader(header);
  let signature: Uint8Array;
  let payloadBytes: Uint8Array;
  try {
    payloadBytes = decodeBase64url(compact.slice(firstDot + 1, secondDot));
  } catch (cause) {
    throw new JwsError('jws-malformed', 'the payload is not canonical base64url', { cause });
  }
  try {
    signature = decodeBase64url(compact.slice(secondDot + 1));
  } catch (cause) {
    throw new JwsError('jws-signature-malformed', 'the signature is not canonical base64url', { cause });
  }
  // RFC 7518 §3.4: r||s of exactly 64 octets; DER is another length or fails the verification.
  if (signature.length !== ES256_SIGNATURE_BYTES) throw new JwsError('jws-signature-malformed', 'not 64 bytes of r||s');
  return { compact, header, payloadBytes, signature, signingInput: encoder.encode(compact.slice(0, secondDot)) };
}

/** The payload as strict JSON object. @throws JwsError `jws-payload-malformed` */
export function jwsJsonPayload(
  jws: { readonly payloadBytes: Uint8Array },
  limits: JwsLimits = DEFAULT_JWS_LIMITS,
): JsonObject {
  try {
    const payload = parseStrictJson(jws.payloadBytes, limits);
    if (isJsonObject(payload)) return payload;
  } catch (cause) {
    throw new JwsError('jws-payload-malformed', 'the payload is not strict JSON', { cause });
  }
  throw new JwsError('jws-payload-malformed', 'the payload is not a JSON object');
}

function parseHeader(text: string, limits: JwsLimits): JsonObject {
  try {
    const header = decodeBase64urlJson(text, { maxBytes: limits.maxHeaderBytes, maxDepth: limits.maxDepth });
    if (isJsonObject(header)) return header;
  } catch (cause) {
    throw new JwsError('jws-header-malformed', 'the header is not strict JSON', { cause });
  }
  throw new JwsError('jws-header-malformed', 'the header is not a JSON object');
}

function checkHeader(header: JsonObject): void {
  if (header.alg !== 'ES256') throw new JwsError('jws-alg-not-allowed', 'only ES256 is allowed');
  if (Object.hasOwn(header, 'b64') && header.b64 !== true)
    throw new JwsError('jws-b64-not-supported', 'b64 is not true');
  // RFC 7515 §4.1.11: extensions that are not understood must be refused, and we understand none.
  if (Object.hasOwn(header, 'crit')) throw new JwsError('jws-crit-not-understood', 'crit is present');
  for (const member of ['typ', 'kid', 'cty'] as const) {
    if (header[member] !== undefined && typeof header[member] !== 'string') {
      throw new JwsError('jws-header-malformed', `${member} is not a string`);
    }
  }
}
