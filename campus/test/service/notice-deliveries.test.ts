import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { MOST_ATTEMPTS } from '../../src/domain/notices/deliver.js';
import { USUAL_SETTINGS } from '../../src/domain/notices/settings.js';
import type { MailBox } from './support/mail-box.js';
import { type MailedCampus, startMailedCampus, withMail } from './support/mailed-campus.js';
import { LEAVE, role, type TestCampus } from './support/start-campus.js';

const HOUR_MS = 3_600_000;
const AT_ONCE = {
  ...USUAL_SETTINGS,
  channels: { ...USUAL_SETTINGS.channels, mail: { urgent: 'at-once', other: 'at-once' } },
  ...{ quiet_from: '00:00', quiet_until: '00:00' },
};
let mailed: MailedCampus;
let campus: TestCampus;
let box: MailBox;
let seat = 0;

beforeAll(async () => {
  mailed = await startMailedCampus();
  ({ campus, box } = mailed);
}, 120_000);
beforeEach(async () => {
  campus.clock.ms = 0;
  await campus.database.run.raw('DELETE FROM notice_delivery');
});
afterAll(() => mailed?.close());

const counsellor = () => campus.staff('t001', role('counsellor', 'assigned', 't001'));
const keeper = () => campus.staff('o001', role('operator'));
const mailOf = async () => {
  const { body } = await keeper()('/v1/notice-deliveries');
  return body.channels.find(({ channel }: { channel: string }) => channel === 'mail');
};
const sendAgain = (as = keeper(), channel: unknown = 'mail') =>
  as('/v1/notice-deliveries/send-again', { body: { channel } });

/** A student with a mail address, whose leave is sent back: one notice to it. */
async function told(): Promise<{ number: string; address: string; student: ReturnType<TestCampus['student']> }> {
  seat += 1;
  const [number, address] = [`2030${String(seat).padStart(8, '0')}`, `q${seat}@mail.example.edu`];
  await campus.enrol([{ number }]);
  const student = campus.student(number);
  await withMail(box, student, address, AT_ONCE);
  box.mails.splice(0);
  const begun = await student('/v1/cases', { body: { service: 'leave', form: LEAVE } });
  expect(begun.body).toMatchObject({ id: expect.any(String) });
  const { id } = begun.body;
  const body = { verb: 'return', step: 'counsellor', to: 'applicant', reason: '请补上去处' };
  expect((await counsellor()(`/v1/cases/${id}/actions`, { body })).status).toBe(200);
  return { number, address, student };
}
async function readAll(student: ReturnType<TestCampus['student']>): Promise<void> {
  const { notices } = (await student('/v1/notices')).body;
  expect((await student('/v1/notices/read', { body: { until: notices[0].id } })).status).toBeLessThan(300);
}
/** As long as the server says not now. */
async function attempts(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await campus.sendNotices();
    campus.clock.ms += 7 * HOUR_MS;
  }
}
async function givenUp() {
  const person = await told();
  box.refusals.set(person.address, 451);
  await attempts(MOST_ATTEMPTS);
  box.refusals.delete(person.address);
  return person;
}

it('says of each channel what waits, is tried again and since when, was sent, was given up and why', async () => {
  const [fresh, lost] = [await told(), await told()];
  expect(await mailOf()).toMatchObject({ offered: true, waiting: 2, retrying: [], retrying_since: null, sent: 0 });
  box.refusals.set(fresh.address, 451);
  box.refusals.set(lost.address, 452);
  await campus.sendNotices();
  expect(await mailOf()).toMatchObject({
    ...{ waiting: 0, given_up: [], sent: 0, retrying_since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    retrying: [
      { code: 'smtp-451', notices: 1 },
      { code: 'smtp-452', notices: 1 },
    ],
  });
  box.refusals.delete(fresh.address);
  campus.clock.ms += HOUR_MS;
  await campus.sendNotices();
  expect(await mailOf()).toMatchObject({ sent: 1, retrying: [{ code: 'smtp-452', notices: 1 }], given_up: [] });
  await attempts(MOST_ATTEMPTS);
  expect(await mailOf()).toMatchObject({ retrying: [], given_up: [{ code: 'smtp-452', notices: 1 }] });
  const { body } = await keeper()('/v1/notice-deliveries');
  expect(body.channels.map(({ channel, offered }: never) => [channel, offered])).toEqual([
    ['mail', true],
    ['push', true],
    ['messenger', false],
  ]);
});
it('what nobody wanted any more is no trouble, and what was sent long ago is not counted', async () => {
  const [{ student }] = [await told(), await told()];
  await readAll(student);
  await campus.sendNotices();
  expect(await mailOf()).toMatchObject({ waiting: 0, retrying: [], sent: 1, given_up: [] });
  campus.clock.ms += 25 * HOUR_MS;
  expect(await mailOf()).toMatchObject({ sent: 0 });
});
it('is told to the operator alone, and names nobody', async () => {
  const { number, address } = await givenUp();
  for (const as of [
    campus.student(number),
    counsellor(),
    campus.staff('d001', role('operator', 'college', '软件学院')),
  ])
    for (const answer of [await as('/v1/notice-deliveries'), await sendAgain(as)])
      expect(answer).toMatchObject({ status: 403, body: { code: 'not-allowed' } });
  for (const answer of [await campus.operator('/v1/notice-deliveries'), await keeper()('/v1/notice-deliveries')]) {
    expect(answer.status).toBe(200);
    for (const word of [number, address]) expect(JSON.stringify(answer.body)).not.toContain(word);
  }
  const metrics = await (await fetch(`${campus.url}/metrics`)).text();
  expect(metrics).toContain('lanyard_notices{service="campus",channel="mail",state="given-up-7d"} 1');
  expect(metrics).toContain('lanyard_notices_late_seconds{service="campus",channel="push"} 0');
  for (const word of [number, address]) expect(metrics).not.toContain(word);
});
it.each([
  ['of no channel', 'fax'],
  ['of all of them', undefined],
])('nothing is sent again %s', async (_, channel) => {
  await givenUp();
  expect((await sendAgain(keeper(), channel ?? null)).status).toBe(400);
  expect(await mailOf()).toMatchObject({ waiting: 0, given_up: [{ notices: 1 }] });
});
it('what was given up is sent again, once, with the id it had: the operator pressed twenty times at once', async () => {
  const { address } = await givenUp();
  const answers = await Promise.all(Array.from({ length: 20 }, () => sendAgain()));
  expect(answers.map(({ body }) => body.notices).reduce((sum, n) => sum + n, 0)).toBe(1);
  expect(await mailOf()).toMatchObject({ waiting: 1, given_up: [] });
  await Promise.all([campus.sendNotices(), campus.sendNotices()]);
  expect(box.to(address)).toHaveLength(1);
  expect(await mailOf()).toMatchObject({ sent: 1, waiting: 0 });
  const { rows } = await campus.database.run.raw(
    "SELECT row_text FROM audit WHERE action = 'notices.sent-again' ORDER BY id DESC",
  );
  expect(rows).toHaveLength(1);
  expect(rows[0].row_text).not.toContain(address);
});
it.each([
  [
    'an address that is gone',
    async ({ address }: { address: string }) => {
      const { rowCount } = await campus.database.run.raw(
        "UPDATE notice_address SET gone_at = now(), gone_code = 'smtp-550' WHERE id IN (SELECT address_id FROM notice_delivery)",
      );
      expect([address, rowCount]).toEqual([address, 1]);
    },
  ],
  [
    'what has been read meanwhile',
    async ({ student }: { student: ReturnType<TestCampus['student']> }) => {
      await readAll(student);
    },
  ],
  [
    'what was given up more than seven days ago',
    async () => {
      campus.clock.ms += 8 * 24 * HOUR_MS;
    },
  ],
])('nothing is sent again to %s', async (_, happens) => {
  const person = await givenUp();
  await happens(person);
  expect((await sendAgain()).body).toEqual({ notices: 0 });
});
it('what is turned off by then is not sent', async () => {
  const { student, address } = await givenUp();
  const off = { ...AT_ONCE.channels, mail: { urgent: 'in-app', other: 'in-app' } };
  expect((await student('/v1/notice-settings', { method: 'PUT', body: { ...AT_ONCE, channels: off } })).status).toBe(
    200,
  );
  expect((await sendAgain()).body).toEqual({ notices: 1 });
  await campus.sendNotices();
  expect(box.to(address)).toEqual([]);
  expect(await mailOf()).toMatchObject({ waiting: 0, given_up: [] });
});
