import { writeFileSync } from 'node:fs';
import { systemClock } from '@lanyard/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rosterColumnNames, rosterRow } from '../../../../launcher/src/demo/demo-roster.js';
import { type BulkRunStore, createBulkRunStore } from '../../../src/storage/bulk/bulk-run-store.js';
import { createSemesterStore } from '../../../src/storage/semester/semester-store.js';
import { startIssuer, type TestIssuer } from '../support/start-issuer.js';
import { startWorker } from '../support/start-worker.js';

/** 20 in `npm test`, 300 as a proof (`npm run proof bulk-kills`). */
const ROUNDS = Number(process.env['LANYARD_BULK_KILLS'] ?? 20);
const PEOPLE = 8_000;
const SEMESTER = '2026-2027-2';
let issuer: TestIssuer;
let semesters: ReturnType<typeof createSemesterStore>;
let runs: BulkRunStore;

beforeAll(async () => {
  issuer = await startIssuer();
  const rows = Array.from({ length: PEOPLE }, (_, seat) => rosterRow(seat + 1, '4199090001'));
  const bytes = Buffer.from([rosterColumnNames, ...rows].join('\r\n'));
  expect((await issuer.operator('/v1/roster-imports', { bytes, type: 'text/csv' })).status).toBe(201);
  // Stores of this test's own: through the routes this process would do the work itself.
  const none = () => Promise.reject(new Error('not worked on here'));
  runs = createBulkRunStore(issuer.database.run, systemClock, new Proxy({} as never, { get: () => none }));
  semesters = createSemesterStore(issuer.database.run, systemClock, runs);
  await semesters.put(
    {
      ...{ id: SEMESTER, opens: '2026-11-01', closes: '2027-03-31', registeredUntil: '2027-08-31' },
      ...{ needsFee: false, presence: 'none' },
    },
    'staff:1',
  );
}, 120_000);
afterAll(() => issuer.close());

const one = async (sql: string, values: unknown[] = []) =>
  (await issuer.database.run.raw(sql, values as never)).rows[0] as Record<string, unknown>;
const register = async () =>
  (await one("SELECT md5(string_agg(s::text, ',' ORDER BY id)) AS digest FROM student s"))['digest'];

it(
  `does every registration of a semester once, and undoes each once [${ROUNDS} kills in the middle of it]`,
  async () => {
    const untouched = await register();
    const told = { rounds: ROUNDS, people: 0, finished: 0, killed_in_the_middle: 0 };
    let run: { id: number; undoing: boolean } | undefined;
    for (let round = 0; round < ROUNDS; round += 1) {
      run ??= await openRun();
      const before = await runs.find(run.id);
      const child = startWorker(issuer, 7899);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      const end = Date.now() + 60_000;
      let now = before;
      while (now.done === before.done && isOpen(now.state) && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        now = await runs.find(run.id);
      }
      // Somewhere in the next piece, another place in each round.
      await new Promise((resolve) => setTimeout(resolve, (round * 37) % 150));
      child.kill('SIGKILL');
      await gone;
      now = await runs.find(run.id);
      if (isOpen(now.state)) {
        told.killed_in_the_middle += 1;
        continue;
      }
      told.finished += 1;
      told.people = now.total;
      await hasDoneAllOnce(run);
      if (!run.undoing) {
        await runs.undo(run.id, undefined, 'staff:1');
        run = { id: run.id, undoing: true };
      } else {
        expect(await register()).toBe(untouched);
        run = undefined;
      }
    }
    if (run !== undefined) {
      await issuer.maintain();
      await hasDoneAllOnce(run);
    }
    expect(told.killed_in_the_middle).toBeGreaterThan(ROUNDS / 4);
    console.log(JSON.stringify(told));
    if (process.env['LANYARD_PROOF_OUT'] !== undefined)
      writeFileSync(process.env['LANYARD_PROOF_OUT'], JSON.stringify(told));
  },
  60_000 + ROUNDS * 15_000,
);

const isOpen = (state: string) => state === 'applying' || state === 'undoing';

async function openRun() {
  const { id } = await semesters.register(SEMESTER, {}, { actor: 'staff:1', dryRun: false });
  return { id: id ?? 0, undoing: false };
}

/** Counts, the register and the audit say the same: each student once. */
async function hasDoneAllOnce({ id, undoing }: { id: number; undoing: boolean }): Promise<void> {
  const run = await runs.find(id);
  const { total } = run;
  expect(run).toMatchObject({ state: undoing ? 'undone' : 'applied', done: total, refused: 0 });
  const { n } = await one('SELECT count(*)::int AS n FROM student WHERE registered_until = ?', ['2027-08-31']);
  expect(n).toBe(undoing ? 0 : total);
  const audited = await one(
    `SELECT count(*)::int AS n, count(DISTINCT row_text::jsonb->>'subject')::int AS people FROM audit
     WHERE action = 'semester-registration.changed' AND row_text::jsonb->'detail'->>'source' = ?
       AND (row_text::jsonb->'detail'->>'registered_until' IS NULL) = ?`,
    [`bulk-run:${id}`, undoing],
  );
  expect(audited).toEqual({ n: total, people: total });
}
