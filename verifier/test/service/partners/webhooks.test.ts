import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PARTNER_EVENTS, retryAfterSeconds } from '../../../src/domain/partners/events.js';
import { type Callback, claimsOf, startCallback, toldBy } from '../support/callback-server.js';
import { aPartner, type PartnerDesk, startPartnerDesk, type TestPartner } from '../support/partner-desk.js';

let desk: PartnerDesk;
let callback: Callback;
const rail = aPartner('rail');
const CALLBACK_PORT = 7974;
const events = Object.keys(PARTNER_EVENTS);
const deliver = () => desk.verifier.verifier.partners.webhooks.work();

beforeAll(async () => {
  desk = await startPartnerDesk(7972, {
    environment: { LANYARD_FETCH_ALLOW: `localhost:${CALLBACK_PORT}` },
  });
  callback = await startCallback(CALLBACK_PORT);
  await desk.register(rail, { callback: { url: callback.url, events } });
}, 60_000);
afterAll(async () => {
  await callback.close();
  await desk.close();
});
beforeEach(async () => {
  Object.assign(callback.state, { status: 202, headers: {}, body: '', hangs: false });
  desk.clock.ms += 7 * 3_600_000;
  await deliver();
  callback.received.length = 0;
});
const test = (partner: TestPartner = rail) => desk.ask(partner, '/callback/test', {});
const listed = async () =>
  (
    (await (await desk.verifier.operator('/v1/partners/rail/events')).json()) as {
      events: { id: string; kind: string; state: string; attempts: number; last_code: string | null }[];
    }
  ).events;

describe('an event', () => {
  it('is a token that a library of others verifies, under keys of its own', async () => {
    expect((await test()).status).toBe(202);
    expect(await deliver()).toBe(1);
    const [one] = callback.received;
    expect(one?.type).toBe('application/secevent+jwt');
    const keys = (await (await desk.verifier.call('/partner/v1/webhook-keys')).json()) as JSONWebKeySet;
    const options = { issuer: desk.verifier.url, audience: 'rail', typ: 'secevent+jwt', algorithms: ['ES256'] };
    const { payload } = await jwtVerify(one!.body, createLocalJWKSet(keys), {
      ...{ ...options, maxTokenAge: 300, currentDate: new Date(desk.clock.ms) },
    });
    expect(payload).toMatchObject({ events: { 'urn:lanyard:partner-event:callback.test': {} } });
    expect(payload).not.toHaveProperty('sub');
    expect(payload).not.toHaveProperty('exp');
    const receipts = (await (await desk.verifier.call('/partner/v1/receipt-keys')).json()) as JSONWebKeySet;
    await expect(jwtVerify(one!.body, createLocalJWKSet(receipts), options)).rejects.toThrow();
    const late = new Date(desk.clock.ms + 400_000);
    await expect(
      jwtVerify(one!.body, createLocalJWKSet(keys), { ...options, maxTokenAge: 300, currentDate: late }),
    ).rejects.toThrow(/iat/);
  });

  it('is told of a use that expired, and of nothing that did not happen', async () => {
    const check = await desk.checked(rail, desk.shown({ subject: Buffer.alloc(32, 31).toString('base64url') }));
    const use = (await desk.reserve(rail, check)).body.id;
    await deliver();
    expect(callback.received).toEqual([]);
    desk.clock.ms += 31 * 60_000;
    await desk.verifier.verifier.sweep();
    await deliver();
    expect(toldBy(callback)).toEqual([['use.expired', { use }]]);
  });

  it('is told of what changed in the registration, at the address it had before', async () => {
    const registration = { callback: { url: callback.url, events } };
    await desk.register(rail, registration);
    await deliver();
    expect(callback.received).toEqual([]);
    await desk.register(rail, { ...registration, checks_per_day: 77, claims: ['interval'] });
    await deliver();
    expect(toldBy(callback)).toEqual([['partner.changed', { changed: ['claims', 'quotas'] }]]);
  });

  it('is told only to who wants it', async () => {
    const quiet = aPartner('quiet');
    await desk.register(quiet, { callback: { url: callback.url, events: ['consent.revoked'] } });
    await desk.register(quiet, { callback: { url: callback.url, events: ['consent.revoked'] }, checks_per_day: 5 });
    expect(await deliver()).toBe(0);
    expect((await test(quiet)).body.code).toBe('callback-not-allowed');
  });
});

describe('a delivery', () => {
  it.each<[string, () => void, string]>([
    ['500', () => Object.assign(callback.state, { status: 500 }), 'status-500'],
    ['400', () => Object.assign(callback.state, { status: 400 }), 'status-400'],
    [
      'a redirect, which is not followed',
      () =>
        Object.assign(callback.state, { status: 307, headers: { Location: `http://localhost:${CALLBACK_PORT}/x` } }),
      'status-307',
    ],
    [
      'an answer too large',
      () => Object.assign(callback.state, { body: Buffer.alloc(100_000, 65) }),
      'answer-too-large',
    ],
    ['no answer', () => Object.assign(callback.state, { hangs: true }), 'answer-too-slow'],
  ])('that fails is tried again later, under the same id [%s]', async (_, fail, code) => {
    fail();
    await test();
    expect(await deliver()).toBe(1);
    expect((await listed())[0]).toMatchObject({ state: 'waiting', attempts: 1, last_code: code });
    expect(await deliver()).toBe(0);
    Object.assign(callback.state, { status: 202, headers: {}, body: '', hangs: false });
    desk.clock.ms += 29_000;
    expect(await deliver()).toBe(0);
    desk.clock.ms += 2_000;
    expect(await deliver()).toBe(1);
    const [first, second, ...more] = callback.received.map(claimsOf);
    expect(more).toEqual([]);
    expect(second).toMatchObject({ jti: first?.jti, toe: first?.toe });
    expect((second?.iat ?? 0) - (first?.iat ?? 0)).toBe(31);
    expect((await listed())[0]).toMatchObject({ state: 'delivered', attempts: 2 });
  });

  it('waits longer each time, up to six hours', () => {
    expect([1, 2, 3, 4, 20, 500].map(retryAfterSeconds)).toEqual([30, 60, 120, 240, 21_600, 21_600]);
  });

  it('is given up after three days, shown to staff, and begun again by hand', async () => {
    Object.assign(callback.state, { status: 503 });
    await test();
    for (let hours = 0; hours < 80; hours += 7) {
      await deliver();
      desk.clock.ms += 7 * 3_600_000;
    }
    await deliver();
    const [given] = await listed();
    expect(given).toMatchObject({ state: 'given-up', last_code: 'status-503' });
    expect(await deliver()).toBe(0);
    Object.assign(callback.state, { status: 204 });
    const path = `/v1/partners/rail/events/${given?.id}/retry`;
    expect((await desk.verifier.operator(path, { method: 'POST' })).status).toBe(204);
    expect(await deliver()).toBe(1);
    expect((await listed())[0]).toMatchObject({ state: 'delivered' });
    expect((await desk.verifier.operator(path, { method: 'POST' })).status).toBe(404);
    expect((await desk.verifier.operator(path.replace('rail', 'quiet'), { method: 'POST' })).status).toBe(404);
  });

  it('to a dead address holds up nobody else', async () => {
    const other = aPartner('other');
    await desk.register(other, { callback: { url: callback.url, events } });
    await desk.send(rail, 'PUT', '/callback', { url: `http://localhost:${CALLBACK_PORT}/gone`, events });
    Object.assign(callback.state, { status: 404 });
    for (let n = 0; n < 10; n += 1) await test();
    // The first failures make the address rest: of ten events four are tried.
    expect(await deliver()).toBe(4);
    Object.assign(callback.state, { status: 202 });
    await test(other);
    expect(await deliver()).toBe(1);
    await desk.send(rail, 'PUT', '/callback', { url: callback.url, events });
  });

  it('happens once where two processes work beside each other', async () => {
    await Promise.all(Array.from({ length: 12 }, () => test()));
    const second = await import('../../../src/storage/partner-event-store.js');
    const clock = { nowMs: () => desk.clock.ms, nowSeconds: () => Math.floor(desk.clock.ms / 1000) };
    const stores = [1, 2, 3].map(() => second.createPartnerEventStore(desk.verifier.database.run, clock));
    const claimed = (await Promise.all(stores.map((store) => store.claim(16)))).flat().map(({ id }) => id);
    expect(claimed.length).toBeGreaterThan(0);
    expect(new Set(claimed).size).toBe(claimed.length);
    // Claimed by processes that died: due again, and none is lost.
    for (let n = 0; n < 6; n += 1) {
      desk.clock.ms += 3_600_000;
      await deliver();
    }
    expect(new Set(callback.received.map((one) => claimsOf(one).jti)).size).toBe(12);
  });
});

describe('a callback', () => {
  it.each([
    ['http', 'http://partner.example/events'],
    ['a private address', 'https://10.0.0.7/events'],
    ['this machine', 'https://127.0.0.1/events'],
    ['metadata of a cloud', 'https://169.254.169.254/latest'],
    ['this machine in IPv6', 'https://[::1]/events'],
    ['a password', 'https://me:secret@partner.example/events'],
    ['a fragment', 'https://partner.example/events#x'],
    ['a file', 'file:///etc/passwd'],
    ['no address', 'partner.example'],
  ])('is refused [%s]', async (_, url) => {
    const answer = await desk.send(rail, 'PUT', '/callback', { url, events: ['use.expired'] });
    expect(answer).toMatchObject({ status: 422, body: { code: 'callback-not-allowed' } });
  });

  it('is the partner’s own to set, read and end', async () => {
    const own = aPartner('own');
    await desk.register(own);
    expect((await desk.ask(own, '/callback')).body).toEqual({ callback: null });
    const set = { url: 'https://partner.example/events', events: ['use.expired'] };
    expect((await desk.send(own, 'PUT', '/callback', set)).body).toEqual({ callback: set });
    expect((await desk.send(own, 'PUT', '/callback', { ...set, events: ['student.named'] })).status).toBe(400);
    expect((await desk.ask(own, '/callback')).body).toEqual({ callback: set });
    expect((await desk.send(own, 'DELETE', '/callback')).status).toBe(204);
    expect((await desk.ask(own, '/callback')).body).toEqual({ callback: null });
  });

  it('whose name leads inside is not called, whatever was registered [localhost]', async () => {
    const inside = aPartner('inside');
    await desk.register(inside, { callback: { url: 'https://localhost:9/events', events } });
    await test(inside);
    await deliver();
    const answer = await desk.verifier.operator('/v1/partners/inside/events');
    expect(((await answer.json()) as { events: object[] }).events[0]).toMatchObject({
      last_code: 'address-not-allowed',
    });
  });
});
