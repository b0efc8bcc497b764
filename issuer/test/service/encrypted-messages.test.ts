import { createPrivateKey, type KeyObject } from 'node:crypto';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { CompactEncrypt, compactDecrypt, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Claimed, claimAt, errorOf, requestBody, roster } from './support/claim.js';
import { accessHash, dpopProof } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
let claimed: Claimed;
let metadata: {
  credential_request_encryption: { jwks: { keys: Record<string, string>[] }; enc_values_supported: string[] };
};
let offsetMs = 0;
const clock = { nowMs: () => Date.now() + offsetMs, nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000) };
beforeAll(async () => {
  issuer = await startIssuer(undefined, { clock });
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
  claimed = await claimAt(issuer, '202301000001');
  metadata = (await (await fetch(`${issuer.url}/.well-known/openid-credential-issuer`)).json()) as typeof metadata;
});
afterAll(() => issuer.close());

const { privateKey, publicKey } = generateKeyPair();
const answerKey = { ...publicKey.export({ format: 'jwk' }), kid: 'of-the-wallet', use: 'enc', alg: 'ECDH-ES' };
const wanted = { jwk: answerKey, enc: 'A256GCM' };

const encrypt = async (
  plaintext: string | Uint8Array,
  header: object = {},
  jwk = metadata.credential_request_encryption.jwks.keys[0],
) =>
  new CompactEncrypt(typeof plaintext === 'string' ? new TextEncoder().encode(plaintext) : plaintext)
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', kid: String(jwk?.['kid']), ...header })
    .encrypt(await importJWK({ ...jwk }, 'ECDH-ES'));
const send = async (jwe: string, path = '/credential') => {
  const url = `${issuer.url}${path}`;
  const { wallet, tokens } = claimed;
  return fetch(url, {
    method: 'POST',
    body: jwe,
    headers: {
      Authorization: `DPoP ${tokens.access_token}`,
      DPoP: dpopProof(wallet.dpop, 'POST', url, { ath: await accessHash(tokens.access_token) }),
      'Content-Type': 'application/jwt',
    },
  });
};
const open = async (answer: Response, key: KeyObject = privateKey) => {
  expect(answer.headers.get('Content-Type')).toContain('application/jwt');
  const { plaintext, protectedHeader } = await compactDecrypt(await answer.text(), key);
  return {
    header: protectedHeader,
    message: JSON.parse(new TextDecoder().decode(plaintext)) as Record<string, unknown>,
  };
};
const body = async (more: object = {}) =>
  JSON.stringify({ ...(await requestBody(claimed.wallet, 'student-id-sd-jwt', 2)), ...more });

describe('encrypted credential requests and responses (§10) [MUST 15]', () => {
  it.each([
    ['A128GCM', {}],
    ['A256GCM', {}],
    ['A128GCM', { zip: 'DEF' }],
  ])('are taken [%s %o]', async (enc, more) => {
    const answer = await send(await encrypt(await body(), { enc, ...more }));
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(((await answer.json()) as { credentials: unknown[] }).credentials).toHaveLength(2);
  });

  it.each([{}, { zip: 'DEF' }])('are answered encrypted where that is asked for [%o]', async (more) => {
    const answer = await send(await encrypt(await body({ credential_response_encryption: { ...wanted, ...more } })));
    expect(answer.status, await answer.clone().text()).toBe(200);
    const { header, message } = await open(answer);
    expect(header).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'of-the-wallet', ...more });
    expect(message['credentials']).toHaveLength(2);
    expect(message['notification_id']).toBeTypeOf('string');
  });

  it('are refused in the clear though every word in them is right [MUST 15]', async () => {
    const answer = await send(
      await encrypt(await body({ credential_response_encryption: wanted, credential_configuration_id: 'driver' })),
    );
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([400, 'application/json; charset=utf-8']);
    expect(await errorOf(answer)).toBe('unknown_credential_configuration');
  });

  it.each<[string, object]>([
    ['no enc', { jwk: answerKey }],
    ['enc not offered', { ...wanted, enc: 'A192GCM' }],
    ['zip not offered', { ...wanted, zip: 'GZIP' }],
    ['no jwk', { enc: 'A128GCM' }],
    ['jwk without alg', { ...wanted, jwk: { ...answerKey, alg: undefined } }],
    ['another alg', { ...wanted, jwk: { ...answerKey, alg: 'ECDH-ES+A128KW' } }],
    ['jwk for signatures', { ...wanted, jwk: { ...answerKey, use: 'sig' } }],
    ['a private key', { ...wanted, jwk: { ...privateKey.export({ format: 'jwk' }), alg: 'ECDH-ES' } }],
    ['another curve', { ...wanted, jwk: { ...answerKey, crv: 'P-384' } }],
    ['a point off the curve', { ...wanted, jwk: { ...answerKey, y: answerKey.x } }],
  ])('are refused with parameters for the answer that cannot be used [%s]', async (_name, encryption) => {
    const answer = await send(await encrypt(await body({ credential_response_encryption: encryption })));
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_encryption_parameters']);
  });

  it('are refused where they cannot be decrypted [garbage, other key, other kid, alg and enc not offered, crit, inflated beyond the limit]', async () => {
    const text = await body();
    const stranger = {
      ...generateKeyPair().publicKey.export({ format: 'jwk' }),
      kid: 'stranger',
    };
    const ours = metadata.credential_request_encryption.jwks.keys[0];
    const bomb = await encrypt(new Uint8Array(8 << 20), { zip: 'DEF' });
    expect(bomb.length).toBeLessThan(150_000);
    const cases = [
      'a.b.c.d.e',
      'nonsense',
      await encrypt(text, {}, stranger as never),
      await encrypt(text, { kid: ours?.['kid'] }, stranger as never),
      await encrypt(text, { kid: 'unknown' }),
      await encrypt(text, { enc: 'A128CBC-HS256' }),
      await encrypt(text, { alg: 'ECDH-ES+A128KW' }),
      await encrypt(text, { jku: 'https://evil.example' }),
      bomb,
    ];
    for (const jwe of cases) {
      const answer = await send(jwe);
      expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_encryption_parameters']);
    }
  });

  it('are refused where the content is no JSON object', async () => {
    for (const text of ['[]', 'nothing', '"x"', `${'['.repeat(100)}${']'.repeat(100)}`])
      expect(await errorOf(await send(await encrypt(text)))).toBe('invalid_credential_request');
  });

  it('use a key with kid, alg and use, a new one each year, and the former for a month more', async () => {
    const read = async () =>
      ((await (await fetch(`${issuer.url}/.well-known/openid-credential-issuer`)).json()) as typeof metadata)
        .credential_request_encryption.jwks.keys;
    const [first] = await read();
    expect(first).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ECDH-ES', use: 'enc', kid: expect.any(String) });
    expect(() => createPrivateKey({ key: first as never, format: 'jwk' })).toThrow();
    const text = JSON.stringify({ credential_configuration_id: 'driver' });
    const code = async () => errorOf(await send(await encrypt(text, {}, first)));
    offsetMs = 366 * 86_400_000;
    await issuer.maintain();
    const [second] = await read();
    expect(second?.['kid']).not.toBe(first?.['kid']);
    offsetMs = 0;
    claimed = await claimAt(issuer, '202301000001');
    expect(await code()).toBe('unknown_credential_configuration');
    expect(await errorOf(await send(await encrypt(text, {}, second)))).toBe('unknown_credential_configuration');
  });
});
