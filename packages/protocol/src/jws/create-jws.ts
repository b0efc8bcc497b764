import { encodeBase64url, encodeBase64urlText } from '../base64url/base64url.js';
import { ES256_SIGNATURE_BYTES } from './parse-jws.js';

/** A JOSE header without `alg`, which is always ES256 here. */
export type JwsHeader = { readonly typ?: string; readonly kid?: string; readonly [name: string]: unknown };

/** What is about to be signed; write it down before signing, then call {@link assembleJws}. */
export type PreparedJws = { readonly encoded: string; readonly signingInput: Uint8Array };

const encoder = new TextEncoder();

/** Encodes header and payload (an object is serialised as JSON, a text is taken as finished JSON). */
export function prepareJws(header: JwsHeader, payload: object | string | Uint8Array): PreparedJws {
  return prepareEncodedJws(encodeJwsHeader(header), payload);
}

/** As {@link prepareJws} with a header from {@link encodeJwsHeader}, for many signatures by one key. */
export function prepareEncodedJws(encodedHeader: string, payload: object | string | Uint8Array): PreparedJws {
  let body: string;
  if (payload instanceof Uint8Array) body = encodeBase64url(payload);
  else body = encodeBase64urlText(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const encoded = `${encodedHeader}.${body}`;
  return { encoded, signingInput: encoder.encode(encoded) };
}

/** The first part of a compact JWS. @throws TypeError where a caller tries to choose alg, crit or b64. */
export function encodeJwsHeader(header: JwsHeader): string {
  for (const member of ['alg', 'crit', 'b64']) {
    if (Object.hasOwn(header, member)) throw new TypeError(`header member ${member} is not the caller's`);
  }
  return encodeBase64urlText(JSON.stringify({ alg: 'ES256', ...header }));
}

/** Joins a prepared JWS and its ES256 signature (r||s). @throws TypeError where the signature is not 64 bytes. */
export function assembleJws(prepared: PreparedJws, signature: Uint8Array): string {
  if (signature.length !== ES256_SIGNATURE_BYTES) throw new TypeError('an ES256 signature is 64 bytes of r||s');
  return `${prepared.encoded}.${encodeBase64url(signature)}`;
}

/** Creates a compact JWS at once. `sign` answers ES256 r||s over the bytes it is given. */
export function signJws(
  header: JwsHeader,
  payload: object | string | Uint8Array,
  sign: (data: Uint8Array) => Uint8Array,
): string {
  const prepared = prepareJws(header, payload);
  return assembleJws(prepared, sign(prepared.signingInput));
}
