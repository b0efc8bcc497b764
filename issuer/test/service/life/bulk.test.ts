import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServiceClient, type ServiceCallError, type ServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { claimAt, requestBody } from '../support/claim.js';
import type { TestIssuer } from '../support/start-issuer.js';
import { startWorker } from '../support/start-worker.js';
import { changerAt, createMovedClock, enrolledNumbers, startWithRoster } from './support.js';

const time = createMovedClock();
let issuer: TestIssuer;
let admin: ServiceClient;
let at: ReturnType<typeof changerAt>;
let numbers: string[];

beforeAll(async () => {
  issuer = await startWithRoster({ clock: time.clock });
  at = changerAt(issuer);
  numbers = await enrolledNumbers(issuer);
  const key = generateKeyPair();
  writeFileSync(join(issuer.callersFolder, 'admin.jwk.json'), JSON.stringify(key.jwk));
  admin = createServiceClient({
    ...{ baseUrl: issuer.url, audience: 'issuer', caller: 'admin', sign: createSigner(key.privateKey) },
    clock: systemClock,
  });
});
afterAll(() => issuer.close());

interface Run {
  id: number;
  state: string;
  total: number;
  done: number;
  refused: number;
  second_person: boolean;
  rate_per_second: number;
  seconds_left: number | null;
  report: Record<string, unknown>;
  code?: string;
  findings: { line: number; code: string; student_number?: string }[];
  accepted: number;
  revocations: number;
}
const send = async (csv: string, dryRun = false): Promise<[number, Run]> => {
  const answer = await issuer.operator(`/v1/status-change-batches?dry_run=${dryRun}`, {
    bytes: Buffer.from(csv),
    type: 'text/csv',
  });
  return [answer.status, (await answer.json()) as Run];
};
const runOf = async (id: number) => (await (await issuer.operator(`/v1/bulk-runs/${id}`)).json()) as Run;
const settled = (id: number) =>
  vi.waitFor(
    async () => {
      const run = await runOf(id);
      expect(['applied', 'undone']).toContain(run.state);
      return run;
    },
    { timeout: 60_000, interval: 50 },
  );
const csvOf = (rows: readonly (readonly string[])[]) =>
  ['学号,变更类别,生效日期,文号', ...rows.map((row) => row.join(','))].join('\r\n');
const rowsOf = async (sql: string, values: unknown[] = []) =>
  (await issuer.database.run.raw(sql, values as never)).rows as Record<string, unknown>[];
/** All that an undo has to restore: the register, entries of status lists, rows of the people table. */
const picture = async () => ({
  students: await rowsOf('SELECT * FROM student ORDER BY id'),
  entries: await rowsOf('SELECT id, list_id, list_index, status FROM credential ORDER BY id'),
  people: await rowsOf(
    `SELECT g.id, hs.row_number, hs.credential_state, hs.enrolment_status, hs.hold, hs.registered_until, hs.policy_class, hs.portrait_id, g.removed_at
     FROM gate_key g JOIN holder_state hs ON hs.student_id = g.student_id ORDER BY g.id`,
  ),
});

it('says what a file would do, row by row, and leaves nothing behind', async () => {
  const before = await picture();
  const [status, report] = await send(
    csvOf([
      [numbers[0] ?? '', '休学', time.day(0), '学〔2026〕1号'],
      [numbers[1] ?? '', 'graduation', '2026/13/01', ''],
      [numbers[0] ?? '', '复学', time.day(0), ''],
      ['999999999999', 'leave', time.day(0), ''],
      [numbers[2] ?? '', 'return', time.day(0), ''],
      [numbers[3] ?? '', 'name-change', time.day(0), ''],
      [numbers[4] ?? '', 'promotion', time.day(0), ''],
      ['=cmd()', 'leave', time.day(0), ''],
      [numbers[5] ?? '', 'withdrawal', time.day(9), 'x'],
    ]),
    true,
  );
  expect(status).toBe(200);
  expect(report).toMatchObject({
    state: 'dry-run',
    rows: 9,
    accepted: 2,
    refused: 7,
    state_changes: 2,
    revocations: 1,
    planned: 1,
  });
  expect(report.findings.map((one) => [one.line, one.code])).toEqual([
    [3, 'date-unreadable'],
    [4, 'student-number-duplicate'],
    [5, 'student-not-found'],
    [6, 'status-change-not-allowed'],
    [7, 'kind-not-for-files'],
    [8, 'kind-unknown'],
    [9, 'student-number-malformed'],
  ]);
  expect(await picture()).toEqual(before);
  expect(await rowsOf('SELECT 1 FROM bulk_run')).toEqual([]);
});

it('refuses what is no such file [no rows] [column missing] [column twice] [workbook] [nobody to change]', async () => {
  expect((await send('学号,变更类别,生效日期\r\n'))[1].code).toBe('table-empty');
  expect((await send('学号,生效日期\r\n1,2026-01-01\r\n'))[1]).toMatchObject({
    code: 'table-header-invalid',
    columns: ['变更类别'],
  });
  expect((await send('学号,学号,变更类别,生效日期\r\n1,1,leave,2026-01-01\r\n'))[1].code).toBe('table-header-invalid');
  expect((await send('PK\u0003\u0004\u0000\u0000'))[1].code).toMatch(/^table-/);
  expect((await send(csvOf([['999999999999', 'leave', time.day(0), '']])))[1].code).toBe('bulk-run-empty');
});

it('applies a file, counts its progress, and undoes it to the byte', async () => {
  const chosen = numbers.slice(10, 20);
  const held = await claimAt(issuer, chosen[0] ?? '');
  await held.wallet.call(
    '/credential',
    held.tokens.access_token,
    await requestBody(held.wallet, 'student-id-sd-jwt', 3),
  );
  await held.wallet.call('/credential', held.tokens.access_token, await requestBody(held.wallet, 'student-pass', 3));
  const before = await picture();
  const [status, opened] = await send(csvOf(chosen.map((number) => [number, '休学', time.day(0), '学〔2026〕2号'])));
  expect([status, opened.state]).toEqual([202, 'applying']);
  const applied = await settled(opened.id);
  expect(applied).toMatchObject({ state: 'applied', total: 10, done: 10, refused: 0, seconds_left: 0 });
  expect(applied.rate_per_second).toBeGreaterThan(0);
  expect((await at.history(chosen[0] ?? '')).changes).toMatchObject([
    { source: `bulk-run:${opened.id}`, document_number: '学〔2026〕2号' },
  ]);
  expect((await picture()).entries.map((row) => row['status'])).toContain(2);
  expect((await issuer.operator(`/v1/bulk-runs/${opened.id}/undo`, { body: {} })).status).toBe(202);
  expect(await settled(opened.id)).toMatchObject({ state: 'undone', total: 10, done: 10, refused: 0 });
  expect(await picture()).toEqual(before);
  const twice = await issuer.operator(`/v1/bulk-runs/${opened.id}/undo`, { body: {} });
  expect(((await twice.json()) as Run).code).toBe('bulk-run-state-conflict');
});

it('keeps at an undo what a later change stands on, and says why', async () => {
  const [one = '', other = ''] = numbers.slice(20, 22);
  const [, opened] = await send(csvOf([one, other].map((number) => [number, 'leave', time.day(0), ''])));
  await settled(opened.id);
  await at.change(one, 'return', time.day(0));
  await issuer.operator(`/v1/bulk-runs/${opened.id}/undo`, { body: {} });
  expect(await settled(opened.id)).toMatchObject({ state: 'undone', done: 2, refused: 1 });
  const { rows } = (await (await issuer.operator(`/v1/bulk-runs/${opened.id}/refused`)).json()) as { rows: object[] };
  expect((await issuer.operator(`/v1/bulk-runs/${opened.id}/refused?after=${2 ** 31}`)).status).toBe(400);
  expect(rows).toMatchObject([{ student_number: one, state: 'kept', code: 'status-change-out-of-order' }]);
  expect((await at.history(other)).enrolment_status).toBe('enrolled');
});

describe('a second person', () => {
  const many = () => numbers.slice(30, 50);
  it('is needed above 2 %, is another one, and is needed for undoing too', async () => {
    const [status, opened] = await send(
      csvOf(many().map((number) => [number, 'graduation', time.day(0), '毕1'])),
      false,
    );
    expect([status, opened.state, opened.second_person]).toEqual([202, 'waiting-for-second-person', true]);
    expect((await at.history(many()[0] ?? '')).enrolment_status).toBe('enrolled');
    const operator = await issuer.operator(`/v1/bulk-runs/${opened.id}/approve`, { body: {} });
    expect(operator.status).toBe(403);
    const approve = (actor: string) =>
      admin.raw(`/v1/bulk-runs/${opened.id}/approve`, { method: 'POST', body: {}, actor }).then(
        (answer) => answer.status,
        (error: ServiceCallError) => error.status,
      );
    expect(await approve('operator')).toBe(403);
    expect(await approve('staff:20')).toBe(200);
    expect((await settled(opened.id)).done).toBe(20);
    expect((await at.history(many()[0] ?? '')).enrolment_status).toBe('graduated');
    expect(await approve('staff:21')).toBe(409);
    await issuer.operator(`/v1/bulk-runs/${opened.id}/undo`, { body: { document_number: '教9' } });
    expect((await runOf(opened.id)).state).toBe('undo-waiting');
    expect((await at.history(many()[0] ?? '')).enrolment_status).toBe('graduated');
    expect(await approve('operator')).toBe(403);
    expect(await approve('staff:21')).toBe(200);
    expect(await settled(opened.id)).toMatchObject({ state: 'undone', refused: 0 });
    expect((await at.history(many()[0] ?? '')).enrolment_status).toBe('enrolled');
  });
  it('may decline', async () => {
    const [, opened] = await send(csvOf(many().map((number) => [number, 'leave', time.day(0), ''])));
    expect((await issuer.operator(`/v1/bulk-runs/${opened.id}/decline`, { body: {} })).status).toBe(204);
    expect((await runOf(opened.id)).state).toBe('declined');
    expect((await issuer.operator('/v1/bulk-runs/999999/decline', { body: {} })).status).toBe(404);
  });
});

describe('kill -9', () => {
  it('in the middle of a run: what was done stays, the rest is done once, nothing twice', async () => {
    const chosen = numbers.slice(60, 460);
    const [, opened] = await send(csvOf(chosen.map((number) => [number, 'leave', time.day(0), '学3'])));
    expect(opened.state).toBe('waiting-for-second-person');
    // Not by the route: this process would begin the work itself.
    await issuer.database.run.raw(
      "UPDATE bulk_run SET state = 'applying', decided_by = 'staff:7', started_at = now() WHERE id = ?",
      [opened.id],
    );
    const stoppedAt: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const child = startWorker(issuer, 7898);
      const before = (await runOf(opened.id)).done;
      await vi
        .waitFor(async () => expect((await runOf(opened.id)).done).toBeGreaterThan(before), {
          timeout: 30_000,
          interval: 2,
        })
        .catch(() => {});
      child.kill('SIGKILL');
      stoppedAt.push((await runOf(opened.id)).done);
      if (stoppedAt.at(-1) === 400) break;
    }
    // At least one was killed in the middle.
    expect(
      stoppedAt.some((done) => done > 0 && done < 400),
      String(stoppedAt),
    ).toBe(true);
    // PostgreSQL lets go of the killed process's row when it has seen that nobody listens.
    await vi.waitFor(
      async () => {
        await issuer.maintain();
        expect(await runOf(opened.id)).toMatchObject({ state: 'applied', total: 400, done: 400, refused: 0 });
      },
      { timeout: 30_000, interval: 100 },
    );
    expect(await rowsOf('SELECT count(*) AS n FROM status_change WHERE source = ?', [`bulk-run:${opened.id}`])).toEqual(
      [{ n: 400 }],
    );
    const changed = await rowsOf(
      "SELECT count(*) AS n, count(DISTINCT row_text::jsonb->>'subject') AS people FROM audit WHERE action = 'enrolment-status.changed' AND row_text::jsonb->'detail'->>'source' = ?",
      [`bulk-run:${opened.id}`],
    );
    expect(changed).toEqual([{ n: 400, people: 400 }]);
    expect(
      await rowsOf(
        'SELECT max(version) AS v FROM student_life l JOIN student s ON s.id = l.student_id WHERE s.student_number = ANY(?)',
        [chosen],
      ),
    ).toEqual([{ v: 1 }]);
  });
});
