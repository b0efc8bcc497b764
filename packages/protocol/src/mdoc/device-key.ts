import { encodeBase64url } from '../base64url/base64url.js';
import type { CborItem, CborItemMap } from '../cbor/cbor-value.js';
import { coseEs256, coseEsp256 } from '../cose/sign1-bytes.js';
import { JwkError } from '../jws/errors.js';
import { type CheckedP256Jwk, parseP256Jwk } from '../jws/p256-jwk.js';
import { MdocError } from './errors.js';
import { mapOf } from './read-map.js';

/** Labels and values of a COSE_Key (RFC 9052 §7, RFC 9053 §7.1.1). */
const label = { kty: 1, alg: 3, crv: -1, x: -2, y: -3, d: -4 } as const;
const ec2 = 2;
const p256 = 1;

/** A device key as COSE_Key, both coordinates in full. */
export function coseKeyOf(jwk: CheckedP256Jwk): CborItemMap {
  return new Map<number, CborItem>([
    [label.kty, ec2],
    [label.crv, p256],
    [label.x, jwk.compressed.subarray(1)],
    [label.y, jwk.yBytes],
  ]);
}

/**
 * The device key of an MSO: P-256 for ES256 with both coordinates, on the curve, without a private part.
 * @throws MdocError `mdoc-device-key-malformed`
 */
export function deviceKeyOf(item: CborItem | undefined): CheckedP256Jwk {
  const key = mapOf(item, 'deviceKey');
  const alg = key.get(label.alg);
  const usable = alg === undefined || alg === coseEs256 || alg === coseEsp256;
  const x = key.get(label.x);
  const y = key.get(label.y);
  if (key.get(label.kty) !== ec2 || key.get(label.crv) !== p256 || !usable || key.has(label.d))
    throw new MdocError('mdoc-device-key-malformed', 'the device key is no public P-256 key for ES256');
  if (!(x instanceof Uint8Array) || !(y instanceof Uint8Array))
    throw new MdocError('mdoc-device-key-malformed', 'a coordinate is no byte string');
  try {
    return parseP256Jwk({ kty: 'EC', crv: 'P-256', x: encodeBase64url(x), y: encodeBase64url(y) });
  } catch (cause) {
    if (!(cause instanceof JwkError)) throw cause;
    throw new MdocError('mdoc-device-key-malformed', cause.message, { cause });
  }
}
