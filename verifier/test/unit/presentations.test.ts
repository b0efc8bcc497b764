import { CompactEncrypt, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  decryptResponse,
  makeResponseKey,
  ResponseEncryptionError,
  responseJwkOf,
} from '../../src/adapters/response-encryption.js';
import { askedClaims } from '../../src/domain/presentations/disclosed-claims.js';
import { queryOfPurpose } from '../../src/domain/presentations/purpose-query.js';
import { requestLink, requestObject, withResponseCode } from '../../src/domain/presentations/request-object.js';
import { PURPOSES } from '../../src/domain/verifications/purposes.js';
import { presentationAnswer } from '../../src/http/presentation-answer.js';
import { createPartSealer } from '../../src/storage/part-sealer.js';

const parts = {
  clientId: 'x509_san_dns:verifier.example',
  clientName: '示例大学',
  responseUri: 'https://verifier.example/openid4vp/responses/1',
  nonce: 'n',
  state: 's',
  query: { credentials: [] },
  purposeText: undefined,
  transactions: undefined,
  walletNonce: undefined,
  issuedAtSeconds: 1,
  expiresAtSeconds: 2,
};

describe('a request object', () => {
  it('names a key only for an encrypted answer [direct_post], [direct_post.jwt]', () => {
    const clear = requestObject({ ...parts, responseMode: 'direct_post', encryptionKey: undefined });
    expect(clear.client_metadata).not.toHaveProperty('jwks');
    const { jwk } = makeResponseKey();
    const encrypted = requestObject({ ...parts, responseMode: 'direct_post.jwt', encryptionKey: jwk });
    expect(encrypted.client_metadata?.jwks?.keys).toEqual([jwk]);
    expect(encrypted.aud).toBe('https://self-issued.me/v2');
  });

  it('says what it is for, where the asker said so', () => {
    const purposeText = { zh: '登录到“图书馆”', en: 'To sign in to Library' };
    const said = requestObject({ ...parts, responseMode: 'direct_post', encryptionKey: undefined, purposeText });
    expect(said.lanyard_purpose).toEqual(purposeText);
    const silent = requestObject({ ...parts, responseMode: 'direct_post', encryptionKey: undefined });
    expect(silent).not.toHaveProperty('lanyard_purpose');
  });

  it('is linked with the full client identifier, escaped', () => {
    expect(requestLink('openid4vp://', 'x509_san_dns:a.example', 'https://a.example/r/1')).toBe(
      'openid4vp://?client_id=x509_san_dns%3Aa.example&request_uri=https%3A%2F%2Fa.example%2Fr%2F1',
    );
  });

  it('returns with the response code among the parameters [none], [some], [its own name taken]', () => {
    expect(withResponseCode('https://a.example/cb', 'x')).toBe('https://a.example/cb?response_code=x');
    expect(withResponseCode('https://a.example/cb?a=%26', 'x')).toBe('https://a.example/cb?a=%26&response_code=x');
    expect(withResponseCode('https://a.example/cb?response_code=y', 'x')).toBe('https://a.example/cb?response_code=x');
  });

  it('of a purpose asks for what its policy looks at, no more', () => {
    const asked = PURPOSES.map((purpose) => [purpose.id, queryOfPurpose(purpose).credentials[0]?.claims]);
    expect(Object.fromEntries(asked)).toEqual({
      'student-status': undefined,
      'rail-discount': [{ path: ['enrolment_status'] }, { path: ['registered_until'] }],
      'certificate-pickup': undefined,
    });
  });
});

describe('the claims told', () => {
  const claims = { name: 'N', document: { type: 'T', number: '99' }, list: [{ a: 1, b: 2 }], __extra: true };
  it('are those asked for, in their places [whole], [part], [two parts], [array], [missing], [inherited]', () => {
    expect(askedClaims(claims, [{ path: ['name'] }])).toEqual({ name: 'N' });
    expect(askedClaims(claims, [{ path: ['document', 'type'] }])).toEqual({ document: { type: 'T' } });
    const both = [{ path: ['document', 'type'] }, { path: ['document', 'number'] }];
    expect(askedClaims(claims, both)).toEqual({ document: claims.document });
    expect(askedClaims(claims, [{ path: ['list', null, 'a'] }])).toEqual({ list: claims.list });
    expect(askedClaims(claims, [{ path: ['other'] }])).toEqual({});
    expect(askedClaims(claims, [{ path: ['toString'] }])).toEqual({});
  });

  const credential = (id: string, multiple?: boolean) => ({
    id,
    format: 'dc+sd-jwt' as const,
    meta: { vct_values: ['x'] },
    ...(multiple === undefined ? {} : { multiple }),
  });
  const accepted = { verdict: 'accepted', claims: { name: 'N' } } as const;
  const overall = { verdict: 'accepted' } as const;
  it('are flat for one credential and by query id for several [one], [two], [multiple], [gone]', () => {
    const answer = (credentials: ReturnType<typeof credential>[], results: Record<string, (typeof accepted)[]>) =>
      presentationAnswer({ credentials }, { overall, results });
    expect(answer([credential('a')], { a: [accepted] })).toEqual({
      verdict: 'accepted',
      claims: { name: 'N' },
      credentials: { a: accepted },
    });
    expect(answer([credential('a'), credential('b')], { a: [accepted] })).toMatchObject({
      claims: { a: { name: 'N' } },
    });
    expect(answer([credential('a', true)], { a: [accepted, accepted] })).toEqual({
      verdict: 'accepted',
      claims: { a: [{ name: 'N' }, { name: 'N' }] },
      credentials: { a: [accepted, accepted] },
    });
    expect(presentationAnswer({ credentials: [credential('a')] }, { overall, results: undefined })).toEqual(overall);
  });
  it('are none where the answer was rejected', () => {
    const rejected = { verdict: 'rejected', reason: 'suspended' } as const;
    expect(
      presentationAnswer({ credentials: [credential('a')] }, { overall: rejected, results: { a: [rejected] } }),
    ).toEqual({ verdict: 'rejected', reason: 'suspended', credentials: { a: rejected } });
  });
});

describe('an encrypted answer', () => {
  const { jwk, pkcs8 } = makeResponseKey();
  const encrypt = async (content: string, header: object = {}) =>
    new CompactEncrypt(new TextEncoder().encode(content))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', kid: jwk.kid, ...header })
      .encrypt(await importJWK({ kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y }, 'ECDH-ES'));
  const code = async (jwe: string) => {
    try {
      return await decryptResponse(jwe, { pkcs8, kid: jwk.kid });
    } catch (error) {
      if (error instanceof ResponseEncryptionError) return error.code;
      throw error;
    }
  };
  const reheaded = async (change: object) => {
    const [header = '', ...rest] = (await encrypt('{}')).split('.');
    const members = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), ...change };
    return [Buffer.from(JSON.stringify(members)).toString('base64url'), ...rest].join('.');
  };

  it('opens with the key of its request [A128GCM], [A256GCM]', async () => {
    expect(await code(await encrypt('{"a":1}'))).toEqual({ a: 1 });
    expect(await code(await encrypt('{"a":1}', { enc: 'A256GCM' }))).toEqual({ a: 1 });
    expect(responseJwkOf(pkcs8, jwk.kid)).toEqual(jwk);
  });

  it.each([
    ['jwe-malformed', async () => 'x'],
    ['jwe-malformed', async () => 'a.b.c.d.e.f'],
    ['jwe-malformed', async () => '!.b.c.d.e'],
    ['jwe-malformed', async () => `${Buffer.from('[]').toString('base64url')}.b.c.d.e`],
    ['jwe-malformed', async () => `${Buffer.from('{"alg":1,"alg":2}').toString('base64url')}.b.c.d.e`],
    ['jwe-header-not-allowed', () => reheaded({ zip: 'DEF' })],
    ['jwe-header-not-allowed', () => reheaded({ p2c: 1_000_000 })],
    ['jwe-header-not-allowed', () => reheaded({ crit: ['b64'] })],
    ['jwe-alg-not-offered', () => reheaded({ alg: 'PBES2-HS256+A128KW' })],
    ['jwe-alg-not-offered', () => reheaded({ alg: 'dir' })],
    ['jwe-enc-not-offered', () => reheaded({ enc: 'A128CBC-HS256' })],
    ['jwe-enc-not-offered', () => reheaded({ enc: undefined })],
    ['jwe-kid-not-offered', () => reheaded({ kid: 'other' })],
    ['jwe-kid-not-offered', () => reheaded({ kid: undefined })],
    ['jwe-decryption-failed', () => reheaded({ typ: 'JWT' })],
    ['jwe-decryption-failed', () => reheaded({ epk: undefined })],
    ['jwe-content-malformed', () => encrypt('[]')],
    ['jwe-content-malformed', () => encrypt('{"a":1,"a":2}')],
  ])('is refused [%s]', async (expected, make) => {
    expect(await code(await make())).toBe(expected);
  });
});

describe('what is sealed for a row', () => {
  it('opens for that row only [another label], [no label]', () => {
    const sealer = createPartSealer(Buffer.alloc(32, 1));
    const sealed = sealer.seal(Buffer.from('x'), 'a key');
    expect(sealer.open(sealed, 'a key').toString()).toBe('x');
    expect(() => sealer.open(sealed, 'b key')).toThrow();
    expect(() => sealer.open(sealed)).toThrow();
  });
});
