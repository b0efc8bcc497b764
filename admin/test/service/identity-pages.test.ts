import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdpUnderTest } from '../../../idp/test/service/support/idp-under-test.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, openPage, openSignedIn, type WatchedPage } from './support/browser.js';
import { shoot } from './support/shoot.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

let app: TestConsole;
let idp: IdpUnderTest;
let browser: Browser;
const accounts: Record<string, string> = {};

beforeAll(async () => {
  app = await startConsole(9750, { withIdp: true });
  if (app.idp === undefined) throw new Error('no identity layer');
  idp = app.idp;
  for (const [name, number, role] of [
    ['operator', '9900301', 'operator'],
    ['registrar', '9900302', 'registrar'],
    ['other', '9900303', 'registrar'],
    ['guard', '9900304', 'guard@campus:花都校区'],
    ['counsellor', 'T0007', 'counsellor@assigned'],
  ] as const)
    accounts[name] = await idp.addAccount({ number, kind: 'staff', name: `测试${number}`, roles: [role], college: '' });
  for (let index = 1; index <= 3; index += 1)
    await idp.addAccount({ number: `20269900${index}`, name: '阿依古丽·买买提', college: '文学院' });
  await idp.database.run.raw("UPDATE account SET claimed_at = NULL WHERE kind = 'student'");
  await idp.addParty({
    ...{ id: 'old-forum', name_zh: '旧论坛', name_en: 'Old forum', protocol: 'oauth2' },
    oauth2: { redirect_uris: ['http://forum.example.edu.cn/cb'], pkce: 'excused' },
  });
  await idp.addParty({
    ...{ id: 'library', name_zh: '图书馆', name_en: 'Library', protocol: 'cas' },
    ...{ purpose_zh: '借书', purpose_en: 'Loans' },
    cas: { services: [{ url: 'https://lib.example.edu.cn/cas' }] },
  });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const signedInAs = (name: string, options: Parameters<typeof openPage>[1]): Promise<WatchedPage> =>
  openSignedIn(browser, { url: app.url, account: accounts[name] }, options);

describe('signing in with the campus account', () => {
  it('comes first on the page, the link second, and says why it did not work', async () => {
    const { page, context } = await openPage(browser, { language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/sign-in?problem=sign-in-without-role`);
    expect(await page.getByRole('alert').textContent()).toContain('没有岗位');
    const [campus, link] = [page.getByTestId('campus-sign-in'), page.getByLabel('登录链接')];
    expect((await campus.boundingBox())?.y ?? 0).toBeLessThan((await link.boundingBox())?.y ?? 0);
    await shoot(page, 'sign-in-campus-zh-1280');
    await context.close();
  });
  it('shows who one is, and only what one may do', async () => {
    const { page, context, faults } = await signedInAs('registrar', { language: 'zh-CN', width: 1280 });
    expect(await page.getByTestId('signed-in-as').textContent()).toContain('学籍管理员');
    const menu = await page.locator('#menu a').allTextContents();
    expect(menu.map((text) => text.trim())).toEqual([
      '概览',
      '学生',
      '名册导入',
      '学期注册',
      '批量变更学籍',
      '照片审核',
      '认领码',
      '校园卡',
      '个人信息',
      '账号',
    ]);
    await page.goto(`${app.url}/`);
    await page.waitForTimeout(300);
    expect(await page.getByRole('alert').count()).toBe(0);
    await shoot(page, 'overview-registrar-zh-1280');
    expect(faults).toEqual([]);
    await context.close();
  });
  it('lets a guard not in, and says so', async () => {
    const { page, context } = await signedInAs('guard', { language: 'en-GB', width: 390 });
    expect(page.url()).toContain('problem=sign-in-without-role');
    expect(await page.getByRole('alert').textContent()).toContain('no role here');
    await context.close();
  });
  it('goes on to the page one wanted', async () => {
    const { page, context } = await openPage(browser, { language: 'en-GB', width: 1280 });
    await page.goto(`${app.url}/relying-parties/library`);
    await page.getByTestId('campus-sign-in').click();
    await page.waitForURL(/\/sign-in\/[\w-]{21,}/);
    await page.goto(`${page.url()}/door?account=${accounts['operator']}&level=device-passkey`);
    await page.waitForURL(`${app.url}/relying-parties/library`);
    await page.getByTestId('findings').or(page.getByText('Nothing to mend')).first().waitFor();
    await context.close();
  });
  it('signs out here, and leads to where everything is signed out', async () => {
    const { page, context } = await signedInAs('registrar', { language: 'zh-CN', width: 1280 });
    await page.getByRole('button', { name: '退出登录' }).click();
    await page.waitForURL((url) => url.origin === new URL(idp.url).origin);
    await page.goto(`${app.url}/students`);
    await page.waitForURL(/\/sign-in/);
    await context.close();
  });
});

describe('an import that waits for a second person', () => {
  it('is approved by another one in the console, and not by who began it', async () => {
    const first = await signedInAs('registrar', { language: 'zh-CN', width: 1280 });
    const roster = readRoster('roster-clean.csv').toString('utf8');
    for (const [name, text, answer] of [
      ['all.csv', roster, '已导入'],
      ['leave.csv', roster.replaceAll(',在籍在读,', ',休学,'), '等第二个人批准'],
    ] as const) {
      await first.page.goto(`${app.url}/import`);
      await first.page
        .getByTestId('roster-file')
        .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
      await first.page.getByTestId('roster-apply').click();
      await first.page.getByTestId('roster-done').getByText(answer).waitFor();
    }
    await first.page.getByTestId('decline').waitFor();
    expect(await first.page.getByTestId('approve').count()).toBe(0);
    const second = await signedInAs('other', { language: 'zh-CN', width: 1280 });
    await second.page.goto(`${app.url}/import`);
    await second.page.getByTestId('approve').click();
    await second.page.getByRole('dialog').getByText('记在你和导入人名下').waitFor();
    await shoot(second.page, 'import-approve-zh-1280');
    await second.page.getByTestId('confirm-decision').click();
    await second.page.getByTestId('approve').waitFor({ state: 'detached' });
    const { imports } = await (await app.issuer.operator('/v1/roster-imports')).json();
    expect(imports[0]).toMatchObject({ state: 'applied' });
    expect(imports[0].decided_by).not.toBe(imports[0].created_by);
    await first.context.close();
    await second.context.close();
  });
});

describe('the rule of the second person', () => {
  it('is changed by one registrar and put into force by another [zh, 390 px]', async () => {
    const first = await signedInAs('registrar', { language: 'zh-CN', width: 390 });
    await first.page.goto(`${app.url}/import`);
    await first.page.getByTestId('rule-edit').click();
    await first.page.locator('#rule-revocations').fill('10');
    expect(await runAxe(first.page)).toEqual([]);
    expect(await first.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await shoot(first.page, 'rule-form-zh-390');
    await first.page.getByTestId('rule-send').click();
    const waiting = first.page.getByTestId('rule-waiting');
    await waiting.getByText('注销超过 10 人').waitFor();
    expect(await waiting.getByTestId('approve').count()).toBe(0);
    expect(await first.page.getByTestId('rule-now').textContent()).toContain('注销超过 50 人');
    const second = await signedInAs('other', { language: 'zh-CN', width: 1280 });
    await second.page.goto(`${app.url}/import`);
    await shoot(second.page, 'rule-waiting-zh-1280');
    await second.page.getByTestId('approve').click();
    await second.page.getByTestId('confirm-decision').click();
    await second.page.getByTestId('rule-now').getByText('注销超过 10 人').waitFor();
    await first.context.close();
    await second.context.close();
  });
});

describe('a counsellor', () => {
  it('sees one page: confirms who is here, registers them and takes it back [en, 1280 px]', async () => {
    const { run } = app.issuer.database;
    await run.raw("UPDATE student SET enrolment_status = 'enrolled' WHERE counsellor_staff_number = 'T0007'");
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const body = { opens: day(-3), closes: day(30), registered_until: day(150), needs_fee: false, presence: 'staff' };
    await app.issuer.operator('/v1/semesters/2026-2027-1', { method: 'PUT', body });
    const { page, context, faults } = await signedInAs('counsellor', { language: 'en-GB', width: 1280 });
    expect((await page.locator('#menu a').allTextContents()).map((text) => text.trim())).toEqual(['My students']);
    const list = page.getByTestId('own-list');
    await list.waitFor();
    const all = await list.locator('li').count();
    await list.locator('input').first().check();
    await page.getByTestId('own-confirm').getByText('Confirm 1 present').click();
    await page.getByText('1 confirmed present').waitFor();
    await page
      .getByTestId('own-all')
      .getByText(`Choose all ${all - 1}`)
      .click();
    expect(await runAxe(page)).toEqual([]);
    await shoot(page, 'own-students-en-1280');
    await page.getByTestId('own-confirm').click();
    await page.getByText(`${all - 1} confirmed present`).waitFor();
    await page.getByTestId('own-look').click();
    await page.getByTestId('own-preview').getByText(`registers ${all} students`).waitFor();
    await page.getByTestId('own-apply').click();
    await page.locator('[data-testid=run][data-state=applied]').waitFor();
    await page.locator('[data-standing=registered] dd').getByText(String(all), { exact: true }).waitFor();
    await page.getByTestId('run-undo').click();
    await page.locator('[data-testid=run][data-state=undone]').waitFor();
    await page.locator('[data-standing=ready] dd').getByText(String(all), { exact: true }).waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
  it('does so on a phone [zh, 390 px]', async () => {
    const { page, context } = await signedInAs('counsellor', { language: 'zh-CN', width: 390 });
    await page.getByTestId('own-semester').waitFor();
    await page.getByTestId('own-standing').selectOption('ready');
    await page.getByTestId('own-list').waitFor();
    expect(await runAxe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await shoot(page, 'own-students-zh-390');
    await context.close();
  });
});

describe('relying parties', () => {
  it('are listed red first, with settings to paste on a page of their own', async () => {
    const { page, context, faults } = await signedInAs('operator', { language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/relying-parties`);
    await page.getByTestId('party-list').waitFor();
    expect(await page.locator('tr[data-party]').first().getAttribute('data-party')).toBe('old-forum');
    await shoot(page, 'relying-parties-zh-1280');
    await page.getByRole('link', { name: '图书馆' }).click();
    await page.getByText('phpCAS', { exact: false }).first().waitFor();
    await shoot(page, 'relying-party-zh-1280');
    expect(faults).toEqual([]);
    await context.close();
  });
  it('are added by form, and the secret is shown once', async () => {
    const { page, context, faults } = await signedInAs('operator', { language: 'en-GB', width: 1280 });
    await page.goto(`${app.url}/relying-parties`);
    await page.getByTestId('add-party').click();
    await page.getByTestId('party-id').fill('canteen');
    await page.getByTestId('party-name-zh').fill('食堂');
    await page.getByTestId('party-name-en').fill('Canteen');
    await page.getByTestId('party-addresses').fill('https://canteen.example.edu.cn/cb');
    await page.getByTestId('save-party').click();
    const secret = (await page.getByTestId('client-secret').locator('pre').textContent()) ?? '';
    expect(secret).toMatch(/^[\w-]{20,}$/);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.locator('tr[data-party=canteen]').waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(faults).toEqual([]);
    await context.close();
  });
  it('say what does not fit, and lose nothing typed', async () => {
    const { page, context } = await signedInAs('operator', { language: 'zh-CN', width: 390 });
    await page.goto(`${app.url}/relying-parties`);
    await page.getByTestId('add-party').click();
    await page.getByTestId('party-id').fill('lanyard-admin');
    await page.getByTestId('party-name-zh').fill('假的');
    await page.getByTestId('party-name-en').fill('False');
    await page.getByTestId('party-addresses').fill('https://evil.example/cb');
    await page.getByTestId('save-party').click();
    await page.getByRole('dialog').getByText('relying-party-reserved').waitFor();
    expect(await page.getByTestId('party-name-zh').inputValue()).toBe('假的');
    await shoot(page, 'relying-party-refused-zh-390');
    await context.close();
  });
  it('are added by file, changed by form without losing what the form does not know, and disabled', async () => {
    const { page, context } = await signedInAs('operator', { language: 'en-GB', width: 1280 });
    const party = {
      ...{
        id: 'portal',
        name_zh: '门户',
        name_en: 'Portal',
        protocol: 'cas',
        purpose_zh: '门户',
        purpose_en: 'Portal',
      },
      cas: { services: [{ url: 'https://portal.example.edu.cn/app/', match: 'prefix' }], single_logout: 'front' },
    };
    await page.goto(`${app.url}/relying-parties`);
    await page.getByTestId('add-party').click();
    await page
      .getByTestId('party-file')
      .setInputFiles({ name: 'no.json', mimeType: 'application/json', buffer: Buffer.from('no') });
    await page.getByRole('dialog').getByText('file-is-not-json').waitFor();
    const buffer = Buffer.from(JSON.stringify(party));
    await page.getByTestId('party-file').setInputFiles({ name: 'p.json', mimeType: 'application/json', buffer });
    await page.locator('tr[data-party=portal]').waitFor();
    await page.goto(`${app.url}/relying-parties/portal`);
    await page.getByTestId('change-party').click();
    await page.getByTestId('party-name-en').fill('Campus portal');
    await page.getByTestId('save-party').click();
    await page.getByRole('heading', { name: 'Campus portal' }).waitFor();
    const kept = (await idp.idp.registered.find('portal'))?.party.cas;
    expect(kept).toMatchObject({ single_logout: 'front', services: [{ match: 'prefix' }] });
    await page.getByTestId('disable-party').click();
    await page.getByTestId('confirm').click();
    await page.locator('.page-head').getByText('Disabled').waitFor();
    await context.close();
  });
});

describe('accounts, sign-ins and logout calls', () => {
  it('finds a person by number, shows sign-ins and ends one, with no number in an address', async () => {
    const other = await signedInAs('other', { language: 'zh-CN', width: 390 });
    const { page, context, faults } = await signedInAs('operator', { language: 'zh-CN', width: 1280 });
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`${app.url}/accounts`);
    await page.getByTestId('account-number').fill('9900303');
    await page.getByTestId('find-account').click();
    await page.getByTestId('account').getByText('学籍管理员（全校）').waitFor();
    await shoot(page, 'accounts-zh-1280');
    await page.getByTestId('end-session').first().click();
    await page.getByTestId('confirm').click();
    await page.getByText('结束', { exact: false }).first().waitFor();
    await expect.poll(async () => (await other.page.request.get(`${app.url}/api/session`)).status()).toBe(401);
    expect(addresses.join(' ')).not.toContain('9900303');
    expect(faults).toEqual([]);
    await page.goto(`${app.url}/logout-calls`);
    await page.getByTestId('logout-calls').getByText('lanyard-admin').first().waitFor();
    await shoot(page, 'logout-calls-zh-1280');
    await context.close();
    await other.context.close();
  });
  it('says that a number is nobody’s', async () => {
    const { page, context } = await signedInAs('operator', { language: 'en-GB', width: 390 });
    await page.goto(`${app.url}/accounts`);
    await page.getByTestId('account-number').fill('nobody');
    await page.getByTestId('find-account').click();
    await page.getByText('account-not-found').waitFor();
    await context.close();
  });
  it('recovers an account with two persons, and not with one', async () => {
    const first = await signedInAs('registrar', { language: 'en-GB', width: 1280 });
    await first.page.goto(`${app.url}/accounts`);
    await first.page.getByTestId('recovery-number').fill('202699001');
    await first.page.getByTestId('recovery-reason').fill('lost phone');
    await first.page.getByTestId('open-recovery').click();
    await first.page.getByText('Another person has to approve it.').waitFor();
    expect(await first.page.getByTestId('approve-recovery').count()).toBe(0);
    const second = await signedInAs('operator', { language: 'en-GB', width: 1280 });
    await second.page.goto(`${app.url}/accounts`);
    await second.page.getByTestId('approve-recovery').click();
    expect(await second.page.getByTestId('recovery-code').textContent()).toMatch(/^[\w-]{10,}$/);
    await shoot(second.page, 'recovery-en-1280');
    await first.context.close();
    await second.context.close();
  });
});

describe('staff roster and claim codes', () => {
  it('shows the difference before it writes, and then writes', async () => {
    const { page, context, faults } = await signedInAs('operator', { language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/staff`);
    const lines = ['9900301,测试9900301,operator,university', '9900302,测试9900302,registrar,university'];
    lines.push('9900303,测试9900303,registrar,university', '9900304,测试9900304,guard,campus:花都校区');
    lines.push('9900399,新同事,card-officer,university', '9900398,某人,rector,university');
    const buffer = Buffer.from(`工号,姓名,角色,范围\n${lines.join('\n')}\n`);
    await page.getByTestId('staff-file').setInputFiles({ name: 'staff.csv', mimeType: 'text/csv', buffer });
    await page.getByTestId('staff-summary').waitFor();
    expect(await page.getByTestId('staff-findings').textContent()).toContain('没有这个角色');
    expect(await page.locator('[data-count=added]').textContent()).toContain('1');
    await shoot(page, 'staff-difference-zh-1280');
    const count = async () =>
      Number((await idp.database.run.raw("SELECT count(*) FROM account WHERE number = '9900399'")).rows[0].count);
    expect(await count()).toBe(0);
    await page.getByTestId('staff-apply').click();
    await page.getByTestId('staff-done').waitFor();
    expect(await count()).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });
  it('issues claim codes once, as letters to print, with the code in no address', async () => {
    const { page, context, faults } = await signedInAs('registrar', { language: 'zh-CN', width: 1280 });
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`${app.url}/claim-codes`);
    await page.getByTestId('by-numbers').check({ force: true });
    await page.getByTestId('codes-numbers').fill('202699001, 202699002\n299999999');
    await page.getByTestId('issue-codes').click();
    await page.getByTestId('codes-issued').waitFor();
    expect(await page.getByTestId('codes-issued').textContent()).toContain('299999999');
    const letters = page.getByTestId('letters').locator('article');
    expect(await letters.count()).toBe(2);
    const code = (await letters.first().locator('.letter-code').textContent()) ?? '';
    expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    expect(addresses.join(' ')).not.toContain(code);
    await shoot(page, 'claim-codes-zh-1280');
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(2);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('every page of the identity layer', () => {
  const pages = [
    '/relying-parties',
    '/relying-parties/old-forum',
    '/logout-calls',
    '/accounts',
    '/staff',
    '/claim-codes',
  ];
  it.each([
    ['zh-CN', 390, false],
    ['zh-CN', 1280, true],
    ['en-GB', 390, true],
    ['en-GB', 1280, false],
  ] as const)(
    'has no fault axe can find [%s, %d px, dark %s]',
    async (language, width, dark) => {
      const { page, context, faults } = await signedInAs('operator', { language, width, dark });
      const tall = async () => {
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.min(height, 8_000) });
      };
      const check = async (what: string) => {
        await tall();
        expect(await runAxe(page), what).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(width);
        await shoot(page, `identity${what.replaceAll('/', '-')}-${language}-${width}${dark ? '-dark' : ''}`);
        await page.setViewportSize({ width: 320, height: 640 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${what} at 320`).toBeLessThanOrEqual(
          320,
        );
        await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
      };
      for (const path of pages) {
        await page.goto(app.url + path);
        await page.locator('h1').waitFor();
        await page.waitForTimeout(400);
        await check(path);
      }
      await page.goto(`${app.url}/relying-parties`);
      await page.getByTestId('add-party').click();
      await page.getByTestId('party-form').waitFor();
      await check('/form');
      await page.goto(`${app.url}/accounts`);
      await page.getByTestId('account-number').fill('9900302');
      await page.getByTestId('find-account').click();
      await page.getByTestId('account').waitFor();
      await check('/account');
      await page.goto(`${app.url}/claim-codes`);
      await page.getByTestId('codes-limit').fill('2');
      await page.getByTestId('issue-codes').click();
      await page.getByTestId('codes-issued').waitFor();
      await check('/letters');
      expect(faults).toEqual([]);
      await context.close();
    },
    120_000,
  );
});
