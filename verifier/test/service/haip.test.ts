import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker, element, mdocQuery, sdJwtQuery } from './support/ask.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { answer, fetchRequest, presentFor, presentMdoc, transcriptOf } from './support/wallet.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
beforeAll(async () => {
  issuer = await startStandInIssuer(7440);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7441, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const haip = { profile: 'haip' };

describe('profile haip', () => {
  it('[MUST 7] forces x509_hash, an encrypted answer and both content encryptions, and adds its own link', async () => {
    const made = await asker.ask({ ...haip, request_uri_method: 'post' });
    expect(made.haip_authorization_request?.startsWith('haip-vp://?client_id=x509_hash')).toBe(true);
    expect(made.authorization_request.startsWith('openid4vp://?client_id=x509_hash')).toBe(true);
    const form = { wallet_nonce: 'n'.repeat(22) };
    const request = await fetchRequest(String(made.haip_authorization_request), issuer.authority.root, form);
    expect(request.response_mode).toBe('direct_post.jwt');
    expect(request.client_metadata?.encrypted_response_enc_values_supported).toEqual(['A128GCM', 'A256GCM']);
    expect(request.client_metadata?.vp_formats_supported).toEqual({
      'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
    });
    expect((await answer(request, { id: [presentFor(request, issuer.makeStudentId())] })).status).toBe(200);
    expect((await asker.read(made.id)).verdict).toBe('accepted');
  });

  it('takes an mdoc, and options that say the same', async () => {
    const same = { ...haip, client_id_prefix: 'x509_hash', response_mode: 'direct_post.jwt' };
    const { made, request } = await asker.begin({ ...same, dcql_query: mdocQuery({}, [element('name')]) });
    const presentation = presentMdoc(issuer.makeStudentIdMdoc(), transcriptOf(request), { elements: ['name'] });
    expect((await answer(request, { id: [presentation] })).status).toBe(200);
    expect(await asker.read(made.id)).toMatchObject({ verdict: 'accepted', claims: { name: '测试·学生' } });
  });

  it.each<[string, number, string, object]>([
    ['x509_san_dns', 400, 'options-conflict', { client_id_prefix: 'x509_san_dns' }],
    ['direct_post', 400, 'options-conflict', { response_mode: 'direct_post' }],
    [
      'dc_api in the clear',
      400,
      'options-conflict',
      { flow: 'dc-api', response_mode: 'dc_api', origin: 'http://localhost:7441' },
    ],
    ['another profile', 400, 'input-invalid', { profile: 'other' }],
    ['another format', 422, 'dcql-query-invalid', { dcql_query: sdJwtQuery({ format: 'jwt_vc_json' }) }],
  ])('refuses options that conflict with it [%s]', async (_, status, code, body) => {
    expect(await asker.refusal({ dcql_query: sdJwtQuery(), ...haip, ...body })).toEqual([status, code]);
  });

  it('without it nothing of it is forced', async () => {
    const made = await asker.ask({ response_mode: 'direct_post' });
    expect(made).not.toHaveProperty('haip_authorization_request');
    expect(made.authorization_request).toContain('x509_san_dns');
  });
});
