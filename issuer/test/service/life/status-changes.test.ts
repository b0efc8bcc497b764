import { CREDENTIAL_CONFIGURATION_IDS, ENROLMENT_STATES } from '@lanyard/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANGE_KIND_CODES, OPEN_KIND_CODES, ruleOf } from '../../../src/domain/life/change-kinds.js';
import { effectsOf, type Hold } from '../../../src/domain/life/life-state.js';
import { nameMatchKeyOf } from '../../../src/domain/roster/name-keys.js';
import { type Claimed, claimAt, requestBody } from '../support/claim.js';
import { payloadOf } from '../support/software-wallet.js';
import type { TestIssuer } from '../support/start-issuer.js';
import { changerAt, createMovedClock, enrolledNumbers, startWithRoster } from './support.js';

const time = createMovedClock();
let issuer: TestIssuer;
let at: ReturnType<typeof changerAt>;
let numbers: string[];
const next = () => numbers.shift() ?? '';

beforeAll(async () => {
  issuer = await startWithRoster({ clock: time.clock });
  at = changerAt(issuer);
  numbers = await enrolledNumbers(issuer);
});
afterAll(() => issuer.close());

const rowsOf = async (sql: string, values: unknown[] = []) =>
  (await issuer.database.run.raw(sql, values as never)).rows as Record<string, unknown>[];
const statusesOf = async (number: string, configuration = 'student-id-sd-jwt') =>
  (
    await rowsOf(
      `SELECT c.list_index, c.status FROM credential c JOIN student s ON s.id = c.student_id
       WHERE s.student_number = ? AND c.configuration_id = ? ORDER BY c.id`,
      [number, configuration],
    )
  ).map((row) => [Number(row['list_index']), Number(row['status'])]);
const obtain = async ({ wallet, tokens }: Claimed, configuration: string, count = 1) =>
  wallet.call('/credential', tokens.access_token, await requestBody(wallet, configuration, count));
const stateOf = async ({ wallet, tokens }: Claimed) =>
  (await (await wallet.call('/v1/holder/state', tokens.access_token)).json()) as Record<string, unknown>;
const actionsOf = async (number: string) =>
  (
    await rowsOf(
      `SELECT action FROM audit WHERE row_text::jsonb->>'subject' = (SELECT 'student:' || id FROM student WHERE student_number = ?) ORDER BY id`,
      [number],
    )
  ).map((row) => row['action']);
const setStatus = (number: string, status: string) =>
  issuer.database.run.raw('UPDATE student SET enrolment_status = ? WHERE student_number = ?', [status, number]);

describe('one change', () => {
  for (const kind of OPEN_KIND_CODES) {
    it(`is made from each status the table allows and refused from the others [${kind}]`, async () => {
      const more = {
        ...(ruleOf(kind).until === 'required' ? { until: time.day(30) } : {}),
        ...(ruleOf(kind).facts === 'name' ? { facts: { name: '阿卜杜拉·买买提' } } : {}),
        ...(ruleOf(kind).facts === 'study' ? { facts: { college: '理学院', class: '数学2601' } } : {}),
      };
      for (const { code } of ENROLMENT_STATES) {
        const number = next();
        await setStatus(number, code);
        const [status, body] = await at.change(number, kind, time.day(0), { ...more, version: 0 });
        const { to } = ruleOf(kind);
        if (ruleOf(kind).from.includes(code))
          expect([status, body.enrolment_status, body.version], code).toEqual([201, to ?? code, 1]);
        else expect([status, body.code], code).toEqual([409, 'status-change-not-allowed']);
      }
    });
  }

  it('suspends on leave, reinstates on return, and writes what happened', async () => {
    const number = next();
    const held = await claimAt(issuer, number);
    expect((await obtain(held, 'student-id-sd-jwt', 2)).status).toBe(200);
    const before = await rowsOf("SELECT count(*) AS n FROM change WHERE kind = 'person.changed'");
    const document = { document_number: '学〔2026〕11号', reason_code: 'health' };
    expect((await at.change(number, 'leave', time.day(0), { ...document, until: time.day(180) }))[0]).toBe(201);
    expect((await statusesOf(number)).map(([, status]) => status)).toEqual([2, 2]);
    expect(await stateOf(held)).toMatchObject({ credential_state: 'suspended', reason_code: 'on-leave-of-absence' });
    expect((await obtain(held, 'student-id-sd-jwt')).status).toBe(400);
    expect((await at.change(number, 'return', time.day(0)))[0]).toBe(201);
    expect((await statusesOf(number)).map(([, status]) => status)).toEqual([0, 0]);
    const { changes, version } = await at.history(number);
    expect(version).toBe(2);
    expect(changes).toMatchObject([
      { kind: 'return', from_status: 'on-leave-of-absence', to_status: 'enrolled', state: 'in-force' },
      { kind: 'leave', ...document, from_status: 'enrolled', until_date: time.day(180), actor: 'operator' },
    ]);
    const after = await rowsOf("SELECT count(*) AS n FROM change WHERE kind = 'person.changed'");
    expect(Number(after[0]?.['n'])).toBe(Number(before[0]?.['n']) + 2);
    expect((await actionsOf(number)).slice(-4)).toEqual([
      ...['status-change.recorded', 'enrolment-status.changed'],
      ...['status-change.recorded', 'enrolment-status.changed'],
    ]);
  });

  it('says before what would happen, and leaves nothing behind', async () => {
    const number = next();
    const held = await claimAt(issuer, number);
    await obtain(held, 'student-id-sd-jwt', 3);
    const [status, preview] = await at.preview(number, 'graduation', time.day(0));
    expect(status).toBe(200);
    expect(preview).toMatchObject({
      ...{ dry_run: true, version: 0, carried_out: 'now', quiet: false },
      enrolment_status: { from: 'enrolled', to: 'graduated' },
      effects: {
        from: { student_id: 'valid', alumni_id: 'none', sign_in: 'active', gates: 'by-policy-and-registration' },
        to: { student_id: 'revoked', alumni_id: 'valid', sign_in: 'closed', gates: 'refused' },
      },
      holds: { copies: 3, wallets: 1 },
    });
    expect(await at.history(number)).toMatchObject({ version: 0, changes: [] });
    expect((await statusesOf(number)).map(([, one]) => one)).toEqual([0, 0, 0]);
  });

  it('lets one of parallel changes through and refuses the rest by version', async () => {
    const number = next();
    const answers = await Promise.all(
      ['leave', 'status-retention', 'withdrawal', 'leave'].map((kind) =>
        at.change(number, kind, time.day(0), { version: 0 }),
      ),
    );
    expect(answers.filter(([status]) => status === 201)).toHaveLength(1);
    expect(answers.filter(([, body]) => body.code === 'life-version-conflict')).toHaveLength(3);
    expect((await at.history(number)).changes).toHaveLength(1);
  });

  it('answers a repeat with the same key once', async () => {
    const number = next();
    const send = () =>
      issuer.operator(`/v1/students/${number}/status-changes`, {
        body: { kind: 'leave', effective_date: time.day(0), version: 0 },
        headers: { 'Idempotency-Key': 'leave-once-0001' },
      });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await first.json()).toEqual(await second.json());
    expect((await at.history(number)).changes).toHaveLength(1);
  });

  it('refuses what is no change [unknown student] [internal kind] [no such day] [empty name] [fields of another kind]', async () => {
    const number = next();
    expect((await at.change('999999999999', 'leave', time.day(0)))[1].code).toBe('student-not-found');
    for (const [kind, day, more] of [
      ['correction', time.day(0), {}],
      ['exchange-end', time.day(0), {}],
      ['leave', '2026-02-30', {}],
      ['leave', '0999-01-01', {}],
      ['name-change', time.day(0), { facts: { name: '  ' } }],
    ] as const)
      expect((await at.change(number, kind, day, more))[0], kind).toBe(400);
    expect((await at.change(number, 'leave', time.day(0), { facts: { college: 'x' } }))[1].code).toBe(
      'status-change-facts-invalid',
    );
    expect((await at.change(number, 'exchange-guest', time.day(0)))[1].code).toBe('status-change-until-needed');
    expect((await at.change(number, 'leave', time.day(0), { until: time.day(-1) }))[1].code).toBe(
      'status-change-until-invalid',
    );
    expect(await at.history(number)).toMatchObject({ version: 0, changes: [] });
  });
});

describe('graduation', () => {
  it('revokes the student ID for good and issues an alumni ID over the same line, on request of the wallet', async () => {
    const number = next();
    const held = await claimAt(issuer, number);
    await obtain(held, 'student-id-sd-jwt', 2);
    await obtain(held, 'student-pass', 2);
    expect((await obtain(held, 'alumni-id-sd-jwt')).status).toBe(400);
    const [, graduated] = await at.change(number, 'graduation', time.day(0), { document_number: '毕〔2026〕1号' });
    expect((await statusesOf(number)).map(([, status]) => status)).toEqual([1, 1]);
    expect((await statusesOf(number, 'student-pass')).map(([, status]) => status)).toEqual([1, 1]);
    for (const configuration of CREDENTIAL_CONFIGURATION_IDS.filter((id) => id !== 'alumni-id-sd-jwt'))
      expect((await obtain(held, configuration)).status, configuration).toBe(400);
    expect(await stateOf(held)).toMatchObject({ credential_state: 'revoked', alumni_state: 'valid' });
    const alumni = await obtain(held, 'alumni-id-sd-jwt', 2);
    expect(alumni.status).toBe(200);
    const { credentials } = (await alumni.json()) as { credentials: { credential: string }[] };
    expect(payloadOf(credentials[0]?.credential ?? '')).toMatchObject({ vct: 'urn:lanyard:alumni-id:1' });
    const texts = (credentials[0]?.credential ?? '')
      .split('~')
      .slice(1, -1)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown[]);
    const claims = Object.fromEntries(texts.map(([, name, value]) => [name, value]));
    expect(claims).toMatchObject({ student_number: number, outcome: 'graduated', left_on: time.day(0) });
    for (const none of ['enrolment_status', 'registered_until', 'identity_document', 'rail_interval', 'birth_date'])
      expect(claims).not.toHaveProperty(none);

    // Back by reversal: new entries; the revoked ones stay, and the alumni ID goes.
    const refused = await at.reverse(number, graduated.id, {});
    expect(refused[1].code).toBe('document-number-needed');
    const [status, reversed] = await at.reverse(number, graduated.id, { document_number: '教〔2026〕2号' });
    expect([status, reversed.enrolment_status]).toEqual([201, 'enrolled']);
    expect((await statusesOf(number)).map(([, one]) => one)).toEqual([1, 1]);
    expect((await statusesOf(number, 'alumni-id-sd-jwt')).map(([, one]) => one)).toEqual([1, 1]);
    expect((await obtain(held, 'student-id-sd-jwt', 2)).status).toBe(200);
    const entries = await statusesOf(number);
    expect(entries.map(([, one]) => one)).toEqual([1, 1, 0, 0]);
    expect(new Set(entries.map(([index]) => index)).size).toBe(4);
    expect((await at.reverse(number, graduated.id, { document_number: 'x' }))[1].code).toBe('status-change-undone');
    expect((await at.reverse(number, reversed.id, { document_number: 'x' }))[1].code).toBe(
      'status-change-not-reversible',
    );
    expect((await at.reverse(next(), graduated.id, { document_number: 'x' }))[1].code).toBe('status-change-not-found');
  });

  it('offers an alumnus the alumni ID and nothing of a student', async () => {
    const number = next();
    await at.change(number, 'completion', time.day(0));
    const offer = await issuer.operator('/v1/credential-offers', { body: { student_number: number } });
    expect(((await offer.json()) as never as { credential_offer: object }).credential_offer).toMatchObject({
      credential_configuration_ids: ['alumni-id-sd-jwt'],
    });
    const body = { student_number: number, configuration_ids: ['student-id-sd-jwt'] };
    expect((await issuer.operator('/v1/credential-offers', { body })).status).toBe(409);
    const held = await claimAt(issuer, number);
    expect((await obtain(held, 'alumni-id-sd-jwt')).status).toBe(200);
  });

  it('never makes a revoked entry good again, whatever is asked of the database', async () => {
    const number = next();
    const held = await claimAt(issuer, number);
    await obtain(held, 'student-id-sd-jwt');
    await at.change(number, 'withdrawal', time.day(0));
    await expect(
      issuer.database.run.raw(
        'UPDATE credential SET status = 0 WHERE status = 1 AND student_id = (SELECT id FROM student WHERE student_number = ?)',
        [number],
      ),
    ).rejects.toThrow('a revoked entry stays revoked');
  });

  it('serves type metadata of the alumni ID under the digest its copies carry', async () => {
    const answer = await fetch(`${issuer.url}/type-metadata/${encodeURIComponent('urn:lanyard:alumni-id:1')}`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ vct: 'urn:lanyard:alumni-id:1' });
  });
});

describe('facts', () => {
  it('changes name and class, revokes what says otherwise, and takes it back', async () => {
    const number = next();
    const held = await claimAt(issuer, number);
    await obtain(held, 'student-id-sd-jwt');
    await obtain(held, 'student-pass');
    const [before] = await rowsOf('SELECT * FROM student WHERE student_number = ?', [number]);
    const [, named] = await at.change(number, 'name-change', time.day(0), { facts: { name: '欧阳·娜娜' } });
    const [changed] = await rowsOf('SELECT * FROM student WHERE student_number = ?', [number]);
    expect(changed).toMatchObject({ name: '欧阳·娜娜', name_match_key: '欧阳娜娜' });
    expect(changed?.['name_latin']).not.toBe(before?.['name_latin']);
    expect(await statusesOf(number)).toMatchObject([[expect.any(Number), 1]]);
    expect(await statusesOf(number, 'student-pass')).toMatchObject([[expect.any(Number), 0]]);
    expect(await stateOf(held)).toMatchObject({ credential_state: 'valid', name: '欧阳·娜娜' });
    const facts = { college: '外国语学院', major: '德语', major_code: '050203', class: '德语2601' };
    expect((await at.change(number, 'study-change', time.day(0), { facts }))[0]).toBe(201);
    expect(await rowsOf('SELECT * FROM student WHERE student_number = ?', [number])).toMatchObject([facts]);
    const { changes } = await at.history(number);
    await at.reverse(number, Number(changes[0]?.['id']));
    await at.reverse(number, named.id);
    expect(await rowsOf('SELECT * FROM student WHERE student_number = ?', [number])).toEqual([before]);
  });

  it('stores the dot as documents have it, shows the difference first, and finds the name by any [2219, 2022, 30FB, 25CF]', async () => {
    const number = numbers[61] ?? '';
    const stored = '阿依古丽·买买提';
    for (const dot of ['\u2219', '\u2022', '\u30fb', '\u25cf']) {
      const name = stored.replace('·', dot);
      const [, dry] = await at.preview(number, 'name-change', time.day(0), { facts: { name } });
      expect(dry['mended_name']).toEqual({ from: name, to: stored });
      const [status, { id }] = await at.change(number, 'name-change', time.day(0), { facts: { name } });
      expect(status).toBe(201);
      const [row] = await rowsOf('SELECT name, name_match_key FROM student WHERE student_number = ?', [number]);
      expect(row).toEqual({ name: stored, name_match_key: '阿依古丽买买提' });
      expect(nameMatchKeyOf(name)).toBe('阿依古丽买买提');
      await at.reverse(number, id);
    }
    const [, dry] = await at.preview(number, 'name-change', time.day(0), { facts: { name: stored } });
    expect(dry['mended_name']).toBeNull();
    // Not between two letters, or another sign: kept as it is.
    const [, odd] = await at.preview(number, 'name-change', time.day(0), { facts: { name: 'A.B' } });
    expect(odd['mended_name']).toBeNull();
  });
  it('writes no name into the audit', async () => {
    const number = next();
    await at.change(number, 'name-change', time.day(0), { facts: { name: '金丝雀之名' } });
    const found = await rowsOf("SELECT 1 FROM audit WHERE row_text LIKE '%金丝雀之名%'");
    expect(found).toEqual([]);
    expect(issuer.logLines.join('')).not.toContain('金丝雀之名');
  });
});

describe('death', () => {
  it('revokes quietly: no version, no reason, no message, in no list or count', async () => {
    const number = next();
    const held = await claimAt(issuer, number);
    await obtain(held, 'student-id-sd-jwt');
    const before = await stateOf(held);
    const [, preview] = await at.preview(number, 'death', time.day(0));
    expect(preview).toMatchObject({ quiet: true, effects: { to: { student_id: 'revoked', sign_in: 'closed' } } });
    const counts = async () =>
      (await (await issuer.operator('/v1/summary')).json()) as { enrolment_statuses: { enrolment_status: string }[] };
    expect((await at.change(number, 'death', time.day(0), { document_number: '户〔2026〕3号' }))[0]).toBe(201);
    expect(await statusesOf(number)).toMatchObject([[expect.any(Number), 1]]);
    const after = await stateOf(held);
    for (const member of ['version', 'credential_state', 'reason_code', 'enrolment_status', 'alumni_state'])
      expect([member, after[member]]).toEqual([member, before[member]]);
    expect((await obtain(held, 'student-id-sd-jwt')).status).toBe(400);
    expect((await counts()).enrolment_statuses.map((row) => row.enrolment_status)).not.toContain('deceased');
    const list = async (query: string) =>
      (
        (await (await issuer.operator(`/v1/students?limit=200&${query}`)).json()) as {
          students: { student_number: string }[];
        }
      ).students.map((one) => one.student_number);
    const [person] = await rowsOf('SELECT name FROM student WHERE student_number = ?', [number]);
    expect(await list(`q=${encodeURIComponent(String(person?.['name']))}`)).not.toContain(number);
    expect(await list(`q=${number.slice(0, 6)}`)).not.toContain(number);
    expect(await list(`q=${number}`)).toContain(number);
    expect(await list('enrolment_status=deceased')).toContain(number);
    expect(
      await rowsOf(
        'SELECT 1 FROM notice n JOIN student s ON s.id = n.student_id WHERE s.student_number = ? AND message_sealed IS NOT NULL',
        [number],
      ),
    ).toEqual([]);
  });
});

describe('time', () => {
  it('carries out the future on its day in Asia/Shanghai, once, also with two hands at it', async () => {
    const number = next();
    const held = await claimAt(issuer, number);
    await obtain(held, 'student-id-sd-jwt');
    const [, planned] = await at.change(number, 'leave', time.day(10), { version: 0 });
    expect(planned).toMatchObject({ carried_out: 'on-its-day', enrolment_status: 'enrolled', version: 1 });
    await issuer.maintain();
    time.moveTo(9);
    await issuer.maintain();
    expect((await at.history(number)).changes).toMatchObject([{ state: 'planned', from_status: null }]);
    time.moveTo(10);
    await Promise.all([issuer.maintain(), issuer.maintain()]);
    time.moveTo(0);
    const { changes, version, enrolment_status } = await at.history(number);
    expect([version, enrolment_status]).toEqual([2, 'on-leave-of-absence']);
    expect(changes).toMatchObject([{ state: 'in-force', from_status: 'enrolled', to_status: 'on-leave-of-absence' }]);
    expect((await actionsOf(number)).filter((action) => action === 'enrolment-status.changed')).toHaveLength(1);
  });

  it('calls a planned change off, and lets it do nothing on its day', async () => {
    const number = next();
    const [, planned] = await at.change(number, 'graduation', time.day(5));
    expect((await at.reverse(number, planned.id))[0]).toBe(201);
    time.moveTo(6);
    await issuer.maintain();
    time.moveTo(0);
    expect((await at.history(number)).enrolment_status).toBe('enrolled');
  });

  it('refuses what a plan does not allow, and names the plan', async () => {
    const number = next();
    const [, planned] = await at.change(number, 'graduation', time.day(100));
    expect((await at.change(number, 'leave', time.day(0)))[1]).toMatchObject({
      code: 'status-change-out-of-order',
      change_id: planned.id,
    });
  });

  it('puts a change of the past in its place', async () => {
    const number = next();
    await at.change(number, 'leave', time.day(-100));
    await at.change(number, 'return', time.day(-10));
    const [status] = await at.change(number, 'status-retention', time.day(-50));
    expect(status).toBe(201);
    const { changes, enrolment_status } = await at.history(number);
    expect(enrolment_status).toBe('enrolled');
    expect(changes.map((one) => [one['kind'], one['from_status']])).toEqual([
      ['return', 'status-retained'],
      ['status-retention', 'on-leave-of-absence'],
      ['leave', 'enrolled'],
    ]);
  });

  it('ends a guest\u2019s record on the day after its last', async () => {
    const number = next();
    await setStatus(number, 'not-registered');
    const [, guest] = await at.change(number, 'exchange-guest', time.day(0), { until: time.day(3) });
    expect(guest.enrolment_status).toBe('exchange');
    time.moveTo(3);
    await issuer.maintain();
    expect((await at.history(number)).enrolment_status).toBe('exchange');
    time.moveTo(4);
    await issuer.maintain();
    time.moveTo(0);
    expect((await at.history(number)).enrolment_status).toBe('transferred-out');
  });
});

describe('the database', () => {
  it('repeats the table of kinds and statuses', async () => {
    const [student] = await rowsOf('SELECT id FROM student ORDER BY id LIMIT 1');
    for (const kind of CHANGE_KIND_CODES.filter((code) => code !== 'reversal' && code !== 'correction'))
      for (const { code: from } of ENROLMENT_STATES)
        for (const { code: to } of ENROLMENT_STATES) {
          const rule = ruleOf(kind);
          const allowed = rule.from.includes(from) && (rule.to ?? from) === to;
          const made = await issuer.database.run
            .transaction(async (transaction) => {
              await transaction.raw(
                `INSERT INTO status_change (student_id, kind, state, effective_date, until_date, from_status, to_status, facts, reason_code, actor, recorded_at, carried_out_at)
                 VALUES (?, ?, 'in-force', '2026-01-01', ?, ?, ?, ?, 'regular', 'test', now(), now())`,
                [
                  ...[Number(student?.['id']), kind, rule.until === 'required' ? '2026-02-01' : null, from, to],
                  rule.facts === 'none' ? null : '{}',
                ],
              );
              throw new Error('taken');
            })
            .catch((error: Error) => error.message === 'taken');
          expect([kind, from, to, made]).toEqual([kind, from, to, allowed]);
        }
  });

  it('says of status and hold what the domain says', async () => {
    const number = next();
    const [student] = await rowsOf('SELECT id FROM student WHERE student_number = ?', [number]);
    for (const { code } of ENROLMENT_STATES)
      for (const hold of ['none', 'suspended', 'revoked'] satisfies Hold[]) {
        await setStatus(number, code);
        await issuer.database.run.raw(
          `INSERT INTO holder (student_id, hold, held_at) VALUES (?, ?, ?) ON CONFLICT (student_id) DO UPDATE SET hold = excluded.hold, held_at = excluded.held_at`,
          [Number(student?.['id']), hold, hold === 'none' ? null : new Date()],
        );
        const [state] = await rowsOf('SELECT credential_state, alumni_state FROM holder_state WHERE student_id = ?', [
          student?.['id'],
        ]);
        const effects = effectsOf(code, hold);
        expect([code, hold, state?.['credential_state'], state?.['alumni_state'] ?? 'none']).toEqual([
          ...[code, hold, effects.student_id],
          effects.alumni_id,
        ]);
      }
  });
});
