import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { rosterOf } from '../../unit/roster/support.js';
import { startIssuer, type TestIssuer } from '../support/start-issuer.js';
import { startWorker } from '../support/start-worker.js';
import { freshmen, importsAt } from './import-support.js';

let issuer: TestIssuer;
let at: ReturnType<typeof importsAt>;
beforeAll(async () => {
  issuer = await startIssuer();
  at = importsAt(issuer);
});
afterAll(() => issuer.close());
const count = async (sql: string) => Number((await at.rows(`SELECT count(*) AS n ${sql}`))[0]?.['n']);

it('applies a large file in pieces with progress, and answers when it is done', async () => {
  const [status, answer] = await at.send(freshmen(2100));
  expect([status, answer.state, answer.difference['new']]).toEqual([201, 'applied', 2100]);
  const run = await at.runOf(answer.run_id ?? 0);
  expect(run).toMatchObject({
    kind: 'roster-import',
    state: 'applied',
    total: 2100,
    done: 2100,
    refused: 0,
    seconds_left: 0,
  });
  expect(run.rate_per_second).toBeGreaterThan(0);
  expect(await count('FROM roster_import_row')).toBe(0);
  expect((await at.send(freshmen(2100)))[1].difference).toMatchObject({ unchanged: 2100, changed: 0 });
  expect((await issuer.operator(`/v1/bulk-runs/${run.id}/undo`, { body: {} })).status).toBe(409);
});

it('exchanges identity numbers across pieces [first and last row]', async () => {
  const lines = freshmen(2100, { 班级: '24信息1班' }).toString().trimEnd().split('\n');
  const swap = (line = '', from: string, to: string) => line.replace(from, to);
  lines[1] = swap(lines[1], 'E00000000', 'E00002099');
  lines[2100] = swap(lines[2100], 'E00002099', 'E00000000');
  const [, answer] = await at.send(Buffer.from(`${lines.join('\n')}\n`));
  expect(answer.state).toBe('waiting-for-second-person');
  expect(await at.decide(`/v1/roster-imports/${answer.id}/approve`, 'staff:5')).toBe(200);
  const found = (await (await issuer.operator(`/v1/roster-imports/${answer.id}`)).json()) as { run_id: number };
  expect(await at.settled(found.run_id)).toMatchObject({ done: 2100, refused: 0 });
  expect(await count("FROM student WHERE class = '24信息1班'")).toBe(2100);
  // The plan of its undo names the two first, so that they go back together.
  const [, plan] = await at.plan(answer.id ?? '');
  expect(plan).toMatchObject({ restored: 2100, kept: 0, second_person: true });
});

it('goes on after kill -9 in the middle of 5,000 rows: all there, nothing twice, one import at a time', async () => {
  const before = await count('FROM student');
  const leaving = freshmen(60, { 班级: '24信息1班', 学籍状态: '退学' }, 1).toString();
  const file = Buffer.from(leaving + freshmen(4940, {}, 100_000).toString().replace(/^.*\n/, ''));
  const [, answer] = await at.send(file);
  expect(answer).toMatchObject({ state: 'waiting-for-second-person', difference: { new: 4940, changed: 60 } });
  // Not by the route: this process would begin the work itself.
  await at.rows("UPDATE roster_import SET state = 'applying', decided_by = 'staff:7' WHERE id = ?", [
    Number(answer.id),
  ]);
  const opened = await at.rows(
    `INSERT INTO bulk_run (kind, state, report, import_id, total, created_by, created_at, decided_by, started_at, second_person)
     VALUES ('roster-import', 'applying', '{}', ?, 5000, 'staff:1', now(), 'staff:7', now(), false) RETURNING id`,
    [Number(answer.id)],
  );
  const run = Number(opened[0]?.['id']);
  const stoppedAt: number[] = [];
  for (let round = 0; round < 6 && (stoppedAt.at(-1) ?? 0) < 5000; round += 1) {
    const child = startWorker(issuer, 7940);
    const from = (await at.runOf(run)).done;
    await vi
      .waitFor(async () => expect((await at.runOf(run)).done).toBeGreaterThan(from), { timeout: 30_000, interval: 2 })
      .catch(() => {});
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    stoppedAt.push((await at.runOf(run)).done);
  }
  expect(
    stoppedAt.some((done) => done > 0 && done < 5000),
    String(stoppedAt),
  ).toBe(true);
  if ((stoppedAt.at(-1) ?? 0) < 5000) {
    const [refused, other] = await at.send(Buffer.from(rosterOf({})));
    expect([refused, other.code]).toEqual([409, 'import-running']);
  }
  await issuer.maintain();
  expect(await at.runOf(run)).toMatchObject({ state: 'applied', total: 5000, done: 5000, refused: 0 });
  expect(await count('FROM student')).toBe(before + 4940);
  expect(await count(`FROM roster_import_change WHERE import_id = ${Number(answer.id)}`)).toBe(5000);
  const told = "FROM account_change a JOIN student s ON s.id = a.student_id WHERE s.student_number >= '2026100000'";
  expect(await count(told)).toBe(4940);
  const changes = `FROM status_change WHERE source = 'roster-import:${Number(answer.id)}'`;
  expect(await count(changes)).toBe(60);
  expect(await count("FROM student WHERE enrolment_status = 'withdrawn'")).toBe(60);
  expect((await at.send(file))[1].difference).toMatchObject({ new: 0, changed: 0, unchanged: 5000 });
});
