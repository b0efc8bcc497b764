import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refreshAtMs } from '../../../src/domain/life/refresh-time.js';
import { standingOf } from '../../../src/domain/semester/semester.js';
import { type TestCell, workbookOf } from '../../unit/workbook/support.js';
import { type Claimed, claimAt, requestBody } from '../support/claim.js';
import type { TestIssuer } from '../support/start-issuer.js';
import { changerAt, createMovedClock, enrolledNumbers, startWithRoster } from './support.js';

const time = createMovedClock();
let issuer: TestIssuer;
let numbers: string[];
const ID = '2026-2027-1';
const until = time.day(200);

beforeAll(async () => {
  issuer = await startWithRoster({ clock: time.clock });
  numbers = await enrolledNumbers(issuer);
});
afterAll(() => issuer.close());

type Json = Record<string, unknown>;
const send = async (method: string, path: string, body?: unknown): Promise<[number, Json]> => {
  const csv = typeof body === 'string';
  const answer = await issuer.operator(path, {
    method,
    ...(csv ? { bytes: Buffer.from(body), type: 'text/csv' } : body === undefined ? {} : { body }),
  });
  return [answer.status, answer.status === 204 ? {} : ((await answer.json()) as Json)];
};
const rowsOf = async (sql: string, values: unknown[] = []) =>
  (await issuer.database.run.raw(sql, values as never)).rows as Json[];
const window = (more: object = {}) =>
  send('PUT', `/v1/semesters/${ID}`, { opens: time.day(-1), closes: time.day(20), registered_until: until, ...more });
const settled = (id: unknown) =>
  vi.waitFor(
    async () => {
      const [, run] = await send('GET', `/v1/bulk-runs/${id}`);
      expect(['applied', 'undone']).toContain(run['state']);
      return run;
    },
    { timeout: 30_000, interval: 50 },
  );
const picture = async () => ({
  students: await rowsOf('SELECT * FROM student ORDER BY id'),
  entries: await rowsOf('SELECT id, status FROM credential ORDER BY id'),
  people: await rowsOf(
    `SELECT g.id, hs.row_number, hs.credential_state, hs.enrolment_status, hs.registered_until FROM gate_key g
     JOIN holder_state hs ON hs.student_id = g.student_id ORDER BY g.id`,
  ),
});
const registrationOf = async ({ wallet, tokens }: Claimed, confirm = false): Promise<[number, Json]> => {
  const answer = await wallet.call('/v1/holder/registration', tokens.access_token, confirm ? {} : undefined);
  const body = (await answer.json()) as Json;
  return [answer.status, (body['registration'] as Json | undefined) ?? body];
};

it('keeps a window as data and refuses what is none', async () => {
  expect(await window({ closes: time.day(-5) })).toMatchObject([400, { code: 'input-invalid' }]);
  expect(await window({ registered_until: time.day(3) })).toMatchObject([400, {}]);
  expect((await send('PUT', '/v1/semesters/autumn', {}))[0]).toBe(400);
  expect((await send('GET', '/v1/semesters/2020-2021-1'))[1]['code']).toBe('semester-not-found');
  expect(await window()).toMatchObject([200, { id: ID, window: 'open', needs_fee: true, presence: 'holder' }]);
  const [, shown] = await send('GET', `/v1/semesters/${ID}`);
  expect(shown['total']).toMatchObject({ 'fee-unpaid': numbers.length, ready: 0, registered: 0 });
});

it('takes fees and presence from a file, and says what it did not take', async () => {
  const rows = numbers
    .slice(0, 40)
    .map((number, index) => `${number},${index < 30 ? '已缴' : '缓缴'},${index < 20 ? '是' : ''}`);
  const csv = [
    '学号,缴费,到校',
    ...rows,
    '999999999999,已缴,',
    `${numbers[0]},已缴,`,
    `${numbers[50]},vielleicht,`,
  ].join('\n');
  const [, dry] = await send('POST', `/v1/semesters/${ID}/facts?dry_run=true`, csv);
  expect(dry).toMatchObject({ rows: 43, taken: 40, changed: 0 });
  const [, taken] = await send('POST', `/v1/semesters/${ID}/facts`, csv);
  expect(taken).toMatchObject({ rows: 43, taken: 40, changed: 40 });
  expect((taken['findings'] as Json[]).map((one) => one['code'])).toEqual([
    'student-not-found',
    'student-number-duplicate',
    'fee-unknown',
  ]);
  expect((await send('POST', `/v1/semesters/${ID}/facts`, csv))[1]['changed']).toBe(0);
  const [, shown] = await send('GET', `/v1/semesters/${ID}`);
  expect(shown['total']).toMatchObject({ ready: 20, 'not-present': 20 });
});

it('takes the same facts from a workbook, and refuses a number whose digits are not certain [xlsx]', async () => {
  const facts = (...rows: TestCell[][]) => workbookOf([['学号', '缴费', '到校'], ...rows]);
  const upload = async (bytes: Buffer, query = '') => {
    const answer = await issuer.operator(`/v1/semesters/${ID}/facts${query}`, {
      ...{ bytes, type: 'text/csv' },
    });
    return [answer.status, (await answer.json()) as Json] as const;
  };
  const [good = '', unsure = ''] = numbers.slice(400);
  const bytes = facts([good, '已缴', '是'], [{ n: unsure }, '已缴', '是'], ['999999999999', '已缴', '']);
  expect((await upload(bytes, '?dry_run=true'))[1]).toMatchObject({ rows: 3, taken: 1, changed: 0 });
  const [status, taken] = await upload(bytes);
  expect([status, taken]).toMatchObject([200, { rows: 3, taken: 1, changed: 1 }]);
  expect(taken['findings']).toEqual([
    { line: 3, code: 'number-not-text' },
    { line: 4, code: 'student-not-found' },
  ]);
  expect((await upload(facts()))[1]['code']).toBe('table-empty');
  expect((await upload(Buffer.from('PK\u0003\u0004 no archive')))[1]['code']).toBe('table-unreadable');
  expect((await upload(workbookOf([['学号', '姓名', '别的']])))[0]).toBe(422);
  // As it was.
  await issuer.database.run.raw(
    'DELETE FROM semester_fact WHERE student_id = (SELECT id FROM student WHERE student_number = ?)',
    [good],
  );
});

it('confirms presence of all that a filter names, by whoever saw them', async () => {
  const body = { filter: { student_numbers: numbers.slice(20, 25) }, present: true };
  expect(await send('POST', `/v1/semesters/${ID}/confirmations`, body)).toMatchObject([200, { changed: 5 }]);
  expect((await send('POST', `/v1/semesters/${ID}/confirmations`, { filter: {}, present: true }))[0]).toBe(400);
  expect((await send('POST', `/v1/semesters/${ID}/confirmations`, { filter: body.filter }))[0]).toBe(400);
  expect(await rowsOf('SELECT DISTINCT presence_by FROM semester_fact WHERE presence_by IS NOT NULL')).toEqual([
    { presence_by: 'operator' },
  ]);
});

it('registers who meets the rule, in a run that is undone to the byte', async () => {
  await issuer.database.run.raw('UPDATE student SET registered_until = ? WHERE student_number = ?', [
    time.day(10),
    numbers[0] ?? '',
  ]);
  const held = await claimAt(issuer, numbers[0] ?? '');
  const other = await claimAt(issuer, numbers[100] ?? '');
  for (const one of [held, other])
    expect(
      (
        await one.wallet.call(
          '/credential',
          one.tokens.access_token,
          await requestBody(one.wallet, 'student-id-sd-jwt', 2),
        )
      ).status,
    ).toBe(200);
  const before = await picture();
  const [, dry] = await send('POST', `/v1/semesters/${ID}/registrations?dry_run=true`, { filter: {} });
  expect(dry).toMatchObject({ state: 'dry-run', total: { ready: 25, 'not-present': 15 } });
  const colleges = dry['by_college'] as Json[];
  expect(colleges.reduce((sum, one) => sum + Number(one['ready']), 0)).toBe(25);
  expect(await picture()).toEqual(before);

  const [status, run] = await send('POST', `/v1/semesters/${ID}/registrations`, { filter: {} });
  expect(status).toBe(202);
  expect(await settled(run['id'])).toMatchObject({ state: 'applied', total: 25, done: 25, refused: 0 });
  expect(await rowsOf('SELECT count(*) AS n FROM student WHERE registered_until = ?', [until])).toEqual([{ n: 25 }]);
  // Copies stay good and are obtained anew, a little later.
  const state = async (one: Claimed) =>
    (await (await one.wallet.call('/v1/holder/state', one.tokens.access_token)).json()) as Json;
  const told = await state(held);
  expect(told).toMatchObject({
    registered_until: until,
    copies: { 'student-id-sd-jwt': 2 },
    credential_state: 'valid',
  });
  const wait = Number(told['refresh_after']) - Date.now() / 1000;
  expect(wait).toBeGreaterThan(-5);
  expect(wait).toBeLessThan(46);
  expect((await state(other))['refresh_after']).toBeNull();
  await held.wallet.call(
    '/credential',
    held.tokens.access_token,
    await requestBody(held.wallet, 'student-id-sd-jwt', 1),
  );
  expect((await state(held))['refresh_after']).toBeNull();
  await issuer.database.run.raw('DELETE FROM credential WHERE id = (SELECT max(id) FROM credential)');

  expect((await send('POST', `/v1/bulk-runs/${run['id']}/undo`, {}))[0]).toBe(202);
  expect(await settled(run['id'])).toMatchObject({ state: 'undone', done: 25, refused: 0 });
  expect(await picture()).toEqual(before);
});

it('leaves at an undo what somebody has set otherwise since', async () => {
  const [, run] = await send('POST', `/v1/semesters/${ID}/registrations`, {
    filter: { student_numbers: numbers.slice(0, 2) },
  });
  await settled(run['id']);
  const path = `/v1/students/${numbers[1]}/semester-registration`;
  expect(await send('PUT', path, { registered_until: time.day(300) })).toMatchObject([200, { changed: 1 }]);
  await send('POST', `/v1/bulk-runs/${run['id']}/undo`, {});
  expect(await settled(run['id'])).toMatchObject({ done: 2, refused: 1 });
  expect(await rowsOf('SELECT registered_until FROM student WHERE student_number = ?', [numbers[1]])).toEqual([
    { registered_until: time.day(300) },
  ]);
  expect((await send('GET', `/v1/bulk-runs/${run['id']}/refused`))[1]['rows']).toMatchObject([
    { code: 'changed-since' },
  ]);
});

it('registers nobody where nobody is ready', async () => {
  const filter = { student_numbers: [numbers[200] ?? ''] };
  expect(await send('POST', `/v1/semesters/${ID}/registrations`, { filter })).toMatchObject([
    422,
    { code: 'bulk-run-empty' },
  ]);
});

describe('the student', () => {
  it('sees what is missing, confirms in one call, and is registered at once where the fee is paid', async () => {
    const held = await claimAt(issuer, numbers[30] ?? '');
    expect(await registrationOf(held)).toMatchObject([
      200,
      { id: ID, window: 'open', standing: 'not-present', missing: ['presence'], fee: 'deferred' },
    ]);
    expect(await registrationOf(held, true)).toMatchObject([
      200,
      { standing: 'registered', missing: [], student_registered_until: until },
    ]);
    expect(await registrationOf(held, true)).toMatchObject([200, { standing: 'registered' }]);
    expect(
      await rowsOf(
        "SELECT count(*) AS n FROM audit WHERE action = 'semester-registration.changed' AND row_text LIKE '%wallet:%'",
      ),
    ).toEqual([{ n: 1 }]);
  });
  it('is kept waiting by the fee, and still proves who they are', async () => {
    const held = await claimAt(issuer, numbers[60] ?? '');
    expect(await registrationOf(held, true)).toMatchObject([
      200,
      { standing: 'fee-unpaid', missing: ['fee'], confirmed: true },
    ]);
    const asked = await held.wallet.call(
      '/credential',
      held.tokens.access_token,
      await requestBody(held.wallet, 'student-id-sd-jwt', 1),
    );
    expect(asked.status).toBe(200);
  });
  it('is seen by staff where the rule wants that', async () => {
    await window({ presence: 'staff' });
    const held = await claimAt(issuer, numbers[31] ?? '');
    expect(await registrationOf(held, true)).toMatchObject([
      200,
      { standing: 'not-present', missing: ['presence-by-staff'] },
    ]);
    await send('POST', `/v1/semesters/${ID}/confirmations`, {
      filter: { student_numbers: [numbers[31]] },
      present: true,
    });
    expect(await registrationOf(held)).toMatchObject([200, { standing: 'ready' }]);
    await window();
  });
  it('is refused outside the window, on leave, and without its own bound token', async () => {
    const held = await claimAt(issuer, numbers[61] ?? '');
    await window({ opens: time.day(-9), closes: time.day(-2) });
    expect(await registrationOf(held, true)).toMatchObject([409, { code: 'registration-window-closed' }]);
    expect(await registrationOf(held)).toMatchObject([200, { window: 'closed' }]);
    await window();
    await changerAt(issuer).change(numbers[61] ?? '', 'leave', time.day(0));
    expect(await registrationOf(held, true)).toMatchObject([409, { code: 'registration-not-enrolled' }]);
    expect((await fetch(`${issuer.url}/v1/holder/registration`, { method: 'POST' })).status).toBe(401);
  });
});

it('says in SQL what the domain says [status x date x fee x presence x rule]', async () => {
  const [student] = await rowsOf('SELECT id FROM student WHERE student_number = ?', [numbers[300]]);
  for (const presence of ['none', 'holder', 'staff'] as const)
    for (const needsFee of [true, false]) {
      await window({ presence, needs_fee: needsFee });
      for (const status of ['enrolled', 'exchange', 'on-leave-of-absence'])
        for (const fee of ['paid', 'deferred', 'unpaid'] as const)
          for (const presenceBy of [null, 'holder', 'operator'])
            for (const registeredUntil of [null, time.day(5), until]) {
              await issuer.database.run.raw(
                'UPDATE student SET enrolment_status = ?, registered_until = ? WHERE id = ?',
                [status, registeredUntil, Number(student?.['id'])],
              );
              await issuer.database.run.raw(
                `INSERT INTO semester_fact (semester_id, student_id, fee, presence_by, presence_at) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (semester_id, student_id) DO UPDATE SET fee = excluded.fee, presence_by = excluded.presence_by, presence_at = excluded.presence_at`,
                [ID, Number(student?.['id']), fee, presenceBy, presenceBy === null ? null : new Date()],
              );
              const expected = standingOf(
                { id: ID, opens: '', closes: '', registeredUntil: until, needsFee, presence },
                { enrolmentStatus: status, registeredUntil, fee, presenceBy },
              );
              const filter = { student_numbers: [numbers[300]] };
              if (fee === 'deferred' && presenceBy === null) continue;
              const [, dry] = await send('POST', `/v1/semesters/${ID}/registrations?dry_run=true`, { filter });
              const found = Object.entries(dry['total'] as Record<string, number>).find(([, n]) => n > 0)?.[0];
              expect([presence, needsFee, status, fee, presenceBy, registeredUntil, found]).toEqual([
                presence,
                needsFee,
                status,
                fee,
                presenceBy,
                registeredUntil,
                expected,
              ]);
            }
    }
});

it('spreads wallets evenly over 45 s, each always at its own time', () => {
  const atMs = Array.from({ length: 50_000 }, (_, wallet) => refreshAtMs(wallet, 1_000_000));
  expect(refreshAtMs(7, 1_000_000)).toBe(atMs[7]);
  const perSecond = Array.from(
    { length: 45 },
    (_, second) => atMs.filter((ms) => Math.floor((ms - 1_000_000) / 1000) === second).length,
  );
  expect(Math.min(...perSecond)).toBeGreaterThan(900);
  expect(Math.max(...perSecond)).toBeLessThan(1350);
});
