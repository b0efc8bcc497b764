import { decodeBase64url, encodeBase64url } from '../base64url/base64url.js';
import { isJsonObject } from '../base64url/strict-json.js';
import { JwkError } from './errors.js';

declare const checked: unique symbol;

/**
 * A public P-256 key whose members were checked and whose point lies on the curve.
 * `compressed` is SEC 1 §2.3.3, 33 bytes; `yBytes`, 32 bytes, saves an import the square root. Made only by {@link parseP256Jwk}.
 */
export type CheckedP256Jwk = {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid?: string;
  readonly compressed: Uint8Array;
  readonly yBytes: Uint8Array;
  readonly [checked]: true;
};

/** What a thumbprint covers of a key whose members were checked. */
type P256Members = { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };

const COORDINATE_BYTES = 32;
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
/** RFC 7518 §6.2.2, §6.3.2 and §6.4: any of these makes a key private or secret. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Parses a public P-256 JWK for ES256 verification (RFC 7517, RFC 7518 §6.2.1). The point is checked
 * against the curve equation, because a key import from the compressed form would silently mend a wrong y.
 *
 * @throws JwkError with one of the codes of `JwkErrorCode`.
 */
export function parseP256Jwk(value: unknown): CheckedP256Jwk {
  if (!isJsonObject(value)) throw new JwkError('jwk-malformed', 'a JWK is a JSON object');
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(value, member))) {
    throw new JwkError('jwk-has-private-part', 'a private or secret member is present');
  }
  if (value.kty !== 'EC' || value.crv !== 'P-256')
    throw new JwkError('jwk-type-not-allowed', 'only EC P-256 is allowed');
  requireSignatureUse(value);
  const { x, y, kid } = value;
  if (kid !== undefined && typeof kid !== 'string') throw new JwkError('jwk-malformed', 'kid is not a string');
  const xBytes = coordinate(x);
  const yBytes = coordinate(y);
  requireOnCurve(toInteger(xBytes), toInteger(yBytes));
  const compressed = new Uint8Array(COORDINATE_BYTES + 1);
  compressed[0] = 2 | ((yBytes[COORDINATE_BYTES - 1] ?? 0) & 1);
  compressed.set(xBytes, 1);
  const key = { kty: 'EC', crv: 'P-256', x, y, ...(kid === undefined ? {} : { kid }), compressed, yBytes };
  return key as unknown as CheckedP256Jwk;
}

/** The members a credential or a header carries: kty, crv, x, y and nothing else. */
export function publicJwkMembers(jwk: CheckedP256Jwk): { kty: 'EC'; crv: 'P-256'; x: string; y: string } {
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
}

/** RFC 7638 thumbprint, base64url of 32 bytes. `sha256` is the caller's. */
export function p256JwkThumbprint(jwk: P256Members, sha256: (data: Uint8Array) => Uint8Array): string {
  return encodeBase64url(p256JwkThumbprintBytes(jwk, sha256));
}

/** RFC 7638 thumbprint, 32 bytes, as an mdoc's session transcript wants it (OpenID4VP 1.0 B.2.6). */
export function p256JwkThumbprintBytes(jwk: P256Members, sha256: (data: Uint8Array) => Uint8Array): Uint8Array {
  const members = `{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`;
  return sha256(new TextEncoder().encode(members));
}

function requireSignatureUse(value: { readonly [name: string]: unknown }): void {
  const { use, alg, key_ops: operations } = value;
  const usable =
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === 'ES256') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')));
  if (!usable) throw new JwkError('jwk-use-not-allowed', 'use, key_ops or alg exclude ES256 verification');
}

function coordinate(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new JwkError('jwk-coordinate-malformed', 'a coordinate is not a string');
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64url(text);
  } catch (cause) {
    throw new JwkError('jwk-coordinate-malformed', 'a coordinate is not canonical base64url', { cause });
  }
  // RFC 7518 §6.2.1.2: the full size of a coordinate, leading zeros kept.
  if (bytes.length !== COORDINATE_BYTES) throw new JwkError('jwk-coordinate-malformed', 'a coordinate is not 32 bytes');
  return bytes;
}

function toInteger(bytes: Uint8Array): bigint {
  let hex = '0x';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return BigInt(hex);
}

function requireOnCurve(x: bigint, y: bigint): void {
  const onCurve = x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
  if (!onCurve) throw new JwkError('jwk-not-on-curve', 'the point is not on P-256');
}
