import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Callback, startCallback, toldBy } from '../support/callback-server.js';
import { aPartner, newKey, type PartnerDesk, startPartnerDesk } from '../support/partner-desk.js';
import { answer, fetchRequest, post, presentFor } from '../support/wallet.js';

let desk: PartnerDesk;
let callback: Callback;
const [rail, museum, shop] = [aPartner('rail'), aPartner('museum'), aPartner('shop')];
const CALLBACK_PORT = 7977;
const SITE = 'https://rail.example';

beforeAll(async () => {
  // Wallets sign with the time of the machine.
  desk = await startPartnerDesk(7975, {
    environment: { LANYARD_FETCH_ALLOW: `localhost:${CALLBACK_PORT}` },
    realTime: true,
  });
  callback = await startCallback(CALLBACK_PORT);
  const events = ['check.answered', 'check.ended'];
  await desk.register(rail, {
    ...{ name_zh: '铁路', name_en: 'Railway', return_origins: [SITE], callback: { url: callback.url, events } },
  });
  await desk.register(museum, { purposes: ['student-status'], claims: [] });
  await desk.register(shop, {
    ...{ sandbox: true, return_origins: [SITE], callback: { url: callback.url, events }, follow_up: false },
  });
}, 60_000);
afterAll(async () => {
  await callback.close();
  await desk.close();
});

const request = async (body: object = {}, partner = rail) =>
  desk.ask(partner, '/check-requests', { purpose: 'rail-discount', ...body });
let index = 10;
/** A student ID in a wallet, whose student the issuer knows. */
function held(change: object = {}, claims: object = {}) {
  index += 1;
  desk.issuer.state.partnerSubjects.set(`7/${index}`, desk.facts(change));
  return desk.issuer.makeStudentId({ index, claims });
}
async function present(made: { authorization_request: string }, wallet = held()) {
  const asked = await fetchRequest(made.authorization_request, desk.issuer.authority.root);
  const token = { student_id: [presentFor(asked, wallet)] };
  return { asked, told: await answer(asked, token) };
}
const read = (id: string, query = '', partner = rail) => desk.ask(partner, `/check-requests/${id}${query}`);

describe('a check by presentation', () => {
  it('is answered in the wallet, names who asks for what, and is a check like any other [QR code, poll]', async () => {
    const made = await request();
    expect(made).toMatchObject({ status: 201, body: { state: 'open' } });
    expect((await read(made.body.id)).body).toEqual({ id: made.body.id, state: 'open' });
    const uri = new URL(made.body.authorization_request).searchParams.get('request_uri') ?? '';
    const [, payloadText = ''] = (await (await fetch(uri)).text()).split('.');
    const { told } = await present(made.body);
    expect(told.status).toBe(200);
    expect(Buffer.from(payloadText, 'base64url').toString()).toContain(
      '铁路：火车票学生优惠（告知是否符合，及乘车区间、层次）',
    );
    const { body } = await read(made.body.id);
    expect(body).toMatchObject({
      state: 'answered',
      check: {
        ...{ id: made.body.id, result: 'eligible', claims: { interval: { from: '广州南', to: '武汉' } } },
        entitlement: { left: 4 },
      },
    });
    const keys = (await (await desk.verifier.call('/partner/v1/receipt-keys')).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(body.check.receipt, createLocalJWKSet(keys), { audience: 'rail' });
    expect(payload).toMatchObject({ jti: made.body.id, consent: 'presentation', result: 'eligible' });
    expect((await desk.ask(rail, `/checks/${made.body.id}`)).body.result).toBe('eligible');
    expect((await desk.reserve(rail, made.body.id)).body).toMatchObject({ state: 'reserved', left: 3 });
    const text = JSON.stringify(body);
    for (const canary of ['测试', '9900000001', 'enrolled', 'vp_token']) expect(text).not.toContain(canary);
  });

  it('is told by webhook, once, by its id alone', async () => {
    await desk.verifier.verifier.partners.work();
    callback.received.length = 0;
    const made = await request();
    await present(made.body);
    await Promise.all([1, 2, 3].map(() => desk.verifier.verifier.partners.work()));
    expect(toldBy(callback)).toEqual([['check.answered', { check: made.body.id }]]);
  });

  it.each([
    ['on leave', 'suspended', { enrolment_status: 'on-leave-of-absence' }, { enrolment_status: 'on-leave-of-absence' }],
    ['not registered', 'not-registered', { registered_until: '2020-01-31' }, { registered_until: '2020-01-31' }],
    ['no interval', 'interval-missing', { interval: null }, {}],
  ])('says why not, and no claims [%s]', async (_, reason, facts, claims) => {
    const made = await request();
    await present(made.body, held(facts, claims));
    expect((await read(made.body.id)).body).toMatchObject({ check: { result: 'not-eligible', reason, claims: {} } });
  });

  it('is answered once [again] [late] [by another’s answer] [of another request]', async () => {
    const made = await request();
    const { asked } = await present(made.body);
    const again = await answer(asked, { student_id: [presentFor(asked, held())] });
    expect(again.status).toBe(400);
    const [one, two] = [(await request()).body, (await request()).body];
    const [first, second] = await Promise.all(
      [one, two].map((each) => fetchRequest(each.authorization_request, desk.issuer.authority.root)),
    );
    const foreign = await answer(second!, { student_id: [presentFor(first!, held())] });
    expect(foreign.status).toBe(200);
    expect((await read(two.id)).body).toMatchObject({ check: { result: 'not-eligible', claims: {} } });
    expect((await read(one.id)).body).toMatchObject({ state: 'open' });
    await desk.verifier.database.run.raw(
      "UPDATE presentation_request SET created_at = now() - interval '1 hour', expires_at = now() - interval '1 second' WHERE id = ?",
      [one.id],
    );
    await desk.verifier.database.run.raw(
      "UPDATE partner_check_request SET expires_at = now() - interval '1 second' WHERE id = ?",
      [one.id],
    );
    expect((await answer(first!, { student_id: [presentFor(first!, held())] })).status).toBe(400);
    expect((await read(one.id)).body).toMatchObject({
      state: 'ended',
      reason: 'expired',
      title_en: expect.any(String),
    });
  });

  it('that is declined says nothing about anybody, and nothing is kept', async () => {
    await desk.verifier.verifier.partners.work();
    callback.received.length = 0;
    const made = await request();
    const asked = await fetchRequest(made.body.authorization_request, desk.issuer.authority.root);
    await post(asked, { error: 'access_denied', state: String(asked.state) });
    expect((await read(made.body.id)).body).toMatchObject({ state: 'ended', reason: 'declined' });
    expect((await desk.ask(rail, `/checks/${made.body.id}`)).status).toBe(404);
    await desk.verifier.verifier.partners.work();
    expect(toldBy(callback)).toEqual([['check.ended', { check: made.body.id, reason: 'declined' }]]);
  });

  it('waits for an issuer that is away, and is decided when it is back', async () => {
    const made = await request();
    desk.issuer.state.partnerSubjectsAway = true;
    await present(made.body);
    expect((await read(made.body.id)).body.state).toBe('open');
    desk.issuer.state.partnerSubjectsAway = false;
    expect((await read(made.body.id)).body.state).toBe('answered');
  });

  it('comes back to the partner’s own site only, and is told against the code brought there', async () => {
    const body = { flow: 'same-device', return_url: `${SITE}/back` };
    for (const return_url of ['https://evil.example/back', 'http://rail.example/back', undefined])
      expect((await request({ ...body, return_url })).status).toBe(422);
    const made = await request({ ...body, session: 'browser-1' });
    const { told } = await present(made.body);
    const { redirect_uri } = (await told.json()) as { redirect_uri: string };
    expect(redirect_uri).toMatch(/^https:\/\/rail\.example\/back/);
    const code = new URL(redirect_uri.replace('#', '?')).searchParams.get('response_code');
    await desk.verifier.verifier.partners.work();
    expect((await read(made.body.id)).body.code).toBe('response-code-invalid');
    expect((await desk.ask(rail, `/checks/${made.body.id}`)).body.code).toBe('response-code-invalid');
    expect((await read(made.body.id, '?response_code=wrong')).body.code).toBe('response-code-invalid');
    expect((await read(made.body.id, `?response_code=${code}&session=browser-2`)).body.code).toBe(
      'response-session-wrong',
    );
    expect((await read(made.body.id, `?response_code=${code}&session=browser-1`)).body.state).toBe('answered');
    expect((await read(made.body.id, `?response_code=${code}&session=browser-1`)).body.code).toBe('response-code-used');
    expect((await desk.ask(rail, `/checks/${made.body.id}`)).body.result).toBe('eligible');
  });

  it('is the partner’s own [other partner] [purpose not agreed] [unknown]', async () => {
    const made = await request();
    expect((await read(made.body.id, '', museum)).status).toBe(404);
    expect((await request({}, museum)).body.code).toBe('purpose-not-agreed');
    expect((await read('A'.repeat(22))).body.code).toBe('check-not-found');
  });
});

describe('a key of a request', () => {
  it('makes one of many parallel repeats, each with the same answer, and no more of the quota', async () => {
    const quiet = aPartner('quiet');
    await desk.register(quiet, { checks_per_day: 1 });
    const key = newKey();
    const ask = (body: object, headers = key) => desk.ask(quiet, '/check-requests', body, headers);
    const first = await ask({ purpose: 'rail-discount' });
    const repeats = await Promise.all(Array.from({ length: 5 }, () => ask({ purpose: 'rail-discount' })));
    for (const one of repeats) expect([one.status, one.body]).toEqual([201, first.body]);
    const { rows } = await desk.verifier.database.run.raw(
      "SELECT count(*)::int AS n FROM partner_check_request WHERE partner_id = 'quiet'",
    );
    expect(rows[0].n).toBe(1);
    expect((await ask({ purpose: 'rail-discount' }, newKey())).body.code).toBe('partner-quota-used-up');
    await present(first.body);
    expect((await read(first.body.id, '', quiet)).body.state).toBe('answered');
  });
  it('is good for that request only [another body] [another partner] [malformed]', async () => {
    const key = newKey();
    const made = await desk.ask(rail, '/check-requests', { purpose: 'rail-discount' }, key);
    const other = { purpose: 'rail-discount', expires_in: 60 };
    expect((await desk.ask(rail, '/check-requests', other, key)).body.code).toBe('idempotency-key-reused');
    const theirs = await desk.ask(shop, '/check-requests', { purpose: 'rail-discount' }, key);
    expect([theirs.status, theirs.body.id === made.body.id]).toEqual([201, false]);
    const bad = await desk.ask(rail, '/check-requests', { purpose: 'rail-discount' }, { 'Idempotency-Key': 'x' });
    expect(bad.body.code).toBe('input-invalid');
  });
});

describe('the sandbox', () => {
  const asked = async (more: object = {}) => (await request(more, shop)).body;
  const answered = (id: string, person: string, partner = shop) =>
    desk.ask(partner, `/check-requests/${id}/sandbox-answer`, { person });

  it.each([
    ['ELIGIBLE', { state: 'answered', check: { result: 'eligible', entitlement: { left: 4 } } }],
    ['PART-TIME', { state: 'answered', check: { result: 'not-eligible', reason: 'study-form-not-covered' } }],
    ['NO-INTERVAL', { state: 'answered', check: { reason: 'interval-missing' } }],
    ['UNKNOWN-STATION', { state: 'answered', check: { reason: 'station-unknown' } }],
    ['NOT-REGISTERED', { state: 'answered', check: { reason: 'not-registered' } }],
    ['FRESHMAN', { state: 'answered', check: { reason: 'not-yet' } }],
    ['ON-LEAVE', { state: 'answered', check: { reason: 'suspended' } }],
    ['LOST-PHONE', { state: 'answered', check: { reason: 'suspended' } }],
    ['GRADUATED', { state: 'answered', check: { reason: 'not-a-current-student' } }],
    ['WITHDRAWN', { state: 'answered', check: { reason: 'not-a-current-student' } }],
    ['UNDECIDED', { state: 'ended', reason: 'network-needed' }],
    ['DECLINES', { state: 'ended', reason: 'declined' }],
    ['WALLET-ERROR', { state: 'ended', reason: 'wallet-error' }],
    ['SHOWS-ANOTHER', { state: 'ended', reason: 'query-not-satisfied' }],
  ])('has each fixed student answer in the place of a wallet [%s]', async (name, told) => {
    const made = await asked();
    expect((await read(made.id, '', shop)).body).toEqual({ id: made.id, state: 'open' });
    expect((await answered(made.id, `SANDBOX:${name}`)).status).toBe(200);
    expect((await read(made.id, '', shop)).body).toMatchObject(told);
  });

  it('tells by webhook, with a receipt that says so, and takes one answer of many', async () => {
    await desk.verifier.verifier.partners.work();
    callback.received.length = 0;
    const made = await asked();
    const answers = await Promise.all([1, 2, 3, 4].map(() => answered(made.id, 'SANDBOX:ELIGIBLE')));
    expect(answers.map((one) => one.status).sort()).toEqual([200, 404, 404, 404]);
    await desk.verifier.verifier.partners.work();
    expect(toldBy(callback)).toEqual([['check.answered', { check: made.id }]]);
    const { check } = (await read(made.id, '', shop)).body;
    const keys = (await (await desk.verifier.call('/partner/v1/receipt-keys')).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(check.receipt, createLocalJWKSet(keys), { audience: 'shop' });
    expect(payload).toMatchObject({ jti: made.id, consent: 'presentation', result: 'eligible' });
    expect((await desk.reserve(shop, made.id)).body).toMatchObject({ state: 'reserved', left: 3 });
  });

  it('comes back to the partner\u2019s site with a response code, as a wallet does', async () => {
    const made = await asked({ flow: 'same-device', return_url: `${SITE}/back`, session: 'browser-1' });
    const { body } = await answered(made.id, 'SANDBOX:ELIGIBLE');
    const link = (body as unknown as { return_to: string }).return_to;
    expect(link).toMatch(/^https:\/\/rail\.example\/back#response_code=/);
    const code = new URL(link.replace('#', '?')).searchParams.get('response_code');
    const told = async (query: string) => (await read(made.id, query, shop)).body;
    expect((await told('')).code).toBe('response-code-invalid');
    expect((await told('?response_code=wrong&session=browser-1')).code).toBe('response-code-invalid');
    expect((await told(`?response_code=${code}&session=browser-2`)).code).toBe('response-session-wrong');
    expect((await told(`?response_code=${code}&session=browser-1`)).state).toBe('answered');
    expect((await told(`?response_code=${code}&session=browser-1`)).code).toBe('response-code-used');
  });

  it('is nobody real: no wallet finds its request, and no real request is answered by it [unknown person] [real partner]', async () => {
    const made = await asked();
    const uri = new URL(made.authorization_request).searchParams.get('request_uri') ?? '';
    expect((await fetch(uri)).ok).toBe(false);
    expect((await answered(made.id, 'SANDBOX:NOBODY')).body.code).toBe('input-invalid');
    const real = await request();
    expect((await answered(real.body.id, 'SANDBOX:ELIGIBLE', rail)).body.code).toBe('sandbox-only');
    expect((await answered(real.body.id, 'SANDBOX:ELIGIBLE')).body.code).toBe('check-not-found');
    expect((await read(real.body.id)).body.state).toBe('open');
  });
});
