import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { encodeBase64url } from '../../../src/base64url/base64url.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { p256JwkThumbprint, parseP256Jwk, publicJwkMembers } from '../../../src/jws/p256-jwk.js';
import { codeOf, testKey } from './support.js';

const { jwk, compressed } = testKey();
const check = (value: unknown) => codeOf(() => parseP256Jwk(value));

describe('P-256 JWK', () => {
  it('gives the compressed point and the members to publish', () => {
    const checked = parseP256Jwk({ ...jwk, kid: 'k', use: 'sig', alg: 'ES256', key_ops: ['verify'], extra: 1 });
    expect(Buffer.from(checked.compressed)).toEqual(Buffer.from(compressed));
    expect(publicJwkMembers(checked)).toEqual(jwk);
  });

  it('has the thumbprint of RFC 7638 [as jose computes it]', async () => {
    const ours = p256JwkThumbprint(parseP256Jwk({ ...jwk, kid: 'ignored' }), nodeCrypto.sha256);
    expect(ours).toBe(await calculateJwkThumbprint(jwk as never));
  });

  it.each(['d', 'p', 'k', 'oth'])('refuses a private or secret part [%s]', (member) => {
    expect(check({ ...jwk, [member]: 'AA' })).toBe('jwk-has-private-part');
  });

  it.each([
    { ...jwk, kty: 'OKP' },
    { ...jwk, crv: 'P-384' },
    { ...jwk, kty: undefined },
  ])('refuses other key types %#', (value) => {
    expect(check(value)).toBe('jwk-type-not-allowed');
  });

  it('refuses coordinates [31 bytes], [33 bytes], [padded], [not canonical], [missing], [number]', () => {
    const values = [
      encodeBase64url(new Uint8Array(31)),
      encodeBase64url(new Uint8Array(33)),
      `${jwk.x}=`,
      undefined,
      7,
    ];
    for (const x of values) expect(check({ ...jwk, x })).toBe('jwk-coordinate-malformed');
    const last = jwk.y.charCodeAt(42);
    const bent = jwk.y.slice(0, 42) + String.fromCharCode(last + 1);
    expect(check({ ...jwk, y: bent })).toBe('jwk-coordinate-malformed');
  });

  it('refuses points off the curve [swapped], [zero], [coordinate not below p], [y of the same parity]', () => {
    expect(check({ ...jwk, x: jwk.y, y: jwk.x })).toBe('jwk-not-on-curve');
    const zero = encodeBase64url(new Uint8Array(32));
    expect(check({ ...jwk, x: zero, y: zero })).toBe('jwk-not-on-curve');
    expect(check({ ...jwk, x: encodeBase64url(new Uint8Array(32).fill(255)) })).toBe('jwk-not-on-curve');
    const y = Buffer.from(jwk.y, 'base64url');
    y[5] = (y[5] ?? 0) ^ 1;
    expect(check({ ...jwk, y: y.toString('base64url') })).toBe('jwk-not-on-curve');
  });

  it('refuses keys for something else [use], [key_ops], [alg]', () => {
    for (const members of [{ use: 'enc' }, { key_ops: ['sign'] }, { key_ops: 'verify' }, { alg: 'ES384' }]) {
      expect(check({ ...jwk, ...members })).toBe('jwk-use-not-allowed');
    }
  });

  it('refuses what is no JWK [null], [array], [text], [kid of another type]', () => {
    for (const value of [null, [], 'x', { ...jwk, kid: 5 }]) expect(check(value)).toBe('jwk-malformed');
  });
});
