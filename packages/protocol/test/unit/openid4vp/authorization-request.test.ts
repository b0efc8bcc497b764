import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DcqlQueryError } from '../../../src/dcql/errors.js';
import { type AuthorizationRequest, parseAuthorizationRequest } from '../../../src/openid4vp/authorization-request.js';
import { parseClientId } from '../../../src/openid4vp/client-id.js';
import { AuthorizationRequestError, VpTokenError } from '../../../src/openid4vp/errors.js';
import { parseVpToken } from '../../../src/openid4vp/parse-vp-token.js';
import { readVector } from '../../vectors.js';
import { testKey } from '../jws/support.js';

const { x, y } = testKey().jwk as { x: string; y: string };
const key = { kty: 'EC', crv: 'P-256', x, y, kid: 'k', use: 'enc', alg: 'ECDH-ES' };
const metadata = (more: object = {}) => ({
  vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] } },
  jwks: { keys: [key] },
  encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM'],
  ...more,
});
const formats = (vp_formats_supported: object) => metadata({ vp_formats_supported });
const mdocAlgorithms = (issuerauth_alg_values: unknown, deviceauth_alg_values: unknown) => ({
  mso_mdoc: { issuerauth_alg_values, deviceauth_alg_values },
});
const request = (more: object = {}): { [name: string]: never } =>
  ({
    client_id: 'x509_san_dns:verifier.example',
    aud: 'https://self-issued.me/v2',
    response_type: 'vp_token',
    response_mode: 'direct_post.jwt',
    response_uri: 'https://verifier.example/response',
    nonce: 'n'.repeat(22),
    state: 's',
    dcql_query: { credentials: [{ id: 'id', format: 'dc+sd-jwt', meta: { vct_values: ['urn:x'] } }] },
    client_metadata: metadata(),
    iat: 1,
    exp: 2,
    ...more,
  }) as never;
const code = (more: object) => {
  try {
    parseAuthorizationRequest(JSON.parse(JSON.stringify(request(more))));
    return 'accepted';
  } catch (error) {
    if (error instanceof AuthorizationRequestError || error instanceof DcqlQueryError) return error.code;
    throw error;
  }
};

describe('a request object (OpenID4VP 1.0 §5)', () => {
  it('is taken in the form it has on the wire [direct_post.jwt], [direct_post without metadata], [loopback]', () => {
    expect(parseAuthorizationRequest(request())).toEqual(request());
    expect(code({ response_mode: 'direct_post', client_metadata: undefined })).toBe('accepted');
    expect(code({ response_uri: 'http://localhost:8083/x' })).toBe('accepted');
    expect(code({ client_id: `x509_hash:${'A'.repeat(43)}` })).toBe('accepted');
  });

  it('may want SD-JWT, mdoc or both, and any algorithm where it names none (B.2.2, B.3.4) [printed], [both], [none]', () => {
    const read = (value: object) =>
      parseAuthorizationRequest(request({ client_metadata: formats(value) })).client_metadata?.vp_formats_supported;
    for (const file of ['mso_mdoc', 'sd_jwt_vc']) {
      const { vp_formats_supported: printed } = readVector<{ vp_formats_supported: object }>(
        `openid4vp/client_metadata/${file}_verifier_metadata.json`,
      );
      expect(read(printed)).toEqual(printed);
    }
    const both = { ...metadata().vp_formats_supported, ...mdocAlgorithms([-7, -9], [-7, -9]) };
    expect(read(both)).toEqual(both);
    expect(read({ mso_mdoc: {} })).toEqual(mdocAlgorithms([-7, -9], [-7, -9]));
    expect(read(mdocAlgorithms([-35, -9], [-7]))).toEqual(mdocAlgorithms([-35, -9], [-7]));
  });

  it('loses keys and algorithms nobody speaks and keeps the rest [keys], [enc], [enc not named]', () => {
    const parsed = (more: object): AuthorizationRequest =>
      parseAuthorizationRequest(request({ client_metadata: metadata(more) }));
    const rsa = { kty: 'RSA', n: 'x', e: 'AQAB', alg: 'RSA-OAEP', kid: 'r' };
    expect(
      parsed({ jwks: { keys: [rsa, key, { ...key, kid: 'no alg', alg: undefined }] } }).client_metadata?.jwks?.keys,
    ).toEqual([key]);
    const enc = (value: unknown) =>
      parsed({ encrypted_response_enc_values_supported: value }).client_metadata
        ?.encrypted_response_enc_values_supported;
    expect(enc(['A256GCM', 'A128CBC-HS256'])).toEqual(['A256GCM']);
    expect(enc(undefined)).toEqual(['A128GCM']);
  });

  const refused: [string, string, object][] = [
    ['no client_id', 'client-id-malformed', { client_id: undefined }],
    ['client_id without prefix', 'client-id-prefix-not-supported', { client_id: 'verifier.example' }],
    ['prefix redirect_uri', 'client-id-prefix-not-supported', { client_id: 'redirect_uri:https://a.example' }],
    ['a host that is none', 'client-id-malformed', { client_id: 'x509_san_dns:a b' }],
    ['a hash too short', 'client-id-malformed', { client_id: 'x509_hash:AAAA' }],
    ['another audience', 'request-audience-wrong', { aud: 'https://wallet.example' }],
    ['no audience', 'request-audience-wrong', { aud: undefined }],
    ['response_type code', 'response-type-not-supported', { response_type: 'code' }],
    ['response_type two', 'response-type-not-supported', { response_type: 'vp_token id_token' }],
    ['response_mode fragment', 'response-mode-not-supported', { response_mode: 'fragment' }],
    ['no response_mode', 'response-mode-not-supported', { response_mode: undefined }],
    ['response_uri http', 'response-uri-malformed', { response_uri: 'http://verifier.example/' }],
    ['response_uri with fragment', 'response-uri-malformed', { response_uri: 'https://verifier.example/#x' }],
    ['response_uri with credentials', 'response-uri-malformed', { response_uri: 'https://a:b@verifier.example/' }],
    ['no response_uri', 'response-uri-malformed', { response_uri: undefined }],
    ['redirect_uri beside', 'request-malformed', { redirect_uri: 'https://verifier.example/' }],
    ['no nonce', 'nonce-malformed', { nonce: undefined }],
    ['a nonce below 128 bits', 'nonce-malformed', { nonce: 'n'.repeat(21) }],
    ['a nonce not URL-safe', 'nonce-malformed', { nonce: 'n n'.repeat(10) }],
    ['a state not URL-safe', 'state-malformed', { state: '\u5b66' }],
    ['a state that is a number', 'state-malformed', { state: 7 }],
    [
      'no state without holder binding',
      'state-malformed',
      {
        state: undefined,
        dcql_query: {
          credentials: [
            {
              id: 'id',
              format: 'dc+sd-jwt',
              meta: { vct_values: ['urn:x'] },
              require_cryptographic_holder_binding: false,
            },
          ],
        },
      },
    ],
    ['transaction data', 'transaction-data-not-supported', { transaction_data: ['e30'] }],
    ['scope beside', 'request-malformed', { scope: 'x' }],
    ['no query', 'dcql-malformed', { dcql_query: undefined }],
    ['iat a text', 'request-malformed', { iat: '1' }],
    ['no metadata', 'encryption-key-missing', { client_metadata: undefined }],
    ['metadata a text', 'client-metadata-malformed', { client_metadata: 'x' }],
    ['no formats', 'client-metadata-malformed', { client_metadata: metadata({ vp_formats_supported: undefined }) }],
    ['only W3C', 'format-not-supported', { client_metadata: formats({ jwt_vc_json: {} }) }],
    ['mdoc of ES384 alone', 'format-not-supported', { client_metadata: formats(mdocAlgorithms([-35], [-7])) }],
    ['mdoc with a MAC alone', 'format-not-supported', { client_metadata: formats(mdocAlgorithms([-7], [-65537])) }],
    [
      'mdoc algorithms as names',
      'client-metadata-malformed',
      { client_metadata: formats(mdocAlgorithms(['ES256'], [-7])) },
    ],
    [
      'mdoc algorithms as one number',
      'client-metadata-malformed',
      { client_metadata: formats(mdocAlgorithms(-7, [-7])) },
    ],
    [
      'only ES384',
      'format-not-supported',
      { client_metadata: metadata({ vp_formats_supported: { 'dc+sd-jwt': { 'kb-jwt_alg_values': ['ES384'] } } }) },
    ],
    ['no keys', 'encryption-key-missing', { client_metadata: metadata({ jwks: undefined }) }],
    [
      'a key without alg',
      'encryption-key-missing',
      { client_metadata: metadata({ jwks: { keys: [{ ...key, alg: undefined }] } }) },
    ],
    [
      'a key without kid',
      'encryption-key-missing',
      { client_metadata: metadata({ jwks: { keys: [{ ...key, kid: undefined }] } }) },
    ],
    [
      'a key for signatures',
      'encryption-key-missing',
      { client_metadata: metadata({ jwks: { keys: [{ ...key, use: 'sig' }] } }) },
    ],
    [
      'a key off the curve',
      'encryption-key-missing',
      { client_metadata: metadata({ jwks: { keys: [{ ...key, y: x }] } }) },
    ],
    [
      'a private key',
      'client-metadata-malformed',
      { client_metadata: metadata({ jwks: { keys: [{ ...key, d: x }] } }) },
    ],
    [
      'no enc we speak',
      'encryption-not-supported',
      { client_metadata: metadata({ encrypted_response_enc_values_supported: ['A256CBC-HS512'] }) },
    ],
    ['a name that is none', 'client-metadata-malformed', { client_metadata: metadata({ client_name: 1 }) }],
  ];
  it.each(refused)('is refused [%s: %s]', (_, expected, more) => {
    expect(code(more)).toBe(expected);
  });

  it('never ends in anything but a request or a typed error', () => {
    const members = Object.keys(request());
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.jsonValue(), (member, value) => {
        expect(typeof code({ [member]: value })).toBe('string');
      }),
    );
  });
});

describe('a client identifier (§5.9.3)', () => {
  it('keeps its prefix', () => {
    expect(parseClientId('x509_san_dns:a.example')).toEqual({
      prefix: 'x509_san_dns',
      value: 'a.example',
      full: 'x509_san_dns:a.example',
    });
  });
});

describe('a vp_token (§8.1)', () => {
  const tokenCode = (value: unknown) => {
    try {
      parseVpToken(value);
      return 'accepted';
    } catch (error) {
      if (error instanceof VpTokenError) return error.code;
      throw error;
    }
  };
  it('is an object from id to presentations', () => {
    expect([...parseVpToken({ a: ['x'], b: ['y', 'z'] })]).toEqual([
      ['a', ['x']],
      ['b', ['y', 'z']],
    ]);
  });
  it.each([
    ['vp-token-malformed', 'x'],
    ['vp-token-malformed', []],
    ['vp-token-malformed', {}],
    ['vp-token-malformed', { a: 'x' }],
    ['vp-token-malformed', { a: [] }],
    ['vp-token-malformed', { a: [''] }],
    ['vp-token-malformed', { a: [{}] }],
    ['presentation-repeated', { a: ['x', 'x'] }],
    ['presentation-repeated', { a: ['x'], b: ['x'] }],
    ['vp-token-too-large', { a: ['x'.repeat(131_073)] }],
    ['vp-token-too-large', { a: Array.from({ length: 17 }, (_, n) => `x${n}`) }],
    ['vp-token-too-large', Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`i${n}`, ['x']]))],
  ])('is refused [%s]', (expected, value) => {
    expect(tokenCode(value)).toBe(expected);
  });
  it('never ends in anything but a token or its own error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typeof tokenCode(value)).toBe('string');
      }),
    );
  });
});
