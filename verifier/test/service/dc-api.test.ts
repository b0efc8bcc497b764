import { type DcApiRequest, isJsonObject, type JsonObject, parseDcApiRequest } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker, mdocQuery, type Read, sdJwtQuery } from './support/ask.js';
import { present } from './support/codes.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { dcTranscriptOf, encrypt, openRequestObject, presentMdoc } from './support/wallet.js';

const ORIGIN = 'http://localhost:7382';
let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
let offsetMs = 0;
const clock = {
  nowMs: () => Date.now() + offsetMs,
  nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000),
};
beforeAll(async () => {
  issuer = await startStandInIssuer(7380);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    ...{ port: 7381, issuerUrl: issuer.url, clock },
    environment: { LANYARD_PUBLIC_URL_ADMIN: ORIGIN },
  });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const dc = { flow: 'dc-api', origin: ORIGIN };
/** What the browser gives the wallet, read as a wallet has to. */
const begin = async (body: object = {}, origin = ORIGIN) => {
  const made = await asker.ask({ ...dc, ...body });
  const [signed, unsigned] = made.dc_request.requests;
  const { payload } = openRequestObject(signed.data.request, issuer.authority.root);
  return {
    made,
    payload,
    request: parseDcApiRequest(payload, { origin, signed: true }),
    unsigned: parseDcApiRequest(unsigned.data as JsonObject, { origin, signed: false }),
    protocols: [signed.protocol, unsigned.protocol],
  };
};
const give = async (id: string, data: unknown, origin = ORIGIN) => {
  const given = await verifier.operator(`/v1/presentation-requests/${id}/dc-answer`, { body: { origin, data } });
  return { status: given.status, ...((await given.json()) as Read) };
};
const sdJwt = (request: DcApiRequest, change: Partial<Parameters<typeof present>[1]> = {}) =>
  present(issuer.makeStudentId(), {
    ...{ nonce: request.nonce, audience: `origin:${ORIGIN}`, claims: ['student_number', 'name'] },
    ...change,
  });
const wrap = async (request: DcApiRequest, token: unknown) => {
  if (request.response_mode === 'dc_api') return { vp_token: token };
  const { client_metadata } = request;
  if (client_metadata === undefined) throw new Error('no key');
  return { response: await encrypt({ client_metadata }, { vp_token: token }) };
};
const told = { student_number: '9900000001', name: '测试·学生' };

describe('[MUST 9] the Digital Credentials API', () => {
  it.each(['dc_api.jwt', 'dc_api'])(
    'goes all the way, signed and unsigned, in both formats [%s]',
    async (response_mode) => {
      for (const form of ['request', 'unsigned'] as const) {
        const one = await begin({ response_mode });
        const data = await wrap(one[form], { id: [sdJwt(one[form])] });
        expect(await give(one.made.id, data)).toMatchObject({
          status: 200,
          state: 'answered',
          verdict: 'accepted',
          claims: told,
        });
        const mdoc = await begin({ response_mode, dcql_query: mdocQuery() });
        const presentation = presentMdoc(issuer.makeStudentIdMdoc(), dcTranscriptOf(mdoc[form], ORIGIN));
        const given = await give(mdoc.made.id, await wrap(mdoc[form], { id: [presentation] }));
        expect(given).toMatchObject({ verdict: 'accepted', claims: told });
        expect(await asker.read(mdoc.made.id)).toMatchObject({ state: 'answered', verdict: 'accepted' });
      }
    },
  );

  it('names the page where it is signed, and no client where it is not', async () => {
    const { payload, request, unsigned, protocols, made } = await begin();
    expect(protocols).toEqual(['openid4vp-v1-signed', 'openid4vp-v1-unsigned']);
    expect(payload['expected_origins']).toEqual([ORIGIN]);
    expect(request.client_id?.startsWith('x509_hash:')).toBe(true);
    const [, { data }] = made.dc_request.requests;
    for (const absent of ['client_id', 'expected_origins', 'response_uri', 'state'])
      expect(data).not.toHaveProperty(absent);
    for (const absent of ['response_uri', 'redirect_uri', 'state']) expect(payload).not.toHaveProperty(absent);
    expect(unsigned.nonce).toBe(request.nonce);
    expect(made).not.toHaveProperty('authorization_request');
  });

  it('a wallet refuses it from another page, compared as text [another], [with a slash], [in capitals], [none named]', async () => {
    const { payload } = await begin();
    const read = (origin: string, change: object = {}) => {
      const changed: unknown = { ...payload, ...change };
      if (!isJsonObject(changed)) throw new Error('no object');
      return () => parseDcApiRequest(changed, { origin, signed: true });
    };
    for (const origin of ['http://localhost:7383', `${ORIGIN}/`, ORIGIN.toUpperCase()])
      expect(read(origin)).toThrow('another page');
    expect(read(ORIGIN, { expected_origins: undefined })).toThrow('expected_origins');
    expect(read(ORIGIN, { expected_origins: ORIGIN })).toThrow('expected_origins');
    expect(read(ORIGIN)).not.toThrow();
    const unsigned: unknown = { ...payload, client_id: 'x509_hash:x' };
    if (isJsonObject(unsigned))
      expect(parseDcApiRequest(unsigned, { origin: 'http://a', signed: false })).not.toHaveProperty('client_id');
  });

  it.each<[string, string]>([
    ['the client identifier, though the request was signed', 'client'],
    ['the origin without its prefix', ORIGIN],
    ['another origin', 'origin:http://localhost:7383'],
    ['a slash at the end', `origin:${ORIGIN}/`],
  ])('a KB-JWT for another audience is refused [%s]', async (_, audience) => {
    const { made, request } = await begin();
    const named = audience === 'client' ? (request.client_id ?? '') : audience;
    const given = await give(made.id, await wrap(request, { id: [sdJwt(request, { audience: named })] }));
    expect(given).toMatchObject({ verdict: 'rejected', reason: 'holder-signature-invalid' });
  });

  it('an mdoc over another session is refused [another origin], [no thumbprint], [by post]', async () => {
    const send = async (session: (request: DcApiRequest) => Parameters<typeof presentMdoc>[1]) => {
      const { made, request } = await begin({ dcql_query: mdocQuery() });
      const presentation = presentMdoc(issuer.makeStudentIdMdoc(), session(request));
      return (await give(made.id, await wrap(request, { id: [presentation] }))).reason;
    };
    expect(await send((request) => dcTranscriptOf(request, 'http://localhost:7383'))).toBe('holder-signature-invalid');
    expect(await send(({ nonce }) => dcTranscriptOf({ nonce }, ORIGIN))).toBe('holder-signature-invalid');
    expect(await send((request) => dcTranscriptOf({ ...request, nonce: 'x'.repeat(32) }, ORIGIN))).toBe(
      'holder-signature-invalid',
    );
  });
});

describe('what a page brings', () => {
  it.each<[string, string, (request: DcApiRequest) => Promise<unknown>]>([
    ['in the clear', 'response-mode-wrong', async (request) => ({ vp_token: { id: [sdJwt(request)] } })],
    [
      'both',
      'parameters-beside-response',
      async (request) => ({ ...(await wrap(request, { id: [sdJwt(request)] })), vp_token: {} }),
    ],
    ['nothing', 'response-mode-wrong', async () => ({})],
    ['no JWE', 'jwe-malformed', async () => ({ response: 'a.b.c.d.e' })],
    ['unknown id', 'answer-id-unknown', (request) => wrap(request, { other: [sdJwt(request)] })],
    ['two', 'answer-too-many', (request) => wrap(request, { id: [sdJwt(request), sdJwt(request)] })],
    ['a text', 'vp-token-malformed', (request) => wrap(request, 'x')],
  ])('is refused with its check, and the request stays open [%s]', async (_, check, data) => {
    const { made, request } = await begin();
    expect(await give(made.id, await data(request))).toMatchObject({
      status: 422,
      code: 'presentation-answer-refused',
      check,
    });
    expect((await give(made.id, await wrap(request, { id: [sdJwt(request)] }))).verdict).toBe('accepted');
  });

  it('is taken once, from the page it was for, in time, by the one who asked', async () => {
    const { made, request } = await begin();
    const data = await wrap(request, { id: [sdJwt(request)] });
    expect(await give(made.id, data, `${ORIGIN}/`)).toMatchObject({ status: 422, check: 'origin-wrong' });
    expect(await give(made.id, data, 'http://localhost:7381')).toMatchObject({ status: 422, check: 'origin-wrong' });
    await expect(
      verifier.idp.json(`/v1/presentation-requests/${made.id}/dc-answer`, {
        method: 'POST',
        body: { origin: ORIGIN, data },
      }),
    ).rejects.toMatchObject({ status: 404 });
    expect(
      (await verifier.call(`/v1/presentation-requests/${made.id}/dc-answer`, { body: { origin: ORIGIN, data } }))
        .status,
    ).toBe(401);
    expect((await give(made.id, data)).status).toBe(200);
    expect(await give(made.id, data)).toMatchObject({ status: 410, code: 'presentation-request-over' });
    const late = await begin({ expires_in: 30 });
    const answer = await wrap(late.request, { id: [sdJwt(late.request)] });
    offsetMs = 31_000;
    expect((await give(late.made.id, answer)).status).toBe(410);
    offsetMs = 0;
  });

  it('never mixes with the other flows [posted by a wallet], [fetched], [a posted request brought by a page]', async () => {
    const { made, request } = await begin({ response_mode: 'dc_api' });
    const form = new URLSearchParams({ vp_token: JSON.stringify({ id: [sdJwt(request)] }), state: 'x' });
    const posted = await fetch(`${verifier.url}/openid4vp/responses/${made.id}`, { method: 'POST', body: form });
    expect(posted.status).toBe(404);
    expect((await fetch(`${verifier.url}/openid4vp/requests/${made.id}`)).status).toBe(404);
    const other = await asker.begin();
    expect((await give(other.made.id, { vp_token: { id: ['x'] } })).status).toBe(404);
  });

  it('is proved like any other [forged holder], [values]', async () => {
    const { made, request } = await begin();
    const forged = sdJwt(request, { signWith: generateKeyPair() });
    expect((await give(made.id, await wrap(request, { id: [forged] }))).reason).toBe('holder-signature-invalid');
    const dcql_query = sdJwtQuery({}, [{ path: ['name'], values: ['别人'] }]);
    const lied = await begin({ dcql_query });
    const data = await wrap(lied.request, { id: [sdJwt(lied.request, { claims: ['name'] })] });
    expect((await give(lied.made.id, data)).reason).toBe('query-not-satisfied');
  });
});

describe('asking over the API', () => {
  it.each<[string, number, string, object]>([
    ['no origin', 422, 'origin-not-ours', { origin: undefined }],
    ['another origin', 422, 'origin-not-ours', { origin: 'https://evil.example' }],
    ['an address', 422, 'origin-not-ours', { origin: `${ORIGIN}/` }],
    ['a mode of another flow', 400, 'options-conflict', { response_mode: 'direct_post' }],
    [
      'its mode in another flow',
      400,
      'options-conflict',
      { flow: 'cross-device', origin: undefined, response_mode: 'dc_api' },
    ],
    ['origin in another flow', 400, 'options-conflict', { flow: 'cross-device' }],
    ['return_url', 400, 'options-conflict', { return_url: `${ORIGIN}/x` }],
    ['request_uri_method', 400, 'options-conflict', { request_uri_method: 'post' }],
    [
      '[MUST 11] no holder: there is no state',
      422,
      'dcql-query-invalid',
      { dcql_query: sdJwtQuery({ require_cryptographic_holder_binding: false }) },
    ],
  ])('is refused [%s]', async (_, status, code, body) => {
    expect(await asker.refusal({ dcql_query: sdJwtQuery(), ...dc, ...body })).toEqual([status, code]);
  });
});

describe('the page for staff', () => {
  it('asks and answers under a session of staff only [session], [none], [another page], [another session]', async () => {
    const signIn = async () => {
      const { url } = (await (await verifier.operator('/v1/staff-links', { method: 'POST' })).json()) as {
        url: string;
      };
      const opened = await verifier.call('/staff/session', {
        body: { code: new URL(url).searchParams.get('code') },
        headers: { Origin: verifier.url },
      });
      return (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    };
    const cookie = await signIn();
    const own = { Cookie: cookie, Origin: verifier.url };
    const body = { purpose: 'student-status' };
    expect((await verifier.call('/v1/staff/dc-requests', { body })).status).toBe(401);
    const foreign = { Cookie: cookie, Origin: 'https://evil.example' };
    expect((await verifier.call('/v1/staff/dc-requests', { body, headers: foreign })).status).toBe(403);
    const made = (await (await verifier.call('/v1/staff/dc-requests', { body, headers: own })).json()) as Awaited<
      ReturnType<typeof asker.ask>
    >;
    const [{ data }] = made.dc_request.requests;
    const { payload } = openRequestObject(data.request, issuer.authority.root);
    const request = parseDcApiRequest(payload, { origin: verifier.url, signed: true });
    const presentation = sdJwt(request, { audience: `origin:${verifier.url}`, claims: [] });
    const answer = { data: await wrap(request, { student_id: [presentation] }) };
    const path = `/v1/staff/dc-requests/${made.id}/answer`;
    expect((await verifier.call(path, { body: answer })).status).toBe(401);
    expect((await verifier.operator(path, { body: answer })).status).toBe(403);
    const given = await verifier.call(path, { body: answer, headers: own });
    expect(await given.json()).toMatchObject({ verdict: 'accepted', title_zh: '通过', title_en: 'Pass' });
  });
});
