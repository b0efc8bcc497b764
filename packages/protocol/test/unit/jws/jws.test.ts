import { sign as nodeSign } from 'node:crypto';
import fc from 'fast-check';
import { compactVerify, importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { encodeBase64url, encodeBase64urlText } from '../../../src/base64url/base64url.js';
import { encodeBase64urlJson } from '../../../src/base64url/strict-json.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { assembleJws, prepareJws, signJws } from '../../../src/jws/create-jws.js';
import { jwsJsonPayload, parseJws } from '../../../src/jws/parse-jws.js';
import { verifyJws } from '../../../src/jws/verify-jws.js';
import { codeOf, testKey } from './support.js';

const key = testKey();
const other = testKey();
const header = { typ: 'example+jwt', kid: 'k1' };
const options = { typ: 'example+jwt', crypto: nodeCrypto };
const good = signJws(header, { hello: '世界' }, key.sign);
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.');
const withHeader = (members: object) => {
  const encoded = `${encodeBase64urlJson(members)}.${goodPayload}`;
  return `${encoded}.${encodeBase64url(key.sign(new TextEncoder().encode(encoded)))}`;
};
const check = (compact: string) => codeOf(() => verifyJws(parseJws(compact), key.verifyKey, options));

describe('JWS', () => {
  it('verifies what it signs [at once], [prepared and assembled]', () => {
    const jws = verifyJws(parseJws(good), key.verifyKey, options);
    expect(jwsJsonPayload(jws)).toEqual({ hello: '世界' });
    const prepared = prepareJws(header, 'not JSON');
    const later = parseJws(assembleJws(prepared, key.sign(prepared.signingInput)));
    expect(Buffer.from(verifyJws(later, key.verifyKey, options).payloadBytes).toString()).toBe('not JSON');
  });

  it('agrees with jose [ours to jose], [jose to ours]', async () => {
    const jwk = await importJWK(key.jwk as never, 'ES256');
    const answer = await compactVerify(good, jwk, { algorithms: ['ES256'] });
    expect(answer.protectedHeader).toEqual({ alg: 'ES256', typ: 'example+jwt', kid: 'k1' });
    const theirs = await new SignJWT({ a: 1 })
      .setProtectedHeader({ alg: 'ES256', typ: 'example+jwt' })
      .sign(key.privateKey);
    expect(check(theirs)).toBe('accepted');
  });

  it.each(['none', 'HS256', 'RS256', 'ES384', 'ES256K', 'es256', '', 7, null, undefined])(
    'refuses algorithm %s',
    (alg) => {
      expect(check(withHeader({ alg, typ: 'example+jwt' }))).toBe('jws-alg-not-allowed');
    },
  );

  it('refuses an unsigned token [none, empty signature]', () => {
    expect(check(`${encodeBase64urlJson({ alg: 'none' })}.${goodPayload}.`)).toBe('jws-alg-not-allowed');
    expect(check(`${goodHeader}.${goodPayload}.`)).toBe('jws-signature-malformed');
  });

  it('refuses critical extensions [unknown], [empty list], [not a list]', () => {
    const base = { alg: 'ES256', typ: 'example+jwt' };
    expect(check(withHeader({ ...base, crit: ['exp'], exp: 1 }))).toBe('jws-crit-not-understood');
    expect(check(withHeader({ ...base, crit: [] }))).toBe('jws-crit-not-understood');
    expect(check(withHeader({ ...base, crit: 'b64', b64: true }))).toBe('jws-crit-not-understood');
  });

  it('refuses an unencoded payload [b64 false], [b64 of another type]', () => {
    const base = { alg: 'ES256', typ: 'example+jwt' };
    expect(check(withHeader({ ...base, b64: false, crit: ['b64'] }))).toBe('jws-b64-not-supported');
    expect(check(withHeader({ ...base, b64: 'true' }))).toBe('jws-b64-not-supported');
  });

  it('refuses another typ [other], [missing], [in capitals]', () => {
    expect(check(withHeader({ alg: 'ES256', typ: 'JWT' }))).toBe('jws-typ-wrong');
    expect(check(withHeader({ alg: 'ES256' }))).toBe('jws-typ-wrong');
    expect(check(withHeader({ alg: 'ES256', typ: 'EXAMPLE+JWT' }))).toBe('jws-typ-wrong');
  });

  it('refuses headers that are ambiguous or of wrong types', () => {
    for (const text of [
      '{"alg":"none","alg":"ES256"}',
      '[]',
      '{"alg":"ES256","typ":5}',
      '{"alg":"ES256","kid":{}}',
      '{',
    ]) {
      expect(check(`${encodeBase64urlText(text)}.${goodPayload}.${goodSignature}`)).toBe('jws-header-malformed');
    }
  });

  it('refuses a signature that is not 64 bytes of r||s [DER], [short], [long], [not canonical]', () => {
    const input = Buffer.from(`${goodHeader}.${goodPayload}`);
    const der = nodeSign('sha256', input, key.privateKey);
    for (const signature of [der, Buffer.alloc(63), Buffer.alloc(65)]) {
      const compact = `${goodHeader}.${goodPayload}.${signature.toString('base64url')}`;
      expect(check(compact)).toBe('jws-signature-malformed');
    }
    const last = goodSignature.charAt(85) === 'A' ? 'B' : String.fromCharCode(goodSignature.charCodeAt(85) + 1);
    expect(check(`${goodHeader}.${goodPayload}.${goodSignature.slice(0, 85)}${last}`)).toBe('jws-signature-malformed');
  });

  it('refuses a signature by another key, of zeros, or over another payload', () => {
    expect(check(signJws(header, { hello: '世界' }, other.sign))).toBe('jws-signature-invalid');
    expect(check(`${goodHeader}.${goodPayload}.${encodeBase64url(new Uint8Array(64))}`)).toBe('jws-signature-invalid');
    expect(check(`${goodHeader}.${encodeBase64urlJson({ hello: 'x' })}.${goodSignature}`)).toBe(
      'jws-signature-invalid',
    );
  });

  it.each(['', '.', '..', 'a.b', '.b.c', `${good}.`, `${good}.x`, good.replace('.', '..')])(
    'refuses form %#',
    (text) => {
      expect(['jws-malformed', 'jws-header-malformed']).toContain(check(text));
    },
  );

  it('refuses padding and white space around the parts', () => {
    expect(check(`${goodHeader}.${goodPayload}=.${goodSignature}`)).toBe('jws-malformed');
    expect(check(`${good}\n`)).toBe('jws-signature-malformed');
    expect(check(` ${good}`)).toBe('jws-header-malformed');
  });

  it('refuses what is too large [whole], [header]', () => {
    expect(check(`${goodHeader}.${'A'.repeat(140_000)}.${goodSignature}`)).toBe('jws-too-large');
    expect(check(withHeader({ alg: 'ES256', typ: 'example+jwt', x: 'x'.repeat(17_000) }))).toBe('jws-header-malformed');
  });

  it('refuses a payload that is no strict JSON object [array], [duplicate member]', () => {
    for (const payload of ['[]', '{"a":1,"a":1}']) {
      expect(codeOf(() => jwsJsonPayload(parseJws(signJws(header, payload, key.sign))))).toBe('jws-payload-malformed');
    }
  });

  it('does not let a caller choose alg, crit or b64, or join a DER signature', () => {
    for (const member of ['alg', 'crit', 'b64']) expect(() => prepareJws({ [member]: 'x' }, {})).toThrow(TypeError);
    expect(() => assembleJws(prepareJws(header, {}), new Uint8Array(70))).toThrow(TypeError);
  });

  it('refuses with a typed error whatever it is given [any text], [one character changed]', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => check(text) !== 'accepted'));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...'AZ09-_.=~'), (at, character) => {
        fc.pre(good.charAt(at) !== character);
        expect(check(good.slice(0, at) + character + good.slice(at + 1))).not.toBe('accepted');
      }),
    );
  });
});
