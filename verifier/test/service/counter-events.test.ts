import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimWallet, type HeldWallet, type Pair, startPair } from './rights/support.js';
import { type Callback, claimsOf, startCallback, toldBy } from './support/callback-server.js';
import { type Clerk, type Railway, startRailway } from './support/rail-counter.js';
import { until } from './support/start-verifier.js';
import { createWindowReader } from './support/window-reader.js';
import { withoutTable } from './support/without-table.js';

/** What a partner hears of counters of ours: each movement once, and never one without the other. */
const NUMBERS = ['202301000001', '202305000002', '202305000003', '202302000004', '202303000008', '202305000009'];
const [PORT, CALLBACK_PORT, SECOND_PORT, KILLED_PORT] = [7443, 7444, 7446, 7447];
let pair: Pair;
let rail: Railway;
let desk: Clerk;
let callback: Callback;
let reader: ReturnType<typeof createWindowReader>;
const wallets: HeldWallet[] = [];
/** A student whose trips nobody has used yet. */
const fresh = () => wallets.shift()!;
const wanted = (...events: string[]) => ({ callback: { url: callback.url, events } });

beforeAll(async () => {
  pair = await startPair(PORT, { LANYARD_FETCH_ALLOW: `localhost:${CALLBACK_PORT}` });
  callback = await startCallback(CALLBACK_PORT);
  rail = await startRailway(pair.verifier);
  await rail.register(wanted('use.redeemed', 'use.refunded', 'use.expired'));
  expect((await rail.put('counter')).status).toBe(201);
  for (const number of NUMBERS) wallets.push(await claimWallet(pair.issuer, number));
  reader = createWindowReader(await pair.verifier.enrolAgent('counter'), wallets[0]!.row);
  desk = await rail.clerk();
}, 180_000);
afterAll(async () => {
  await callback?.close();
  await pair?.close();
});
beforeEach(async () => {
  await told();
});

async function opened(wallet: HeldWallet): Promise<string> {
  const { last } = await desk.hear('counter');
  await reader({ row: wallet.row });
  const tap = (await desk.hear('counter', last)).arrivals.at(-1)?.id ?? 'nothing-came-of-it-000';
  expect((await desk.open(tap)).body).toMatchObject({ result: 'eligible' });
  return tap;
}
/** What came to the callback since this was last asked. */
async function told() {
  while ((await pair.verifier.verifier.partners.webhooks.work()) > 0);
  const all = toldBy(callback);
  callback.received.length = 0;
  return all;
}
const redeemed = (use: string) => ['use.redeemed', { use, checkpoint: 'counter' }];
const refunded = (use: string) => ['use.refunded', { use, checkpoint: 'counter' }];
const twenty = <T>(press: (n: number) => Promise<T>) => Promise.all(Array.from({ length: 20 }, (_, n) => press(n)));
const bodies = (all: { status: number; body: object }[]) =>
  new Set(all.map(({ status, body }) => `${status} ${(body as { left?: number }).left}`));
/** Uses and events there are of a tap. */
async function written(tap: string) {
  const { rows } = await pair.verifier.database.run.raw(
    `SELECT (SELECT count(*)::int FROM entitlement_use WHERE id = ?) AS uses,
       (SELECT count(*)::int FROM partner_event WHERE data ->> 'use' = ?) AS events`,
    [tap, tap],
  );
  return rows[0];
}

describe('a trip at a counter is told to its partner', () => {
  it('once, under the id of its check [pressed again] [twenty at once]', async () => {
    const tap = await opened(fresh());
    await desk.use(tap);
    expect(bodies(await twenty(() => desk.use(tap)))).toEqual(new Set(['200 3']));
    expect(await told()).toEqual([redeemed(tap)]);
    // By that id the partner reads whose ledger it is, under its own subject.
    expect(await rail.client.readCheck(tap)).toMatchObject({ id: tap, result: 'eligible', entitlement: { left: 3 } });
  });

  it('once, though twenty press for the first time, at two processes', async () => {
    const second = await pair.verifier.startSecond(SECOND_PORT);
    const tap = await opened(fresh());
    const path = `/v1/staff/counter-taps/${tap}/use`;
    const all = await twenty((n) => desk.session.post(n % 2 === 0 ? path : `${second}${path}`));
    expect(bodies(all)).toEqual(new Set(['200 3']));
    expect(await told()).toEqual([redeemed(tap)]);
  });

  it('and once when it is given back, with the time it happened and nobody’s name', async () => {
    const wallet = fresh();
    const tap = await opened(wallet);
    await desk.use(tap);
    await told();
    const next = await opened(wallet);
    const before = Math.floor(Date.now() / 1000);
    expect(bodies(await twenty(() => desk.refund(next, tap)))).toEqual(new Set(['200 4']));
    await pair.verifier.verifier.partners.webhooks.work();
    const [claims] = callback.received.map(claimsOf);
    expect(Object.keys(claims ?? {}).sort()).toEqual(['aud', 'events', 'iat', 'iss', 'jti', 'toe']);
    expect(claims?.toe).toBeGreaterThanOrEqual(before);
    expect(await told()).toEqual([refunded(tap)]);
  });

  it('only where it wants to hear of it', async () => {
    await rail.register(wanted('use.expired'));
    const wallet = fresh();
    const quiet = await opened(wallet);
    await desk.use(quiet);
    await rail.register(wanted('use.redeemed', 'use.refunded'));
    await desk.refund(quiet);
    expect(await told()).toEqual([refunded(quiet)]);
  });
});

describe('nothing is told of what did not happen', () => {
  it('[no trip left] [another’s] [given back already] [spent tap] [a day later] [no look before]', async () => {
    const wallet = fresh();
    const taps: string[] = [];
    for (let n = 0; n < 5; n += 1) taps.push(await opened(wallet));
    for (const tap of taps.slice(0, 4)) await desk.use(tap);
    expect(await told()).toHaveLength(4);
    const [spent, old, , , fifth] = taps as [string, string, string, string, string];
    expect((await desk.use(fifth)).body.code).toBe('entitlement-used-up');
    expect((await desk.refund(await opened(wallets[0]!), spent)).body.code).toBe('use-not-found');
    await desk.refund(fifth, spent);
    expect(await told()).toEqual([refunded(spent)]);
    expect((await desk.refund(fifth, spent)).status).toBe(200);
    expect((await desk.use(spent)).body.code).toBe('tap-used');
    const { run } = pair.verifier.database;
    await run.raw("UPDATE entitlement_use SET redeemed_at = redeemed_at - interval '1 day' WHERE id = ?", [old]);
    expect((await desk.refund(fifth, old)).body.code).toBe('refund-too-late');
    expect((await desk.use('x'.repeat(22))).body.code).toBe('arrival-not-found');
    expect(await told()).toEqual([]);
  });
});

describe('use and event stand and fall together', () => {
  let admin: pg.Client;
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: pair.verifier.database.adminUrl });
    await admin.connect();
  });
  afterAll(() => admin.end());
  /** While `work` runs, each row written to the table does `what` as well: at once, or when its transaction ends. */
  async function planted(
    table: 'partner_event' | 'entitlement_use',
    what: string,
    when: 'at once' | 'at the end',
    work: () => Promise<void>,
  ): Promise<void> {
    const timing = when === 'at once' ? '' : 'DEFERRABLE INITIALLY DEFERRED';
    await admin.query(
      `CREATE FUNCTION verifier.planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${what}; RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER planted AFTER INSERT OR UPDATE ON verifier.${table} ${timing} FOR EACH ROW EXECUTE FUNCTION verifier.planted()`,
    );
    try {
      await work();
    } finally {
      await admin.query(`DROP TRIGGER planted ON verifier.${table}; DROP FUNCTION verifier.planted()`);
    }
  }
  const pressedAgain = async (tap: string) => {
    expect(await written(tap)).toEqual({ uses: 0, events: 0 });
    expect((await desk.use(tap)).body).toMatchObject({ left: 3, this_tap: 'used' });
    expect(await written(tap)).toEqual({ uses: 1, events: 1 });
    expect((await desk.refund(tap)).body.left).toBe(4);
  };

  it('where the end of the transaction is refused [for the use] [for the event] [no outbox at all]', async () => {
    const tap = await opened(wallets[0]!);
    for (const table of ['entitlement_use', 'partner_event'] as const) {
      await planted(table, "RAISE EXCEPTION 'planted'", 'at the end', async () => {
        expect((await desk.use(tap)).status).toBe(500);
      });
      expect(await written(tap)).toEqual({ uses: 0, events: 0 });
    }
    await withoutTable(pair.verifier.database, 'partner_event', async () => {
      expect((await desk.use(tap)).status).toBe(500);
    });
    await pressedAgain(tap);
  });

  it('as giving back and its event do', async () => {
    const tap = await opened(wallets[0]!);
    await desk.use(tap);
    for (const table of ['entitlement_use', 'partner_event'] as const)
      await planted(table, "RAISE EXCEPTION 'planted'", 'at the end', async () => {
        expect((await desk.refund(tap)).status).toBe(500);
      });
    expect(await written(tap)).toEqual({ uses: 1, events: 1 });
    expect((await desk.open(tap)).body).toMatchObject({ left: 3, this_tap: 'used' });
    expect((await desk.refund(tap)).body.left).toBe(4);
    expect(await written(tap)).toEqual({ uses: 1, events: 2 });
  });

  it('where the process is killed with both written and nothing ended', async () => {
    const tap = await opened(wallets[0]!);
    const second = await pair.verifier.startSecond(KILLED_PORT);
    const LOCK = 41;
    const waiting = async (): Promise<number | undefined> => {
      const { rows } = await admin.query(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted",
        [LOCK],
      );
      return rows[0]?.pid;
    };
    await planted('partner_event', `PERFORM pg_advisory_xact_lock(${LOCK})`, 'at once', async () => {
      await admin.query('SELECT pg_advisory_lock($1)', [LOCK]);
      const pressed = desk.session.post(`${second}/v1/staff/counter-taps/${tap}/use`).catch(() => 'gone');
      await until(async () => (await waiting()) !== undefined);
      const session = await waiting();
      process.kill(pair.verifier.secondPids().at(-1) ?? 0, 'SIGKILL');
      expect(await pressed).toBe('gone');
      await admin.query('SELECT pg_advisory_unlock($1)', [LOCK]);
      await until(async () => {
        const { rowCount } = await admin.query('SELECT FROM pg_stat_activity WHERE pid = $1', [session]);
        return rowCount === 0;
      });
    });
    await pressedAgain(tap);
  });
});
