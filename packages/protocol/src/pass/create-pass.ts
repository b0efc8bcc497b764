import { writeUint32 } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import { assembleSign1, encodeProtectedHeader, prepareSign1, type Sign1Parts } from '../cose/create-sign1.js';
import type { Sign } from '../crypto/port.js';
import { type PassClaims, passKinds, passLevels } from './pass.js';

/** Who issues: the same for every pass of a signer. */
export interface PassIssuer {
  /** 10 digits. */
  readonly universityCode: string;
  /** 8 bytes. */
  readonly kid: Uint8Array;
  readonly sign: Sign;
}

// Everything up to the private claim has the same size in every pass, so it is a template with holes.
const at = { issuer: 3, expires: 15, validFrom: 21, passNumber: 27, x: 46, sign: 79, claim: 80 } as const;
const template = ascii('\x61'.repeat(at.claim));
template.set([0xa6, 0x01, 0x6a], 0);
template.set([0x04, 0x1a], 13);
template.set([0x05, 0x1a], 19);
template.set([0x07, 0x48], 25);
template.set([0x08, 0xa1, 0x01, 0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20], 35);
template[78] = 0x22;

/** Prepares the work that is the same for all passes of a signer; the function returned signs one pass, COSE_Sign1 CWT. */
export function createPassIssuer(issuer: PassIssuer): (claims: Omit<PassClaims, 'universityCode'>) => Uint8Array {
  if (!/^\d{10}$/.test(issuer.universityCode)) throw new TypeError('a university code has 10 digits');
  const protectedBytes = encodeProtectedHeader({ kid: issuer.kid });
  const start = template.slice();
  start.set(ascii(issuer.universityCode), at.issuer);
  return (claims) => {
    const parts: Sign1Parts = { protectedBytes, payload: encodeClaims(start, claims) };
    return assembleSign1(parts, issuer.sign(prepareSign1(parts)));
  };
}

function encodeClaims(start: Uint8Array, claims: Omit<PassClaims, 'universityCode'>): Uint8Array {
  const { passNumber, holderKey } = claims;
  if (passNumber.length !== 8 || holderKey.length !== 33) throw new TypeError('a pass number has 8, a key 33 bytes');
  if (holderKey[0] !== 2 && holderKey[0] !== 3) throw new TypeError('the holder key is not a compressed point');
  const out = new Uint8Array(at.claim + 23);
  out.set(start);
  writeUint32(out, at.expires, claims.expiresSeconds);
  writeUint32(out, at.validFrom, claims.validFromSeconds);
  if (claims.expiresSeconds < 0x10000 || claims.validFromSeconds < 0x10000) throw new RangeError('a time before 1971');
  out.set(passNumber, at.passNumber);
  out.set(holderKey.subarray(1), at.x);
  out[at.sign] = holderKey[0] === 3 ? 0xf5 : 0xf4;
  out.set([0x3a, 0x00, 0x01, 0x00, 0x00, 0x85, passKinds[claims.kind], passLevels[claims.level]], at.claim);
  let end = uint(out, at.claim + 8, claims.registeredUntilDay);
  end = uint(out, end, claims.listNumber);
  end = uint(out, end, claims.listIndex);
  return out.subarray(0, end);
}

/** A CBOR unsigned integer of at most 32 bits with the shortest head. */
function uint(out: Uint8Array, from: number, value: number): number {
  if (value < 24) out[from] = value;
  else if (value < 0x100) {
    out[from] = 24;
    out[from + 1] = value;
    return from + 2;
  } else if (value < 0x10000) {
    out[from] = 25;
    out[from + 1] = value >>> 8;
    out[from + 2] = value;
    return from + 3;
  } else {
    out[from] = 26;
    writeUint32(out, from + 1, value);
    return from + 5;
  }
  return from + 1;
}
