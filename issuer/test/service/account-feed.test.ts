import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServiceClient, type ServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFileSender } from '../../src/adapters/send-notices.js';
import { noticeText } from '../../src/domain/notices/notice-texts.js';
import { readAccountFeed, sweepAccountFeed } from '../../src/storage/people/account-feed.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const rosterFile = new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url).pathname;
let issuer: TestIssuer;
let idp: ServiceClient;
let campus: ServiceClient;

interface Page {
  accounts: { student_number: string; name: string; enrolment_status: string }[];
  next: string;
  more: boolean;
}

beforeAll(async () => {
  issuer = await startIssuer();
  const clientOf = (caller: string) => {
    const key = generateKeyPair();
    writeFileSync(join(issuer.callersFolder, `${caller}.jwk.json`), JSON.stringify(key.jwk));
    const sign = createSigner(key.privateKey);
    return createServiceClient({ baseUrl: issuer.url, audience: 'issuer', caller, sign, clock: systemClock });
  };
  idp = clientOf('idp');
  campus = clientOf('campus');
  await issuer.operator('/v1/roster-imports', { bytes: readFileSync(rosterFile), type: 'text/csv' });
});
afterAll(() => issuer.close());

/**
 * The feed holds back what any running transaction of the server can still precede, those of other tests too: waits
 * until there is none.
 */
const caughtUp = () =>
  vi.waitFor(
    async () => {
      const { rows } = await issuer.database.run.raw(
        'SELECT max(transaction_id) < pg_snapshot_xmin(pg_current_snapshot()) AS yes FROM account_change',
      );
      expect(rows[0].yes).toBe(true);
    },
    { timeout: 10_000, interval: 20 },
  );

async function readAll(from = '0.0'): Promise<{ numbers: string[]; next: string }> {
  await caughtUp();
  const numbers: string[] = [];
  let page = await idp.json<Page>(`/v1/account-feed?after=${from}&limit=250`);
  for (;;) {
    numbers.push(...page.accounts.map((one) => one.student_number));
    if (!page.more) return { numbers, next: page.next };
    page = await idp.json<Page>(`/v1/account-feed?after=${page.next}&limit=250`);
  }
}

describe('account feed', () => {
  it('tells every student once from the beginning, and nothing more from its end', async () => {
    const { numbers, next } = await readAll();
    expect(new Set(numbers).size).toBe(600);
    expect((await readAll(next)).numbers).toEqual([]);
  });

  it('tells of a change with the present state, at once where somebody waits', async () => {
    const { numbers, next } = await readAll();
    const waiting = idp.json<Page>(`/v1/account-feed?after=${next}&wait=10`);
    await issuer.operator(`/v1/students/${numbers[0]}/suspend`, { body: { reason_code: 'drill' } });
    expect((await waiting).accounts.map((one) => one.student_number)).toEqual([numbers[0]]);
  });

  it('tells a waiting reader as soon as nothing holds the change back any more', async () => {
    const { numbers, next } = await readAll();
    const other = await issuer.database.run.transaction();
    await other.raw('SELECT pg_current_xact_id()');
    const waiting = idp.json<Page>(`/v1/account-feed?after=${next}&wait=8`);
    await issuer.operator(`/v1/students/${numbers[0]}/reinstate`, { body: { reason_code: 'drill' } });
    await other.commit();
    expect((await waiting).accounts.map((one) => one.student_number)).toEqual([numbers[0]]);
  });

  it('misses nothing of a transaction that began earlier and ended later', async () => {
    const { numbers, next } = await readAll();
    const [{ id }] = (
      await issuer.database.run.raw('SELECT id FROM student WHERE student_number = ?', [String(numbers[1])])
    ).rows;
    const [{ id: other }] = (
      await issuer.database.run.raw('SELECT id FROM student WHERE student_number = ?', [String(numbers[2])])
    ).rows;
    const early = await issuer.database.run.transaction();
    await early.raw('INSERT INTO account_change (student_id) VALUES (?)', [id]);
    await issuer.database.run.raw('INSERT INTO account_change (student_id) VALUES (?)', [other]);
    const before = await readAccountFeed(issuer.database.run, next, 100);
    await early.commit();
    expect(before.accounts).toEqual([]);
    expect((await readAll(before.next)).numbers.sort()).toEqual([numbers[1], numbers[2]].sort());
  });

  it('keeps one row per student when it is swept', async () => {
    await caughtUp();
    await sweepAccountFeed(issuer.database.run);
    const { rows } = await issuer.database.run.raw(
      'SELECT count(*) AS rows, count(DISTINCT student_id) AS students FROM account_change',
    );
    expect(rows[0].rows).toBe(rows[0].students);
    expect(new Set((await readAll()).numbers).size).toBe(600);
  });

  it('holds no identity number, birth date or contact', async () => {
    const page = await idp.json<Page>('/v1/account-feed?limit=1');
    expect(Object.keys(page.accounts[0] ?? {}).sort()).toEqual([
      'campus',
      'class',
      'college',
      'counsellor_staff_number',
      'enrolment_status',
      'level',
      'major',
      'name',
      'student_number',
    ]);
  });

  it.each([
    ['the operator', (path: string) => issuer.operator(path).then((answer) => answer.status), 403],
    [
      'the verifier',
      (path: string) =>
        issuer.verifier.raw(path).then(
          () => 200,
          (error: { status: number }) => error.status,
        ),
      403,
    ],
    ['nobody', (path: string) => fetch(`${issuer.url}${path}`).then((answer) => answer.status), 401],
  ])('is not for %s', async (_variant, call, status) => {
    expect(await call('/v1/account-feed')).toBe(status);
  });

  it('refuses a cursor that is none', async () => {
    await expect(idp.json('/v1/account-feed?after=1%27')).rejects.toMatchObject({ status: 400 });
  });
});

describe('messages to people', () => {
  const tell = (student_number: string, kind: string) =>
    idp.json<{ channels: string[] }>('/v1/notices', { method: 'POST', body: { student_number, kind } });

  it('go to every channel the register has, sealed until they are sent', async () => {
    const { numbers } = await readAll();
    expect(await tell(numbers[3] ?? '', 'passkey-added')).toEqual({ channels: ['phone', 'email'] });
    const { rows } = await issuer.database.run.raw('SELECT message_sealed FROM notice ORDER BY id DESC LIMIT 2');
    for (const row of rows as { message_sealed: Buffer }[])
      expect(row.message_sealed.toString('latin1')).not.toContain('"to"');
  });

  it.each([
    ['a transaction code, which only an offer sends', 'transaction-code'],
    ['a kind that is none', 'hello'],
  ])('are refused for %s', async (_variant, kind) => {
    await expect(tell('202301000001', kind)).rejects.toMatchObject({ status: 400 });
  });

  it('never give the transaction code to the identity layer', async () => {
    const { numbers } = await readAll();
    const answer = await idp.json<Record<string, unknown>>('/v1/credential-offers', {
      method: 'POST',
      body: { student_number: numbers[4], tx_code: true },
    });
    expect(answer['tx_code']).toBeUndefined();
    expect(answer['tx_code_sent']).toEqual(['phone', 'email']);
  });

  it('say in both languages what happened and what to do', () => {
    expect(noticeText('示例大学', 'passkey-added')).toMatch(/通行密钥.*立即.*A passkey.*at once/s);
    expect(noticeText('示例大学', 'transaction-code', '123456')).toMatch(/123456.*123456/s);
  });

  it('are written one file each where there is no gateway, for the account of the installation only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanyard-notices-'));
    await createFileSender(folder)({
      id: '7',
      kind: 'passkey-added',
      channel: 'phone',
      to: '100',
      text: 'x',
      tries: 1,
      uselessAtMs: 0,
    });
    expect(readdirSync(folder)).toEqual(['0000000007.json']);
  });
});

describe('what a form need not ask', () => {
  const ask = (client: ServiceClient, student_number: unknown) =>
    client.json<Record<string, string>>('/v1/student-facts', { method: 'POST', body: { student_number } });

  it('is told to campus, without identity document, birth date or contact', async () => {
    const facts = await ask(campus, '202301000001');
    expect(Object.keys(facts).sort()).toEqual([
      ...[
        'building',
        'campus',
        'class',
        'college',
        'counsellor_staff_number',
        'enrolment_status',
        'level',
        'major',
        'name',
      ],
      ...['registered_until', 'student_number'],
    ]);
    expect(facts['student_number']).toBe('202301000001');
  });

  it('is refused to others, and for nobody [idp] [unknown number] [no text]', async () => {
    await expect(ask(idp, '202301000001')).rejects.toMatchObject({ status: 403 });
    await expect(ask(campus, '999999999999')).rejects.toMatchObject({ status: 404, code: 'student-not-found' });
    await expect(ask(campus, 5)).rejects.toMatchObject({ status: 400 });
  });
});
