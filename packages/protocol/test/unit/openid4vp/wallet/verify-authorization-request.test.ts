import { describe, expect, it } from 'vitest';
import { encodeBase64urlJson } from '../../../../src/base64url/strict-json.js';
import { webVerifyEs256 } from '../../../../src/x509/index.js';
import { testKey } from '../../jws/support.js';
import {
  base64,
  type Change,
  certify,
  HOST,
  hashOfLeaf,
  leaf,
  NOW,
  payload,
  REQUEST_URI,
  readerKey,
  refusalOf,
  requestObject,
  root,
  rootKey,
  verifyRequest,
} from './support.js';

const DAY = 86_400;
const [credential] = payload.dcql_query.credentials;
const refused = (change: Change) => refusalOf(() => verifyRequest(change));
const withAlg = (alg: string) => (jwt: string) => {
  const [, body] = jwt.split('.');
  const header = encodeBase64urlJson({ alg, typ: 'oauth-authz-req+jwt', x5c: [base64(leaf)] });
  return `${header}.${body}.${alg === 'none' ? '' : jwt.split('.')[2]}`;
};

describe('verifyAuthorizationRequest', () => {
  it.each([
    ['x509_san_dns', {}],
    ['x509_hash', { payload: { client_id: hashOfLeaf }, options: { clientId: hashOfLeaf } }],
    ['leaf alone in x5c', { header: { x5c: [base64(leaf)] } }],
    ['checked by WebCrypto', { options: { verifyEs256: webVerifyEs256 } }],
    ['clocks a minute apart', { payload: { exp: NOW - 59, iat: NOW + 60 } }],
    ['no exp and no state', { payload: { exp: undefined, state: undefined } }],
  ])('takes a signed request of a pinned authority [%s]', async (_name, change: Change) => {
    expect(await verifyRequest(change)).toMatchObject({
      responseUri: payload.response_uri,
      nonce: payload.nonce,
      reader: {
        host: HOST,
        subject: { organisation: '示例大学', commonName: HOST },
        issuer: { commonName: '示例大学' },
      },
    });
  });

  it('keeps the whole client identifier, and the strongest encryption that is offered', async () => {
    const request = await verifyRequest();
    expect(request.clientId).toBe(`x509_san_dns:${HOST}`);
    expect(request.encryptionKey).toMatchObject({ enc: 'A256GCM', jwk: { kid: 'k1', alg: 'ECDH-ES' } });
    const weaker = { ...payload.client_metadata, encrypted_response_enc_values_supported: ['A128GCM'] };
    expect((await verifyRequest({ payload: { client_metadata: weaker } })).encryptionKey?.enc).toBe('A128GCM');
    expect((await verifyRequest({ payload: { response_mode: 'direct_post' } })).encryptionKey).toBeUndefined();
  });

  it.each<[string, Change, string]>([
    ['another typ', { header: { typ: 'JWT' } }, 'jws-typ-wrong'],
    ['no typ', { text: (jwt) => jwt.replace(/^[^.]+/, encodeBase64urlJson({ alg: 'ES256' })) }, 'jws-typ-wrong'],
    ['alg none', { text: withAlg('none') }, 'jws-alg-not-allowed'],
    ['alg HS256', { text: withAlg('HS256') }, 'jws-alg-not-allowed'],
    ['alg RS256', { text: withAlg('RS256') }, 'jws-alg-not-allowed'],
    ['no JWS', { text: () => 'hello' }, 'jws-malformed'],
    ['signed by another key', { key: testKey() }, 'jws-signature-invalid'],
    [
      'payload changed under the signature',
      {
        text: (jwt) =>
          [jwt.split('.')[0], encodeBase64urlJson({ ...payload, state: 'x' }), jwt.split('.')[2]].join('.'),
      },
      'jws-signature-invalid',
    ],
  ])('refuses what is not signed as it must be [%s]', async (_name, change, code) => {
    expect(await refused(change)).toBe(code);
  });

  it.each<[string, Change, string]>([
    ['no x5c', { header: { x5c: undefined } }, 'x5c-missing'],
    ['empty x5c', { header: { x5c: [] } }, 'x5c-missing'],
    ['x5c is text', { header: { x5c: base64(leaf) } }, 'x5c-malformed'],
    ['four certificates', { header: { x5c: [leaf, root, root, root].map(base64) } }, 'x5c-malformed'],
    ['base64url in x5c', { header: { x5c: ['_-_-'] } }, 'x5c-malformed'],
    ['remnant bits in x5c', { header: { x5c: ['QUJ='] } }, 'x5c-malformed'],
    ['no certificate in x5c', { header: { x5c: ['AAAA'] } }, 'certificate-malformed'],
    ['nobody is pinned', { options: { anchors: [] } }, 'anchor-unknown'],
    [
      'an authority of the same name',
      { options: { anchors: [foreignRoot()] }, header: { x5c: [base64(leaf)] } },
      'certificate-signature-invalid',
    ],
    ['its own authority in x5c', ownAuthority(), 'anchor-unknown'],
    ['the leaf has expired', withLeaf({ to: NOW - 1 }), 'certificate-expired'],
    ['the leaf lies ahead', withLeaf({ from: NOW + 1 }), 'certificate-not-yet-valid'],
    ['the root has expired', { options: { atSeconds: NOW + 2 * DAY } }, 'certificate-expired'],
    ['the root itself signs', { key: rootKey, header: { x5c: [base64(root)] } }, 'leaf-is-a-ca'],
  ])('refuses an asker whose certificate proves nothing [%s]', async (_name, change, code) => {
    expect(await refused(change)).toBe(code);
  });

  it.each<[string, Change, string]>([
    ['link names another', { options: { clientId: 'x509_san_dns:other.example' } }, 'client-id-mismatch'],
    ['prefix stripped in the link', { options: { clientId: HOST } }, 'client-id-mismatch'],
    ['prefix changed in the link', { options: { clientId: `redirect_uri:${HOST}` } }, 'client-id-mismatch'],
    [
      'prefix stripped in both',
      { payload: { client_id: HOST }, options: { clientId: HOST } },
      'client-id-prefix-not-supported',
    ],
    [
      'another prefix in both',
      { payload: { client_id: `https://${HOST}` }, options: { clientId: `https://${HOST}` } },
      'client-id-prefix-not-supported',
    ],
    ['certificate for another host', withLeaf({ dnsName: 'other.example' }), 'client-id-not-in-certificate'],
    ['certificate for a subdomain', withLeaf({ dnsName: `a.${HOST}` }), 'client-id-not-in-certificate'],
    [
      'hash of another certificate',
      { ...withLeaf({}), payload: { client_id: hashOfLeaf }, options: { clientId: hashOfLeaf } },
      'client-id-not-in-certificate',
    ],
  ])('refuses a client identifier that is not the asker’s [%s]', async (_name, change, code) => {
    expect(await refused(change)).toBe(code);
  });

  it.each<[string, Change, string]>([
    ['another host', { payload: { response_uri: 'https://evil.example/r' } }, 'response-uri-elsewhere'],
    ['another port', { payload: { response_uri: `https://${HOST}:444/r` } }, 'response-uri-elsewhere'],
    [
      'another host under x509_hash',
      { payload: { client_id: hashOfLeaf, response_uri: 'https://evil.example/r' }, options: { clientId: hashOfLeaf } },
      'response-uri-elsewhere',
    ],
    ['not encrypted', { payload: { response_uri: `http://${HOST}/r` } }, 'response-uri-malformed'],
    ['request from elsewhere', { options: { requestUri: 'https://cdn.example/r1' } }, 'response-uri-elsewhere'],
  ])('never sends an answer elsewhere than where the request came from [%s]', async (_name, change, code) => {
    expect(await refused(change)).toBe(code);
  });

  it.each<[string, Change, string]>([
    ['nonce of 21 characters', { payload: { nonce: 'a'.repeat(21) } }, 'nonce-malformed'],
    ['nonce of 8 characters', { payload: { nonce: 'a'.repeat(8) } }, 'nonce-malformed'],
    ['no nonce', { payload: { nonce: undefined } }, 'nonce-malformed'],
    ['for another audience', { payload: { aud: REQUEST_URI } }, 'request-audience-wrong'],
    ['no audience', { payload: { aud: undefined } }, 'request-audience-wrong'],
    ['past', { payload: { exp: NOW - 60 } }, 'request-expired'],
    ['from the future', { payload: { iat: NOW + 61 } }, 'request-not-yet-valid'],
    ['fragment', { payload: { response_mode: 'fragment' } }, 'response-mode-not-supported'],
    ['dc_api', { payload: { response_mode: 'dc_api.jwt' } }, 'response-mode-not-supported'],
    ['no response mode', { payload: { response_mode: undefined } }, 'response-mode-not-supported'],
    ['transaction data', { payload: { transaction_data: ['e30'] } }, 'transaction-data-not-supported'],
    ['empty transaction data', { payload: { transaction_data: [] } }, 'transaction-data-not-supported'],
    ['no key for the answer', { payload: { client_metadata: undefined } }, 'encryption-key-missing'],
    [
      'encryption we do not speak',
      {
        payload: {
          client_metadata: { ...payload.client_metadata, encrypted_response_enc_values_supported: ['A192GCM'] },
        },
      },
      'encryption-not-supported',
    ],
    [
      'a query without meta',
      { payload: { dcql_query: { credentials: [{ ...credential, meta: undefined }] } } },
      'dcql-meta-missing',
    ],
  ])('refuses a request that must not be answered [%s]', async (_name, change, code) => {
    expect(await refused(change)).toBe(code);
  });

  it.each([
    ['both languages', { zh: '登录图书馆', en: 'Sign in' }, true],
    ['one language', { zh: '登录图书馆' }, false],
    ['empty', { zh: '登录图书馆', en: ' ' }, false],
    ['too long', { zh: '登'.repeat(201), en: 'Sign in' }, false],
    ['characters nobody sees', { zh: '登录\u202e', en: 'Sign in' }, false],
    ['no object', '登录图书馆', false],
  ])('hands on what the asker says it is for, only where a person can read it [%s]', async (_name, purpose, said) => {
    const request = await verifyRequest({ payload: { lanyard_purpose: purpose } });
    expect(request.purpose).toEqual(said ? purpose : undefined);
  });

  it('takes a nonce of 22 characters', async () => {
    expect(await refused({ payload: { nonce: 'a'.repeat(22) } })).toBe('accepted');
    expect(requestObject()).toContain('.');
  });
});

function withLeaf(plan: { dnsName?: string; from?: number; to?: number }): Change {
  const own = certify({ key: readerKey, by: rootKey, dnsName: HOST, ...plan });
  return { header: { x5c: [base64(own), base64(root)] } };
}

function foreignRoot(): Uint8Array {
  const key = testKey();
  return certify({ key, by: key, names: { subject: '示例大学', issuer: '示例大学' } });
}

function ownAuthority(): Change {
  const key = testKey();
  const names = { subject: 'Own', issuer: 'Own' };
  const own = certify({ key: readerKey, by: key, dnsName: HOST, names: { subject: HOST, issuer: 'Own' } });
  return { header: { x5c: [base64(own), base64(certify({ key, by: key, names }))] } };
}
