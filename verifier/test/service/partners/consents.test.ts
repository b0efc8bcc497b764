import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PARTNER_EVENTS } from '../../../src/domain/partners/events.js';
import { type Callback, startCallback, toldBy } from '../support/callback-server.js';
import { aPartner, type PartnerDesk, startPartnerDesk } from '../support/partner-desk.js';

let desk: PartnerDesk;
let callback: Callback;
const [rail, museum] = [aPartner('rail'), aPartner('museum')];
const CALLBACK_PORT = 7980;
const key = generateKeyPair();
let last = 40;
/** A student with a subject of his own at the partner. */
const aStudent = () => {
  last += 1;
  return { subject: Buffer.alloc(32, last).toString('base64url') };
};
const issuer = () => desk.verifier.clientOf('issuer', key);
const find = (subject: string, partner = 'rail') =>
  issuer().json<{ consents: Record<string, unknown>[] }>('/v1/partner-consents/find', {
    ...{ method: 'POST', body: { subjects: [{ partner, subject }] } },
  });
const revoke = (subject: string, partner = 'rail') =>
  issuer().json<{ checks: number }>('/v1/partner-consents/revoke', { method: 'POST', body: { partner, subject } });

beforeAll(async () => {
  desk = await startPartnerDesk(7978, { environment: { LANYARD_FETCH_ALLOW: `localhost:${CALLBACK_PORT}` } });
  writeFileSync(join(desk.verifier.folder, 'issuer.jwk.json'), JSON.stringify(key.jwk));
  callback = await startCallback(CALLBACK_PORT);
  await desk.register(rail, {
    ...{ follow_up: true, callback: { url: callback.url, events: Object.keys(PARTNER_EVENTS) } },
  });
  await desk.register(museum, { purposes: ['student-status'], claims: ['level'] });
}, 60_000);
afterAll(async () => {
  await callback.close();
  await desk.close();
});

describe('a check is consent', () => {
  it('recorded with kind, purpose, claims, partner and time, for whoever knows the subject', async () => {
    const { subject } = aStudent();
    const check = await desk.checked(rail, desk.shown({ subject }));
    const { consents } = await find(subject);
    expect(consents).toEqual([
      {
        ...{ check, partner: 'rail', name_zh: '合作方', name_en: 'Partner', purpose: 'rail-discount', kind: 'code' },
        ...{ claims: ['interval', 'level'], at: new Date(desk.clock.ms).toISOString(), result: 'eligible' },
        ...{ reason: null, revoked_at: null },
      },
    ]);
    expect((await find(aStudent().subject)).consents).toEqual([]);
    expect((await find(subject, 'museum')).consents).toEqual([]);
  });

  it('to what was agreed then: a later, wider agreement tells nothing more of it, a narrower one less', async () => {
    const { subject } = aStudent();
    const check = await desk.checked(rail, desk.shown({ subject }));
    const told = async () => Object.keys((await desk.ask(rail, `/checks/${check}`)).body.claims).sort();
    await desk.register(rail, { follow_up: true, claims: ['interval', 'level', 'study_form', 'registered_until'] });
    expect(await told()).toEqual(['interval', 'level']);
    await desk.register(rail, { follow_up: true, claims: ['level'] });
    expect(await told()).toEqual(['level']);
    await desk.register(rail, { follow_up: true });
    expect(await told()).toEqual(['interval', 'level']);
  });

  it('is asked about by the issuer only [operator] [admin] [partner]', async () => {
    const body = { subjects: [] };
    expect((await desk.verifier.operator('/v1/partner-consents/find', { body })).status).toBe(403);
    await expect(desk.verifier.admin.json('/v1/partner-consents/find', { method: 'POST', body })).rejects.toMatchObject(
      {
        status: 403,
      },
    );
    expect((await desk.ask(rail, '/v1/partner-consents/find', body)).status).toBe(404);
    const headers = { Authorization: `Bearer ${await desk.tokenOf(rail)}` };
    expect((await desk.verifier.call('/v1/partner-consents/find', { body, headers })).status).toBe(401);
  });
});

describe('consent that is taken back', () => {
  it('ends every read, erases the facts, gives back what was held, keeps what was bought; a new code is a new consent', async () => {
    const { subject } = aStudent();
    const check = await desk.checked(rail, desk.shown({ subject }));
    const bought = (await desk.reserve(rail, check)).body.id;
    await desk.move(rail, bought, 'redeem');
    const held = (await desk.reserve(rail, check)).body;
    expect(held.left).toBe(2);
    await desk.verifier.verifier.partners.work();
    callback.received.length = 0;

    expect(await revoke(subject)).toEqual({ checks: 1 });
    const read = await desk.ask(rail, `/checks/${check}`);
    expect(read).toMatchObject({ status: 403, body: { code: 'consent-revoked' } });
    expect(JSON.stringify(read.body)).not.toMatch(/广州南|bachelor|eyJ/);
    expect((await desk.reserve(rail, check)).body.code).toBe('consent-revoked');
    expect((await desk.move(rail, held.id, 'redeem')).body.code).toBe('use-state-conflict');
    expect((await desk.move(rail, bought, 'refund')).body).toMatchObject({ state: 'refunded', left: 4 });
    const { rows } = await desk.verifier.database.run.raw('SELECT student FROM partner_check WHERE id = ?', [check]);
    expect(rows).toEqual([{ student: {} }]);

    await desk.verifier.verifier.partners.work();
    expect(toldBy(callback)).toEqual([['consent.revoked', { check }]]);
    expect(JSON.stringify(callback.received)).not.toContain(subject);
    expect((await find(subject)).consents[0]).toMatchObject({ check, revoked_at: expect.any(String) });

    const again = await desk.checked(rail, desk.shown({ subject }));
    expect((await desk.ask(rail, `/checks/${again}`)).body.result).toBe('eligible');
    expect((await desk.ask(rail, `/checks/${check}`)).body.code).toBe('consent-revoked');
  });

  it('is that of one student with one partner [another student] [another partner] [nobody] [twice]', async () => {
    const [one, two] = [aStudent(), aStudent()];
    const [first, second] = [await desk.checked(rail, desk.shown(one)), await desk.checked(rail, desk.shown(two))];
    expect(await revoke(one.subject, 'museum')).toEqual({ checks: 0 });
    expect(await revoke(aStudent().subject)).toEqual({ checks: 0 });
    expect((await desk.ask(rail, `/checks/${first}`)).status).toBe(200);
    expect(await revoke(one.subject)).toEqual({ checks: 1 });
    expect(await revoke(one.subject)).toEqual({ checks: 0 });
    expect((await desk.ask(rail, `/checks/${second}`)).status).toBe(200);
  });

  it('leaves the ledger balanced and nothing held, beside 20 reservations at once', async () => {
    const { subject } = aStudent();
    const check = await desk.checked(rail, desk.shown({ subject }));
    const [, ...answers] = await Promise.all([
      revoke(subject),
      ...Array.from({ length: 20 }, () => desk.reserve(rail, check)),
    ]);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const { rows } = await desk.verifier.database.run.raw(
      `SELECT a.held, a.used, (SELECT count(*)::int FROM entitlement_use u WHERE u.account_id = a.id AND u.state = 'reserved') AS open
       FROM entitlement_account a WHERE a.subject = ?`,
      [Buffer.from(subject, 'base64url')],
    );
    for (const row of rows) expect(row).toMatchObject({ held: 0, used: 0, open: 0 });
  });
});

describe('a passenger', () => {
  const passenger = (check: string, name: string, more: object = {}, partner = rail) =>
    desk.ask(partner, `/checks/${check}/passenger`, { name, ...more });

  it('is the student or not: nothing else comes back, nothing but a yes is kept, nothing is logged', async () => {
    const { subject } = aStudent();
    const check = await desk.checked(rail, desk.shown({ subject }));
    expect((await passenger(check, '甲乙丙', { document_number: '990101199901019999' })).body).toEqual({
      passenger: 'mismatch',
    });
    expect((await desk.ask(rail, `/checks/${check}`)).body).not.toHaveProperty('passenger');
    expect((await passenger(check, '测试·学生')).body).toEqual({ passenger: 'match' });
    expect((await desk.ask(rail, `/checks/${check}`)).body.passenger).toBe('match');
    const tables = ['partner_check', 'partner_request', 'audit', 'idempotency_key', 'partner_passenger_miss'];
    for (const table of tables) {
      const { rows } = await desk.verifier.database.run.raw(`SELECT t::text AS row FROM ${table} t`);
      for (const { row } of rows) expect(row).not.toMatch(/甲乙丙|990101199901019999/);
    }
    expect(desk.verifier.logLines.join('\n')).not.toMatch(/甲乙丙|990101199901019999|测试·学生/);
  });

  it('is not found by trying: five misses a day for one student, whatever the check, and a right name is no longer told', async () => {
    const student = aStudent();
    const checks = [await desk.checked(rail, desk.shown(student)), await desk.checked(rail, desk.shown(student))];
    for (let n = 0; n < 5; n += 1) expect((await passenger(checks[n % 2]!, `甲${n}`)).body.passenger).toBe('mismatch');
    for (const check of checks)
      expect(await passenger(check, '测试·学生')).toMatchObject({
        status: 429,
        body: { code: 'passenger-tries-used-up' },
      });
    const many = await desk.checked(rail, desk.shown(aStudent()));
    const told = await Promise.all(Array.from({ length: 20 }, (_, n) => passenger(many, `乙${n}`)));
    expect(told.filter(({ status }) => status === 200)).toHaveLength(5);
  });

  it('is asked about within an eligible check of today [refused] [yesterday’s] [another’s] [issuer away]', async () => {
    const refused = await desk.check(rail, {
      purpose: 'rail-discount',
      code: desk.shown({ enrolment_status: 'graduated' }),
    });
    expect((await passenger(refused.body.id, '测试·学生')).body.code).toBe('check-not-eligible');
    const check = await desk.checked(rail, desk.shown(aStudent()));
    expect((await passenger(check, '测试·学生', {}, museum)).status).toBe(404);
    desk.issuer.state.partnerSubjectsAway = true;
    expect((await passenger(check, '测试·学生')).status).toBe(503);
    desk.issuer.state.partnerSubjectsAway = false;
    expect((await passenger(check, 'x'.repeat(65))).status).toBe(400);
    desk.clock.ms += 86_400_000;
    expect((await passenger(check, '测试·学生')).body.code).toBe('check-too-old');
    desk.clock.ms -= 86_400_000;
  });

  it('comes first where the partner sells in a name', async () => {
    const named = aPartner('named');
    await desk.register(named, { match_passenger: true });
    const check = await desk.checked(named, desk.shown(aStudent()));
    expect((await desk.reserve(named, check)).body.code).toBe('passenger-not-matched');
    await passenger(check, '别人', {}, named);
    expect((await desk.reserve(named, check)).body.code).toBe('passenger-not-matched');
    await passenger(check, '测试·学生', {}, named);
    expect((await desk.reserve(named, check)).status).toBe(201);
  });
});

describe('a check that is followed up', () => {
  it('is not followed without the agreement', async () => {
    const check = await desk.check(museum, { purpose: 'student-status', code: desk.shown(aStudent()) });
    expect(check.body.result).toBe('eligible');
    const { rows } = await desk.verifier.database.run.raw('SELECT 1 FROM partner_follow_up WHERE check_id = ?', [
      check.body.id,
    ]);
    expect(rows).toEqual([]);
  });

  it('says once when the student is eligible no longer, a day later at the latest, and not before', async () => {
    const student = aStudent();
    const check = await desk.checked(rail, desk.shown(student));
    await desk.verifier.verifier.partners.work();
    callback.received.length = 0;
    const aDay = async () => {
      desk.clock.ms += 86_400_000;
      await desk.verifier.verifier.partners.work();
      return toldBy(callback).filter(([, data]) => data?.['check'] === check);
    };
    expect(await aDay()).toEqual([]);
    desk.issuer.state.partnerSubjectsAway = true;
    expect(await aDay()).toEqual([]);
    desk.issuer.state.partnerSubjectsAway = false;
    desk.shown({ ...student, enrolment_status: 'graduated' });
    expect(await aDay()).toEqual([['eligibility.ended', { check }]]);
    expect(await aDay()).toHaveLength(1);
  });
});
