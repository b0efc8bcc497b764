import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rosterOf } from '../../unit/roster/support.js';
import { createMovedClock } from '../life/support.js';
import { claimAt, requestBody } from '../support/claim.js';
import { startIssuer, type TestIssuer } from '../support/start-issuer.js';
import { freshmen, importsAt } from './import-support.js';

const time = createMovedClock();
let issuer: TestIssuer;
let at: ReturnType<typeof importsAt>;
beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080', { clock: time.clock });
  at = importsAt(issuer, time.clock);
  expect((await at.send(freshmen(600, {}, 10_000)))[0]).toBe(201);
});
afterAll(() => issuer.close());

const idOf = (id: string | null) => id ?? '';
const student = async (number: string) =>
  (await at.rows('SELECT * FROM student WHERE student_number = ?', [number]))[0] ?? {};
/** What an undo has to restore of these students, to the byte. */
const picture = async (like: string) =>
  (await at.rows('SELECT * FROM student WHERE student_number LIKE ? ORDER BY id', [like])).map(
    ({ updated_at: _, ...row }) => row,
  );

it('withdraws whom an import created, ends their copies for good, and its own undo brings them back with new entries', async () => {
  const [, imported] = await at.send(freshmen(3));
  const created = await picture('20260000%');
  const number = '2026000000';
  const held = await claimAt(issuer, number);
  const ask = async () =>
    (
      await held.wallet.call(
        '/credential',
        held.tokens.access_token,
        await requestBody(held.wallet, 'student-id-sd-jwt', 2),
      )
    ).status;
  expect(await ask()).toBe(200);
  const entries = () =>
    at.rows(
      'SELECT c.list_id, c.list_index, c.status FROM credential c JOIN student s ON s.id = c.student_id WHERE s.student_number = ? ORDER BY c.id',
      [number],
    );
  const before = await entries();
  const [status, plan] = await at.plan(idOf(imported.id));
  expect([status, plan.withdrawn, plan.restored, plan.kept, plan.revocations, plan.second_person]).toEqual([
    200,
    3,
    0,
    0,
    3,
    false,
  ]);
  const [opened, run] = await at.undo(idOf(imported.id), plan.plan);
  expect([opened, run.state]).toEqual([202, 'applying']);
  expect(await at.settled(run.id ?? 0)).toMatchObject({ kind: 'roster-undo', state: 'applied', done: 3, refused: 0 });
  expect(await student(number)).toMatchObject({ enrolment_status: 'withdrawn' });
  expect((await entries()).map((row) => row['status'])).toEqual([1, 1]);
  expect(await ask()).toBe(400);
  await at.undoRun(run.id ?? 0);
  expect(await at.settled(run.id ?? 0)).toMatchObject({ state: 'undone', done: 3, refused: 0 });
  expect(await picture('20260000%')).toEqual(created);
  expect(await ask()).toBe(200);
  const after = await entries();
  expect(after.slice(0, 2)).toEqual(before.map((row) => ({ ...row, status: 1 })));
  expect(after.slice(2).map((row) => row['status'])).toEqual([0, 0]);
  expect(new Set(after.map((row) => `${row['list_id']} ${row['list_index']}`)).size).toBe(4);
});

it('gives back what changed rows had, to the byte, and the identity numbers two students exchanged', async () => {
  const [a, b] = ['2026010001', '2026010002'];
  const before = await picture('20260100%');
  const swapped = rosterOf(
    { 学号: a, 证件类型: '护照', 证件号码: 'E00010002', 姓名: '李改名', 手机号码: '10099999999' },
    { 学号: b, 证件类型: '护照', 证件号码: 'E00010001', 学籍状态: '休学', 班级: '24信息1班' },
  );
  const [, imported] = await at.send(Buffer.from(swapped));
  expect(imported).toMatchObject({ state: 'applied', difference: { changed: 2 } });
  expect(await student(b)).toMatchObject({ enrolment_status: 'on-leave-of-absence', class: '24信息1班' });
  const changed = await picture('20260100%');
  const [, plan] = await at.plan(idOf(imported.id));
  expect([plan.withdrawn, plan.restored, plan.kept]).toEqual([0, 2, 0]);
  const [, run] = await at.undo(idOf(imported.id), plan.plan);
  await at.settled(run.id ?? 0);
  expect(await picture('20260100%')).toEqual(before);
  const kinds = await at.rows(
    'SELECT c.kind, c.source FROM status_change c JOIN student s ON s.id = c.student_id WHERE s.student_number = ? ORDER BY c.id',
    [b],
  );
  expect(kinds.at(-1)).toEqual({ kind: 'correction', source: `bulk-run:${run.id}` });
  await at.undoRun(run.id ?? 0);
  await at.settled(run.id ?? 0);
  expect(await picture('20260100%')).toEqual(changed);
});

it('leaves and lists who changed since [by another import] [by a change of life] [identity number taken]', async () => {
  const numbers = [1, 2, 3, 4].map((n) => `202602000${n}`);
  const of = (n: number, more: object = {}) => ({
    学号: numbers[n] ?? '',
    证件类型: '护照',
    证件号码: `F0000000${n}`,
    ...more,
  });
  await at.send(Buffer.from(rosterOf(of(0), of(1), of(2), of(3))));
  const [, imported] = await at.send(
    Buffer.from(
      rosterOf(
        of(0, { 班级: 'X' }),
        of(1, { 班级: 'X' }),
        of(2, { 班级: 'X', 证件号码: 'F00000009' }),
        of(3, { 班级: 'X' }),
      ),
    ),
  );
  await at.send(Buffer.from(rosterOf(of(0, { 班级: 'Y' }), { ...of(2), 学号: '2026020009' })));
  await issuer.operator(`/v1/students/${numbers[1]}/status-changes`, {
    body: { kind: 'leave', effective_date: time.day(0) },
  });
  const [, plan] = await at.plan(idOf(imported.id));
  expect(plan).toMatchObject({ restored: 1, kept: 3 });
  expect(plan.kept_students).toEqual([
    { line: 2, student_number: numbers[0], code: 'changed-since' },
    { line: 3, student_number: numbers[1], code: 'changed-since' },
    { line: 4, student_number: numbers[2], code: 'identity-in-use' },
  ]);
  const [, run] = await at.undo(idOf(imported.id), plan.plan);
  await at.settled(run.id ?? 0);
  expect((await Promise.all(numbers.map(student))).map((row) => row['class'])).toEqual(['Y', 'X', 'X', '23信息3班']);
});

it('applies exactly the plan that was shown [stale] [no plan] [twice] [unknown import] [made up]', async () => {
  const [, imported] = await at.send(freshmen(2, {}, 20_000));
  const id = idOf(imported.id);
  const [, plan] = await at.plan(id);
  await issuer.operator('/v1/students/2026020000/status-changes', {
    body: { kind: 'leave', effective_date: time.day(0) },
  });
  const [stale, problem] = await at.undo(id, plan.plan);
  expect([stale, problem.code]).toEqual([409, 'import-plan-stale']);
  expect((await issuer.operator(`/v1/roster-imports/${id}/undo`, { body: {} })).status).toBe(400);
  expect((await at.plan(999_999))[0]).toBe(404);
  const [, fresh] = await at.plan(id);
  const [, run] = await at.undo(id, fresh.plan);
  await at.settled(run.id ?? 0);
  expect((await at.undo(id, fresh.plan))[1].code).toBe('import-state-conflict');
  expect((await at.plan(id))[1].code).toBe('import-state-conflict');
});

it('lets the mended file in afterwards [wrong student numbers, the same people]', async () => {
  const [, wrong] = await at.send(freshmen(2, {}, 30_000));
  const [, plan] = await at.plan(idOf(wrong.id));
  const [, run] = await at.undo(idOf(wrong.id), plan.plan);
  await at.settled(run.id ?? 0);
  const mended = freshmen(2, {}, 30_000).toString().replaceAll('20260300', '20270300');
  expect((await at.send(Buffer.from(mended)))[1].difference).toMatchObject({ new: 2, conflicts: 0 });
  // Now the people are somebody else's: bringing the wrong numbers back leaves them.
  await at.undoRun(run.id ?? 0);
  expect(await at.settled(run.id ?? 0)).toMatchObject({ state: 'undone', refused: 2 });
  expect(await student('2026030000')).toMatchObject({ enrolment_status: 'withdrawn' });
});

it('brings the rows back when the same file is imported again after its undo', async () => {
  const [, imported] = await at.send(freshmen(2, {}, 40_000));
  const [, plan] = await at.plan(idOf(imported.id));
  await at.settled((await at.undo(idOf(imported.id), plan.plan))[1].id ?? 0);
  const [, again] = await at.send(freshmen(2, {}, 40_000));
  expect(again.difference).toMatchObject({ new: 0, changed: 2 });
  expect(await student('2026040000')).toMatchObject({ enrolment_status: 'enrolled' });
});

describe('a second person', () => {
  it('is needed to undo what withdraws more than 50, is another one, and not the operator', async () => {
    const [, imported] = await at.send(freshmen(60, {}, 50_000));
    const [, plan] = await at.plan(idOf(imported.id));
    expect([plan.second_person, plan.revocations]).toEqual([true, 60]);
    const [, run] = await at.undo(idOf(imported.id), plan.plan);
    expect(run.state).toBe('waiting-for-second-person');
    const path = `/v1/bulk-runs/${run.id}/approve`;
    expect((await issuer.operator(path, { body: {} })).status).toBe(403);
    expect(await at.decide(path, 'operator')).toBe(403);
    const waiting = (await (await issuer.operator('/v1/bulk-runs?waiting=true')).json()) as { runs: { id: number }[] };
    expect(waiting.runs.map((one) => one.id)).toEqual([run.id]);
    expect(await at.decide(path, 'staff:5')).toBe(200);
    expect(await at.settled(run.id ?? 0)).toMatchObject({ done: 60, refused: 0 });
  });

  it('has as long as the rule says [import] [undo of an import]', async () => {
    const [, imported] = await at.send(freshmen(60, {}, 60_000));
    const [, waits] = await at.send(freshmen(60, { 学籍状态: '退学' }, 60_000));
    expect(waits.state).toBe('waiting-for-second-person');
    const [, plan] = await at.plan(idOf(imported.id));
    const [, run] = await at.undo(idOf(imported.id), plan.plan);
    time.moveTo(4);
    expect(await at.decide(`/v1/roster-imports/${waits.id}/approve`, 'staff:5')).toBe(409);
    expect(await at.decide(`/v1/bulk-runs/${run.id}/approve`, 'staff:5')).toBe(409);
    await issuer.maintain();
    const one = (await (await issuer.operator(`/v1/roster-imports/${waits.id}`)).json()) as object;
    expect(one).toMatchObject({ state: 'declined', decided_by: 'service:expiry' });
    expect(await at.rows('SELECT 1 FROM roster_import_row')).toEqual([]);
    expect(await at.runOf(run.id ?? 0)).toMatchObject({ state: 'declined' });
    expect(await at.rows("SELECT action FROM audit WHERE action LIKE '%.expired' ORDER BY action")).toEqual([
      { action: 'bulk-run.expired' },
      { action: 'roster.expired' },
    ]);
    time.moveTo(0);
  });

  it('follows a rule that may be made stricter and never laxer', async () => {
    const rule = {
      state_change_share: 0.02,
      revocations: 1,
      changed_share: 0.5,
      changed_rows: 1000,
      expires_after_hours: 24,
    };
    const put = (body: object) => issuer.operator('/v1/approval-rule', { method: 'PUT', body });
    expect((await put({ ...rule, revocations: 51 })).status).toBe(422);
    expect((await put({ ...rule, state_change_share: 0.03 })).status).toBe(422);
    expect((await put({ ...rule, surprise: 1 })).status).toBe(400);
    for (const name of ['revocations', 'changed_rows', 'expires_after_hours'])
      expect((await put({ ...rule, [name]: 2 ** 31 })).status, name).toBe(400);
    const before = await (await issuer.operator('/v1/approval-rule')).json();
    const asked = await put(rule);
    const { waiting, ...still } = (await asked.json()) as { waiting: { id: number } };
    expect([asked.status, still, waiting]).toMatchObject([202, { revocations: 50 }, { ...rule, asked_by: 'operator' }]);
    expect({ ...still, waiting: null }).toEqual(before);
    expect(((await (await put(rule)).json()) as { code: string }).code).toBe('approval-rule-waiting');
    // It takes an account, and another one than asked.
    const approve = (id: number, actor: string) => at.decide(`/v1/approval-rule/changes/${id}/approve`, actor);
    expect((await issuer.operator(`/v1/approval-rule/changes/${waiting.id}/approve`, { body: {} })).status).toBe(403);
    expect(await approve(waiting.id, 'operator')).toBe(403);
    expect(await approve(waiting.id, 'account:second')).toBe(200);
    expect(await (await issuer.operator('/v1/approval-rule')).json()).toEqual({ ...rule, waiting: null });
    expect(await approve(waiting.id, 'account:third')).toBe(409);
    const audit = await (await issuer.operator('/v1/audit?newest=true&action=approval-rule.changed')).json();
    expect(audit.rows[0].content).toMatchObject({
      actor: 'account:second',
      detail: { before: { revocations: 50 }, after: { revocations: 1 }, asked_by: 'operator' },
    });
    const [, imported] = await at.send(freshmen(2, {}, 70_000));
    expect((await at.plan(idOf(imported.id)))[1].second_person).toBe(true);
    const laxer = (await (await put({ ...rule, revocations: 50 })).json()) as { waiting: { id: number } };
    expect((await issuer.operator(`/v1/approval-rule/changes/${laxer.waiting.id}/decline`, { body: {} })).status).toBe(
      200,
    );
    const again = (await (await put({ ...rule, revocations: 50 })).json()) as { waiting: { id: number } };
    time.moveTo(2);
    expect(await approve(again.waiting.id, 'account:second')).toBe(409);
    await issuer.maintain();
    expect(await (await issuer.operator('/v1/approval-rule')).json()).toMatchObject({ revocations: 1, waiting: null });
    time.moveTo(0);
  });
});

it('is offered for 90 days', async () => {
  const [, imported] = await at.send(freshmen(1, {}, 80_000));
  time.moveTo(91);
  await issuer.maintain();
  expect((await at.plan(idOf(imported.id)))[1].code).toBe('import-undo-expired');
  time.moveTo(0);
});
