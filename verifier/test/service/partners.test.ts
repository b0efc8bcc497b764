import { randomBytes } from 'node:crypto';
import { encodeRowState } from '@lanyard/protocol';
import { generateKeyPair, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { zCheckAnswer } from '../../src/api/partner.js';
import { gateCode, portableCode } from './support/codes.js';
import { type StandInIssuer, startStandInIssuer, type TestPerson } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

const ISSUER_PORT = 7520;
const clock = { ms: Date.now() };
let issuer: StandInIssuer;
let verifier: TestVerifier;
let ann: TestPerson;
const rail = { id: 'rail', key: generateKeyPair() };
const museum = { id: 'museum', key: generateKeyPair() };
const shop = { id: 'sandbox-shop', key: generateKeyPair() };
type Client = typeof rail;

const day = (offset = 0) => new Date(clock.ms + 8 * 3_600_000 + offset * 86_400_000).toISOString().slice(0, 10);
const facts = (change: object = {}) => ({
  subject: Buffer.alloc(32, 7).toString('base64url'),
  ...{ enrolment_status: 'enrolled', study_form: 'full-time', level: 'bachelor', entry_date: '2024-09-01' },
  ...{ registered_until: day(60), interval: { from: '广州南', to: '武汉' } },
  ...change,
});

beforeAll(async () => {
  issuer = await startStandInIssuer(ISSUER_PORT);
  ann = issuer.makePerson();
  issuer.publish([ann.row]);
  verifier = await startVerifier({
    port: ISSUER_PORT + 1,
    issuerUrl: issuer.url,
    clock: { nowMs: () => clock.ms, nowSeconds: () => Math.floor(clock.ms / 1000) },
  });
  await verifier.synced(issuer.sequence());
  await register(rail, { purposes: ['rail-discount'], claims: ['interval', 'level'], sandbox: false });
  await register(museum, { purposes: ['student-status'], sandbox: false, checks_per_day: 3 });
  await register(shop, { purposes: ['rail-discount', 'student-status'] });
}, 60_000);
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

async function register(client: Client, change: object) {
  const body = { name_zh: '合作方', name_en: 'Partner', keys: [client.key.jwk], checks_per_minute: 10_000, ...change };
  const answer = await verifier.operator(`/v1/partners/${client.id}`, { method: 'PUT', body });
  expect(answer.status).toBe(200);
}
/** An assertion as a client library makes it. */
const assertion = (client: Client, change: Record<string, unknown> = {}, signWith: NodeKeyPair = client.key) => {
  const now = Math.floor(clock.ms / 1000);
  const claims = {
    iss: client.id,
    sub: client.id,
    aud: `${verifier.url}/partner`,
    jti: randomBytes(16).toString('hex'),
  };
  return new SignJWT({ ...claims, iat: now, exp: now + 60, ...change })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
    .sign(signWith.privateKey);
};
async function askToken(text: string, change: Record<string, string> = {}) {
  return fetch(`${verifier.url}/partner/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
      ...change,
    }),
  });
}
async function tokenOf(client: Client): Promise<string> {
  const answer = await askToken(await assertion(client));
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { access_token: string }).access_token;
}
async function ask(client: Client, path: string, body?: object, headers: Record<string, string> = {}) {
  const authorization = { Authorization: `Bearer ${await tokenOf(client)}` };
  const answer = await verifier.call(`/partner/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { body }),
    headers: { ...authorization, ...headers },
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, never> & { [name: string]: never },
  };
}
let index = 100;
/** A portable code whose pass belongs to a student of these facts. */
function shown(change: object = {}, pass: Parameters<StandInIssuer['makePass']>[0] = {}): string {
  index += 1;
  issuer.state.partnerSubjects.set(`1/${index}`, facts(change));
  return portableCode(issuer.makePass({ listIndex: index, ...pass }), { timeSeconds: Math.floor(clock.ms / 1000) });
}
const check = (client: Client, body: object, headers = {}) => ask(client, '/checks', body, headers);

describe('a partner’s token', () => {
  it('is given for a signed assertion, and opens checks for five minutes', async () => {
    const answer = await askToken(await assertion(rail));
    expect(await answer.json()).toMatchObject({ token_type: 'Bearer', expires_in: 300 });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  it.each<[string, () => Promise<Response>]>([
    ['another key', async () => askToken(await assertion(rail, {}, generateKeyPair()))],
    ['another partner’s key', async () => askToken(await assertion(rail, {}, museum.key))],
    ['another audience', async () => askToken(await assertion(rail, { aud: 'https://elsewhere.example' }))],
    [
      'two audiences',
      async () => askToken(await assertion(rail, { aud: [`${verifier.url}/partner`, 'https://x.example'] })),
    ],
    ['expired', async () => askToken(await assertion(rail, { exp: Math.floor(clock.ms / 1000) - 60 }))],
    ['of an hour', async () => askToken(await assertion(rail, { exp: Math.floor(clock.ms / 1000) + 3_600 }))],
    ['without an end', async () => askToken(await assertion(rail, { exp: undefined }))],
    ['without jti', async () => askToken(await assertion(rail, { jti: undefined }))],
    ['iss and sub differ', async () => askToken(await assertion(rail, { sub: 'museum' }))],
    ['nobody’s', async () => askToken(await assertion({ id: 'nobody', key: rail.key }))],
    ['not a JWT', async () => askToken('a.b.c')],
    ['client_id of another', async () => askToken(await assertion(rail), { client_id: 'museum' })],
    ['a secret in its place', async () => askToken('', { client_assertion_type: 'none', client_secret: 'x' })],
  ])('is not given [%s]', async (_, make) => {
    const answer = await make();
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: 'invalid_client' });
  });

  it('is given once for each assertion, whoever sends it again [20 at once]', async () => {
    const text = await assertion(rail);
    const answers = await Promise.all(Array.from({ length: 20 }, () => askToken(text)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('opens nothing else, and nothing after its time or its partner’s end [operator’s route] [later] [withdrawn]', async () => {
    const token = await tokenOf(museum);
    const headers = { Authorization: `Bearer ${token}` };
    expect((await verifier.call('/v1/partners', { headers })).status).toBe(401);
    expect((await verifier.call('/partner/v1/checks', { body: { purpose: 'student-status', code: 'x' } })).status).toBe(
      401,
    );
    clock.ms += 301_000;
    expect((await verifier.call('/partner/v1/checks/AAAAAAAAAAAAAAAAAAAAAA', { headers })).status).toBe(401);
    const gone = { id: 'gone', key: generateKeyPair() };
    await register(gone, { purposes: ['student-status'] });
    const held = { Authorization: `Bearer ${await tokenOf(gone)}` };
    expect((await verifier.operator('/v1/partners/gone/withdraw', { method: 'POST' })).status).toBe(204);
    expect((await verifier.call('/partner/v1/checks/AAAAAAAAAAAAAAAAAAAAAA', { headers: held })).status).toBe(401);
    expect((await askToken(await assertion(gone))).status).toBe(401);
  });
});

describe('a registration of a partner', () => {
  it.each<[string, object]>([
    ['a private key', { keys: [{ ...generateKeyPair().jwk, d: 'AAAA' }] }],
    ['no key', { keys: [] }],
    ['an unknown purpose', { purposes: ['credit-score'] }],
    ['a claim nobody may have', { claims: ['identity_document'] }],
  ])('is refused [%s]', async (_, change) => {
    const body = { name_zh: '甲', name_en: 'A', keys: [rail.key.jwk], purposes: ['student-status'], ...change };
    const answer = await verifier.operator('/v1/partners/bad', { method: 'PUT', body });
    expect(answer.status).toBe(400);
  });
});

describe('a check', () => {
  it('says eligible until when, the agreed claims, uses left, and nothing else [portable code]', async () => {
    const { status, body, headers } = await check(rail, { purpose: 'rail-discount', code: shown() });
    expect(status).toBe(201);
    expect(Object.keys(body).sort()).toEqual([
      'at',
      'claims',
      'entitlement',
      'id',
      'purpose',
      'receipt',
      'result',
      'valid_until',
    ]);
    expect(body).toMatchObject({
      ...{
        result: 'eligible',
        valid_until: day(60),
        claims: { level: 'bachelor', interval: { from: '广州南', to: '武汉' } },
      },
      entitlement: { id: 'rail-student-discount', uses: 4, left: 4 },
    });
    expect(headers.get('RateLimit')).toMatch(/^"minute";r=\d+;t=\d+, "day";r=\d+$/);
  });

  it('has a receipt that a library of others verifies', async () => {
    const { body } = await check(rail, { purpose: 'rail-discount', code: shown() });
    const keys = (await (await verifier.call('/partner/v1/receipt-keys')).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(String(body['receipt']), createLocalJWKSet(keys), {
      ...{ issuer: verifier.url, audience: 'rail', typ: 'lanyard-check-receipt+jwt', algorithms: ['ES256'] },
      currentDate: new Date(clock.ms),
    });
    expect(payload).toMatchObject({
      jti: body['id'],
      purpose: 'rail-discount',
      result: 'eligible',
      valid_until: day(60),
    });
    const again = await ask(rail, `/checks/${body['id']}`);
    expect(again.body['result']).toBe('eligible');
    expect((await ask(museum, `/checks/${body['id']}`)).status).toBe(404);
  });

  it.each<[string, string, object]>([
    ['graduated', 'not-a-current-student', { enrolment_status: 'graduated' }],
    ['freshman', 'not-yet', { registered_until: null, entry_date: day(-10) }],
    ['part-time', 'study-form-not-covered', { study_form: 'part-time' }],
    ['no interval', 'interval-missing', { interval: null }],
    ['unknown station', 'station-unknown', { interval: { from: '甲', to: '乙' } }],
  ])('says why not, and no claims [%s]', async (_, reason, change) => {
    const { body } = await check(rail, { purpose: 'rail-discount', code: shown(change) });
    expect(body).toMatchObject({ result: 'not-eligible', reason, claims: {} });
    expect(body).not.toHaveProperty('entitlement');
    expect(body['title_zh']).not.toBe('通过');
  });

  it('says what is wrong with what was shown [replayed] [too old] [forged] [not a code]', async () => {
    const code = shown();
    expect((await check(rail, { purpose: 'rail-discount', code })).body).toMatchObject({ result: 'eligible' });
    expect((await check(rail, { purpose: 'rail-discount', code })).body).toMatchObject({
      reason: 'replayed',
      claims: {},
    });
    const old = portableCode(issuer.makePass(), { timeSeconds: Math.floor(clock.ms / 1000) - 40 });
    expect((await check(rail, { purpose: 'rail-discount', code: old })).body).toMatchObject({ reason: 'too-old' });
    const forged = portableCode(issuer.makePass(), {
      signWith: generateKeyPair(),
      timeSeconds: Math.floor(clock.ms / 1000),
    });
    expect((await check(rail, { purpose: 'rail-discount', code: forged })).body).toMatchObject({
      reason: 'holder-signature-invalid',
    });
    expect((await check(rail, { purpose: 'rail-discount', code: 'no code' })).body).toMatchObject({
      reason: 'malformed',
    });
  });

  it('is made for agreed purposes only, and takes nothing from who asks for others', async () => {
    const code = shown();
    expect((await check(museum, { purpose: 'rail-discount', code })).body).toMatchObject({
      code: 'purpose-not-agreed',
    });
    expect((await check(rail, { purpose: 'rail-discount', code })).body).toMatchObject({ result: 'eligible' });
  });

  it('is decided by a campus card too, whatever became of the phone [card] [card stopped] [issuer away]', async () => {
    const card_tap = { picc_data: 'AB'.repeat(16), cmac: 'CD'.repeat(8), key_version: 1 };
    issuer.state.partnerSubjects.set('77', facts());
    issuer.state.cardTap = {
      result: 'accepted',
      holder: { row: 77, state: encodeRowState(ann.row.state), policy_class: 0 },
    };
    const made = await check(rail, { purpose: 'rail-discount', card_tap });
    expect(made.body).toMatchObject({ result: 'eligible' });
    issuer.state.cardTap = { result: 'rejected', reason: 'suspended' };
    expect((await check(rail, { purpose: 'rail-discount', card_tap })).body).toMatchObject({ reason: 'suspended' });
    issuer.state.cardTap = undefined;
    expect((await check(rail, { purpose: 'rail-discount', card_tap })).body).toMatchObject({ result: 'cannot-decide' });
  });

  it('decides nothing while the register cannot be asked', async () => {
    issuer.state.partnerSubjectsAway = true;
    const { status, body } = await check(rail, { purpose: 'rail-discount', code: shown() });
    issuer.state.partnerSubjectsAway = false;
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { result: 'cannot-decide', reason: 'network-needed' },
    });
    expect(body).not.toHaveProperty('receipt');
  });

  it('is made once for its Idempotency-Key [again] [20 at once] [other body] [after nothing was decided]', async () => {
    const asked = { purpose: 'rail-discount', code: shown() };
    const key = { 'Idempotency-Key': randomBytes(8).toString('hex') };
    const first = await check(rail, asked, key);
    const again = await check(rail, asked, key);
    expect(again.body['id']).toBe(first.body['id']);
    expect(again.body['result']).toBe('eligible');
    expect((await check(rail, { ...asked, code: shown() }, key)).body).toMatchObject({
      code: 'idempotency-key-reused',
    });
    const many = { 'Idempotency-Key': randomBytes(8).toString('hex') };
    const other = { purpose: 'rail-discount', code: shown() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => check(rail, other, many)));
    const told = answers.map(({ body }) => body['result'] ?? body['code']);
    expect(told.filter((one) => one === 'eligible').length).toBeGreaterThan(0);
    expect(told.filter((one) => one !== 'eligible' && one !== 'idempotency-in-progress')).toEqual([]);
    expect(new Set(answers.flatMap(({ body }) => (body['id'] === undefined ? [] : [body['id']]))).size).toBe(1);
  });

  it('counts against the day [3 a day, and the next day]', async () => {
    const asked = () => ({
      purpose: 'student-status',
      code: gateCode(ann, issuer.keyDay, { timeSeconds: Math.floor(clock.ms / 1000) }),
    });
    issuer.state.partnerSubjects.set(String(ann.row.rowNumber), facts());
    const told = [];
    for (let n = 0; n < 4; n += 1) {
      clock.ms += 1_000;
      const { body } = await check(museum, asked());
      told.push(body['result'] ?? body['code']);
    }
    expect(told).toEqual(['eligible', 'eligible', 'eligible', 'partner-quota-used-up']);
    clock.ms += 86_400_000;
    const { body } = await check(museum, { purpose: 'student-status', code: 'no code' });
    clock.ms -= 86_400_000;
    expect(body).toMatchObject({ result: 'not-eligible' });
  });

  it('leaves no person in the log', () => {
    const text = verifier.logLines.join('\n');
    for (const canary of ['广州南', 'LYP', Buffer.alloc(32, 7).toString('base64url')])
      expect(text).not.toContain(canary);
  });
});

describe('the sandbox', () => {
  it.each([
    ['ELIGIBLE', 'eligible'],
    ['FRESHMAN', 'not-yet'],
    ['NOT-REGISTERED', 'not-registered'],
    ['ON-LEAVE', 'suspended'],
    ['LOST-PHONE', 'suspended'],
    ['GRADUATED', 'not-a-current-student'],
    ['PART-TIME', 'study-form-not-covered'],
    ['NO-INTERVAL', 'interval-missing'],
    ['UNKNOWN-STATION', 'station-unknown'],
    ['TOO-OLD', 'too-old'],
    ['USED-BEFORE', 'replayed'],
    ['FORGED', 'holder-signature-invalid'],
    ['UNDECIDED', 'network-needed'],
  ])('has a person who is %s: %s', async (name, told) => {
    const { body } = await check(shop, { purpose: 'rail-discount', code: `SANDBOX:${name}` });
    expect(body['reason'] ?? body['result']).toBe(told);
  });

  it('knows nobody of the register, and the register nobody of the sandbox', async () => {
    expect((await check(shop, { purpose: 'rail-discount', code: shown() })).body).toMatchObject({
      reason: 'malformed',
    });
    expect((await check(rail, { purpose: 'rail-discount', code: 'SANDBOX:ELIGIBLE' })).body).toMatchObject({
      reason: 'malformed',
    });
  });
});

describe('uses of the discount', () => {
  let subject = 100;
  const aStudent = () => {
    subject += 1;
    return { subject: Buffer.alloc(32, subject).toString('base64url') };
  };
  const journey = () => ({
    ...{
      travel_date: day(3),
      from: '武汉',
      to: '广州南',
      seat_class: 'emu-second',
      charged_fen: 46_350,
      published_fen: 46_350,
    },
  });
  const key = () => ({ 'Idempotency-Key': randomBytes(8).toString('hex') });
  async function checked(change: object): Promise<string> {
    const { body } = await check(rail, { purpose: 'rail-discount', code: shown(change) });
    expect(body['result']).toBe('eligible');
    return String(body['id']);
  }
  const reserve = async (id: string, change: object = {}) =>
    ask(rail, `/checks/${id}/uses`, { ...journey(), ...change }, key());
  const move = (id: unknown, verb: string) => ask(rail, `/uses/${id}/${verb}`, {}, key());

  it('go from 4 to 3, come back with a refund, and the fifth is refused', async () => {
    const id = await checked(aStudent());
    const first = await reserve(id);
    expect(first).toMatchObject({ status: 201, body: { state: 'reserved', fare_fen: 34_763, left: 3 } });
    expect((await move(first.body['id'], 'redeem')).body).toMatchObject({ state: 'redeemed', left: 3 });
    expect((await move(first.body['id'], 'refund')).body).toMatchObject({ state: 'refunded', left: 4 });
    for (let left = 3; left >= 0; left -= 1) {
      const use = await reserve(id);
      expect(use.body['left']).toBe(left);
      expect((await move(use.body['id'], 'redeem')).body['state']).toBe('redeemed');
    }
    expect(await reserve(id)).toMatchObject({ status: 409, body: { code: 'entitlement-used-up' } });
    expect((await ask(rail, `/checks/${id}`)).body).toMatchObject({ entitlement: { left: 0 } });
  });

  it('are refused in a wrong order, to others, and after half an hour', async () => {
    const id = await checked(aStudent());
    const use = (await reserve(id)).body['id'];
    expect((await move(use, 'refund')).body).toMatchObject({ code: 'use-state-conflict' });
    expect((await ask(museum, `/uses/${use}/redeem`, {}, key())).body).toMatchObject({ code: 'use-not-found' });
    expect((await move(use, 'redeem')).status).toBe(200);
    expect((await move(use, 'redeem')).body).toMatchObject({ code: 'use-state-conflict' });
    expect((await move(use, 'release')).body).toMatchObject({ code: 'use-state-conflict' });
    const late = (await reserve(id)).body['id'];
    clock.ms += 31 * 60_000;
    expect(await move(late, 'redeem')).toMatchObject({ status: 410, body: { code: 'use-expired' } });
    expect((await reserve(id)).body['left']).toBe(2);
  });

  it.each<[string, string, object]>([
    ['another place', 'outside-interval', { to: '长沙南' }],
    ['a station nobody knows', 'station-unknown', { from: '甲' }],
    ['business class', 'seat-class-not-covered', { seat_class: 'emu-business' }],
    ['yesterday', 'outside-year', { travel_date: day(-1) }],
  ])('are not for every journey [%s]', async (_, reason, change) => {
    expect((await reserve(await checked(aStudent()), change)).body).toMatchObject({
      code: 'journey-not-covered',
      reason,
    });
  });

  it('hang on a check that found a discount, of the same day', async () => {
    const { body } = await check(rail, { purpose: 'rail-discount', code: shown({ enrolment_status: 'graduated' }) });
    expect((await reserve(String(body['id']))).body).toMatchObject({ code: 'check-not-eligible' });
    const id = await checked(aStudent());
    clock.ms += 86_400_000;
    expect((await reserve(id)).body).toMatchObject({ code: 'check-too-old' });
    clock.ms -= 86_400_000;
  });

  it('are moved once for each Idempotency-Key', async () => {
    const id = await checked(aStudent());
    const once = key();
    const [one, two] = [
      await ask(rail, `/checks/${id}/uses`, journey(), once),
      await ask(rail, `/checks/${id}/uses`, journey(), once),
    ];
    expect(two).toMatchObject({ status: 201, body: { id: one.body['id'], left: 3 } });
    const again = key();
    for (let n = 0; n < 3; n += 1) {
      const answer = await ask(rail, `/uses/${one.body['id']}/redeem`, {}, again);
      expect(answer).toMatchObject({ status: 200, body: { state: 'redeemed', left: 3 } });
    }
  });

  it('never go below none or twice [50 reservations, then 50 redemptions of each, at once]', async () => {
    const id = await checked(aStudent());
    const token = await tokenOf(rail);
    const post = async (path: string, body: object) => {
      const headers = { Authorization: `Bearer ${token}`, ...key() };
      const answer = await verifier.call(`/partner/v1${path}`, { method: 'POST', body, headers });
      return { status: answer.status, body: (await answer.json()) as { id?: string; left?: number } };
    };
    const held = await Promise.all(Array.from({ length: 50 }, () => post(`/checks/${id}/uses`, journey())));
    const uses = held.flatMap(({ status, body }) => (status === 201 ? [String(body.id)] : []));
    expect(uses).toHaveLength(4);
    expect(held.filter(({ status }) => status === 409)).toHaveLength(46);
    for (const verb of ['redeem', 'refund']) {
      const moved = await Promise.all(
        uses.flatMap((use) => Array.from({ length: 50 }, () => post(`/uses/${use}/${verb}`, {}))),
      );
      expect(moved.filter(({ status }) => status === 200)).toHaveLength(4);
      expect(moved.filter(({ status }) => status >= 500)).toEqual([]);
    }
    expect((await ask(rail, `/checks/${id}`)).body).toMatchObject({ entitlement: { left: 4 } });
  });

  it('balance: the entries of every account add up to it', async () => {
    const { rows } = await verifier.database.run.raw(
      `SELECT a.id FROM entitlement_account a LEFT JOIN (
         SELECT u.account_id, sum(e.held)::int AS held, sum(e.used)::int AS used
         FROM entitlement_entry e JOIN entitlement_use u ON u.id = e.use_id GROUP BY u.account_id) e ON e.account_id = a.id
       WHERE a.held <> coalesce(e.held, 0) OR a.used <> coalesce(e.used, 0) OR a.held + a.used > a.granted`,
    );
    expect(rows).toEqual([]);
  });
});

describe('the text of the API', () => {
  it('names every route with what it takes and tells, and its examples are answers [OpenAPI 3.1]', async () => {
    const text = (await (await verifier.call('/partner/v1/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { security: object[]; responses: Record<string, Content> }>>;
    };
    interface Content {
      content?: Record<string, { schema: object; example?: object }>;
    }
    expect(text.openapi).toBe('3.1.0');
    expect(
      Object.entries(text.paths).flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => `${verb} ${path}`)),
    ).toEqual([
      'post /partner/v1/checks',
      'get /partner/v1/checks/{id}',
      'get /partner/v1/receipt-keys',
      'post /partner/v1/checks/{id}/uses',
      'post /partner/v1/uses/{id}/redeem',
      'post /partner/v1/uses/{id}/release',
      'post /partner/v1/uses/{id}/refund',
    ]);
    const answer = text.paths['/partner/v1/checks']?.['post']?.responses['2XX']?.content?.['application/json'];
    expect(zCheckAnswer.safeParse(answer?.example).error).toBeUndefined();
    expect(text.paths['/partner/v1/receipt-keys']?.['get']?.security).toEqual([]);
    expect(text.paths['/partner/v1/checks']?.['post']?.security).toEqual([{ partner: [] }]);
  });
});
