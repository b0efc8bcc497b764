import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ascii } from '../../../src/bytes/text.js';
import { concatBytes, maskOf, nextLinkKey, parseGateCode } from '../../../src/index.js';
import { crypto, gateCode, keys, linkKey, noon, seeded } from '../../fixtures.js';

/*
 * Whoever knows message and signature of an ECDSA signature can compute the few public keys it may come from
 * (SEC 1 §4.1.6). This is that computation, as an onlooker with two photographed codes would do it.
 */
const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const g: Point = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];
type Point = readonly [bigint, bigint] | undefined;

const mod = (a: bigint, m: bigint) => ((a % m) + m) % m;
function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  for (let e = exponent, x = mod(base, m); e > 0n; e >>= 1n, x = (x * x) % m) if (e & 1n) result = (result * x) % m;
  return result;
}
const inverse = (a: bigint, m: bigint) => power(a, m - 2n, m);
function add(a: Point, c: Point): Point {
  if (a === undefined) return c;
  if (c === undefined) return a;
  if (a[0] === c[0] && mod(a[1] + c[1], p) === 0n) return undefined;
  const slope =
    a[0] === c[0] ? (3n * a[0] * a[0] - 3n) * inverse(2n * a[1], p) : (c[1] - a[1]) * inverse(c[0] - a[0] + p, p);
  const x = mod(slope * slope - a[0] - c[0], p);
  return [x, mod(slope * (a[0] - x) - a[1], p)];
}
function multiply(k: bigint, point: Point): Point {
  let result: Point;
  for (let e = k, x = point; e > 0n; e >>= 1n, x = add(x, x)) if (e & 1n) result = add(result, x);
  return result;
}
const integer = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** Compressed candidates for the signer of `data`. */
function recover(data: Uint8Array, signature: Uint8Array): string[] {
  const r = integer(signature.subarray(0, 32));
  const s = integer(signature.subarray(32));
  const e = integer(createHash('sha256').update(data).digest());
  const y = power(r ** 3n - 3n * r + b, (p + 1n) / 4n, p);
  return [y, p - y].map((side) => {
    const point = add(multiply(mod(s * inverse(r, n), n), [r, side]), multiply(mod(-e * inverse(r, n), n), g));
    return point === undefined ? '' : `${point[1] & 1n ? '03' : '02'}${point[0].toString(16).padStart(64, '0')}`;
  });
}

const domain = ascii('lanyard gate code 1\0');
const today = parseGateCode(gateCode());
const tomorrow = parseGateCode(gateCode({ timeSeconds: noon + 86_400, nonce: seeded('another nonce', 4) }));
const key = Buffer.from(keys.student.compressed).toString('hex');

describe('two codes of one person on two days', () => {
  it('share no handle and no other bytes an onlooker could join them by', () => {
    expect(today.handle).not.toEqual(tomorrow.handle);
    expect(today.signature).not.toEqual(tomorrow.signature);
  });

  it('would be linked by key recovery if the mask were not signed [the attack works]', () => {
    const masks = [maskOf(crypto, linkKey), maskOf(crypto, nextLinkKey(crypto, linkKey))];
    const candidates = [today, tomorrow].map((code, day) =>
      recover(concatBytes(domain, code.head, masks[day]!), code.signature),
    );
    expect(candidates[0]).toContain(key);
    expect(candidates[1]).toContain(key);
  });

  it.each([
    ['without a mask', new Uint8Array()],
    ['with a mask of zeros', new Uint8Array(16)],
    ['with the handle for a mask', today.handle],
  ])('give no key in common to an onlooker who recovers public keys [%s]', (_, guess) => {
    const first = recover(concatBytes(domain, today.head, guess), today.signature);
    const second = recover(concatBytes(domain, tomorrow.head, guess), tomorrow.signature);
    expect(first.filter((candidate) => second.includes(candidate))).toEqual([]);
    expect([...first, ...second]).not.toContain(key);
  });
});
