import { describe, expect, it } from 'vitest';
import { encodeBase64urlJson } from '../../../src/base64url/strict-json.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { signJws } from '../../../src/jws/create-jws.js';
import { selective } from '../../../src/sd-jwt/create-sd-jwt.js';
import { prepareKeyBinding, presentSdJwt } from '../../../src/sd-jwt/present-sd-jwt.js';
import { type KeyBindingPolicy, verifyKeyBinding } from '../../../src/sd-jwt/verify-key-binding.js';
import { codeOf, testKey } from '../jws/support.js';
import { AUDIENCE, bind, digestText, holder, issue, NONCE, NOW, receive } from './support.js';

const issued = receive(issue({ a: selective(1), b: selective(2) }));
const presentation = presentSdJwt(issued, [['a']]);
const policy: KeyBindingPolicy = { nonce: NONCE, audience: AUDIENCE, maxAgeSeconds: 300, maxFutureSeconds: 30 };
const context = { holderKey: holder.verifyKey, nowSeconds: NOW, crypto: nodeCrypto, digestText };
const body = { iat: NOW, aud: AUDIENCE, nonce: NONCE, sd_hash: digestText(presentation) };

function check(compact: string, changes: Partial<KeyBindingPolicy> = {}, nowSeconds = NOW): string {
  return codeOf(() => verifyKeyBinding(receive(compact), { ...policy, ...changes }, { ...context, nowSeconds }));
}
const bound = (payload: object, header: { typ?: string } = { typ: 'kb+jwt' }, key = holder) =>
  presentation + signJws(header, payload, key.sign);

describe('key binding', () => {
  it('accepts the holder for this nonce and audience and hands out the payload', () => {
    const proof = verifyKeyBinding(receive(bind(presentation)), policy, context);
    expect(proof.payload).toEqual(body);
    expect(proof.issuedAtSeconds).toBe(NOW);
  });

  it('accepts from maxAgeSeconds back to maxFutureSeconds ahead, and nothing beyond [both edges]', () => {
    expect(check(bind(presentation), {}, NOW + 300)).toBe('accepted');
    expect(check(bind(presentation), {}, NOW - 30)).toBe('accepted');
    expect(check(bind(presentation), {}, NOW + 301)).toBe('key-binding-too-old');
    expect(check(bind(presentation), {}, NOW - 31)).toBe('key-binding-in-the-future');
    expect(check(bound({ ...body, iat: 1 }))).toBe('key-binding-too-old');
  });

  it('refuses when there is none', () => expect(check(presentation)).toBe('key-binding-missing'));

  it('refuses another typ [JWT], [missing], [issuer typ]', () => {
    for (const header of [{ typ: 'JWT' }, {}, { typ: 'dc+sd-jwt' }])
      expect(check(bound(body, header))).toBe('key-binding-typ-wrong');
  });

  it('refuses another nonce or audience [other], [prefix], [audience as list]', () => {
    expect(check(bind(presentation), { nonce: 'other' })).toBe('key-binding-nonce-wrong');
    expect(check(bind(presentation), { nonce: `${NONCE}0` })).toBe('key-binding-nonce-wrong');
    expect(check(bind(presentation), { audience: 'https://other.example' })).toBe('key-binding-audience-wrong');
    expect(check(bound({ ...body, aud: [AUDIENCE] }))).toBe('key-binding-malformed');
  });

  it('refuses a signature by another key, over another payload, or by the algorithm none', () => {
    expect(check(bound(body, { typ: 'kb+jwt' }, testKey()))).toBe('key-binding-signature-invalid');
    const [header, , signature] = bound(body).slice(presentation.length).split('.');
    expect(check(`${presentation}${header}.${encodeBase64urlJson({ ...body, iat: NOW + 1 })}.${signature}`)).toBe(
      'key-binding-signature-invalid',
    );
    const none = `${encodeBase64urlJson({ alg: 'none', typ: 'kb+jwt' })}.${encodeBase64urlJson(body)}.`;
    expect(check(presentation + none)).toBe('key-binding-malformed');
  });

  it('refuses when anything but exactly this was presented [more], [less], [another order]', () => {
    const kb = bind(presentation).slice(presentation.length);
    expect(check(presentSdJwt(issued, [['a'], ['b']]) + kb)).toBe('key-binding-sd-hash-wrong');
    expect(check(presentSdJwt(issued, []) + kb)).toBe('key-binding-sd-hash-wrong');
    const both = presentSdJwt(issued, [['a'], ['b']]);
    const [jws, first, second] = both.split('~');
    const bothKb = bind(both).slice(both.length);
    expect(check(both + bothKb)).toBe('accepted');
    expect(check(`${jws}~${second}~${first}~${bothKb}`)).toBe('key-binding-sd-hash-wrong');
  });

  it('refuses members that are missing or of a wrong type [iat], [aud], [nonce], [sd_hash]', () => {
    for (const name of ['iat', 'aud', 'nonce', 'sd_hash']) {
      expect(check(bound({ ...body, [name]: undefined }))).toBe('key-binding-malformed');
      expect(check(bound({ ...body, [name]: {} }))).toBe('key-binding-malformed');
    }
    expect(check(bound([] as object))).toBe('key-binding-malformed');
  });

  it('does not let further claims replace what is bound', () => {
    const prepared = prepareKeyBinding({
      presentation,
      nonce: NONCE,
      audience: AUDIENCE,
      issuedAtSeconds: NOW,
      digestText,
      extraClaims: { nonce: 'x', more: 1 },
    });
    const payload = JSON.parse(Buffer.from(prepared.encoded.split('.')[1] ?? '', 'base64url').toString());
    expect(payload).toEqual({ ...body, more: 1 });
    expect(() =>
      prepareKeyBinding({ presentation: 'no tilde', nonce: '', audience: '', issuedAtSeconds: 0, digestText }),
    ).toThrow(TypeError);
  });
});
