import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PassageEntry } from '../../src/domain/passages/passage-entry.js';
import { claimWallet, type HeldWallet, type Pair, startPair } from './rights/support.js';
import { type Clerk, type Railway, startRailway } from './support/rail-counter.js';
import { nowSeconds } from './support/stand-in-issuer.js';
import { until } from './support/start-verifier.js';
import { createWindowReader } from './support/window-reader.js';
import { withoutTable } from './support/without-table.js';

/** Reader's journal, verifier and issuer as they run: what a tap tells and does where a discount is shown. */
const NUMBERS = ['202301000001', '202305000002', '202305000003', '202302000004', '202303000008', '202305000009'];
const OTHERS = ['202301000010', '202304000011', '202301000012', '202305000013', '202303000015'];
/** No stations are on record. */
const HOMELESS = '202302000005';
let pair: Pair;
let rail: Railway;
let desk: Clerk;
let reader: ReturnType<typeof createWindowReader>;
const wallets = new Map<string, HeldWallet>();
const spare = [...NUMBERS];
const walletOf = (number: string) => wallets.get(number)!;
/** A student whose trips nobody has used yet. */
const fresh = () => walletOf(spare.shift()!);

beforeAll(async () => {
  pair = await startPair(7430);
  rail = await startRailway(pair.verifier);
  for (const id of ['counter', 'counter-2']) expect((await rail.put(id)).status).toBe(201);
  for (const number of [...NUMBERS, ...OTHERS, HOMELESS]) wallets.set(number, await claimWallet(pair.issuer, number));
  reader = createWindowReader(await pair.verifier.enrolAgent('counter'), walletOf(NUMBERS[0]!).row);
  desk = await rail.clerk();
}, 180_000);
afterAll(async () => {
  await pair?.close();
});

const run = () => pair.verifier.database.run;
/** The newest tap at the counter, as the clerk's page hears it. */
async function tapped(wallet: HeldWallet, change: Partial<PassageEntry> = {}): Promise<string> {
  const { last } = await desk.hear('counter');
  await reader({ row: wallet.row, ...change });
  return (await desk.hear('counter', last)).arrivals.at(-1)?.id ?? 'nothing-came-of-it-000';
}
async function opened(wallet: HeldWallet, change: Partial<PassageEntry> = {}) {
  const { status, body } = await desk.open(await tapped(wallet, change));
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}
/** Of the account behind a tap: what is held and used, and what its entries add up to. */
async function ledger(tap: string) {
  const { rows } = await run().raw(
    `SELECT a.held, a.used, sum(e.held)::int AS entries_held, sum(e.used)::int AS entries_used
     FROM entitlement_account a JOIN partner_check c ON c.subject = a.subject AND c.id = ?
       JOIN entitlement_use u ON u.account_id = a.id JOIN entitlement_entry e ON e.use_id = u.id GROUP BY a.id`,
    [tap],
  );
  return rows[0];
}
const balanced = (used: number) => ({ held: 0, used, entries_held: 0, entries_used: used });
const audited = async (action: string, subject: string) => {
  const { rows } = await run().raw('SELECT row_text FROM audit WHERE action = ?', [action]);
  return (rows as { row_text: string }[])
    .map((row) => JSON.parse(row.row_text))
    .filter((row) => row.subject === subject);
};
const makeOlder = (tap: string, seconds: number) =>
  run().raw('UPDATE counter_tap SET at = at - make_interval(secs => ?) WHERE id = ?', [seconds, tap]);

describe('a tap at a counter', () => {
  it.each([
    ['nfc-a', 'code'],
    ['nfc-b', 'card'],
    ['gate-code', 'code'],
  ] as const)('tells interval, trips and year, and nobody’s name [%s]', async (scheme, kind) => {
    const number = OTHERS[4]!;
    const body = await opened(walletOf(number), { scheme });
    expect(body).toEqual({
      ...{ tap: body.tap, good_seconds: expect.any(Number), result: 'eligible', valid_until: expect.any(String) },
      ...{ interval: { from: '广州南', to: '贵阳北' }, uses: 4, left: 4, this_tap: 'unused', used_today: [] },
      year_from: expect.stringMatching(/-10-01$/),
      year_to: expect.stringMatching(/-09-30$/),
    });
    // The student reads who asked, what for and what was told; the audit knows clerk and counter.
    const { consents } = await walletOf(number).read<{ consents: object[] }>('/v1/holder/partner-consents');
    expect(consents[0]).toMatchObject({ check: body.tap, partner: 'rail', purpose: 'rail-discount', kind });
    expect(consents[0]).toMatchObject({ claims: ['interval'], result: 'eligible' });
    const [made] = await audited('partner-check.made', `check:${body.tap}`);
    expect(made.actor).not.toContain('partner:');
    expect(made.detail).toMatchObject({ checkpoint: 'counter', partner: 'rail', purpose: 'rail-discount' });
  });

  it('is one check, opened twice', async () => {
    const wallet = walletOf(OTHERS[4]!);
    const looks = async () => {
      const { rows } = await pair.issuer.database.run.raw(
        "SELECT count(*)::int AS n FROM audit WHERE action = 'student.checked-by-partner'",
      );
      return rows[0].n as number;
    };
    const first = await opened(wallet);
    const before = await looks();
    const { body } = await desk.open(first.tap);
    expect(body).toEqual({ ...first, good_seconds: expect.any(Number) });
    expect(await looks()).toBe(before);
  });

  it('comes once, though its journal is sent twice', async () => {
    const { last } = await desk.hear('counter');
    const agent = await pair.verifier.enrolAgent('counter');
    const entry = await createWindowReader(agent, walletOf(OTHERS[4]!).row)();
    await agent.client.json('/v1/passages', { method: 'POST', body: { entries: [entry] } });
    expect((await desk.hear('counter', last)).arrivals).toHaveLength(1);
  });

  it.each<[string, Partial<PassageEntry>]>([
    ['of a door tag, which can be passed on', { scheme: 'nfc-c' }],
    ['read too long ago', { at: nowSeconds() - 120 }],
    ['of nobody known', { row: null }],
    ['let in by hand', { scheme: 'guard' }],
    ['a card that nobody was asked about', { marks: ['card-offline'] }],
    ['a copy', { verdict: 'rejected', reason: 'replayed' }],
    ['undecided', { verdict: 'cannot-decide', reason: 'network-needed' }],
  ])('is none [%s]', async (_, change) => {
    const { last } = await desk.hear('counter');
    await reader({ row: walletOf(OTHERS[4]!).row, ...change });
    expect((await desk.hear('counter', last)).arrivals).toEqual([]);
  });

  it('belongs to the first clerk who opens it', async () => {
    const tap = await tapped(walletOf(OTHERS[4]!));
    const clerks = await Promise.all(Array.from({ length: 6 }, () => rail.clerk()));
    const all = await Promise.all(clerks.map((clerk) => clerk.open(tap)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(all.flatMap(({ body }) => body.code ?? []))).toEqual(new Set(['arrival-taken']));
    const other = clerks[all.findIndex(({ status }) => status !== 200)]!;
    expect((await other.use(tap)).body.code).toBe('arrival-taken');
    expect((await other.refund(tap)).body.code).toBe('arrival-taken');
  });

  it('is opened within a minute and good for five', async () => {
    const late = await tapped(walletOf(OTHERS[4]!));
    await makeOlder(late, 61);
    expect((await desk.open(late)).body.code).toBe('arrival-not-found');
    expect((await desk.open('x'.repeat(22))).body.code).toBe('arrival-not-found');
    const { tap } = await opened(walletOf(OTHERS[4]!));
    await makeOlder(tap, 299);
    expect((await desk.open(tap)).status).toBe(200);
    await makeOlder(tap, 2);
    for (const answer of [await desk.open(tap), await desk.use(tap), await desk.refund(tap)])
      expect(answer).toMatchObject({ status: 409, body: { code: 'tap-over' } });
  });

  it('of a clerk’s own scanner goes the same way, once [phone code] [portable code] [copy] [no code of ours]', async () => {
    const wallet = walletOf(OTHERS[4]!);
    const code = wallet.gateCode();
    const decided = async (text: () => string) => {
      let answer = await desk.scan('counter-2', text());
      // The verifier hears of a new pass within a moment.
      await until(async () => {
        if (answer.body.result === 'cannot-decide') answer = await desk.scan('counter-2', text());
        return answer.body.result !== 'cannot-decide';
      });
      return answer.body;
    };
    expect(await decided(() => code)).toMatchObject({ result: 'eligible', left: 4, this_tap: 'unused' });
    expect(await decided(wallet.portable)).toMatchObject({ result: 'eligible', left: 4 });
    expect(await decided(() => code)).toMatchObject({ result: 'not-eligible', reason: 'replayed' });
    expect(await decided(() => 'https://example.com/')).toMatchObject({ result: 'not-eligible', reason: 'malformed' });
  });
});

describe('one trip', () => {
  it('is used once for a tap [again] [twenty at once]', async () => {
    const { tap } = await opened(fresh());
    expect((await desk.use(tap)).body).toMatchObject({ left: 3, this_tap: 'used', used_today: [{ use: tap }] });
    const all = await Promise.all(Array.from({ length: 20 }, () => desk.use(tap)));
    for (const { status, body } of all) expect([status, body.left, body.this_tap]).toEqual([200, 3, 'used']);
    expect(await ledger(tap)).toEqual(balanced(1));
    const [reserved, redeemed] = [
      await audited('entitlement.reserve', `use:${tap}`),
      await audited('entitlement.redeem', `use:${tap}`),
    ];
    for (const rows of [reserved, redeemed]) {
      expect(rows).toHaveLength(1);
      expect(rows[0].detail).toEqual({ checkpoint: 'counter', partner: 'rail' });
    }
  });

  it('is one, though twenty press at the same time for the first time', async () => {
    const { tap } = await opened(fresh());
    const all = await Promise.all(Array.from({ length: 20 }, () => desk.use(tap)));
    expect(new Set(all.map(({ status, body }) => `${status} ${body.left}`))).toEqual(new Set(['200 3']));
    expect(await ledger(tap)).toEqual(balanced(1));
  });

  it('is one, though two processes are pressed at the same time', async () => {
    const second = await pair.verifier.startSecond(7431);
    const { tap } = await opened(walletOf(OTHERS[4]!));
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const path = `/v1/staff/counter-taps/${tap}/use`;
        return desk.session.post(n % 2 === 0 ? path : `${second}${path}`);
      }),
    );
    expect(new Set(all.map(({ status, body }) => `${status} ${body['left']}`))).toEqual(new Set(['200 3']));
    expect(await ledger(tap)).toEqual(balanced(1));
    expect((await desk.refund(tap)).body.left).toBe(4);
  });

  it('there are four of: the fifth is refused and nothing goes below', async () => {
    const wallet = fresh();
    for (const left of [3, 2, 1, 0]) {
      const { tap } = await opened(wallet);
      expect((await desk.use(tap)).body.left).toBe(left);
    }
    const { tap, left, used_today } = await opened(wallet);
    expect([left, used_today.length]).toEqual([0, 4]);
    expect(await desk.use(tap)).toMatchObject({ status: 409, body: { code: 'entitlement-used-up' } });
    expect(await ledger(tap)).toEqual(balanced(4));
    // Eight taps at once for one trip that is left.
    await desk.refund(tap, used_today[0]!.use);
    const taps: string[] = [];
    for (let n = 0; n < 8; n += 1) taps.push((await opened(wallet)).tap);
    const all = await Promise.all(taps.map((one) => desk.use(one)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await ledger(tap)).toEqual(balanced(4));
  });

  it('comes back once on its day, to the same student at the same counter', async () => {
    const wallet = fresh();
    const { tap } = await opened(wallet);
    await desk.use(tap);
    const another = (await opened(walletOf(OTHERS[3]!))).tap;
    expect((await desk.refund(another, tap)).body.code).toBe('use-not-found');
    const { body: elsewhere } = await desk.scan('counter-2', wallet.gateCode());
    expect(elsewhere).toMatchObject({ left: 3, used_today: [] });
    expect((await desk.refund(elsewhere.tap, tap)).body.code).toBe('use-not-found');
    // With a tap of its own, as whoever comes back an hour later.
    const next = await opened(wallet);
    expect(next.used_today).toMatchObject([{ use: tap }]);
    const all = await Promise.all(Array.from({ length: 20 }, () => desk.refund(next.tap, tap)));
    expect(new Set(all.map(({ status, body }) => `${status} ${body.left}`))).toEqual(new Set(['200 4']));
    expect(await ledger(tap)).toEqual(balanced(0));
    expect((await desk.use(tap)).body.code).toBe('tap-used');
    expect((await desk.use(next.tap)).body).toMatchObject({ left: 3 });
    await run().raw("UPDATE entitlement_use SET redeemed_at = redeemed_at - interval '1 day' WHERE id = ?", [next.tap]);
    expect((await desk.refund(next.tap)).body.code).toBe('refund-too-late');
    expect(await ledger(tap)).toEqual(balanced(1));
  });

  it('is of the railway’s own account, and its programs do not move it', async () => {
    const wallet = fresh();
    const { tap } = await opened(wallet);
    await desk.use(tap);
    const check = await rail.client.check('rail-discount', { code: wallet.gateCode() });
    expect(check).toMatchObject({ result: 'eligible', entitlement: { left: 3 } });
    for (const verb of ['redeem', 'release', 'refund'] as const)
      await expect(rail.client[verb](tap)).rejects.toMatchObject({ code: 'use-not-found' });
    expect((await desk.open(tap)).body.left).toBe(3);
  });

  it('is used by nobody without a look, without the right, or a day later', async () => {
    const wallet = walletOf(OTHERS[3]!);
    const unopened = await tapped(wallet);
    expect((await desk.use(unopened)).body.code).toBe('arrival-not-found');
    await run().raw(
      'UPDATE counter_tap SET actor = (SELECT actor FROM counter_tap WHERE actor IS NOT NULL LIMIT 1) WHERE id = ?',
      [unopened],
    );
    expect((await desk.use(unopened)).body.code).toBe('check-not-found');
    const homeless = await opened(walletOf(HOMELESS));
    expect(homeless).toMatchObject({ result: 'not-eligible', reason: 'interval-missing' });
    expect((await desk.use(homeless.tap)).body.code).toBe('check-not-eligible');
    const { tap } = await opened(wallet);
    await run().raw("UPDATE partner_check SET at = at - interval '1 day' WHERE id = ?", [tap]);
    expect((await desk.use(tap)).body.code).toBe('check-too-old');
    const strict = await opened(wallet);
    await rail.register({ match_passenger: true });
    expect((await desk.use(strict.tap)).body.code).toBe('passenger-not-matched');
    await rail.register();
    expect((await desk.use(strict.tap)).body.left).toBe(3);
  });

  it('is told and used no more once the student has taken consent back', async () => {
    const wallet = walletOf(OTHERS[2]!);
    const { tap } = await opened(wallet);
    expect((await wallet.call('/v1/holder/partner-consents/rail/revoke', {})).status).toBe(200);
    for (const answer of [await desk.open(tap), await desk.use(tap)])
      expect(answer).toMatchObject({ status: 403, body: { code: 'consent-revoked' } });
    // Showing the card again is a new consent.
    expect(await opened(wallet)).toMatchObject({ result: 'eligible', left: 4 });
  });
});

describe('a counter', () => {
  it.each<[string, object, object, number, string]>([
    [
      'unknown partner',
      { counter: { partner: 'nobody', entitlement: 'rail-student-discount' } },
      {},
      404,
      'partner-not-found',
    ],
    ['unknown entitlement', { counter: { partner: 'rail', entitlement: 'museum' } }, {}, 400, 'input-invalid'],
    [
      'partner of the sandbox',
      { counter: { partner: 'toy', entitlement: 'rail-student-discount' } },
      {},
      409,
      'counter-of-sandbox',
    ],
    [
      'another purpose',
      { counter: { partner: 'shop', entitlement: 'rail-student-discount' } },
      {},
      403,
      'purpose-not-agreed',
    ],
    ['a window', {}, { window_mode: 'open' }, 422, 'counter-shows-people'],
    ['portraits', {}, { show_portrait: true }, 422, 'counter-shows-people'],
  ])('is not set up [%s]', async (_, change, policy, status, code) => {
    await rail.register({ sandbox: true }, 'toy');
    await rail.register({ purposes: ['student-status'] }, 'shop');
    expect(await rail.put('new-counter', change, policy)).toMatchObject({ status, body: { code } });
  });

  it('stays one while its policy changes, and shows nobody then either; null ends it', async () => {
    const counter = { partner: 'rail', entitlement: 'rail-student-discount' };
    expect((await rail.put('changing')).body.counter).toEqual(counter);
    expect((await rail.put('changing', { counter: undefined }, { zone: 'hall' })).body.counter).toEqual(counter);
    const window = await rail.put('changing', { counter: undefined }, { window_mode: 'nod' });
    expect(window.body.code).toBe('counter-shows-people');
    expect((await rail.put('changing', { counter: null })).body.counter).toBeNull();
    expect((await desk.hear('changing')).code).toBe('counter-off');
    expect((await rail.put('changing', { counter: undefined }, { window_mode: 'nod' })).status).toBe(200);
  });

  it('is for window clerks alone [guard] [link] [no session] [operator] [a gate] [unknown]', async () => {
    const tap = await tapped(walletOf(OTHERS[3]!));
    for (const other of [await rail.clerk('guard@university'), await rail.clerk('counsellor@university')])
      for (const answer of [
        await other.open(tap),
        await other.use(tap),
        await other.refund(tap),
        await other.scan('counter', 'x'),
      ])
        expect(answer.body.code).toBe('staff-role-missing');
    for (const verb of ['open', 'use', 'refunds']) {
      const path = `/v1/staff/counter-taps/${tap}/${verb}`;
      const body = verb === 'refunds' ? { use: tap } : {};
      expect((await pair.verifier.call(path, { body })).status).toBe(401);
      expect((await pair.verifier.operator(path, { body })).status).toBe(403);
    }
    expect((await desk.hear('south-gate')).code).toBe('counter-off');
    expect((await desk.scan('south-gate', 'x')).body.code).toBe('counter-off');
    expect((await desk.hear('nowhere')).code).toBe('checkpoint-not-found');
  });

  it('is off once its partner is withdrawn, in the sandbox, or asks for something else', async () => {
    const tap = await tapped(walletOf(OTHERS[3]!));
    for (const change of [{ sandbox: true }, { purposes: ['student-status'] }]) {
      await rail.register(change);
      expect((await desk.open(tap)).body.code).toBe('counter-off');
    }
    expect((await pair.verifier.operator('/v1/partners/rail/withdraw', { body: {} })).status).toBeLessThan(300);
    expect((await desk.open(tap)).body.code).toBe('counter-off');
    await rail.register();
    expect((await desk.open(tap)).status).toBe(200);
  });

  it('keeps to what was agreed: no interval where the agreement has none, no more looks than a day has', async () => {
    await rail.register({ claims: ['level'] });
    expect(await opened(walletOf(OTHERS[3]!))).toMatchObject({ result: 'eligible', interval: null });
    await rail.register({ checks_per_day: 1 });
    const tap = await tapped(walletOf(OTHERS[3]!));
    expect(await desk.open(tap)).toMatchObject({ status: 429, body: { code: 'partner-quota-used-up' } });
    await rail.register();
    expect((await desk.open(tap)).status).toBe(200);
  });
});

describe('away from the network', () => {
  it('nothing is told or counted, and the same tap can be asked again', async () => {
    const wallet = walletOf(OTHERS[3]!);
    const tap = await tapped(wallet);
    await withoutTable(
      pair.issuer.database,
      'student',
      async () => {
        const { body } = await desk.open(tap);
        expect(body).toEqual({
          ...{ result: 'cannot-decide', reason: 'network-needed' },
          ...{ title_zh: expect.any(String), title_en: expect.any(String) },
        });
        expect((await desk.use(tap)).body.code).toBe('check-not-found');
        expect((await desk.scan('counter', wallet.gateCode())).body.result).toBe('cannot-decide');
      },
      'issuer',
    );
    expect((await desk.open(tap)).body).toMatchObject({ result: 'eligible', this_tap: 'unused' });
  });
});

// The last ones: they change who these students are.
describe('whoever has no discount is told why', () => {
  const set = (number: string, change: string) =>
    pair.issuer.database.run.raw(`UPDATE student SET ${change} WHERE student_number = ?`, [number]);
  const told = async (number: string, change: Partial<PassageEntry> = {}) => {
    const body = await opened(walletOf(number), change);
    expect(Object.keys(body).sort()).toEqual(['good_seconds', 'reason', 'result', 'tap', 'title_en', 'title_zh']);
    expect((await desk.use(body.tap)).body.code).toBe('check-not-eligible');
    return body.reason;
  };
  it('not registered, part-time, a new student, somebody with no stations', async () => {
    const [number] = OTHERS;
    expect(await told(HOMELESS)).toBe('interval-missing');
    await set(number!, "registered_until = '2020-01-31'");
    expect(await told(number!)).toBe('not-registered');
    await set(number!, 'registered_until = NULL, entry_date = current_date - 10');
    expect(await told(number!)).toBe('not-yet');
    await set(number!, "registered_until = '2099-01-01', study_form = 'part-time'");
    expect(await told(number!)).toBe('study-form-not-covered');
  });
  it('refused by the reader about the person: the register’s reason, and never a yes', async () => {
    const [, number] = OTHERS;
    const refused = { verdict: 'rejected', reason: 'suspended' } as const;
    // The reader's copy is older than the register: what was not proved then is not proved now.
    expect(await told(number!, refused)).toBe('suspended');
    await set(number!, "registered_until = '2020-01-31'");
    expect(await told(number!, refused)).toBe('not-registered');
  });
  it('suspended and graduated, though the reader let them pass by what it knew', async () => {
    const [suspended, graduated] = [OTHERS[3]!, OTHERS[4]!];
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    for (const [path, body] of [
      [`/v1/students/${suspended}/suspend`, { reason_code: 'drill' }],
      [
        `/v1/students/${graduated}/status-changes`,
        { kind: 'graduation', effective_date: today, document_number: '校毕字〔2026〕2号' },
      ],
    ] as const)
      expect((await pair.issuer.operator(path, { body })).status).toBeLessThan(300);
    expect(await told(suspended)).toBe('suspended');
    expect(await told(graduated)).toBe('not-a-current-student');
  });
});
