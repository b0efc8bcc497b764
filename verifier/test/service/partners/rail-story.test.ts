import { encodeRowState } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PARTNER_CODES } from '../../../src/http/partners/partner-codes.js';
import { portableCode } from '../support/codes.js';
import { aPartner, newKey, type PartnerAnswer, type PartnerDesk, startPartnerDesk } from '../support/partner-desk.js';
import { until } from '../support/start-verifier.js';
import { answer, fetchRequest, post, presentFor } from '../support/wallet.js';

/** In turns: a connection to the desk of the day before must not be taken for one to the next. */
const PORTS = [7988, 7887] as const;
let days = 0;
const [rail, museum, shop] = [aPartner('rail'), aPartner('museum'), aPartner('shop')];
let desk: PartnerDesk;
/** Every code and reason any partner was told in this file. */
const reached = new Set<string>();
let subject = 10;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  await desk?.close();
  vi.useRealTimers();
});

/** A railway at work on a day in Beijing, with everything around it on that day too. */
async function on(day: string, time = '12:00') {
  const { Date: Clock } = globalThis;
  vi.setSystemTime(Clock.parse(`${day}T${time}:00+08:00`));
  days += 1;
  desk = await startPartnerDesk(PORTS[days % 2 === 0 ? 0 : 1], {
    realTime: true,
    environment: { LANYARD_PACKAGE_FRESH_SECONDS: '86400', LANYARD_PACKAGE_LIFE_SECONDS: '691200' },
  });
  desk.issuer.state.listLastsSeconds = 8 * 86_400;
  const { ask } = desk;
  desk.ask = async (...asked) => noted(await ask(...asked));
  desk.check = (client, body, headers = {}) => desk.ask(client, '/checks', body, headers);
  await desk.register(rail);
}
function noted(told: PartnerAnswer): PartnerAnswer {
  for (const part of [told.body, told.body?.check])
    for (const name of ['code', 'reason'] as const) if (part?.[name] !== undefined) reached.add(part[name]);
  return told;
}
const student = (change: object = {}) => {
  subject += 1;
  return { subject: Buffer.alloc(32, subject).toString('base64url'), registered_until: '2099-01-01', ...change };
};
const check = (facts: object) => desk.check(rail, { purpose: 'rail-discount', code: desk.shown(facts) });
const reserve = async (id: string, change: object = {}) =>
  noted(await desk.ask(rail, `/checks/${id}/uses`, desk.journey(change), newKey()));
const move = async (use: string, verb: string) => noted(await desk.ask(rail, `/uses/${use}/${verb}`, {}, newKey()));
const reasonOf = async (facts: object) => {
  const { body } = await check(facts);
  if (body.result === 'not-eligible') expect(body.claims).toEqual({});
  return body.reason ?? body.result;
};
async function buy(id: string, change: object = {}) {
  const held = await reserve(id, change);
  return held.status === 201 ? (await move(held.body.id, 'redeem')).body : held.body;
}

describe('a railway', () => {
  it('sells four tickets a year: 4, 3, a refund, 4 again, and no fifth', async () => {
    await on('2026-12-01');
    const { body } = await check(student());
    expect(body).toMatchObject({
      result: 'eligible',
      entitlement: { year_from: '2026-10-01', year_to: '2027-09-30', left: 4 },
    });
    const first = await buy(body.id);
    expect(first).toMatchObject({ state: 'redeemed', left: 3, fare_fen: 34_763 });
    expect((await move(first.id, 'refund')).body).toMatchObject({ state: 'refunded', left: 4 });
    for (const left of [3, 2, 1, 0]) expect(await buy(body.id)).toMatchObject({ left });
    expect((await buy(body.id)).code).toBe('entitlement-used-up');
  });

  it('counts to 30 September and begins anew on 1 October, by the day of travel', async () => {
    await on('2027-09-30', '23:50');
    const traveller = student();
    const { body } = await check(traveller);
    expect(body.entitlement).toMatchObject({ year_from: '2026-10-01', year_to: '2027-09-30' });
    expect(body.valid_until).toBe('2027-09-30');
    for (const left of [3, 2, 1, 0]) expect(await buy(body.id, { travel_date: '2027-09-30' })).toMatchObject({ left });
    expect((await buy(body.id, { travel_date: '2027-09-30' })).code).toBe('entitlement-used-up');
    expect(await buy(body.id, { travel_date: '2027-10-01' })).toMatchObject({ left: 3 });
    vi.setSystemTime(Date.now() + 20 * 60_000);
    expect((await reserve(body.id)).body.code).toBe('check-too-old');
    const next = (await check(traveller)).body;
    expect(next.entitlement).toMatchObject({ year_from: '2027-10-01', year_to: '2028-09-30', uses: 4, left: 3 });
    expect((await reserve(next.id, { travel_date: '2027-09-30' })).body).toMatchObject({
      code: 'journey-not-covered',
      reason: 'outside-year',
    });
  });

  it('refuses a graduate in July from the day of leaving, whatever was registered', async () => {
    await on('2027-07-05');
    expect(await reasonOf(student())).toBe('eligible');
    expect(await reasonOf(student({ enrolment_status: 'graduated', registered_until: '2027-08-31' }))).toBe(
      'not-a-current-student',
    );
    expect(await reasonOf(student({ enrolment_status: 'withdrawn' }))).toBe('not-a-current-student');
  });

  it('tells a freshman in September “not yet”, and one who missed it in January “not registered”', async () => {
    await on('2026-09-10');
    const fresh = { enrolment_status: 'not-registered', registered_until: null, entry_date: '2026-09-01' };
    expect(await reasonOf(student(fresh))).toBe('not-yet');
    expect(await reasonOf(student({ ...fresh, enrolment_status: 'enrolled' }))).toBe('not-yet');
    expect(await reasonOf(student({ ...fresh, enrolment_status: 'enrolled', registered_until: '2027-02-28' }))).toBe(
      'eligible',
    );
    await desk.close();
    await on('2027-01-20');
    expect(await reasonOf(student({ ...fresh, enrolment_status: 'enrolled' }))).toBe('not-registered');
  });

  it('refuses leave of absence, an unknown station, no interval, part-time study and an ended registration', async () => {
    await on('2026-12-01');
    expect(await reasonOf(student({ enrolment_status: 'on-leave-of-absence' }))).toBe('suspended');
    expect(await reasonOf(student({ interval: { from: '广州南', to: '不存在站' } }))).toBe('station-unknown');
    expect(await reasonOf(student({ interval: null }))).toBe('interval-missing');
    expect(await reasonOf(student({ study_form: 'part-time' }))).toBe('study-form-not-covered');
    expect(await reasonOf(student({ registered_until: '2026-08-31' }))).toBe('not-registered');
    const { body } = await check(student());
    expect((await reserve(body.id, { to: '长沙南' })).body.reason).toBe('outside-interval');
    expect((await reserve(body.id, { seat_class: 'emu-business' })).body.reason).toBe('seat-class-not-covered');
  });

  it('takes the card of a student whose phone is lost, and not the phone', async () => {
    await on('2026-12-01');
    const traveller = student();
    const code = () => {
      desk.issuer.state.partnerSubjects.set('1/900', desk.facts(traveller));
      return portableCode(desk.issuer.makePass({ listIndex: 900 }), { timeSeconds: Math.floor(Date.now() / 1000) });
    };
    const ask = (shown: object) => desk.check(rail, { purpose: 'rail-discount', ...shown });
    expect((await ask({ code: code() })).body.result).toBe('eligible');
    desk.issuer.revokePass(900);
    let told = '';
    await until(async () => {
      told = (await ask({ code: code() })).body.reason;
      return told !== undefined;
    });
    expect(told).toBe('revoked');
    desk.issuer.state.partnerSubjects.set('77', desk.facts(traveller));
    desk.issuer.state.cardTap = {
      result: 'accepted',
      holder: { row: 77, state: encodeRowState(desk.ann.row.state), policy_class: 0 },
    };
    const card_tap = { picc_data: 'AB'.repeat(16), cmac: 'CD'.repeat(8), key_version: 1 };
    expect((await ask({ card_tap })).body).toMatchObject({ result: 'eligible', entitlement: { left: 4 } });
  });
});

describe('every code of the partner API', () => {
  it('is reached once, here or in the story above', async () => {
    await on('2026-12-01');
    const site = 'https://rail.example';
    await desk.register(rail, { match_passenger: false, return_origins: [site] });
    await desk.register(museum, { purposes: ['student-status'], claims: [], checks_per_day: 2, checks_per_minute: 3 });
    await desk.register(shop, { sandbox: true });
    const { body: kept } = await check(student());
    const now = () => Math.floor(Date.now() / 1000);

    // About calls.
    expect(noted({ ...(await desk.send(rail, 'POST', '/checks', { purpose: 1 })) }).status).toBe(400);
    const answered = await desk.verifier.call('/partner/v1/checks/AAAAAAAAAAAAAAAAAAAAAA', {
      headers: { Authorization: 'Bearer x' },
    });
    noted({ status: 401, headers: answered.headers, body: await answered.json() });
    const version = await desk.verifier.call('/partner/v9/checks');
    noted({ status: 404, headers: version.headers, body: await version.json() });
    await desk.check(museum, { purpose: 'rail-discount', code: 'x' });
    for (let n = 0; n < 4; n += 1) await desk.check(museum, { purpose: 'student-status', code: `x${n}` });
    const key = newKey();
    const asked = { purpose: 'rail-discount', code: desk.shown(student()) };
    await desk.check(rail, asked, key);
    await desk.check(rail, { ...asked, code: 'other' }, key);
    // As a process leaves it that is at work, or was killed: claimed, and no check yet.
    const same = newKey();
    const body = { purpose: 'rail-discount', code: desk.shown(student()) };
    await desk.check(rail, body, same);
    await desk.verifier.database.run.raw('UPDATE partner_request SET check_id = NULL WHERE key = ?', [
      same['Idempotency-Key'],
    ]);
    await desk.check(rail, body, same);

    // About what was shown.
    const old = portableCode(desk.issuer.makePass(), { timeSeconds: now() - 40 });
    const forged = portableCode(desk.issuer.makePass(), { signWith: generateKeyPair(), timeSeconds: now() });
    const twice = desk.shown(student());
    for (const code of [old, forged, twice, twice, 'no code'])
      await desk.check(rail, { purpose: 'rail-discount', code });
    desk.issuer.state.partnerSubjectsAway = true;
    await check(student());
    const named = { name: '测试·学生' };
    await desk.ask(rail, `/checks/${kept.id}/passenger`, named);
    desk.issuer.state.partnerSubjectsAway = false;
    const alumni = desk.issuer.makeStudentId({ index: 801, claims: { enrolment_status: 'exchange' } });
    desk.issuer.state.partnerSubjects.delete('7/801');

    // In the wallet.
    const request = async (change: object = {}) =>
      (await desk.ask(rail, '/check-requests', { purpose: 'rail-discount', ...change })).body;
    const opened = async (made: { authorization_request: string }) =>
      fetchRequest(made.authorization_request, desk.issuer.authority.root);
    const read = (id: string, query = '') => desk.ask(rail, `/check-requests/${id}${query}`);
    await desk.ask(rail, `/check-requests/${kept.id}/sandbox-answer`, { person: 'SANDBOX:ELIGIBLE' });
    await request({ flow: 'same-device' });
    await request({ flow: 'same-device', return_url: 'https://evil.example/' });
    const exchange = await request();
    const wanted = await opened(exchange);
    await answer(wanted, { student_id: [presentFor(wanted, alumni)] });
    expect((await read(exchange.id)).body.check).toMatchObject({ reason: 'not-permitted' });
    for (const error of ['access_denied', 'invalid_request']) {
      const made = await request();
      const form = await opened(made);
      await post(form, { error, state: String(form.state) });
      await read(made.id);
    }
    const other = await request();
    const bare = await opened(other);
    const id = desk.issuer.makeStudentId({ index: 802 });
    await answer(bare, { student_id: [presentFor(bare, id, { claims: ['enrolment_status'] })] });
    await read(other.id);
    const home = await request({ flow: 'same-device', return_url: `${site}/back`, session: 'one' });
    const back = await opened(home);
    desk.issuer.state.partnerSubjects.set('7/803', desk.facts(student()));
    const { redirect_uri } = (await (
      await answer(back, { student_id: [presentFor(back, desk.issuer.makeStudentId({ index: 803 }))] })
    ).json()) as { redirect_uri: string };
    const code = new URL(redirect_uri.replace('#', '?')).searchParams.get('response_code');
    for (const query of [
      '',
      `?response_code=${code}&session=two`,
      `?response_code=${code}&session=one`,
      `?response_code=${code}&session=one`,
    ])
      await read(home.id, query);
    const unanswered = await request({ expires_in: 30 });
    vi.setSystemTime(Date.now() + 31_000);
    expect((await read(unanswered.id)).body.reason).toBe('expired');

    // About checks and uses.
    await desk.ask(rail, `/checks/${'A'.repeat(22)}`);
    const refused = (await check(student({ enrolment_status: 'graduated' }))).body;
    await reserve(refused.id);
    await move('A'.repeat(22), 'redeem');
    const held = (await reserve(kept.id)).body;
    await move(held.id, 'refund');
    vi.setSystemTime(Date.now() + 31 * 60_000);
    expect((await move(held.id, 'redeem')).body.code).toBe('use-expired');
    await desk.register(rail, { match_passenger: true });
    await reserve(kept.id);
    for (let n = 0; n < 6; n += 1) await desk.ask(rail, `/checks/${kept.id}/passenger`, { name: `甲${n}` });
    const ended = (await check(student())).body;
    await desk.verifier.database.run.raw(
      "UPDATE partner_check SET consent_revoked_at = now(), student = '{}' WHERE id = ?",
      [ended.id],
    );
    await desk.ask(rail, `/checks/${ended.id}`);
    noted(await desk.send(rail, 'PUT', '/callback', { url: 'http://x.example/', events: ['use.expired'] }));
    noted(await desk.send(rail, 'POST', '/certificate', { request: 'A'.repeat(200) }));

    const unreached = PARTNER_CODES.map((one) => one.code).filter((one) => !reached.has(one));
    // Proved where a listener is configured: partners/mutual-tls.test.ts.
    expect(unreached).toEqual(['certificate-request-invalid']);
  });

  it('has words in both languages', () => {
    for (const { code, zh, en } of PARTNER_CODES) {
      expect(zh, code).toMatch(/\p{Script=Han}/u);
      expect(en, code).toMatch(/[a-z]/);
    }
    expect(new Set(PARTNER_CODES.map(({ code }) => code)).size).toBe(PARTNER_CODES.length);
  });
});
