import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { type AuthorizationRequest, parseAuthorizationRequest, STUDENT_ID_VCT } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { parseCertificate } from '@lanyard/protocol/x509';
import { CompactEncrypt, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker, type Made, mdocQuery, oauthError, type Read, sdJwtQuery } from './support/ask.js';
import { bindRaw, disclosureOf, rawDeviceResponse, rawSdJwt } from './support/raw-credentials.js';
import { makeSigner, type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { answer, encrypt, fetchRequest, openRequestObject, post, presentFor, transcriptOf } from './support/wallet.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
let offsetMs = 0;
const clock = {
  nowMs: () => Date.now() + offsetMs,
  nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000),
};
const IDP = 'http://localhost:7462';
const told = { student_number: '9900000001', name: '测试·学生' };

beforeAll(async () => {
  issuer = await startStandInIssuer(7460);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    port: 7461,
    issuerUrl: issuer.url,
    clock,
    environment: { LANYARD_PUBLIC_URL_IDP: IDP },
  });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const objectOf = async (made: Made) =>
  openRequestObject(await (await fetch(made.request_uri)).text(), issuer.authority.root);
const mine = (request: AuthorizationRequest) => presentFor(request, issuer.makeStudentId());

describe('[MUST 1] nonce', () => {
  it('is 128 bits and more, fresh for each request, and the same when the object is fetched again', async () => {
    const requests = await Promise.all(Array.from({ length: 20 }, () => asker.begin()));
    expect(new Set(requests.map(({ request }) => request.nonce)).size).toBe(20);
    for (const { made, request } of requests.slice(0, 2)) {
      expect(Buffer.from(request.nonce, 'base64url').length).toBeGreaterThanOrEqual(16);
      expect(Buffer.from(request.state ?? '', 'base64url').length).toBeGreaterThanOrEqual(16);
      expect((await objectOf(made)).payload['nonce']).toBe(request.nonce);
    }
  });
  it('of another request, of an earlier one, or none, is refused', async () => {
    const earlier = await asker.begin();
    expect(await asker.sdJwt(undefined, { nonce: earlier.request.nonce })).toBe('holder-signature-invalid');
    expect(await asker.sdJwt(undefined, { nonce: randomBytes(24).toString('base64url') })).toBe(
      'holder-signature-invalid',
    );
    expect(await asker.sdJwt(undefined, { nonce: '' })).toBe('holder-signature-invalid');
  });
});

describe('[MUST 2] request object', () => {
  it('has typ, aud, one client identifier everywhere, and the leaf alone in x5c', async () => {
    for (const client_id_prefix of ['x509_san_dns', 'x509_hash']) {
      const made = await asker.ask({ client_id_prefix });
      const { payload, header } = await objectOf(made);
      expect(header['typ']).toBe('oauth-authz-req+jwt');
      expect(payload['aud']).toBe('https://self-issued.me/v2');
      const inLink = new URL(made.authorization_request).searchParams.get('client_id');
      expect(payload['client_id']).toBe(inLink);
      expect(inLink?.startsWith(`${client_id_prefix}:`)).toBe(true);
      // HAIP 1.0: the trust anchor MUST NOT be included.
      const [leaf = '', ...others] = header['x5c'] as string[];
      expect(others).toEqual([]);
      expect(parseCertificate(Buffer.from(leaf, 'base64')).isCa).toBe(false);
      if (client_id_prefix === 'x509_hash')
        expect(inLink).toBe(
          `x509_hash:${createHash('sha256').update(Buffer.from(leaf, 'base64')).digest('base64url')}`,
        );
    }
  });
  it.each([
    ['without the prefix', (id: string) => id.slice(id.indexOf(':') + 1)],
    ['the other prefix', (id: string) => id.replace('x509_san_dns', 'x509_hash')],
    ['the response_uri', () => 'http://localhost:7461/openid4vp/responses/x'],
    ['in capitals', (id: string) => id.toUpperCase()],
  ])('a KB-JWT for another audience is refused [%s]', async (_, change) => {
    const { made, request } = await asker.begin();
    const presentation = presentFor(request, issuer.makeStudentId(), { audience: change(request.client_id) });
    await answer(request, { id: [presentation] });
    expect((await asker.read(made.id)).reason).toBe('holder-signature-invalid');
  });
});

describe('[MUST 4] DCQL', () => {
  it.each([
    ['no meta', { meta: undefined }],
    ['meta without types', { meta: {} }],
    ['claim_sets without claims', { claims: undefined, claim_sets: [['a']] }],
    ['claim_sets of an unknown claim', { claims: [{ id: 'a', path: ['name'] }], claim_sets: [['b']] }],
    ['claim_sets and a claim without id', { claims: [{ path: ['name'] }], claim_sets: [['a']] }],
    ['one claim twice', { claims: [{ path: ['name'] }, { path: ['name'] }] }],
    [
      'authorities nobody here resolves',
      { trusted_authorities: [{ type: 'openid_federation', values: ['https://a'] }] },
    ],
  ])('a query is refused [%s]', async (_, more) => {
    expect(await asker.refusal({ dcql_query: sdJwtQuery(more) })).toEqual([422, 'dcql-query-invalid']);
  });
  it('every criterion is checked again [value], [claim left out], [another type], [no holder], [authority]', async () => {
    const values = (value: unknown) => ({
      dcql_query: sdJwtQuery({}, [{ path: ['student_number'], values: [value] }]),
    });
    expect(await asker.sdJwt(undefined, {}, values('9900000001'))).toEqual({ student_number: '9900000001' });
    expect(await asker.sdJwt(undefined, {}, values('9900000002'))).toBe('query-not-satisfied');
    expect(await asker.sdJwt(undefined, {}, values(9900000001))).toBe('query-not-satisfied');
    expect(await asker.sdJwt(undefined, { claims: ['name'] })).toBe('query-not-satisfied');
    const aki = sdJwtQuery({ trusted_authorities: [{ type: 'aki', values: ['AAAA'] }] });
    expect(await asker.sdJwt(undefined, {}, { dcql_query: aki })).toBe('query-not-satisfied');
    const other = rawSdJwt(issuer, { payload: { vct: 'urn:other:1' } });
    expect(await asker.outcome({}, (request) => bindRaw(other, request))).toBe('not-permitted');
  });
});

describe('[MUST 5] [KNOWN 6] vp_token', () => {
  const two = () => ({
    credentials: [...sdJwtQuery({ id: 'a' }).credentials, ...sdJwtQuery({ id: 'b' }).credentials],
    credential_sets: [{ options: [['a'], ['b']] }],
  });
  it.each<[string, (presentation: string) => unknown]>([
    ['unknown id', (presentation) => ({ other: [presentation] })],
    ['a credential nobody asked for beside', (presentation) => ({ id: [presentation], more: [`${presentation}x`] })],
    ['two where one was asked', (presentation) => ({ id: [presentation, `${presentation}x`] })],
    ['one twice', (presentation) => ({ id: [presentation, presentation] })],
    ['an array of texts', (presentation) => [presentation]],
    ['a text', (presentation) => presentation],
    ['no array within', (presentation) => ({ id: presentation })],
    ['an object within', (presentation) => ({ id: [{ presentation }] })],
    ['an empty array', () => ({ id: [] })],
    ['empty', () => ({})],
    ['null', () => null],
    ['a prototype', (presentation) => JSON.parse(`{"__proto__":["${presentation}"]}`)],
  ])('is refused as a whole, and the request stays open [%s]', async (_, token) => {
    for (const response_mode of ['direct_post.jwt', 'direct_post']) {
      const { made, request } = await asker.begin({ response_mode });
      expect(await oauthError(await answer(request, token(mine(request))))).toEqual([400, 'invalid_request']);
      expect((await asker.read(made.id)).state).toBe('fetched');
    }
  });
  it('more alternatives than were asked for are refused, one is taken', async () => {
    const { made, request } = await asker.begin({ dcql_query: two() });
    const sent = await answer(request, { a: [mine(request)], b: [mine(request)] });
    expect(await oauthError(sent)).toEqual([400, 'invalid_request']);
    expect((await answer(request, { b: [mine(request)] })).status).toBe(200);
    expect((await asker.read(made.id)).claims).toEqual({ b: told });
  });
  it('a bad presentation is discarded, and what is left decides [multiple: one good], [multiple: none good]', async () => {
    const dcql_query = sdJwtQuery({ multiple: true });
    const first = await asker.begin({ dcql_query });
    const forged = presentFor(first.request, issuer.makeStudentId(), { signWith: generateKeyPair() });
    await answer(first.request, { id: [mine(first.request), forged] });
    expect(await asker.read(first.made.id)).toMatchObject({ verdict: 'accepted', claims: { id: [told] } });
    const second = await asker.begin({ dcql_query });
    const bad = () => presentFor(second.request, issuer.makeStudentId(), { signWith: generateKeyPair() });
    await answer(second.request, { id: [bad(), bad()] });
    expect(await asker.read(second.made.id)).toMatchObject({ verdict: 'rejected', reason: 'holder-signature-invalid' });
  });
});

describe('[MUST 6] response endpoint', () => {
  it('answers 200 with JSON that nobody keeps', async () => {
    const { request } = await asker.begin();
    const sent = await answer(request, { id: [mine(request)] });
    expect([sent.status, sent.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(sent.headers.get('cache-control')).toBe('no-store');
    expect(await sent.json()).toEqual({});
  });
  it.each([
    ['JSON', 'application/json', 415],
    ['multipart', 'multipart/form-data; boundary=x', 415],
    ['nothing said', undefined, 415],
  ])('takes a form only [%s]', async (_, type, status) => {
    const { request } = await asker.begin();
    const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
    const sent = await fetch(request.response_uri, { method: 'POST', headers, body: Buffer.from('state=x') });
    expect(await oauthError(sent)).toEqual([status, 'invalid_request']);
  });
  it('refuses a second, a late, an early answer and one to another request', async () => {
    const { request } = await asker.begin();
    expect((await answer(request, { id: [mine(request)] })).status).toBe(200);
    expect(await oauthError(await answer(request, { id: [mine(request)] }))).toEqual([400, 'invalid_request']);
    const late = await asker.begin({ expires_in: 30 });
    offsetMs = 31_000;
    expect(await oauthError(await answer(late.request, { id: [mine(late.request)] }))).toEqual([
      400,
      'invalid_request',
    ]);
    offsetMs = 0;
    const early = await asker.ask({ response_mode: 'direct_post' });
    const response_uri = `${verifier.url}/openid4vp/responses/${early.id}`;
    expect(await oauthError(await post({ response_uri }, { vp_token: '{}', state: 'x' }))).toEqual([
      400,
      'invalid_request',
    ]);
    const [one, other] = [
      await asker.begin({ response_mode: 'direct_post' }),
      await asker.begin({ response_mode: 'direct_post' }),
    ];
    const crossed = { ...one.request, response_uri: other.request.response_uri };
    expect(await oauthError(await answer(crossed, { id: [mine(one.request)] }))).toEqual([400, 'invalid_request']);
    expect((await asker.read(other.made.id)).state).toBe('fetched');
  });
  it('refuses what is too large or too deep [form], [presentation], [depth], [ids]', async () => {
    const { request } = await asker.begin({ response_mode: 'direct_post' });
    const state = request.state ?? '';
    expect((await post(request, { state, vp_token: 'x'.repeat(600_000) })).status).toBe(413);
    const long = JSON.stringify({ id: ['x'.repeat(140_000)] });
    expect((await post(request, { state, vp_token: long })).status).toBe(400);
    expect((await post(request, { state, vp_token: `{"id":[[[[["x"]]]]]}` })).status).toBe(400);
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`id${at}`, [`${at}`]]));
    expect((await post(request, { state, vp_token: JSON.stringify(many) })).status).toBe(400);
  });

  const sameDevice = (session?: string) => ({
    ...{ flow: 'same-device', return_url: `${IDP}/callback` },
    ...(session === undefined ? {} : { session }),
  });
  const redirected = async (session?: string) => {
    const { made, request } = await asker.begin(sameDevice(session));
    const sent = (await (await answer(request, { id: [mine(request)] })).json()) as { redirect_uri: string };
    return { made, code: new URL(sent.redirect_uri).searchParams.get('response_code') ?? '' };
  };
  it('the redirect carries a fresh secret each time', async () => {
    const codes = await Promise.all(Array.from({ length: 5 }, async () => (await redirected()).code));
    expect(new Set(codes).size).toBe(5);
    for (const code of codes) expect(Buffer.from(code, 'base64url')).toHaveLength(32);
  });
  it('the result is told only to the browser session it was asked for [another], [none], [the same], [again], [one nobody named]', async () => {
    const session = randomBytes(32).toString('base64url');
    const { made, code } = await redirected(session);
    const redeem = (more = '') => asker.read(made.id, `?response_code=${code}${more}`);
    expect((await redeem(`&session=${randomBytes(32).toString('base64url')}`)).code).toBe('response-session-wrong');
    expect((await redeem()).code).toBe('response-session-wrong');
    // A wrong session has not used the code up.
    expect(await redeem(`&session=${session}`)).toMatchObject({ verdict: 'accepted', claims: told });
    expect((await redeem(`&session=${session}`)).code).toBe('response-code-used');
    const unbound = await redirected();
    expect((await asker.read(unbound.made.id, `?response_code=${unbound.code}&session=x`)).code).toBe(
      'response-session-wrong',
    );
    expect((await asker.read(unbound.made.id, `?response_code=${unbound.code}`)).verdict).toBe('accepted');
    expect((await asker.read(made.id, `?response_code=${'x'.repeat(43)}&session=${session}`)).code).toBe(
      'response-code-invalid',
    );
  });
  it.each([
    ['cross-device', { flow: 'cross-device', session: 'a' }, 'options-conflict'],
    ['too long', { ...sameDevice('x'.repeat(129)) }, 'input-invalid'],
    ['not visible ASCII', { ...sameDevice('a b') }, 'input-invalid'],
  ])('a session is refused [%s]', async (_, body, code) => {
    expect(await asker.refusal({ dcql_query: sdJwtQuery(), ...body })).toEqual([400, code]);
  });
});

describe('[MUST 7] encryption', () => {
  const keyOf = (request: AuthorizationRequest) => request.client_metadata!.jwks!.keys[0]!;
  it('offers one new P-256 key with alg and kid for each request, and both content encryptions, which both work', async () => {
    const requests = await Promise.all(Array.from({ length: 5 }, () => asker.begin()));
    expect(new Set(requests.map(({ request }) => keyOf(request).x)).size).toBe(5);
    expect(new Set(requests.map(({ request }) => keyOf(request).kid)).size).toBe(5);
    for (const [at, enc] of (['A128GCM', 'A256GCM'] as const).entries()) {
      const { made, request } = requests[at]!;
      expect(keyOf(request)).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ECDH-ES', use: 'enc' });
      expect(request.client_metadata?.encrypted_response_enc_values_supported).toEqual(['A128GCM', 'A256GCM']);
      const content = { vp_token: { id: [mine(request)] }, state: request.state };
      const response = await encrypt(request, content, { header: { enc } });
      expect((await post(request, { response })).status).toBe(200);
      expect((await asker.read(made.id)).verdict).toBe('accepted');
    }
  });
  it.each<[string, object]>([
    ['other kid', { kid: 'other' }],
    ['no kid', { kid: undefined }],
    ['other alg', { alg: 'ECDH-ES+A256KW' }],
    ['other enc', { enc: 'A128CBC-HS256' }],
    ['other enc of the family', { enc: 'A192GCM' }],
  ])('refuses a JWE with another header than was offered [%s]', async (_, header) => {
    const { made, request } = await asker.begin();
    const response = await encrypt(request, { vp_token: { id: [mine(request)] }, state: request.state }, { header });
    expect(await oauthError(await post(request, { response }))).toEqual([400, 'invalid_request']);
    expect((await asker.read(made.id)).state).toBe('fetched');
  });
  it('refuses one for the key of another request, and one in the clear', async () => {
    const [one, other] = [await asker.begin(), await asker.begin()];
    const content = { vp_token: { id: [mine(one.request)] }, state: one.request.state };
    expect((await post(one.request, { response: await encrypt(other.request, content) })).status).toBe(400);
    const clear = { vp_token: JSON.stringify(content.vp_token), state: one.request.state ?? '' };
    expect((await post(one.request, clear)).status).toBe(400);
  });
  it('refuses a compressed one, honest or not', async () => {
    const { request } = await asker.begin();
    const { kid, x, y } = keyOf(request);
    const plaintext = deflateRawSync(JSON.stringify({ vp_token: { id: [mine(request)] }, state: request.state }));
    const key = await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ECDH-ES');
    // jose writes no zip header by itself: it is given in the clear part, as old wallets do.
    const sealed = await new CompactEncrypt(plaintext)
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid, typ: 'JWT' })
      .encrypt(key);
    expect((await post(request, { response: sealed })).status).toBe(400);
    const [header = '', ...rest] = sealed.split('.');
    const members = JSON.parse(Buffer.from(header, 'base64url').toString());
    const zipped = Buffer.from(JSON.stringify({ ...members, zip: 'DEF' })).toString('base64url');
    expect((await post(request, { response: [zipped, ...rest].join('.') })).status).toBe(400);
  });
});

describe('[MUST 11] without holder binding', () => {
  const bare = (text: string) => text.slice(0, text.lastIndexOf('~') + 1);
  const free = { dcql_query: sdJwtQuery({ require_cryptographic_holder_binding: false }) };
  it('a credential is taken only when asked for so, and state comes with the request', async () => {
    expect(await asker.sdJwt(undefined, {}, free, bare)).toEqual(told);
    const { request } = await asker.begin(free);
    expect(request.state).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });
  it('is refused [not asked for], [no state], [other state]', async () => {
    expect(await asker.sdJwt(undefined, {}, {}, bare)).toBe('holder-signature-invalid');
    const { request } = await asker.begin({ ...free, response_mode: 'direct_post' });
    const vp_token = JSON.stringify({ id: [bare(mine(request))] });
    expect((await post(request, { vp_token })).status).toBe(400);
    expect((await post(request, { vp_token, state: 'other' })).status).toBe(400);
  });
});

describe('[MUST 21] SD-JWT', () => {
  const [number, name] = [disclosureOf('student_number', '9900000001'), disclosureOf('name', '测试·学生')];
  it('made by hand is accepted, so what follows is refused for its own fault', async () => {
    expect(await asker.outcome({}, (request) => bindRaw(rawSdJwt(issuer), request))).toEqual(told);
  });
  it.each<[string, Parameters<typeof rawSdJwt>[1], Parameters<typeof bindRaw>[2]]>([
    ['a disclosure no digest refers to', {}, { sent: [number, name, disclosureOf('level', 'master')] }],
    ['a disclosure twice', {}, { sent: [number, name, name] }],
    ['a digest twice', { hidden: [name] }, {}],
    ['_sd as a claim name', { disclosures: [number, name, disclosureOf('_sd', ['x'])] }, {}],
    ['... as a claim name', { disclosures: [number, name, disclosureOf('...', 'x')] }, {}],
    ['a name that exists', { disclosures: [number, name], payload: { name: 'other' } }, {}],
    ['a name twice', { disclosures: [number, name, disclosureOf('name', 'other')] }, {}],
    ['a disclosure of four', { disclosures: [number, name, disclosureOf('a', 'b', 'c')] }, {}],
    ['another _sd_alg', { payload: { _sd_alg: 'md5' } }, {}],
  ])('is malformed [%s]', async (_, made, bound) => {
    expect(await asker.outcome({}, (request) => bindRaw(rawSdJwt(issuer, made), request, bound))).toBe('malformed');
  });
  it.each<[string, string, Parameters<typeof bindRaw>[2]]>([
    ['sd_hash over fewer disclosures', 'holder-signature-invalid', { boundTo: [number] }],
    ['sd_hash over more disclosures', 'holder-signature-invalid', { sent: [number], boundTo: [number, name] }],
    ['KB-JWT of another typ', 'malformed', { header: { typ: 'JWT' } }],
    ['KB-JWT without nonce', 'malformed', { claims: { nonce: undefined } }],
    ['KB-JWT with two audiences', 'malformed', { claims: { aud: ['a', 'b'] } }],
    ['KB-JWT too old', 'too-old', { claims: { iat: 1_700_000_000 } }],
    ['KB-JWT of tomorrow', 'in-the-future', { claims: { iat: Math.floor(Date.now() / 1000) + 86_400 } }],
  ])('binds its holder to exactly what was sent [%s]', async (_, reason, bound) => {
    expect(await asker.outcome({}, (request) => bindRaw(rawSdJwt(issuer), request, bound))).toBe(reason);
  });
});

describe('[MUST 22] SD-JWT VC', () => {
  it.each<[string, string, Parameters<typeof rawSdJwt>[1]]>([
    ['another typ', 'malformed', { header: { typ: 'vc+sd-jwt' } }],
    ['typ JWT', 'malformed', { header: { typ: 'JWT' } }],
    ['no vct', 'malformed', { payload: { vct: undefined } }],
    ['vct disclosed', 'malformed', { payload: { vct: undefined }, disclosures: [disclosureOf('vct', STUDENT_ID_VCT)] }],
    ['exp disclosed', 'malformed', { payload: { exp: undefined }, disclosures: [disclosureOf('exp', 4e9)] }],
    ['status disclosed', 'malformed', { payload: { status: undefined }, disclosures: [disclosureOf('status', {})] }],
    ['no holder key', 'holder-signature-invalid', { payload: { cnf: undefined } }],
    ['no status', 'status-unavailable', { payload: { status: undefined } }],
    ['a status of another kind', 'status-unavailable', { payload: { status: { other: 1 } } }],
  ])('[%s]', async (_, reason, made) => {
    expect(await asker.outcome({}, (request) => bindRaw(rawSdJwt(issuer, made), request))).toBe(reason);
  });
});

describe('[MUST 23] status lists', () => {
  let list = 200;
  const fresh = () => {
    list += 1;
    return asker.sdJwt(issuer.makeStudentId({ uri: `${issuer.url}/status-lists/${list}` }));
  };
  it('the credential is verified first: a list is not even fetched for a forged one', async () => {
    list += 1;
    const uri = `${issuer.url}/status-lists/${list}`;
    const signer = { ...makeSigner('document'), kidText: issuer.signers.document.kidText };
    expect(await asker.sdJwt(issuer.makeStudentId({ signer, uri }))).toBe('issuer-signature-invalid');
    expect(await asker.sdJwt(issuer.makeStudentId({ uri }), { signWith: generateKeyPair() })).toBe(
      'holder-signature-invalid',
    );
    expect(issuer.state.requests).not.toContain(`/status-lists/${list}`);
  });
  it('[KNOWN 1] [KNOWN 2] [MUST 24] is undetermined, never revoked and never valid [forged], [signed by a document signer], [sub elsewhere], [changed], [away], [out of bounds], [expired]', async () => {
    const { state } = issuer;
    state.statusSigner = { signer: { ...makeSigner('status'), kidText: issuer.signers.status.kidText } };
    expect(await fresh()).toBe('status-unavailable');
    state.statusSigner = { signer: issuer.signers.document };
    expect(await fresh()).toBe('status-unavailable');
    state.statusSigner = undefined;
    state.statusChange = { uri: `${issuer.url}/status-lists/7` };
    expect(await fresh()).toBe('status-unavailable');
    state.statusChange = {};
    state.statusTamper = (token) => {
      const [header, payload = '', signature] = token.toString().split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const changed = Buffer.from(JSON.stringify({ ...claims, ttl: 61 })).toString('base64url');
      return Buffer.from([header, changed, signature].join('.'));
    };
    expect(await fresh()).toBe('status-unavailable');
    state.statusTamper = (token) => token;
    state.statusAway = true;
    expect(await fresh()).toBe('status-unavailable');
    state.statusAway = false;
    state.statusExpired = true;
    expect(await fresh()).toBe('status-too-old');
    state.statusExpired = false;
    expect(await asker.sdJwt(issuer.makeStudentId({ index: 999_999 }))).toBe('status-unavailable');
    expect(await fresh()).toEqual(told);
  });
});

describe('[MUST 25] mdoc', () => {
  const made = (change: Parameters<typeof rawDeviceResponse>[3]) =>
    asker.outcome({ dcql_query: mdocQuery() }, (request) =>
      rawDeviceResponse(issuer, issuer.makeStudentIdMdoc(), transcriptOf(request), change),
    );
  it('made by hand is accepted, so what follows is refused for its own fault', async () => {
    expect(await made({})).toEqual(told);
  });
  const time = (name: string, value: unknown) => (mso: Map<string, never>) => {
    const info = new Map(mso.get('validityInfo') as never as Map<string, unknown>);
    info.set(name, value);
    mso.set('validityInfo', info as never);
  };
  const nameAll = (items: Map<string, unknown>[]) => {
    for (const item of items) item.set('elementIdentifier', 'name');
  };
  it.each<[string, string, Parameters<typeof rawDeviceResponse>[3]]>([
    ['a DigestID of 2^31', 'malformed', { items: ([item]) => item?.set('digestID', 2 ** 31) }],
    ['a negative DigestID', 'malformed', { items: ([item]) => item?.set('digestID', -1) }],
    ['15 random bytes', 'malformed', { items: ([item]) => item?.set('random', new Uint8Array(15)) }],
    ['two items of one name', 'malformed', { items: nameAll }],
    ['a digest missing', 'issuer-signature-invalid', { mso: (mso) => mso.set('valueDigests', new Map()) }],
    [
      'a time with a fraction',
      'malformed',
      { mso: time('validUntil', { tag: 0, value: '2099-01-01T00:00:00.5Z' }) as never },
    ],
    ['a time without its tag', 'malformed', { mso: time('validUntil', '2099-01-01T00:00:00Z') as never }],
    ['docType of the MSO another', 'malformed', { mso: (mso) => mso.set('docType', 'org.other.1') }],
    ['digests by another algorithm', 'malformed', { mso: (mso) => mso.set('digestAlgorithm', 'SHA-1') }],
    [
      'a status nobody here can check',
      'status-unavailable',
      { mso: (mso) => mso.set('status', new Map([['other', 1]])) },
    ],
    ['no status', 'status-unavailable', { mso: (mso) => mso.delete('status') as never }],
    ['no chain', 'unknown-issuer', { unprotected: new Map() }],
    [
      'no device signature',
      'holder-signature-invalid',
      { deviceAuth: (auth) => auth.delete('deviceSignature') as never },
    ],
    [
      'a MAC',
      'holder-signature-invalid',
      { deviceAuth: (auth) => auth.set('deviceMac', [new Uint8Array(), new Map(), null, new Uint8Array(32)]) },
    ],
  ])('[%s]', async (_, reason, change) => {
    expect(await made(change)).toBe(reason);
  });
});

describe('[KNOWN 1] a promise that resolved is no valid signature', () => {
  it('over the wire, each with its own reason [issuer], [holder], [payload changed under the old signature]', async () => {
    const signer = { ...makeSigner('document'), kidText: issuer.signers.document.kidText };
    expect(await asker.sdJwt(issuer.makeStudentId({ signer }))).toBe('issuer-signature-invalid');
    expect(await asker.sdJwt(undefined, { signWith: generateKeyPair() })).toBe('holder-signature-invalid');
    const swapped = (text: string) => {
      const [header, payload = '', ...rest] = text.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const changed = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString('base64url');
      return [header, changed, ...rest].join('.');
    };
    expect(await asker.sdJwt(undefined, {}, {}, swapped)).toBe('issuer-signature-invalid');
  });
});

describe('[KNOWN 3] what is given once is taken once', () => {
  it('of 50 parallel answers to one request one is taken, the others are refused', async () => {
    const { made, request } = await asker.begin({ response_mode: 'direct_post' });
    const held = issuer.makeStudentId();
    const all = await Promise.all(
      Array.from({ length: 50 }, () => answer(request, { id: [presentFor(request, held)] })),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 400)).toHaveLength(49);
    expect((await asker.read(made.id)).verdict).toBe('accepted');
  });
});

describe('[KNOWN 4] nothing is named that does not work', () => {
  it('every address of a request answers, and those that are not named do not [GET], [POST], [response], [no scope, no request by value]', async () => {
    const made = await asker.ask({ request_uri_method: 'post' });
    expect((await fetch(made.request_uri)).status).toBe(200);
    const byPost = await fetch(made.request_uri, { method: 'POST', body: new URLSearchParams({ wallet_nonce: 'n' }) });
    expect(byPost.status).toBe(200);
    const { payload } = openRequestObject(await byPost.text(), issuer.authority.root);
    const request = parseAuthorizationRequest(payload);
    for (const absent of ['scope', 'redirect_uri', 'request', 'presentation_definition', 'verifier_info'])
      expect(payload).not.toHaveProperty(absent);
    expect((await fetch(request.response_uri)).status).toBe(405);
    expect((await answer(request, { id: [mine(request)] })).status).toBe(200);
  });
});

describe('[KNOWN 5] a refusal names its check in the log and not to the wallet', () => {
  it('[shape], [decryption], [state]', async () => {
    const { request } = await asker.begin();
    const sent = await answer(request, { other: [mine(request)] });
    const text = await sent.text();
    expect(JSON.parse(text)).toEqual({ error: 'invalid_request', error_description: expect.any(String) });
    expect(text).not.toContain('answer-id-unknown');
    await post(request, { response: 'a.b.c.d.e' });
    await answer(request, { id: [mine(request)] }, 'other');
    const log = verifier.logLines.join('\n');
    for (const check of ['answer-id-unknown', 'jwe-malformed', 'state-wrong']) expect(log).toContain(check);
  });
  it('the verdict names the check to the one who asked', async () => {
    const { made, request } = await asker.begin();
    await answer(request, { id: [presentFor(request, issuer.makeStudentId(), { nonce: 'x' })] });
    const { verdict, reason } = (await asker.read(made.id)) as Read;
    expect([verdict, reason]).toEqual(['rejected', 'holder-signature-invalid']);
  });
});

describe('a fetched object', () => {
  it('is verified by a wallet that has the anchor, and by no other', async () => {
    const made = await asker.ask();
    await expect(fetchRequest(made.authorization_request, issuer.documentAuthority.root)).rejects.toThrow();
    expect((await fetchRequest(made.authorization_request, issuer.authority.root)).client_id).toContain('localhost');
  });
});
