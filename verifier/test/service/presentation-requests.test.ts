import { randomBytes } from 'node:crypto';
import { type AuthorizationRequest, STUDENT_ID_VCT } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSigner, nowSeconds, type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';
import { answer, encrypt, fetchRequest, post, presentFor } from './support/wallet.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let offsetMs = 0;
const clock = {
  nowMs: () => Date.now() + offsetMs,
  nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000),
};
const IDP = 'http://localhost:7620';

beforeAll(async () => {
  issuer = await startStandInIssuer(7621);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    port: 7622,
    issuerUrl: issuer.url,
    clock,
    environment: { LANYARD_PUBLIC_URL_IDP: IDP, LANYARD_UNIVERSITY_NAME: '示例大学' },
  });
  await verifier.synced(issuer.sequence());
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

interface Made {
  id: string;
  authorization_request: string;
  wallet_link: string;
  request_uri: string;
  expires_at: string;
}
type Read = {
  state: string;
  verdict?: string;
  reason?: string;
  claims?: Record<string, unknown>;
  credentials?: Record<string, { verdict: string; reason?: string; claims?: object }>;
  code?: string;
};
const query = (more: object = {}, claims: object[] = [{ path: ['student_number'] }, { path: ['name'] }]) => ({
  credentials: [{ id: 'id', format: 'dc+sd-jwt', meta: { vct_values: [STUDENT_ID_VCT] }, claims, ...more }],
});
const ask = async (body: object = {}) => {
  const asked = await verifier.operator('/v1/presentation-requests', { body: { dcql_query: query(), ...body } });
  expect(asked.status).toBe(201);
  return (await asked.json()) as Made;
};
const read = async (id: string, parameters = '') =>
  (await (await verifier.operator(`/v1/presentation-requests/${id}${parameters}`)).json()) as Read;
const begin = async (body: object = {}) => {
  const made = await ask(body);
  return { made, request: await fetchRequest(made.authorization_request, issuer.authority.root) };
};
type Held = ReturnType<StandInIssuer['makeStudentId']>;
/** One round: what the wallet sends to what comes out. */
const outcome = async (
  held: Held,
  change: Parameters<typeof presentFor>[2] = {},
  body: object = {},
  edit = (text: string) => text,
) => {
  const { made, request } = await begin(body);
  const sent = await answer(request, { id: [edit(presentFor(request, held, change))] });
  expect([sent.status, await sent.json()]).toEqual([200, {}]);
  const { verdict, reason, claims } = await read(made.id);
  return verdict === 'accepted' ? claims : reason;
};
const refused = async (sent: Response, status = 400) => {
  expect(sent.status).toBe(status);
  expect(await sent.json()).toMatchObject({ error: 'invalid_request', error_description: expect.any(String) });
};

describe('a presentation', () => {
  it.each([
    ['direct_post.jwt', 'x509_san_dns'],
    ['direct_post.jwt', 'x509_hash'],
    ['direct_post', 'x509_san_dns'],
    ['direct_post', 'x509_hash'],
  ])('goes all the way [%s, %s]', async (response_mode, client_id_prefix) => {
    const { made, request } = await begin({ response_mode, client_id_prefix });
    expect(request.client_id.startsWith(`${client_id_prefix}:`)).toBe(true);
    expect(request.response_mode).toBe(response_mode);
    expect((await read(made.id)).state).toBe('fetched');
    const sent = await answer(request, { id: [presentFor(request, issuer.makeStudentId())] });
    expect(sent.status).toBe(200);
    expect(sent.headers.get('content-type')).toContain('application/json');
    expect(await sent.json()).toEqual({});
    const claims = { student_number: '9900000001', name: '测试·学生' };
    expect(await read(made.id)).toEqual({
      id: made.id,
      state: 'answered',
      expires_at: made.expires_at,
      verdict: 'accepted',
      claims,
      credentials: { id: { verdict: 'accepted', claims } },
    });
  });

  it('is asked for by a link for any wallet and one for ours, with a fresh nonce, state and key each time', async () => {
    const first = await begin();
    const second = await begin();
    expect(first.made.wallet_link).toMatch(/^http:\/\/localhost:8080\/present\?client_id=x509_san_dns%3Alocalhost&/);
    expect(first.made.authorization_request).toMatch(/^openid4vp:\/\/\?client_id=/);
    for (const one of ['nonce', 'state'] as const) {
      expect(first.request[one]).not.toBe(second.request[one]);
      expect(Buffer.from(first.request[one] ?? '', 'base64url').length).toBeGreaterThanOrEqual(16);
    }
    const key = ({ request }: { request: AuthorizationRequest }) => request.client_metadata?.jwks?.keys[0];
    expect(key(first)?.x).not.toBe(key(second)?.x);
    expect(key(first)).not.toHaveProperty('d');
    expect(first.request.client_metadata?.client_name).toBe('示例大学');
    expect(first.request.client_metadata?.encrypted_response_enc_values_supported).toEqual(['A128GCM', 'A256GCM']);
  });

  it('of a purpose is decided by its policy [accepted], [not registered], [claims missing]', async () => {
    const rail = { purpose: 'rail-discount', dcql_query: undefined };
    const send = async (held: Held, claims?: string[]) => {
      const { made, request } = await begin(rail);
      const vpToken = { student_id: [presentFor(request, held, claims === undefined ? {} : { claims })] };
      expect((await answer(request, vpToken)).status).toBe(200);
      return read(made.id);
    };
    expect(await send(issuer.makeStudentId())).toMatchObject({
      verdict: 'accepted',
      claims: { registered_until: '2099-01-01' },
    });
    const late = issuer.makeStudentId({ claims: { registered_until: '2020-01-01' } });
    expect((await send(late)).reason).toBe('not-registered');
    expect((await send(issuer.makeStudentId(), ['name'])).reason).toBe('query-not-satisfied');
  });

  it('tells only what was asked, whatever the wallet discloses', async () => {
    const claims = await outcome(issuer.makeStudentId(), { claims: ['student_number', 'name', 'enrolment_status'] });
    expect(claims).toEqual({ student_number: '9900000001', name: '测试·学生' });
  });

  it('without holder binding is taken only where the query says so', async () => {
    const bare = (text: string) => text.slice(0, text.lastIndexOf('~') + 1);
    const free = { dcql_query: query({ require_cryptographic_holder_binding: false }) };
    expect(await outcome(issuer.makeStudentId(), {}, free, bare)).toMatchObject({ student_number: '9900000001' });
    expect(await outcome(issuer.makeStudentId(), {}, {}, bare)).toBe('holder-signature-invalid');
  });
});

describe('a presentation that proves nothing is taken and rejected with its own reason, without a claim', () => {
  const swap = (text: string) => {
    const [jwt = '', ...rest] = text.split('~');
    const [header, , signature] = jwt.split('.');
    const payload = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...payload, exp: payload.exp + 1 })).toString('base64url');
    return [`${header}.${changed}.${signature}`, ...rest].join('~');
  };
  const cases: [string, string, () => Promise<unknown>][] = [
    ['other nonce', 'holder-signature-invalid', () => outcome(issuer.makeStudentId(), { nonce: 'x'.repeat(32) })],
    [
      'other audience',
      'holder-signature-invalid',
      () => outcome(issuer.makeStudentId(), { audience: 'https://a.example' }),
    ],
    [
      'audience without prefix',
      'holder-signature-invalid',
      () => outcome(issuer.makeStudentId(), { audience: 'localhost' }),
    ],
    [
      'holder key not the bound one',
      'holder-signature-invalid',
      () => outcome(issuer.makeStudentId(), { signWith: generateKeyPair() }),
    ],
    [
      'disclosure left out after signing',
      'holder-signature-invalid',
      () =>
        outcome(issuer.makeStudentId(), {}, {}, (text) =>
          text
            .split('~')
            .filter((_, at) => at !== 1)
            .join('~'),
        ),
    ],
    ['signed long ago', 'too-old', () => outcome(issuer.makeStudentId(), { issuedAtSeconds: nowSeconds() - 900 })],
    [
      'signed in the future',
      'in-the-future',
      () => outcome(issuer.makeStudentId(), { issuedAtSeconds: nowSeconds() + 90 }),
    ],
    ['expired', 'expired', () => outcome(issuer.makeStudentId({ expires: nowSeconds() - 1 }))],
    ['not valid yet', 'not-yet-valid', () => outcome(issuer.makeStudentId({ issuedAt: nowSeconds() + 600 }))],
    [
      'forged issuer signature',
      'issuer-signature-invalid',
      () =>
        outcome(
          issuer.makeStudentId({ signer: { ...makeSigner('document'), kidText: issuer.signers.document.kidText } }),
        ),
    ],
    [
      'payload changed under the old signature',
      'issuer-signature-invalid',
      () => outcome(issuer.makeStudentId(), {}, {}, swap),
    ],
    ['unknown issuer', 'unknown-issuer', () => outcome(issuer.makeStudentId({ issuer: 'https://other.example' }))],
    [
      'another university',
      'issuer-not-entitled',
      () =>
        outcome(issuer.makeStudentId({ claims: { university_code: '4199090002' } }), {
          claims: ['student_number', 'name', 'university_code'],
        }),
    ],
    ['not an SD-JWT', 'malformed', () => outcome(issuer.makeStudentId(), {}, {}, () => 'hello')],
    ['claim left out', 'query-not-satisfied', () => outcome(issuer.makeStudentId(), { claims: ['name'] })],
    [
      'values lied about',
      'query-not-satisfied',
      () =>
        outcome(
          issuer.makeStudentId(),
          {},
          { dcql_query: query({}, [{ path: ['student_number'], values: ['9900000002'] }]) },
        ),
    ],
  ];
  it.each(cases)('[%s]', async (_, reason, run) => {
    expect(await run()).toBe(reason);
  });

  it('[suspended], [revoked], [status unavailable: cannot decide]', async () => {
    issuer.setStatus(50, 2);
    await until(async () => (await outcome(issuer.makeStudentId({ index: 50 }))) === 'suspended');
    issuer.setStatus(51, 1);
    await until(async () => (await outcome(issuer.makeStudentId({ index: 51 }))) === 'revoked');
    expect(await outcome(issuer.makeStudentId({ index: 999_999 }))).toBe('status-unavailable');
  });

  it('[replayed from another request, in full]', async () => {
    const first = await begin();
    const held = issuer.makeStudentId();
    const presentation = presentFor(first.request, held);
    expect((await answer(first.request, { id: [presentation] })).status).toBe(200);
    const second = await begin();
    expect((await answer(second.request, { id: [presentation] })).status).toBe(200);
    expect((await read(second.made.id)).reason).toBe('holder-signature-invalid');
    expect((await read(second.made.id)).credentials).toEqual({
      id: { verdict: 'rejected', reason: 'holder-signature-invalid' },
    });
  });
});

describe('an answer that is malformed or of the wrong shape is refused, and the request stays open', () => {
  const wrong: [string, (request: AuthorizationRequest, presentation: string) => Promise<Response>][] = [
    ['unknown id', (request, presentation) => answer(request, { other: [presentation] })],
    [
      'extra credential',
      (request, presentation) => answer(request, { id: [presentation], more: [`${presentation}x`] }),
    ],
    ['missing', (request) => answer(request, {})],
    ['empty list', (request) => answer(request, { id: [] })],
    ['twice the same', (request, presentation) => answer(request, { id: [presentation, presentation] })],
    ['two without multiple', (request, presentation) => answer(request, { id: [presentation, `${presentation}x`] })],
    ['no list', (request, presentation) => answer(request, { id: presentation })],
    ['an object', (request) => answer(request, { id: [{}] })],
    ['other state', (request, presentation) => answer(request, { id: [presentation] }, 'other')],
    ['no vp_token', async (request) => post(request, { response: await encrypt(request, { state: request.state }) })],
    [
      'in the clear',
      (request, presentation) =>
        post(request, { vp_token: JSON.stringify({ id: [presentation] }), state: request.state ?? '' }),
    ],
    [
      'clear beside encrypted',
      async (request, presentation) =>
        post(request, {
          response: await encrypt(request, { vp_token: { id: [presentation] }, state: request.state }),
          state: request.state ?? '',
        }),
    ],
    [
      'other kid',
      async (request, presentation) =>
        post(request, {
          response: await encrypt(
            request,
            { vp_token: { id: [presentation] }, state: request.state },
            { header: { kid: 'other' } },
          ),
        }),
    ],
    [
      'other alg',
      async (request, presentation) =>
        post(request, {
          response: await encrypt(
            request,
            { vp_token: { id: [presentation] }, state: request.state },
            { header: { alg: 'ECDH-ES+A256KW' } },
          ),
        }),
    ],
    [
      'other enc',
      async (request, presentation) =>
        post(request, {
          response: await encrypt(
            request,
            { vp_token: { id: [presentation] }, state: request.state },
            { header: { enc: 'A128CBC-HS256' } },
          ),
        }),
    ],
    [
      'other key',
      async (request, presentation) =>
        post(request, {
          response: await encrypt(
            request,
            { vp_token: { id: [presentation] }, state: request.state },
            { key: generateKeyPair().jwk },
          ),
        }),
    ],
    ['not a JWE', (request) => post(request, { response: 'a.b.c.d.e' })],
    ['nothing', (request) => post(request, {})],
  ];
  it.each(wrong)('[%s]', async (_, send) => {
    const { made, request } = await begin();
    const presentation = presentFor(request, issuer.makeStudentId());
    await refused(await send(request, presentation));
    expect((await read(made.id)).state).toBe('fetched');
    expect((await answer(request, { id: [presentation] })).status).toBe(200);
    expect((await read(made.id)).verdict).toBe('accepted');
  });

  it.each([
    ['zip', { zip: 'DEF' }],
    ['p2c', { p2c: 1_000_000 }],
    ['crit', { crit: ['x'], x: 1 }],
  ])('[JWE header %s]', async (_, more) => {
    const { request } = await begin();
    const content = { vp_token: { id: [presentFor(request, issuer.makeStudentId())] }, state: request.state };
    const [header = '', ...rest] = (await encrypt(request, content)).split('.');
    const members = JSON.parse(Buffer.from(header, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...members, ...more })).toString('base64url');
    await refused(await post(request, { response: [changed, ...rest].join('.') }));
  });

  it('[no form], [too large], [parameter twice], [unknown request], [JSON nested too deeply]', async () => {
    const { request } = await begin({ response_mode: 'direct_post' });
    const raw = (body: string, type = 'application/x-www-form-urlencoded') =>
      fetch(request.response_uri, { method: 'POST', body, headers: { 'Content-Type': type } });
    await refused(await raw('{}', 'application/json'), 415);
    await refused(await raw(`vp_token=${'x'.repeat(600_000)}`), 413);
    await refused(await raw('state=a&state=b'));
    const deep = `${'['.repeat(20)}${']'.repeat(20)}`;
    await refused(await post(request, { vp_token: deep, state: request.state ?? '' }));
    const nobody = `${verifier.url}/openid4vp/responses/${randomBytes(16).toString('base64url')}`;
    await refused(await post({ response_uri: nobody }, { state: 'x' }), 404);
    await refused(await post({ response_uri: `${verifier.url}/openid4vp/responses/x` }, { state: 'x' }), 404);
  });

  it('[before the request was fetched]', async () => {
    const made = await ask({ response_mode: 'direct_post' });
    await refused(await post({ response_uri: `${verifier.url}/openid4vp/responses/${made.id}` }, { state: 'x' }));
  });
});

describe('one answer is taken', () => {
  it('and a second is refused, whatever the first was worth', async () => {
    const { made, request } = await begin();
    expect((await answer(request, { id: ['rubbish'] })).status).toBe(200);
    await refused(await answer(request, { id: [presentFor(request, issuer.makeStudentId())] }));
    expect((await read(made.id)).reason).toBe('malformed');
    const again = await fetch(made.request_uri);
    expect([again.status, ((await again.json()) as Read).code]).toEqual([410, 'presentation-request-over']);
  });

  it('of 200 requests offered 20 times each in parallel', async () => {
    const held = issuer.makeStudentId();
    const requests = await Promise.all(Array.from({ length: 200 }, () => begin({ response_mode: 'direct_post' })));
    const offers = requests.map(({ request }) => ({ request, presentation: presentFor(request, held) }));
    let taken = 0;
    for (let start = 0; start < offers.length; start += 10) {
      const sent = offers
        .slice(start, start + 10)
        .flatMap(({ request, presentation }) =>
          Array.from({ length: 20 }, () => answer(request, { id: [presentation] })),
        );
      const statuses = (await Promise.all(sent)).map(({ status }) => status);
      taken += statuses.filter((status) => status === 200).length;
      expect(statuses.every((status) => status === 200 || status === 400)).toBe(true);
    }
    expect(taken).toBe(200);
    const { rows } = await verifier.database.run.raw(
      "SELECT count(*) AS n FROM presentation_request WHERE verdict = 'accepted' AND id = ANY (?)",
      [requests.map(({ made }) => made.id)],
    );
    expect(rows[0].n).toBe(200);
  }, 120_000);

  it('but none after the end [answer], [request object], [state]', async () => {
    const { made, request } = await begin({ expires_in: 30 });
    const unfetched = await ask({ expires_in: 30 });
    offsetMs += 31_000;
    try {
      await refused(await answer(request, { id: [presentFor(request, issuer.makeStudentId())] }));
      expect((await fetch(unfetched.request_uri)).status).toBe(410);
      expect(await read(made.id)).toEqual({ id: made.id, state: 'expired', expires_at: made.expires_at });
    } finally {
      offsetMs = 0;
    }
  });

  it('and a refusal of the wallet is one [declined, both modes], [another error], [malformed error]', async () => {
    for (const response_mode of ['direct_post', 'direct_post.jwt']) {
      const { made, request } = await begin({ response_mode });
      await refused(await post(request, { error: 'access_denied', state: 'other' }));
      await refused(await post(request, { error: 'Not an error!', state: request.state ?? '' }));
      expect((await post(request, { error: 'access_denied', state: request.state ?? '' })).status).toBe(200);
      expect(await read(made.id)).toMatchObject({ state: 'answered', verdict: 'rejected', reason: 'declined' });
    }
    const { made, request } = await begin();
    await post(request, { error: 'wallet_unavailable', state: request.state ?? '' });
    expect((await read(made.id)).reason).toBe('wallet-error');
  });
});

describe('with a return address', () => {
  const sameDevice = { flow: 'same-device', return_url: `${IDP}/callback?uid=7` };
  const redirected = async (body: object = sameDevice, held = issuer.makeStudentId()) => {
    const { made, request } = await begin(body);
    const sent = await answer(request, { id: [presentFor(request, held)] });
    const { redirect_uri: redirectUri } = (await sent.json()) as { redirect_uri: string };
    const url = new URL(redirectUri);
    return { made, url, responseCode: url.searchParams.get('response_code') ?? '' };
  };

  it('verdict and claims come only with the response code, once [same device], [cross device]', async () => {
    for (const flow of ['same-device', 'cross-device']) {
      const { made, url, responseCode } = await redirected({ ...sameDevice, flow });
      expect(`${url.origin}${url.pathname}`).toBe(`${IDP}/callback`);
      expect(url.searchParams.get('uid')).toBe('7');
      expect(Buffer.from(responseCode, 'base64url')).toHaveLength(32);
      expect(await read(made.id)).toEqual({ id: made.id, state: 'answered', expires_at: made.expires_at });
      expect(await read(made.id, `?response_code=${responseCode}`)).toMatchObject({
        verdict: 'accepted',
        claims: { student_number: '9900000001' },
      });
      expect((await read(made.id, `?response_code=${responseCode}`)).code).toBe('response-code-used');
    }
  });

  it('refuses other codes [guess], [of another request], [before the answer], [too late]', async () => {
    const one = await redirected();
    const other = await redirected();
    const guess = randomBytes(32).toString('base64url');
    expect((await read(one.made.id, `?response_code=${guess}`)).code).toBe('response-code-invalid');
    expect((await read(one.made.id, `?response_code=${other.responseCode}`)).code).toBe('response-code-invalid');
    const waiting = await ask(sameDevice);
    expect((await read(waiting.id, `?response_code=${guess}`)).code).toBe('response-code-invalid');
    offsetMs += 901_000;
    expect((await read(one.made.id, `?response_code=${one.responseCode}`)).code).toBe('response-code-invalid');
    offsetMs = 0;
    expect((await read(one.made.id, `?response_code=${one.responseCode}`)).verdict).toBe('accepted');
  });

  it('of 20 parallel readers one is told', async () => {
    const { made, responseCode } = await redirected();
    const all = await Promise.all(Array.from({ length: 20 }, () => read(made.id, `?response_code=${responseCode}`)));
    expect(all.filter(({ verdict }) => verdict === 'accepted')).toHaveLength(1);
    expect(all.filter(({ code }) => code === 'response-code-used')).toHaveLength(19);
  });

  it('a refusal returns too', async () => {
    const { made, request } = await begin(sameDevice);
    const sent = await post(request, { error: 'access_denied', state: request.state ?? '' });
    const { redirect_uri: redirectUri } = (await sent.json()) as { redirect_uri: string };
    const code = new URL(redirectUri).searchParams.get('response_code');
    expect((await read(made.id, `?response_code=${code}`)).reason).toBe('declined');
  });
});

describe('asking', () => {
  const code = async (body: object) => {
    const answered = await verifier.operator('/v1/presentation-requests', { body });
    return [answered.status, ((await answered.json()) as Read).code];
  };
  it.each([
    ['no query', 400, 'input-invalid', {}],
    ['query and purpose', 400, 'input-invalid', { dcql_query: query(), purpose: 'student-status' }],
    ['unknown purpose', 422, 'purpose-unknown', { purpose: 'x' }],
    ['no meta', 422, 'dcql-query-invalid', { dcql_query: query({ meta: undefined }) }],
    ['another format', 422, 'dcql-query-invalid', { dcql_query: query({ format: 'mso_mdoc' }) }],
    [
      'a type nobody here can verify',
      422,
      'dcql-query-invalid',
      { dcql_query: query({ meta: { vct_values: ['urn:x'] } }) },
    ],
    ['too long', 400, 'input-invalid', { dcql_query: query(), expires_in: 601 }],
    ['too short', 400, 'input-invalid', { dcql_query: query(), expires_in: 29 }],
    ['other mode', 400, 'input-invalid', { dcql_query: query(), response_mode: 'fragment' }],
    ['other prefix', 400, 'input-invalid', { dcql_query: query(), client_id_prefix: 'redirect_uri' }],
    ['same device without return_url', 422, 'return-url-required', { dcql_query: query(), flow: 'same-device' }],
    [
      'return_url elsewhere',
      422,
      'return-url-not-allowed',
      { dcql_query: query(), return_url: 'https://evil.example/' },
    ],
    ['return_url relative', 422, 'return-url-not-allowed', { dcql_query: query(), return_url: '/callback' }],
    [
      'return_url another port',
      422,
      'return-url-not-allowed',
      { dcql_query: query(), return_url: 'http://localhost:7628/' },
    ],
    [
      'return_url with credentials',
      422,
      'return-url-not-allowed',
      { dcql_query: query(), return_url: `http://a:b@localhost:7620/` },
    ],
    ['return_url script', 422, 'return-url-not-allowed', { dcql_query: query(), return_url: 'javascript:alert(1)' }],
  ])('is refused [%s]', async (_, status, expected, body) => {
    expect(await code(body)).toEqual([status, expected]);
  });

  it('is for named callers, and each reads only its own [nobody], [agent], [idp and operator]', async () => {
    expect((await verifier.call('/v1/presentation-requests', { body: { purpose: 'student-status' } })).status).toBe(
      401,
    );
    await verifier.putCheckpoint('gate');
    const agent = await verifier.enrolAgent('gate');
    const body = { purpose: 'student-status' };
    await expect(agent.client.json('/v1/presentation-requests', { method: 'POST', body })).rejects.toMatchObject({
      status: 403,
    });
    const ofIdp = await verifier.idp.json<Made>('/v1/presentation-requests', { method: 'POST', body });
    expect((await read(ofIdp.id)).code).toBe('presentation-request-not-found');
    expect(await verifier.idp.json(`/v1/presentation-requests/${ofIdp.id}`)).toMatchObject({ state: 'created' });
    const ofOperator = await ask();
    await expect(verifier.idp.json(`/v1/presentation-requests/${ofOperator.id}`)).rejects.toMatchObject({
      status: 404,
    });
    expect((await verifier.call(`/v1/presentation-requests/${ofOperator.id}`)).status).toBe(401);
  });

  it('waits for the next state', async () => {
    const made = await ask();
    const fetched = read(made.id, '?after=created&wait=25');
    const request = await fetchRequest(made.authorization_request, issuer.authority.root);
    expect((await fetched).state).toBe('fetched');
    const answered = read(made.id, '?after=fetched&wait=25');
    await answer(request, { id: [presentFor(request, issuer.makeStudentId())] });
    expect(await answered).toMatchObject({ state: 'answered', verdict: 'accepted' });
  });

  it('lets wallets of any origin in, without credentials', async () => {
    const made = await ask();
    const object = await fetch(made.request_uri, { headers: { Origin: 'https://wallet.example' } });
    expect(object.headers.get('access-control-allow-origin')).toBe('*');
    expect(object.headers.get('access-control-allow-credentials')).toBeNull();
    expect(object.headers.get('content-type')).toBe('application/oauth-authz-req+jwt');
    expect(object.headers.get('cache-control')).toBe('no-store');
    const own = await verifier.operator(`/v1/presentation-requests/${made.id}`, {
      headers: { Origin: 'https://a.example' },
    });
    expect(own.headers.get('access-control-allow-origin')).toBeNull();
    const unknown = await fetch(`${verifier.url}/openid4vp/requests/${randomBytes(16).toString('base64url')}`);
    expect([unknown.status, ((await unknown.json()) as Read).code]).toEqual([404, 'presentation-request-not-found']);
  });
});

describe('what is kept', () => {
  it('no claim in the row, the audit or the log; keys and claims go in time', async () => {
    const { made, request } = await begin();
    await answer(request, { id: [presentFor(request, issuer.makeStudentId())] });
    const row = async () =>
      (await verifier.database.run.raw('SELECT * FROM presentation_request WHERE id = ?', [made.id])).rows[0];
    expect(JSON.stringify(await row())).not.toContain('9900000001');
    expect((await row()).encryption_key_sealed).toBeNull();
    expect((await row()).result_sealed).not.toBeNull();
    expect((await read(made.id)).claims).toMatchObject({ student_number: '9900000001' });
    expect((await read(made.id)).claims).toMatchObject({ student_number: '9900000001' });
    offsetMs += 61_000;
    expect(await read(made.id)).toMatchObject({ state: 'answered', verdict: 'accepted' });
    expect(await read(made.id)).not.toHaveProperty('claims');
    await verifier.verifier.sweep();
    offsetMs = 0;
    expect((await row()).result_sealed).toBeNull();
    const { rows } = await verifier.database.run.raw('SELECT row_text FROM audit WHERE row_text LIKE ? ORDER BY 1', [
      `%presentation:${made.id}%`,
    ]);
    const audit = rows.map((entry: { row_text: string }) => entry.row_text).join('\n');
    for (const action of ['requested', 'answered', 'read']) expect(audit).toContain(`presentation.${action}`);
    for (const text of [audit, verifier.logLines.join('\n')]) {
      expect(text).not.toContain('9900000001');
      expect(text).not.toContain('测试');
      expect(text).not.toContain(request.nonce);
    }
  });

  it('unread claims go ten minutes after the end, the row after a day', async () => {
    const { made, request } = await begin({ expires_in: 30 });
    await answer(request, { id: [presentFor(request, issuer.makeStudentId())] });
    const count = async (where: string) =>
      (
        await verifier.database.run.raw(`SELECT count(*) AS n FROM presentation_request WHERE id = ? ${where}`, [
          made.id,
        ])
      ).rows[0].n;
    offsetMs = 631_000;
    await verifier.verifier.sweep();
    expect(await count('AND result_sealed IS NOT NULL')).toBe(0);
    offsetMs = 86_500_000;
    await verifier.verifier.sweep();
    offsetMs = 0;
    expect(await count('')).toBe(0);
  });
});

describe('the certificate', () => {
  it('is asked for again by whoever needs it, and kept over a restart', async () => {
    issuer.state.certificatesAway = true;
    const late = await startVerifier({ port: 7623, issuerUrl: issuer.url });
    const request = () => late.operator('/v1/presentation-requests', { body: { purpose: 'student-status' } });
    try {
      const refusedOne = await request();
      expect([refusedOne.status, ((await refusedOne.json()) as Read).code]).toEqual([
        503,
        'request-certificate-missing',
      ]);
      issuer.state.certificatesAway = false;
      expect((await request()).status).toBe(201);
      await late.close(true);
      issuer.state.certificatesAway = true;
      const again = { database: late.database, folder: late.folder };
      const restarted = await startVerifier({ port: 7623, issuerUrl: issuer.url, again });
      const made = await restarted.operator('/v1/presentation-requests', { body: { purpose: 'student-status' } });
      expect(made.status).toBe(201);
      await restarted.close();
    } finally {
      issuer.state.certificatesAway = false;
    }
  });
});
