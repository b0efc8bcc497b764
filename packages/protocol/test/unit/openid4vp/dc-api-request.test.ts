import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/base64url/strict-json.js';
import { dcApiAudience, parseDcApiRequest } from '../../../src/openid4vp/dc-api-request.js';
import { AuthorizationRequestError } from '../../../src/openid4vp/errors.js';
import { payload } from './wallet/support.js';

const ORIGIN = 'https://desk.example.edu';
const { response_uri: _, state: __, aud: ___, ...common } = payload;
const request = { ...common, response_mode: 'dc_api.jwt', expected_origins: [ORIGIN] };
const parse = (change: object = {}, signed = true, origin = ORIGIN) =>
  parseDcApiRequest({ ...request, ...change } as unknown as JsonObject, { origin, signed });
const refused = (...change: Parameters<typeof parse>) => {
  try {
    parse(...change);
  } catch (error) {
    if (error instanceof AuthorizationRequestError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('parseDcApiRequest', () => {
  it('[MUST 9] reads a request that this page may bring [signed], [unsigned: the client is dropped]', () => {
    expect(parse()).toMatchObject({ client_id: payload.client_id, expected_origins: [ORIGIN] });
    const unsigned = parse({ expected_origins: undefined }, false);
    expect(unsigned).not.toHaveProperty('client_id');
    expect(unsigned.nonce).toBe(payload.nonce);
    expect(dcApiAudience(ORIGIN)).toBe(`origin:${ORIGIN}`);
  });
  it('[MUST 9] compares origins as text [another], [a slash], [capitals], [a port that is the default]', () => {
    for (const origin of ['https://other.example', `${ORIGIN}/`, ORIGIN.toUpperCase(), `${ORIGIN}:443`])
      expect(refused({}, true, origin)).toBe('origin-not-expected');
    expect(refused({ expected_origins: ['https://other.example', ORIGIN] })).toBe('accepted');
  });
  it.each<[string, string, object]>([
    ['no expected_origins', 'request-malformed', { expected_origins: undefined }],
    ['expected_origins a text', 'request-malformed', { expected_origins: ORIGIN }],
    ['none expected', 'origin-not-expected', { expected_origins: [] }],
    ['no client', 'client-id-malformed', { client_id: undefined }],
    ['a mode of a redirect', 'response-mode-not-supported', { response_mode: 'direct_post.jwt' }],
    ['an address for the answer', 'request-malformed', { response_uri: 'https://a.example' }],
    ['a short nonce', 'nonce-malformed', { nonce: 'x' }],
    ['another response type', 'response-type-not-supported', { response_type: 'code' }],
    ['no key for the answer', 'encryption-key-missing', { client_metadata: undefined }],
    ['transaction data nobody knows', 'transaction-data-not-supported', { transaction_data: ['e30'] }],
  ])('refuses [%s]', (_name, code, change) => {
    expect(refused(change)).toBe(code);
  });
});
