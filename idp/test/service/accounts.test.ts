import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser } from './support/browser.js';
import { type IdpUnderTest, OPERATOR_TOKEN, startIdp } from './support/idp-under-test.js';
import { beginAuthorization, codeOf, interactionOf, signInThrough } from './support/oidc-client.js';

const REDIRECT = 'http://localhost:9999/callback';
let idp: IdpUnderTest;
let page = 0;

beforeAll(async () => {
  idp = await startIdp();
  await idp.addParty({
    id: 'tour',
    name_zh: '试用',
    name_en: 'Tour',
    protocol: 'oidc',
    oidc: { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
  });
});
afterAll(() => idp.close());
beforeEach(() => {
  page += 1;
});

const feedAccount = (number: string, enrolment_status = 'enrolled', name = '测试甲') => ({
  student_number: number,
  name,
  college: '文学院',
  major: '汉语言文学',
  class: '26中文1班',
  level: 'bachelor',
  enrolment_status,
  campus: '',
  counsellor_staff_number: 'T0001',
});
const apply = (...accounts: ReturnType<typeof feedAccount>[]) =>
  idp.idp.sources.applyFeed({ accounts, next: `${page}.${accounts.length}` });
const isSignedIn = async (browser: ReturnType<typeof openBrowser>) =>
  interactionOf(
    await browser.get(beginAuthorization({ idp: idp.url, clientId: 'tour', redirectUri: REDIRECT }).address),
  ) === undefined;
async function signedIn(number: string) {
  const account = await idp.idp.accounts.findByNumber(number);
  const browser = openBrowser();
  const request = beginAuthorization({ idp: idp.url, clientId: 'tour', redirectUri: REDIRECT });
  const back = await signInThrough(browser, idp.url, request.address, { account: account?.id ?? '' });
  expect(codeOf(back)).not.toBe('');
  return browser;
}
const rosterOf = (rows: string[]) => ['工号,姓名,角色,范围', ...rows].join('\n');
const importStaff = async (rows: string[], query = '') => {
  const answer = await idp.asPerson(`/v1/staff-imports${query}`, { body: rosterOf(rows), type: 'text/csv' });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
};
const importByToken = (rows: string[]) =>
  fetch(`${idp.url}/v1/staff-imports`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'text/csv' },
    body: rosterOf(rows),
  });

describe('accounts from the register', () => {
  it('come with the feed, change with it, and keep their identifier', async () => {
    await apply(feedAccount('9000001'));
    const before = await idp.idp.accounts.findByNumber('9000001');
    await apply(feedAccount('9000001', 'enrolled', '测试·改名'));
    const after = await idp.idp.accounts.findByNumber('9000001');
    expect([after?.id, after?.name]).toEqual([before?.id, '测试·改名']);
  });

  it('stay as they are when a page comes twice', async () => {
    await apply(feedAccount('9000002'));
    const first = await idp.idp.accounts.findByNumber('9000002');
    await apply(feedAccount('9000002'));
    expect(await idp.idp.accounts.findByNumber('9000002')).toEqual(first);
  });

  it.each(['transferred-out', 'withdrawn', 'expelled', 'graduated', 'completed', 'attended', 'deceased'])(
    'close with every session when the person has left [%s]',
    async (status) => {
      const number = `90001${page}`;
      await apply(feedAccount(number));
      const browser = await signedIn(number);
      await apply(feedAccount(number, status));
      expect(await isSignedIn(browser)).toBe(false);
      expect((await idp.idp.accounts.findByNumber(number))?.state).toBe('closed');
    },
  );

  it.each(['on-leave-of-absence', 'status-retained', 'admission-retained', 'not-registered', 'exchange'])(
    'go on signing in while the person belongs to the university [%s]',
    async (status) => {
      const number = `90002${page}`;
      await apply(feedAccount(number, status));
      expect(await isSignedIn(await signedIn(number))).toBe(true);
    },
  );

  it('open again when the register takes the person back', async () => {
    await apply(feedAccount('9000301', 'withdrawn'));
    await apply(feedAccount('9000301', 'enrolled'));
    expect(await isSignedIn(await signedIn('9000301'))).toBe(true);
  });
});

describe('staff roster', () => {
  const base = ['T1,职员甲,registrar,university', 'T1,职员甲,guard,campus:花都校区', 'T2,职员乙,counsellor,assigned'];

  it('may come by the operator token for the first time, and afterwards change nobody by it', async () => {
    expect((await importByToken(['T0,职员零,operator,university'])).status).toBe(200);
    expect((await importByToken(['T0,职员零,operator,university'])).status).toBe(200);
    for (const rows of [
      ['T0,职员零,registrar,university'],
      ['T0,职员零,operator,university', 'T7,职员七,guard,university'],
      ['T7,职员七,guard,university'],
    ]) {
      const answer = await importByToken(rows);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'person-needed']);
    }
    expect((await idp.idp.accounts.findByNumber('T0'))?.roles.map((role) => role.role)).toEqual(['operator']);
    expect(await idp.idp.accounts.findByNumber('T7')).toBeUndefined();
  });

  it('adds people with all of their roles, and changes nothing the second time', async () => {
    expect((await importStaff(base)).body).toMatchObject({ people: 2, difference: { added: 2 } });
    expect((await idp.idp.accounts.findByNumber('T1'))?.roles.map((role) => role.role)).toEqual(['guard', 'registrar']);
    expect((await importStaff(base)).body).toMatchObject({
      difference: { added: 0, changed: 0, unchanged: 2, closed: 0 },
    });
  });

  it('changes nothing in a dry run', async () => {
    const answer = await importStaff(['T9,职员丙,operator,university'], '?dry_run=true');
    expect(answer.body).toMatchObject({ dry_run: true, difference: { added: 1, closed: 2 } });
    expect(await idp.idp.accounts.findByNumber('T9')).toBeUndefined();
    expect((await idp.idp.accounts.findByNumber('T1'))?.state).toBe('active');
  });

  it('closes who is no longer on it, sessions included', async () => {
    const browser = await signedIn('T2');
    expect((await importStaff(base.slice(0, 2))).body).toMatchObject({ difference: { closed: 1 } });
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('takes over no number of the register', async () => {
    await apply(feedAccount('9000401'));
    await importStaff([...base, '9000401,冒名,operator,university']);
    expect(await idp.idp.accounts.findByNumber('9000401')).toMatchObject({ kind: 'student', roles: [] });
  });

  it('keeps good rows and lists bad ones by line', async () => {
    const { body } = await importStaff([
      ...base,
      'T3,职员丁,king,university',
      'T4,职员戊,guard,campus',
      ',无号,guard,university',
      'T1,别名,guard,university',
    ]);
    expect(body).toMatchObject({
      rejected: 4,
      findings: [
        { line: 5, code: 'staff-role-unknown' },
        { line: 6, code: 'staff-scope-invalid' },
        { line: 7, code: 'staff-number-invalid' },
        { line: 8, code: 'staff-name-differs' },
      ],
    });
  });

  it.each([
    ['nobody on it', []],
    ['bad rows only', ['T3,职员丁,king,university']],
  ])('is refused with %s: it would close everybody', async (_variant, rows) => {
    expect((await importStaff(rows)).status).toBe(422);
    expect((await idp.idp.accounts.findByNumber('T1'))?.state).toBe('active');
  });
});
