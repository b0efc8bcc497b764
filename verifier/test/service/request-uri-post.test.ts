import { randomBytes } from 'node:crypto';
import { parseAuthorizationRequestLink } from '@lanyard/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker, mdocQuery, oauthError, sdJwtQuery } from './support/ask.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { answer, fetchRequest, openRequestObject, presentFor } from './support/wallet.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
beforeAll(async () => {
  issuer = await startStandInIssuer(7700);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7701, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const byPost = { request_uri_method: 'post' };
const METADATA = {
  vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256', 'ES384'] } },
  client_id_prefixes_supported: ['x509_san_dns', 'x509_hash'],
  request_object_signing_alg_values_supported: ['ES256'],
  response_types_supported: ['vp_token'],
  response_modes_supported: ['direct_post', 'direct_post.jwt'],
  authorization_encryption_alg_values_supported: ['ECDH-ES'],
  authorization_encryption_enc_values_supported: ['A128GCM'],
};
const send = (uri: string, form: Record<string, string>) =>
  fetch(uri, { method: 'POST', body: new URLSearchParams(form) });
const withMetadata = (uri: string, change: object = {}) =>
  send(uri, { wallet_metadata: JSON.stringify({ ...METADATA, ...change }), wallet_nonce: 'n'.repeat(22) });

describe('[MUST 3] request_uri_method=post', () => {
  it('is in every link where it was asked for, and in none where not', async () => {
    const made = await asker.ask(byPost);
    for (const link of [made.authorization_request, made.wallet_link])
      expect(new URL(link).searchParams.get('request_uri_method')).toBe('post');
    expect(parseAuthorizationRequestLink(made.authorization_request).requestUriMethod).toBe('post');
    for (const body of [{}, { request_uri_method: 'get' }])
      expect((await asker.ask(body)).authorization_request).not.toContain('request_uri_method');
  });

  it('echoes the wallet_nonce inside the signature, as a request object, and goes all the way', async () => {
    const made = await asker.ask(byPost);
    const wallet_nonce = randomBytes(16).toString('base64url');
    const sent = await withMetadata(made.request_uri);
    expect([sent.status, sent.headers.get('content-type')]).toEqual([200, 'application/oauth-authz-req+jwt']);
    expect(sent.headers.get('cache-control')).toBe('no-store');
    const { payload } = openRequestObject(await sent.text(), issuer.authority.root);
    expect(payload['wallet_nonce']).toBe('n'.repeat(22));
    const request = await fetchRequest(made.authorization_request, issuer.authority.root, { wallet_nonce });
    expect(request.wallet_nonce).toBe(wallet_nonce);
    expect(request.nonce).toBe(payload['nonce']);
    expect((await answer(request, { id: [presentFor(request, issuer.makeStudentId())] })).status).toBe(200);
    expect((await asker.read(made.id)).verdict).toBe('accepted');
  });

  it('works without either parameter, beside GET, with what nobody knows', async () => {
    const made = await asker.ask();
    const bare = await send(made.request_uri, { other: 'x' });
    expect(bare.status).toBe(200);
    expect(openRequestObject(await bare.text(), issuer.authority.root).payload).not.toHaveProperty('wallet_nonce');
    expect((await fetch(made.request_uri)).status).toBe(200);
    expect((await withMetadata(made.request_uri, { issuer: 'https://wallet.example', unknown: [1] })).status).toBe(200);
  });

  it.each<[string, string, object]>([
    ['no format of ours', 'vp_formats_not_supported', { vp_formats_supported: { ldp_vc: {} } }],
    ['formats of another kind', 'vp_formats_not_supported', { vp_formats_supported: ['dc+sd-jwt'] }],
    [
      'our format without our algorithm',
      'vp_formats_not_supported',
      { vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES384'] } } },
    ],
    [
      'key binding without our algorithm',
      'vp_formats_not_supported',
      { vp_formats_supported: { 'dc+sd-jwt': { 'kb-jwt_alg_values': ['EdDSA'] } } },
    ],
    ['prefix', 'invalid_request', { client_id_prefixes_supported: ['redirect_uri'] }],
    ['signature of the request', 'invalid_request', { request_object_signing_alg_values_supported: ['RS256'] }],
    ['response type', 'invalid_request', { response_types_supported: ['code'] }],
    ['response mode', 'invalid_request', { response_modes_supported: ['direct_post'] }],
    ['key agreement', 'invalid_request', { authorization_encryption_alg_values_supported: ['RSA-OAEP'] }],
    ['content encryption', 'invalid_request', { authorization_encryption_enc_values_supported: ['A256CBC-HS512'] }],
    ['algorithms of another kind', 'invalid_request', { client_id_prefixes_supported: 'x509_hash' }],
  ])(
    'a wallet that cannot answer is told what it lacks, and the request stays unfetched [%s]',
    async (_, error, change) => {
      const made = await asker.ask(byPost);
      const sent = await withMetadata(made.request_uri, change);
      expect(sent.status).toBe(400);
      const refused = (await sent.json()) as { error: string; error_description: string };
      expect(refused.error).toBe(error);
      expect(refused.error_description).toContain(Object.keys(change)[0]);
      expect((await asker.read(made.id)).state).toBe('created');
    },
  );

  it('knows the formats of the query [mdoc only], [one of two is enough], [no encryption, no key agreement]', async () => {
    const mdoc = await asker.ask({ ...byPost, dcql_query: mdocQuery() });
    expect((await oauthError(await withMetadata(mdoc.request_uri)))[1]).toBe('vp_formats_not_supported');
    const cose = { mso_mdoc: { issuerauth_alg_values: [-9], deviceauth_alg_values: [-7] } };
    expect((await withMetadata(mdoc.request_uri, { vp_formats_supported: cose })).status).toBe(200);
    const p384 = { mso_mdoc: { issuerauth_alg_values: [-35] } };
    expect((await withMetadata(mdoc.request_uri, { vp_formats_supported: p384 })).status).toBe(400);
    const both = {
      credentials: [...mdocQuery({ id: 'm' }).credentials, ...sdJwtQuery({ id: 's' }).credentials],
      credential_sets: [{ options: [['m'], ['s']] }],
    };
    const either = await asker.ask({ ...byPost, dcql_query: both });
    expect((await withMetadata(either.request_uri)).status).toBe(200);
    const clear = await asker.ask({ ...byPost, response_mode: 'direct_post' });
    const none = { authorization_encryption_alg_values_supported: [] };
    expect((await withMetadata(clear.request_uri, none)).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['metadata is no JSON', { wallet_metadata: '{' }],
    ['metadata is no object', { wallet_metadata: '[]' }],
    ['metadata names a member twice', { wallet_metadata: '{"a":1,"a":2}' }],
    ['metadata too deep', { wallet_metadata: '['.repeat(20) + ']'.repeat(20) }],
    ['metadata too large', { wallet_metadata: JSON.stringify({ a: 'x'.repeat(40_000) }) }],
    ['nonce empty', { wallet_nonce: '' }],
    ['nonce too long', { wallet_nonce: 'x'.repeat(513) }],
    ['nonce not visible', { wallet_nonce: 'a b' }],
  ])('refuses a malformed form [%s]', async (_, form) => {
    const made = await asker.ask(byPost);
    expect(await oauthError(await send(made.request_uri, form))).toEqual([400, 'invalid_request']);
    expect((await asker.read(made.id)).state).toBe('created');
  });

  it('refuses what is no form, too large, over or unknown', async () => {
    const made = await asker.ask(byPost);
    const json = await fetch(made.request_uri, {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    });
    expect((await oauthError(json))[0]).toBe(415);
    expect((await send(made.request_uri, { wallet_metadata: 'x'.repeat(70_000) })).status).toBe(413);
    const request = await fetchRequest(made.authorization_request, issuer.authority.root);
    await answer(request, { id: [presentFor(request, issuer.makeStudentId())] });
    expect((await withMetadata(made.request_uri)).status).toBe(410);
    const unknown = `${verifier.url}/openid4vp/requests/${randomBytes(16).toString('base64url')}`;
    expect((await withMetadata(unknown)).status).toBe(404);
  });

  it('lets wallets of any origin in, without credentials', async () => {
    const made = await asker.ask(byPost);
    const sent = await fetch(made.request_uri, {
      method: 'POST',
      body: new URLSearchParams({ wallet_nonce: 'n' }),
      headers: { Origin: 'https://wallet.example' },
    });
    expect(sent.headers.get('access-control-allow-origin')).toBe('*');
    expect(sent.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
