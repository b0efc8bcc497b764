import { signJws } from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { describe, expect, it } from 'vitest';
import { createCallerToken, createCallerTokenVerifier, type Refusal } from '../../src/index.js';

const START = 1_800_000_000;
const pair = generateKeyPair();
const sign = createSigner(pair.privateKey);
const key = nodeCrypto.importVerifyKey(pair.compressed)!;

function verifierAt(clock: { now: number }) {
  return createCallerTokenVerifier({
    audience: 'issuer',
    findCallerKey: (id) => (id === 'verifier' ? { kind: 'service', key } : undefined),
    clock: { nowSeconds: () => clock.now, nowMs: () => clock.now * 1000 },
  });
}
const claims = (change: object = {}) => ({
  iss: 'verifier',
  sub: 'verifier',
  aud: 'issuer',
  iat: START,
  exp: START + 50,
  jti: 'abcdefghijklmnop',
  ...change,
});
const token = (change: object = {}, typ = 'lanyard-caller+jwt', signer = sign) =>
  signJws({ typ }, claims(change), signer);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: Refusal) => error.code,
  );

describe('caller tokens', () => {
  it('accepts a fresh token of a known caller once', async () => {
    const verify = verifierAt({ now: START });
    const fresh = createCallerToken({ caller: 'verifier', audience: 'issuer', sign, nowSeconds: START });
    expect(await verify(fresh)).toMatchObject({ kind: 'service', id: 'verifier' });
    expect(await codeOf(verify(fresh))).toBe('caller-token-replayed');
  });

  it.each([
    ['other audience', { aud: 'verifier' }, 'caller-token-invalid'],
    ['iss and sub differ', { sub: 'admin' }, 'caller-token-invalid'],
    ['lives too long', { exp: START + 3600 }, 'caller-token-invalid'],
    ['expired', { iat: START - 100, exp: START - 60 }, 'caller-token-invalid'],
    ['from the future', { iat: START + 60, exp: START + 100 }, 'caller-token-invalid'],
    ['older than the process', { iat: START - 30, exp: START + 20 }, 'caller-token-invalid'],
    ['short jti', { jti: 'a' }, 'caller-token-invalid'],
    ['unknown caller', { iss: 'nobody', sub: 'nobody' }, 'caller-unknown'],
  ])('refuses a token [%s]', async (_, change, code) => {
    expect(await codeOf(verifierAt({ now: START })(token(change)))).toBe(code);
  });

  it('refuses a token [other key, other typ, alg none, no JWT, signature cut]', async () => {
    const verify = verifierAt({ now: START });
    const foreign = createSigner(generateKeyPair().privateKey);
    const none = `${Buffer.from('{"alg":"none","typ":"lanyard-caller+jwt"}').toString('base64url')}.${token().split('.')[1]}.`;
    for (const bad of [token({}, undefined, foreign), token({}, 'JWT'), none, 'a.b.c', 'x', token().slice(0, -4)]) {
      expect(await codeOf(verify(bad))).toBe('caller-token-invalid');
    }
  });

  it('forgets a jti only after its token has expired', async () => {
    const clock = { now: START };
    const verify = verifierAt(clock);
    const one = token();
    expect(await codeOf(verify(one))).toBe('accepted');
    clock.now = START + 49;
    expect(await codeOf(verify(one))).toBe('caller-token-replayed');
    clock.now = START + 120;
    expect(await codeOf(verify(one))).toBe('caller-token-invalid');
  });
});
