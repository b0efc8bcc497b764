import { randomBytes } from 'node:crypto';
import { encodeRowState } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateCode, portableCode } from '../support/codes.js';
import { aPartner, type PartnerDesk, startPartnerDesk } from '../support/partner-desk.js';
import type { StandInIssuer, TestPerson } from '../support/stand-in-issuer.js';
import type { TestVerifier } from '../support/start-verifier.js';

let desk: PartnerDesk;
let issuer: StandInIssuer;
let verifier: TestVerifier;
let ann: TestPerson;
const [rail, museum, shop] = [aPartner('rail'), aPartner('museum'), aPartner('sandbox-shop')];

beforeAll(async () => {
  desk = await startPartnerDesk(7520);
  ({ issuer, verifier, ann } = desk);
  await desk.register(rail);
  await desk.register(museum, { purposes: ['student-status'], claims: [], checks_per_day: 3 });
  await desk.register(shop, { purposes: ['rail-discount', 'student-status'], sandbox: true });
}, 60_000);
afterAll(() => desk.close());
// By name, as a partner would say it.
const assertion: PartnerDesk['assertion'] = (...asked) => desk.assertion(...asked);
const askToken: PartnerDesk['askToken'] = (...asked) => desk.askToken(...asked);
const tokenOf: PartnerDesk['tokenOf'] = (client) => desk.tokenOf(client);
const ask: PartnerDesk['ask'] = (...asked) => desk.ask(...asked);
const check: PartnerDesk['check'] = (...asked) => desk.check(...asked);
const shown: PartnerDesk['shown'] = (...asked) => desk.shown(...asked);
const day: PartnerDesk['day'] = (offset) => desk.day(offset);
const facts: PartnerDesk['facts'] = (change) => desk.facts(change);

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
    ['expired', async () => askToken(await assertion(rail, { exp: Math.floor(desk.clock.ms / 1000) - 60 }))],
    ['of an hour', async () => askToken(await assertion(rail, { exp: Math.floor(desk.clock.ms / 1000) + 3_600 }))],
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
    desk.clock.ms += 301_000;
    expect((await verifier.call('/partner/v1/checks/AAAAAAAAAAAAAAAAAAAAAA', { headers })).status).toBe(401);
    const gone = { id: 'gone', key: generateKeyPair() };
    await desk.register(gone, { purposes: ['student-status'] });
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
      currentDate: new Date(desk.clock.ms),
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
    [
      'freshman',
      'not-yet',
      { registered_until: null, entry_date: new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10) },
    ],
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
    const old = portableCode(issuer.makePass(), { timeSeconds: Math.floor(desk.clock.ms / 1000) - 40 });
    expect((await check(rail, { purpose: 'rail-discount', code: old })).body).toMatchObject({ reason: 'too-old' });
    const forged = portableCode(issuer.makePass(), {
      signWith: generateKeyPair(),
      timeSeconds: Math.floor(desk.clock.ms / 1000),
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
      code: gateCode(ann, issuer.keyDay, { timeSeconds: Math.floor(desk.clock.ms / 1000) }),
    });
    issuer.state.partnerSubjects.set(String(ann.row.rowNumber), facts());
    const told = [];
    for (let n = 0; n < 4; n += 1) {
      desk.clock.ms += 1_000;
      const { body } = await check(museum, asked());
      told.push(body['result'] ?? body['code']);
    }
    expect(told).toEqual(['eligible', 'eligible', 'eligible', 'partner-quota-used-up']);
    desk.clock.ms += 86_400_000;
    const { body } = await check(museum, { purpose: 'student-status', code: 'no code' });
    desk.clock.ms -= 86_400_000;
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
