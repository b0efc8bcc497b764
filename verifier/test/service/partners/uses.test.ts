import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPartner, newKey, type PartnerDesk, startPartnerDesk } from '../support/partner-desk.js';
import type { TestVerifier } from '../support/start-verifier.js';

let desk: PartnerDesk;
let verifier: TestVerifier;
const [rail, museum] = [aPartner('rail'), aPartner('museum')];

beforeAll(async () => {
  desk = await startPartnerDesk(7886);
  ({ verifier } = desk);
  await desk.register(rail);
  await desk.register(museum, { purposes: ['student-status'] });
}, 60_000);
afterAll(() => desk.close());
const ask: PartnerDesk['ask'] = (...asked) => desk.ask(...asked);
const check: PartnerDesk['check'] = (...asked) => desk.check(...asked);
const shown: PartnerDesk['shown'] = (...asked) => desk.shown(...asked);
const journey: PartnerDesk['journey'] = (change) => desk.journey(change);
const reserve = (id: string, change: object = {}) => desk.reserve(rail, id, change);
const move = (id: string, verb: string) => desk.move(rail, id, verb);
const checked = (change: object) => desk.checked(rail, shown(change));

describe('uses of the discount', () => {
  let subject = 100;
  const aStudent = () => {
    subject += 1;
    return { subject: Buffer.alloc(32, subject).toString('base64url') };
  };
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
    expect((await ask(museum, `/uses/${use}/redeem`, {}, newKey())).body).toMatchObject({ code: 'use-not-found' });
    expect((await move(use, 'redeem')).status).toBe(200);
    expect((await move(use, 'redeem')).body).toMatchObject({ code: 'use-state-conflict' });
    expect((await move(use, 'release')).body).toMatchObject({ code: 'use-state-conflict' });
    const late = (await reserve(id)).body['id'];
    desk.clock.ms += 31 * 60_000;
    expect(await move(late, 'redeem')).toMatchObject({ status: 410, body: { code: 'use-expired' } });
    expect((await reserve(id)).body['left']).toBe(2);
  });

  it.each<[string, string, object]>([
    ['another place', 'outside-interval', { to: '长沙南' }],
    ['a station nobody knows', 'station-unknown', { from: '甲' }],
    ['business class', 'seat-class-not-covered', { seat_class: 'emu-business' }],
    ['yesterday', 'outside-year', { travel_date: '2026-01-01' }],
  ])('are not for every journey [%s]', async (_, reason, change) => {
    expect((await reserve(await checked(aStudent()), change)).body).toMatchObject({
      code: 'journey-not-covered',
      reason,
    });
  });

  it.each(['9999-12-31', '0001-01-01', '2026-02-30'])('are for a day there is [%s]', async (travel_date) => {
    expect(await reserve(await checked(aStudent()), { travel_date })).toMatchObject({
      ...{ status: 400, body: { code: 'input-invalid' } },
    });
  });

  it('hang on a check that found a discount, of the same day', async () => {
    const { body } = await check(rail, { purpose: 'rail-discount', code: shown({ enrolment_status: 'graduated' }) });
    expect((await reserve(body.id)).body).toMatchObject({ code: 'check-not-eligible' });
    const id = await checked(aStudent());
    desk.clock.ms += 86_400_000;
    expect((await reserve(id)).body).toMatchObject({ code: 'check-too-old' });
    desk.clock.ms -= 86_400_000;
  });

  it('are moved once for each Idempotency-Key', async () => {
    const id = await checked(aStudent());
    const once = newKey();
    const [one, two] = [
      await ask(rail, `/checks/${id}/uses`, journey(), once),
      await ask(rail, `/checks/${id}/uses`, journey(), once),
    ];
    expect(two).toMatchObject({ status: 201, body: { id: one.body['id'], left: 3 } });
    const again = newKey();
    for (let n = 0; n < 3; n += 1) {
      const answer = await ask(rail, `/uses/${one.body['id']}/redeem`, {}, again);
      expect(answer).toMatchObject({ status: 200, body: { state: 'redeemed', left: 3 } });
    }
  });

  it('never go below none or twice [50 reservations, then 50 redemptions of each, at once]', async () => {
    const id = await checked(aStudent());
    const token = await desk.tokenOf(rail);
    const post = async (path: string, body: object) => {
      const headers = { Authorization: `Bearer ${token}`, ...newKey() };
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
