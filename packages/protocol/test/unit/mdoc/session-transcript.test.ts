import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/bytes/text.js';
import { p256JwkThumbprint, p256JwkThumbprintBytes, parseP256Jwk } from '../../../src/jws/p256-jwk.js';
import { dcApiSessionTranscript, openid4vpSessionTranscript } from '../../../src/mdoc/session-transcript.js';
import { readVector } from '../../vectors.js';
import { sha256 } from './support.js';

type Example = {
  readonly section: string;
  readonly parts: { client_id: string; nonce: string; response_uri: string; origin: string };
  readonly jwk: { kty: string; crv: string; x: string; y: string };
  readonly session_transcript: string;
};
const [redirect, dcApi] = readVector<Example[]>('openid4vp/session_transcript/examples.json') as [Example, Example];

const thumbprintOf = ({ jwk: { kty, crv, x, y } }: Example) =>
  p256JwkThumbprintBytes(parseP256Jwk({ kty, crv, x, y }), sha256);
const byRedirect = (changes: object = {}) => {
  const { client_id: clientId, nonce, response_uri: responseUri } = redirect.parts;
  const parts = { clientId, nonce, responseUri, jwkThumbprint: thumbprintOf(redirect), ...changes };
  return toHex(openid4vpSessionTranscript(parts, sha256));
};
const byApi = (changes: object = {}) => {
  const { origin, nonce } = dcApi.parts;
  return toHex(dcApiSessionTranscript({ origin, nonce, jwkThumbprint: thumbprintOf(dcApi), ...changes }, sha256));
};

describe('session transcript (OpenID4VP 1.0 B.2.6, MUST 8)', () => {
  it('is the printed one by redirect [B.2.6.1]', () => {
    expect(byRedirect()).toBe(redirect.session_transcript);
  });

  it('is the printed one over the Digital Credentials API [B.2.6.2]', () => {
    expect(byApi()).toBe(dcApi.session_transcript);
  });

  it.each([
    ['the prefix stripped from the client identifier', { clientId: 'example.com' }],
    ['another nonce', { nonce: 'x' }],
    ['the thumbprint forgotten', { jwkThumbprint: undefined }],
    ['another key', { jwkThumbprint: new Uint8Array(32) }],
    ['another address', { responseUri: 'https://example.com/response/' }],
  ])('is another by redirect with %s', (_name, changes) => {
    expect(byRedirect(changes)).not.toBe(redirect.session_transcript);
  });

  it.each([
    ['another origin', { origin: 'https://example.com/' }],
    ['another nonce', { nonce: 'x' }],
    ['the thumbprint forgotten', { jwkThumbprint: undefined }],
  ])('is another over the API with %s', (_name, changes) => {
    expect(byApi(changes)).not.toBe(dcApi.session_transcript);
  });

  it('is never made of a prefixed origin or of half a thumbprint', () => {
    expect(() => byApi({ origin: 'origin:https://example.com' })).toThrow(TypeError);
    expect(() => byApi({ jwkThumbprint: new Uint8Array(31) })).toThrow(TypeError);
    expect(() => byRedirect({ jwkThumbprint: new Uint8Array(33) })).toThrow(TypeError);
  });

  it('takes the thumbprint of RFC 7638 as bytes, without use, alg and kid', () => {
    const checked = parseP256Jwk({ kty: 'EC', crv: 'P-256', x: redirect.jwk.x, y: redirect.jwk.y, kid: '1' });
    expect(Buffer.from(thumbprintOf(redirect)).toString('base64url')).toBe(p256JwkThumbprint(checked, sha256));
  });
});
