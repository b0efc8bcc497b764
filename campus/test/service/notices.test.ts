import { createHmac, createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createGuardedFetch, systemClock } from '@lanyard/platform';
import { importJWK, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../packages/platform/test/support/free-port.js';
import { MOST_ATTEMPTS } from '../../src/domain/notices/deliver.js';
import { USUAL_SETTINGS } from '../../src/domain/notices/settings.js';
import { createNoticeOutboxStore } from '../../src/storage/notice-outbox-store.js';
import { type MailBox, openMailBox } from './support/mail-box.js';
import { withMail as confirmMail } from './support/mailed-campus.js';
import { newSubscriber, openPush, openPushService } from './support/push-service.js';
import { LEAVE, role, startCampus, type TestCampus } from './support/start-campus.js';

const CANARY = '金丝雀甲乙丙7731';
const FROM = 'notices@campus.example.edu';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const LOUD = { ...USUAL_SETTINGS, quiet_from: '00:00', quiet_until: '00:00' };
const HOUR_MS = 3_600_000;

let campus: TestCampus;
let box: MailBox;
let push: Awaited<ReturnType<typeof openPushService>>;
let receiver: Server;
const told: { headers: Record<string, unknown>; body: string }[] = [];
let receiverPort = 0;
let seat = 0;
let letters = 0;

beforeAll(async () => {
  box = await openMailBox();
  push = await openPushService();
  receiverPort = await freePort();
  receiver = createServer((incoming, answer) => {
    let body = '';
    incoming.on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => {
      told.push({ headers: incoming.headers, body });
      answer.writeHead(told.length === 1 ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(receiverPort, 'localhost', resolve));
  const allowed = [push.host, `localhost:${receiverPort}`];
  campus = await startCampus({
    environment: {
      ...{ LANYARD_SMTP_URL: box.url, LANYARD_MAIL_FROM: FROM, LANYARD_FETCH_ALLOW: allowed.join(',') },
    },
    guardedFetch: createGuardedFetch(allowed, { ca: push.ca }),
  });
  await campus.enrol(Array.from({ length: 90 }, (_, n) => ({ number: numberOf(n + 1) })));
}, 120_000);
afterEach(() => {
  campus.clock.ms = 0;
});
afterAll(async () => {
  await campus?.close();
  await push?.close();
  await box?.down();
  receiver?.closeAllConnections();
  receiver?.close();
});

type As = ReturnType<TestCampus['student']>;
const numberOf = (n: number) => `2029${String(n).padStart(8, '0')}`;
const nextStudent = () => {
  seat += 1;
  return numberOf(seat);
};
const counsellor = () => campus.staff('t001', role('counsellor', 'assigned'));
const act = async (as: As, id: string, body: object) =>
  expect((await as(`/v1/cases/${id}/actions`, { body })).status).toBe(200);
const returned = (id: string) =>
  act(counsellor(), id, { verb: 'return', step: 'counsellor', to: 'applicant', reason: `${CANARY} 请补上` });

/** The campus clock shows the next such time in the school's zone, a day ahead at least. */
function setTime(time: string): void {
  const zoneMs = 8 * HOUR_MS;
  const midnightMs = Math.floor((Date.now() + zoneMs) / (24 * HOUR_MS)) * 24 * HOUR_MS - zoneMs;
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  campus.clock.ms = midnightMs + (48 + hours) * HOUR_MS + minutes * 60_000 - Date.now();
}
const later = (ms: number) => {
  campus.clock.ms += ms;
};
async function begin(number: string, service = 'leave', form: object = { ...LEAVE, reason: CANARY }): Promise<string> {
  const begun = await campus.student(number)('/v1/cases', { body: { service, form } });
  expect(begun).toMatchObject({ status: 201 });
  return begun.body.id;
}
/** With a mail box that is empty again. */
async function withMail(as: As, address: string, settings: object = LOUD): Promise<void> {
  await confirmMail(box, as, address, settings);
  box.mails.splice(0);
}
const codeTo = (address: string) => /\d{6}/.exec(box.to(address).at(-1)?.text ?? '')?.[0] ?? '';
const newAddress = () => {
  letters += 1;
  return `p${letters}@mail.example.edu`;
};
const deliveriesOf = async (person: string) => {
  const { rows } = await campus.database.run.raw(
    `SELECT d.attempts, d.last_code, d.sent_at IS NOT NULL AS sent, d.given_up_at IS NOT NULL AS given_up
     FROM notice_delivery d JOIN notice n ON n.id = d.notice_id WHERE n.person = ? ORDER BY d.id`,
    [person],
  );
  return rows as { attempts: number; last_code: string | null; sent: boolean; given_up: boolean }[];
};

describe('mail', () => {
  it('comes to whom a case is passed, and says nothing that was written in it', async () => {
    const [b, address] = [campus.staff('t077'), newAddress()];
    await withMail(b, address, { ...LOUD, language: 'en' });
    const id = await begin(nextStudent());
    await act(counsellor(), id, { verb: 'transfer', step: 'counsellor', to: 't077', reason: CANARY });
    await campus.sendNotices();
    const [mail, ...more] = box.to(address);
    expect(more).toEqual([]);
    expect(mail?.from).toBe(FROM);
    expect(mail?.headers).toMatchObject({
      'message-id': expect.stringMatching(/^<[\w-]{22}@localhost>$/),
      'list-unsubscribe': '<http://localhost:8085/delegations>',
      'auto-submitted': 'auto-generated',
    });
    expect(mail?.headers['subject']).toMatch(/^Leave.* You are asked to see to/);
    for (const text of [mail?.text, mail?.html, decodeURIComponent(mail?.headers['subject'] ?? '')]) {
      expect(text).not.toContain(CANARY);
      expect(text).not.toContain(LEAVE.from);
    }
  });
  it('does not name a service that not everybody sees', async () => {
    const [b, address] = [campus.staff('t088', role('psychologist')), newAddress()];
    await withMail(b, address);
    const form = { preferred_day: '2026-12-05', slot: 'morning', note: CANARY };
    const id = await begin(nextStudent(), 'counselling-appointment', form);
    const psychologist = campus.staff('t087', role('psychologist'));
    await act(psychologist, id, { verb: 'transfer', step: 'appointment', to: 't088', reason: CANARY });
    await campus.sendNotices();
    const [mail] = box.to(address);
    expect(mail?.headers['subject']).toMatch(/^有一件事轮到你/);
    for (const word of ['心理', '咨询', 'ounselling', CANARY])
      expect([mail?.text, mail?.html, mail?.headers['subject']].join(' ')).not.toContain(word);
  });
  it('waits for the end of quiet hours, also where a process comes back within them', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    await withMail(campus.student(number), address, USUAL_SETTINGS);
    const [id, other] = [await begin(number), await begin(number)];
    setTime('21:50');
    await returned(other);
    setTime('22:30');
    await returned(id);
    await campus.sendNotices();
    later(8 * HOUR_MS);
    await campus.sendNotices();
    expect(box.to(address)).toEqual([]);
    expect((await deliveriesOf(`student:${number}`)).map(({ attempts }) => attempts)).toEqual([0, 0]);
    later(HOUR_MS / 2);
    await campus.sendNotices();
    expect(box.to(address)).toHaveLength(2);
  });
  it('a digest is one mail of everything that waits, once', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    const channels = { ...LOUD.channels, mail: { urgent: 'digest', other: 'digest' } };
    await withMail(campus.student(number), address, { ...LOUD, channels });
    const ids = [await begin(number), await begin(number), await begin(number)];
    setTime('12:00');
    for (const id of ids) await returned(id);
    await campus.sendNotices();
    expect(box.to(address)).toEqual([]);
    later(6 * HOUR_MS);
    await campus.sendNotices();
    await campus.sendNotices();
    const [mail, ...more] = box.to(address);
    expect(more).toEqual([]);
    expect(mail?.headers['subject']).toBe('今天 3 条通知');
    expect(mail?.headers['list-unsubscribe']).toBe(`<${campus.url}/notices/settings>`);
    for (const id of ids) expect(mail?.text).toContain(`/m/daily-affairs/cases/${id}`);
    expect(mail?.text).not.toContain(CANARY);
  });
  it('what was read in the application before its time is not sent, nor what is no longer wanted', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    const student = campus.student(number);
    await withMail(student, address, USUAL_SETTINGS);
    const [id, other] = [await begin(number), await begin(number)];
    setTime('23:00');
    await returned(id);
    const { body } = await student('/v1/notices');
    await student('/v1/notices/read', { body: { until: body.notices[0].id } });
    await returned(other);
    const quiet = { ...USUAL_SETTINGS.channels, mail: { urgent: 'in-app', other: 'in-app' } };
    await student('/v1/notice-settings', { method: 'PUT', body: { ...USUAL_SETTINGS, channels: quiet } });
    later(9 * HOUR_MS);
    await campus.sendNotices();
    expect(box.to(address)).toEqual([]);
    expect((await deliveriesOf(`student:${number}`)).map(({ last_code }) => last_code)).toEqual([
      'read-in-app',
      'turned-off',
    ]);
  });
  it('comes once after the server was down, and nothing is lost', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    await withMail(campus.student(number), address);
    await returned(await begin(number));
    await box.down();
    await campus.sendNotices();
    await campus.sendNotices();
    expect(await deliveriesOf(`student:${number}`)).toMatchObject([{ attempts: 1, sent: false, given_up: false }]);
    later(HOUR_MS);
    await campus.sendNotices();
    await box.up();
    later(HOUR_MS);
    await campus.sendNotices();
    await campus.sendNotices();
    expect(box.to(address)).toHaveLength(1);
    expect(await deliveriesOf(`student:${number}`)).toMatchObject([{ attempts: 3, sent: true, last_code: null }]);
  });
  it('is given up after eight attempts where the server goes on saying not now', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    await withMail(campus.student(number), address);
    await returned(await begin(number));
    box.refusals.set(address, 451);
    for (let n = 0; n < MOST_ATTEMPTS + 2; n += 1) {
      await campus.sendNotices();
      later(7 * HOUR_MS);
    }
    expect(await deliveriesOf(`student:${number}`)).toMatchObject([
      { attempts: MOST_ATTEMPTS, given_up: true, last_code: 'smtp-451' },
    ]);
    // The address itself is as good as before.
    expect((await campus.student(number)('/v1/notice-settings')).body.mail).toMatchObject({ address, gone: false });
  });
  it('an address that is refused for good is given up at once, and the page says so', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    const student = campus.student(number);
    await withMail(student, address);
    const [id, other] = [await begin(number), await begin(number)];
    box.refusals.set(address, 550);
    await returned(id);
    await campus.sendNotices();
    expect(await deliveriesOf(`student:${number}`)).toMatchObject([{ given_up: true, last_code: 'smtp-550' }]);
    expect((await student('/v1/notice-settings')).body.mail).toMatchObject({ address, gone: true });
    await returned(other);
    expect(await deliveriesOf(`student:${number}`)).toHaveLength(1);
  });
  it('is sent again under its id by another process when one is killed with it', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    await withMail(campus.student(number), address);
    const id = await begin(number);
    box.silent.add(address);
    const before = box.taken.length;
    const process = await campus.startProcess();
    await returned(id);
    await vi.waitFor(() => expect(box.taken.length).toBeGreaterThan(before), { timeout: 60_000, interval: 50 });
    await process.kill();
    box.silent.delete(address);
    await campus.sendNotices();
    // Its lease holds.
    expect(box.to(address)).toEqual([]);
    // Not the hour at which the server was down for the tests before.
    later(3 * HOUR_MS);
    await campus.sendNotices();
    const [mail, ...more] = box.to(address);
    expect(more).toEqual([]);
    const idOf = (raw: string) => /^message-id: (.*)$/im.exec(raw)?.[1];
    expect(idOf(mail?.raw ?? '')).toBe(idOf(box.taken[before] ?? ''));
  });
  it('two processes at once send each message once and tear no digest apart', async () => {
    const people = Array.from({ length: 6 }, () => ({ number: nextStudent(), address: newAddress() }));
    const channels = { ...LOUD.channels, mail: { urgent: 'digest', other: 'digest' } };
    for (const { number, address } of people) await withMail(campus.student(number), address, { ...LOUD, channels });
    for (const { number } of people) for (let n = 0; n < 3; n += 1) await returned(await begin(number));
    // Due now, for a process with a clock of its own.
    await campus.database.run.raw(
      'UPDATE notice_delivery SET not_before = now() WHERE sent_at IS NULL AND given_up_at IS NULL',
    );
    const processes = await Promise.all([campus.startProcess(), campus.startProcess()]);
    await campus.sendNotices();
    for (const { number } of people)
      await vi.waitFor(
        async () => expect((await deliveriesOf(`student:${number}`)).filter(({ sent }) => sent)).toHaveLength(3),
        { timeout: 60_000, interval: 50 },
      );
    for (const { kill } of processes) await kill();
    for (const { address } of people)
      expect(box.to(address).map(({ headers }) => headers['subject'])).toEqual(['今天 3 条通知']);
  });
  it('whoever finds an address taken holds none of its lines meanwhile', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    await withMail(campus.student(number), address, LOUD);
    await returned(await begin(number));
    const ofPerson = `FROM notice_delivery d JOIN notice_address a ON a.id = d.address_id
      WHERE a.person = 'student:${number}' AND d.sent_at IS NULL`;
    await campus.database.run.raw(
      "UPDATE notice_delivery SET not_before = now() + interval '1 day' WHERE sent_at IS NULL",
    );
    await campus.database.run.raw(
      `UPDATE notice_delivery SET not_before = now() WHERE id IN (SELECT d.id ${ofPerson})`,
    );
    await campus.database.run.transaction(async (first) => {
      const { rowCount: lines } = await first.raw(`SELECT 1 ${ofPerson} FOR NO KEY UPDATE OF a`);
      await campus.database.run.transaction(async (second) => {
        const sealer = {} as Parameters<typeof createNoticeOutboxStore>[1]['sealer'];
        const outbox = createNoticeOutboxStore(second as never, { sealer, clock: systemClock });
        expect(await outbox.claim('mail')).toBeUndefined();
        const { rowCount: free } = await first.raw(`SELECT 1 ${ofPerson} FOR NO KEY UPDATE OF d SKIP LOCKED`);
        expect([lines, free]).toEqual([1, 1]);
      });
    });
  });
});

describe('a mail address', () => {
  it('is confirmed by its code alone: five tries, then a new one', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    const student = campus.student(number);
    expect((await student('/v1/mail-address', { body: { address } })).status).toBe(204);
    const code = codeTo(address);
    const wrong = code === '000000' ? '000001' : '000000';
    const confirm = (text: string) => student('/v1/mail-address/confirm', { body: { code: text } });
    for (let left = 4; left >= 0; left -= 1)
      expect((await confirm(wrong)).body).toMatchObject({ code: 'mail-code-wrong', tries_left: left });
    expect((await confirm(code)).body.code).toBe('mail-code-expired');
    // One a minute.
    expect((await student('/v1/mail-address', { body: { address } })).body.code).toBe('mail-codes-at-most');
    later(61_000);
    expect((await student('/v1/mail-address', { body: { address } })).status).toBe(204);
    expect((await student('/v1/notice-settings')).body.mail).toMatchObject({ address: null, unconfirmed: address });
    const [second, again] = await Promise.all([confirm(codeTo(address)), confirm(codeTo(address))]);
    expect([second.status, again.status].sort()).toEqual([204, 409]);
    expect((await student('/v1/notice-settings')).body.mail).toMatchObject({ address, unconfirmed: null, gone: false });
    expect((await student('/v1/mail-address', { method: 'DELETE' })).status).toBe(204);
    expect((await student('/v1/notice-settings')).body.mail.address).toBeNull();
  });
  it('a code ends after ten minutes, and a sixth of a day is not mailed', async () => {
    const [number, address] = [nextStudent(), newAddress()];
    const student = campus.student(number);
    for (let n = 0; n < 5; n += 1) {
      expect((await student('/v1/mail-address', { body: { address } })).status).toBe(204);
      later(10 * 60_000 + 1);
    }
    const late = await student('/v1/mail-address/confirm', { body: { code: codeTo(address) } });
    expect(late.body.code).toBe('mail-code-expired');
    expect((await student('/v1/mail-address', { body: { address } })).body.code).toBe('mail-codes-at-most');
    later(24 * HOUR_MS);
    expect((await student('/v1/mail-address', { body: { address } })).status).toBe(204);
  });
  it('ten codes of a day go to one address, whoever asks, and the eleventh uses up none of his', async () => {
    const address = newAddress();
    const askers = Array.from({ length: 14 }, () => campus.student(nextStudent()));
    const answers = await Promise.all(
      askers.map((asker, n) =>
        asker('/v1/mail-address', { body: { address: n % 2 ? address : address.toUpperCase() } }),
      ),
    );
    const refused = answers.flatMap(({ status, body }, n) => (status === 204 ? [] : [{ n, code: body.code }]));
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'mail-address-at-most'));
    const late = askers[refused[0]?.n ?? 0];
    expect((await late?.('/v1/mail-address', { body: { address: newAddress() } }))?.status).toBe(204);
    later(24 * HOUR_MS);
    expect((await askers[0]?.('/v1/mail-address', { body: { address } }))?.status).toBe(204);
  });
  it.each(['x', 'a@b', 'a@example.edu\r\nBcc: b@example.edu', `${'a'.repeat(250)}@example.edu`, 'a@例子.cn'])(
    'is refused where it is none [%s]',
    async (address) => {
      const answer = await campus.student(numberOf(60))('/v1/mail-address', { body: { address } });
      expect(answer.body.code).toBe('input-invalid');
    },
  );
  it('that its server does not know is told at once; a server that is down is no fault of the student', async () => {
    const student = campus.student(nextStudent());
    box.refusals.set('nobody@mail.example.edu', 550);
    expect((await student('/v1/mail-address', { body: { address: 'nobody@mail.example.edu' } })).body.code).toBe(
      'mail-address-refused',
    );
    later(61_000);
    await box.down();
    expect((await student('/v1/mail-address', { body: { address: newAddress() } })).body.code).toBe(
      'dependency-unavailable',
    );
    await box.up();
  });
  it('stands in no log, no audit and no column in the clear', async () => {
    const { rows } = await campus.database.run.raw('SELECT row_text FROM audit');
    const dump = JSON.stringify([
      ...[campus.logLines, rows],
      (await campus.database.run.raw('SELECT * FROM notice_address')).rows,
      (await campus.database.run.raw('SELECT * FROM mail_confirmation')).rows,
    ]);
    expect(dump).not.toContain('mail.example.edu');
    expect(dump).not.toContain(Buffer.from('mail.example.edu').toString('hex'));
    expect(JSON.stringify(rows)).toContain('mail-address.confirmed');
  });
});

describe('web push', () => {
  it('reaches each browser of the person, sealed for it, under the key of the installation', async () => {
    const number = nextStudent();
    const home = await campus.browserAt('home', number);
    expect((await home.call('/v1/notice-settings', { method: 'PUT', body: LOUD })).status).toBe(200);
    const subscriber = newSubscriber();
    const body = push.subscription(`/p/${number}`, subscriber);
    expect((await home.call('/v1/push-subscriptions', { method: 'PUT', body })).status).toBe(204);
    expect((await home.call('/v1/notice-settings')).body.push).toEqual({ browsers: 1 });
    const id = await begin(number);
    await returned(id);
    await campus.sendNotices();
    const [received, ...more] = push.at(`/p/${number}`);
    expect(more).toEqual([]);
    const payload = JSON.parse(openPush(subscriber, received?.body ?? Buffer.alloc(0)));
    expect(payload).toEqual({
      ...{ id: received?.headers['topic'], title: '请销假', text: '退回给你修改。已填的内容都在，改好后再交。' },
      url: `/m/daily-affairs/cases/${id}`,
    });
    expect(JSON.stringify(payload)).not.toContain(CANARY);
    expect(received?.headers).toMatchObject({ urgency: 'high', ttl: '86400', 'content-encoding': 'aes128gcm' });
    const [, token, key] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(String(received?.headers['authorization'])) ?? [];
    expect((await home.call('/v1/push-key')).body.key).toBe(key);
    const bytes = Buffer.from(key ?? '', 'base64url');
    const [x, y] = [bytes.subarray(1, 33).toString('base64url'), bytes.subarray(33).toString('base64url')];
    const jwk = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' }).export({ format: 'jwk' });
    const { payload: claims } = await jwtVerify(token ?? '', await importJWK(jwk, 'ES256'), {
      audience: `https://${push.host}`,
    });
    expect(claims.sub).toBe(`mailto:${FROM}`);
  });
  it.each([
    ['in the clear', 'http://127.0.0.1/push'],
    ['to this machine', 'https://127.0.0.1/push'],
    ['to a private network', 'https://10.0.0.7/push'],
    ['to no address', 'push.example.org/abc'],
  ])('refuses an endpoint %s', async (_, endpoint) => {
    const student = campus.student(numberOf(60));
    const body = { ...push.subscription('/x', newSubscriber()), endpoint };
    const answer = await student('/v1/push-subscriptions', { method: 'PUT', body });
    expect(answer.body.code).toBe('push-endpoint-not-allowed');
  });
  it('calls no name that leads inside', async () => {
    const number = nextStudent();
    const student = campus.student(number);
    await student('/v1/notice-settings', { method: 'PUT', body: LOUD });
    const body = { ...push.subscription('/x', newSubscriber()), endpoint: 'https://localhost:1/push' };
    expect((await student('/v1/push-subscriptions', { method: 'PUT', body })).status).toBe(204);
    await returned(await begin(number));
    await campus.sendNotices();
    expect(await deliveriesOf(`student:${number}`)).toMatchObject([{ sent: false, last_code: 'address-not-allowed' }]);
  });
  it('refuses keys that are none', async () => {
    const { endpoint, keys } = push.subscription('/x', newSubscriber());
    for (const wrong of [{ p256dh: `B${'A'.repeat(86)}` }, { p256dh: 'x' }, { auth: '' }]) {
      const body = { endpoint, keys: { ...keys, ...wrong } };
      const answer = await campus.student(numberOf(60))('/v1/push-subscriptions', { method: 'PUT', body });
      expect(answer.body.code).toBe('input-invalid');
    }
  });
  it('forgets a browser that is gone', async () => {
    const number = nextStudent();
    const student = campus.student(number);
    await student('/v1/notice-settings', { method: 'PUT', body: LOUD });
    const body = push.subscription(`/gone/${number}`, newSubscriber());
    await student('/v1/push-subscriptions', { method: 'PUT', body });
    push.statusOf.set(`/gone/${number}`, 410);
    await returned(await begin(number));
    await campus.sendNotices();
    expect((await student('/v1/notice-settings')).body.push).toEqual({ browsers: 0 });
    later(HOUR_MS);
    await campus.sendNotices();
    expect(push.at(`/gone/${number}`)).toHaveLength(1);
  });
  it('keeps five browsers, and one belongs to whoever turned it on last', async () => {
    const [a, b] = [campus.student(nextStudent()), campus.student(nextStudent())];
    const put = (as: As, path: string) =>
      as('/v1/push-subscriptions', { method: 'PUT', body: push.subscription(path, newSubscriber()) });
    await Promise.all(Array.from({ length: 7 }, (_, n) => put(a, `/many/${n}`)));
    const browsers = async (as: As) => (await as('/v1/notice-settings')).body.push.browsers;
    expect(await browsers(a)).toBe(5);
    await put(a, '/shared');
    await put(b, '/shared');
    expect([await browsers(a), await browsers(b)]).toEqual([4, 1]);
  });
});

describe('the campus messenger', () => {
  const registration = (more: object = {}) => ({
    ...{ name: '企业微信', url: `http://localhost:${receiverPort}/in`, secret: SECRET, recipient: 'pairwise', ...more },
  });
  const register = async (body: object) => {
    const answer = await fetch(`${campus.url}/v1/messenger`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${campus.operatorToken}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const wanted = { ...LOUD, channels: { ...LOUD.channels, messenger: { urgent: 'at-once', other: 'in-app' } } };

  it('is told by who turned it on, with a signature anybody can check, again under the same id', async () => {
    expect((await register(registration())).status).toBe(200);
    const [number, other] = [nextStudent(), nextStudent()];
    const student = campus.student(number);
    const settings = await student('/v1/notice-settings', { method: 'PUT', body: wanted });
    const you: string = settings.body.messenger.you;
    expect(settings.body.messenger).toMatchObject({ offered: true, name: '企业微信' });
    const id = await begin(number);
    await returned(id);
    await returned(await begin(other));
    await campus.sendNotices();
    later(HOUR_MS);
    await campus.sendNotices();
    expect(told).toHaveLength(2);
    const [first, second] = told;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const message = JSON.parse(second?.body ?? '{}');
    expect(message).toEqual({
      ...{ id: second?.headers['webhook-id'], at: expect.any(String), person: you, title: '请销假' },
      ...{ text: expect.stringContaining('退回给你修改'), url: `${campus.url}/m/daily-affairs/cases/${id}` },
    });
    const signed = `${second?.headers['webhook-id']}.${second?.headers['webhook-timestamp']}.${second?.body}`;
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64');
    expect(second?.headers['webhook-signature']).toBe(`v1,${mac}`);
    expect(second?.body).not.toContain(number);
    expect(second?.body).not.toContain(CANARY);
    // Turned off, it hears no more.
    campus.clock.ms = 0;
    await student('/v1/notice-settings', { method: 'PUT', body: LOUD });
    await returned(await begin(number));
    await campus.sendNotices();
    expect(told).toHaveLength(2);
  });
  it('learns the number only where that was registered with its purpose', async () => {
    const number = nextStudent();
    expect((await register(registration({ recipient: 'student-number' }))).body.code).toBe('input-invalid');
    const purpose = '企业微信按学号投递，信息化办公室 2026-11 备案';
    expect((await register(registration({ recipient: 'student-number', purpose }))).status).toBe(200);
    const { body } = await campus.student(number)('/v1/notice-settings', { method: 'PUT', body: wanted });
    expect(body.messenger.you).toBe(number);
    expect((await campus.operator('/v1/messenger')).body).toEqual({
      ...{ name: '企业微信', url: `http://localhost:${receiverPort}/in`, recipient: 'student-number', purpose },
    });
  });
  it.each([
    ['in the clear', { url: 'http://messenger.example.edu/in' }, 'messenger-url-not-allowed'],
    ['inside', { url: 'https://169.254.169.254/in' }, 'messenger-url-not-allowed'],
    ['with a short secret', { secret: 'whsec_c2hvcnQ=' }, 'messenger-secret-invalid'],
  ])('refuses a receiver %s', async (_, more, code) => {
    expect((await register(registration(more))).body.code).toBe(code);
  });
  it('is registered by the operator alone', async () => {
    for (const as of [campus.student(numberOf(60)), campus.staff('t001', role('department-officer'))])
      expect((await as('/v1/messenger', { method: 'PUT', body: registration() })).status).toBe(403);
  });
});

describe('settings', () => {
  it('are changed at home, by the person himself, and as usual until then', async () => {
    const home = await campus.browserAt('home', nextStudent());
    const before = await home.call('/v1/notice-settings');
    expect(before.body).toMatchObject({ settings: USUAL_SETTINGS, mail: { offered: true, address: null } });
    const body = { ...USUAL_SETTINGS, language: 'en', digest_at: '12:00' };
    expect((await home.call('/v1/notice-settings', { method: 'PUT', body })).body.settings).toEqual(body);
    expect(
      (await home.call('/v1/notice-settings', { method: 'PUT', body: { ...body, digest_at: '25:00' } })).status,
    ).toBe(400);
    const foreign = await home.send('/v1/notice-settings', {
      method: 'PUT',
      headers: { Origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
  });
  it('deliveries are kept for thirty days', async () => {
    campus.clock.ms = 60 * 24 * HOUR_MS;
    await campus.retain();
    const { rows } = await campus.database.run.raw(
      'SELECT count(*)::integer AS n FROM notice_delivery WHERE sent_at IS NOT NULL',
    );
    expect(rows[0].n).toBe(0);
  });
});
