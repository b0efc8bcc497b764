import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization } from '../support/oidc-client.js';
import { fitsEverywhere, launchBrowser, look, openWatched } from './browser-look.js';
import { startStandInVerifier } from './browser-verifier.js';
import { addParty as add, openAccount } from './person.js';

const NUMBER = '9202310000090';
const NAME = '阿卜杜热合曼·麦麦提图尔荪·努尔艾合麦提江·吾布力';
const LONG_EN = 'Office for International Cooperation, Exchange and Overseas Study Programmes';
const PASSWORD = 'teal otter reads maps';
const ARRIVED = /localhost:\d+\/callback\?.*code=/;
let idp: IdpUnderTest;
/** Where nobody has a password. */
let passkeysOnly: IdpUnderTest;
let verifier: Awaited<ReturnType<typeof startStandInVerifier>>;
let browser: Browser;
let student: string;
let party: Server;
let redirectUri: string;

beforeAll(async () => {
  party = createServer((_request, response) => void response.end('arrived'));
  await new Promise<void>((resolve) => party.listen(0, 'localhost', resolve));
  redirectUri = `http://localhost:${(party.address() as AddressInfo).port}/callback`;
  verifier = await startStandInVerifier('4199090001');
  const extra = { LANYARD_PUBLIC_URL_VERIFIER: verifier.url };
  idp = await startIdp({ ...extra, LANYARD_PASSWORDS: 'allowed' });
  passkeysOnly = await startIdp(extra);
  verifier.follow(idp.clock.nowMs);
  const oidc = { redirect_uris: [redirectUri], token_endpoint_auth_method: 'client_secret_basic' };
  for (const one of [idp, passkeysOnly]) {
    await add(one, 'library', { oidc });
    await add(one, 'console', { oidc, acr: 'device-passkey', people: 'staff', name_zh: '管理台', name_en: 'Console' });
  }
  await add(idp, 'abroad', {
    oidc,
    leaves_campus: true,
    claims: ['name', 'account_kind', 'level', 'enrolment_status'],
    name_zh: '国际合作与交流处出国境学习项目网上自助申请与审批服务平台',
    name_en: LONG_EN,
  });
  student = await idp.addAccount({ number: NUMBER, name: NAME });
  await idp.database.run.raw("UPDATE account SET level = 'bachelor' WHERE id = ?", [student]);
  const set = await (await openAccount(idp, student)).post(`${idp.url}/account/password`, { password: PASSWORD });
  expect(set.status, set.text).toBe(303);
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await idp?.close();
  await passkeysOnly?.close();
  await verifier?.close();
  party?.close();
});

const begin = (clientId: string, at: IdpUnderTest = idp) =>
  beginAuthorization({ idp: at.url, clientId, redirectUri }).address;
const text = async (page: Page) => ((await page.locator('main').textContent()) ?? '').replace(/\s+/g, ' ');

/** A desk that shows the code, and the number beside it. */
async function showCode(locale = 'zh-CN') {
  const desk = await openWatched(browser, { width: 1280, locale });
  await desk.page.goto(begin('library'));
  await desk.page.locator('.wide-only .on-desk').click();
  await desk.page.locator('.match-number').waitFor();
  return { ...desk, number: (await desk.page.locator('.match-number').textContent()) ?? '' };
}
const choose = (page: Page, value: string) => page.locator(`button[name="number"][value="${value}"]`).click();

describe('sign-in with the student ID on another screen', () => {
  it.each(['zh-CN', 'en-GB'])('goes on by itself once the number was chosen on the phone [%s]', async (locale) => {
    const desk = await showCode(locale);
    const phone = await openWatched(browser, { locale });
    expect(await fitsEverywhere(desk.page)).toEqual([]);
    expect(await look(desk.page, `scan-${locale}`)).toEqual([]);
    await phone.page.goto(verifier.answer({ verdict: 'accepted', student_number: NUMBER }));
    expect(await fitsEverywhere(phone.page)).toEqual([]);
    expect(await look(phone.page, `match-${locale}`)).toEqual([]);
    await choose(phone.page, desk.number);
    await phone.page.getByRole('status').waitFor();
    expect(await look(phone.page, `matched-${locale}`)).toEqual([]);
    await desk.page.waitForURL(ARRIVED, { timeout: 15_000 });
    expect([...desk.faults, ...phone.faults]).toEqual([]);
    await desk.context.close();
    await phone.context.close();
  });

  it.each([
    ['zh-CN', '换一个新码'],
    ['en-GB', 'Get a new code'],
  ])('says so on both screens where another number was chosen, and offers a new code [%s]', async (locale, again) => {
    const desk = await showCode(locale);
    const phone = await openWatched(browser, { locale });
    await phone.page.goto(verifier.answer({ verdict: 'accepted', student_number: NUMBER }));
    await choose(phone.page, 'none');
    expect(await text(phone.page)).toContain('number-mismatch');
    expect(await look(phone.page, `none-${locale}`)).toEqual([]);
    await desk.page.waitForURL(/\/done$/, { timeout: 15_000 });
    expect(await text(desk.page)).toContain('number-mismatch');
    expect(await look(desk.page, `mismatch-${locale}`)).toEqual([]);
    await desk.page.getByRole('link', { name: again }).click();
    await desk.page.locator('.match-number').waitFor();
    await desk.context.close();
    await phone.context.close();
  });

  it.each([
    ['a suspended one', { verdict: 'rejected', reason: 'suspended' }, 'credential-suspended'],
    ['somebody without an account', { verdict: 'accepted', student_number: '9202310999999' }, 'account-unknown'],
  ] as const)('says on the first screen why a student ID does not do [%s]', async (_variant, shown, code) => {
    const desk = await showCode();
    const phone = await openWatched(browser);
    await phone.page.goto(verifier.answer(shown));
    await choose(phone.page, desk.number);
    await desk.page.waitForURL(/\/done$/, { timeout: 15_000 });
    expect(await text(desk.page)).toContain(code);
    await desk.page.getByRole('link', { name: '换一个新码' }).waitFor();
    await desk.context.close();
    await phone.context.close();
  });

  it('offers a new code when the time is over', async () => {
    const desk = await showCode();
    idp.clock.moveMs(301_000);
    await desk.page.waitForURL(/\/done$/, { timeout: 15_000 });
    expect(await text(desk.page)).toContain('过时');
    await desk.page.getByRole('link', { name: '换一个新码' }).click();
    await desk.page.locator('.match-number').waitFor();
    await desk.context.close();
  });

  it('keeps the code black on white with whole pixels where the system forces its colours', async () => {
    const desk = await showCode();
    await desk.page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    const drawn = await desk.page.locator('.scan-code').evaluate((place) => {
      const svg = place.querySelector('svg');
      const modules = svg?.viewBox.baseVal.width ?? 1;
      return [getComputedStyle(place).backgroundColor, ((svg?.getBoundingClientRect().width ?? 0) / modules) % 1];
    });
    expect(drawn).toEqual(['rgb(255, 255, 255)', 0]);
    await desk.context.close();
  });
});

describe('without script', () => {
  it('signs in with a password', async () => {
    const { context, page } = await openWatched(browser, { script: false });
    await page.goto(begin('library'));
    expect(await text(page)).toContain('这个浏览器现在不能用通行密钥');
    await page.getByRole('link', { name: '用密码登录' }).click();
    await page.locator('#number').fill(NUMBER);
    await page.locator('#password').fill('wrong wrong wrong');
    await page.keyboard.press('Enter');
    await page.getByText('password-wrong').waitFor();
    await page.locator('#number').fill(NUMBER);
    await page.locator('#password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(ARRIVED);
    await context.close();
  });

  it('signs in with a recovery code, and sets a password', async () => {
    const other = await idp.addAccount({ number: '9202310000091' });
    const jar = await openAccount(idp, other, 'wallet-presentation');
    const sheet = await jar.post(`${idp.url}/account/recovery-codes`, {});
    const [code = ''] = sheet.text.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/) ?? [];
    const { context, page } = await openWatched(browser, { script: false });
    await page.goto(begin('library'));
    await page.getByRole('link', { name: /恢复码/ }).click();
    await page.locator('#code').fill(code);
    await page.keyboard.press('Enter');
    await page.getByText('这个浏览器不能设置通行密钥').waitFor();
    await page.locator('#password').fill('brisk lamp under orbit');
    await page.keyboard.press('Enter');
    await page.waitForURL(ARRIVED);
    await context.close();
  });

  it.each([
    ['zh-CN', '这个浏览器现在不能用通行密钥', '用手机学生证扫码登录'],
    ['en-GB', 'This browser cannot use passkeys now', 'Scan with the student ID on my phone'],
  ])('says what to do where there are no passwords [%s]', async (locale, why, way) => {
    const { context, page } = await openWatched(browser, { script: false, locale, width: 1280 });
    await page.goto(begin('library', passkeysOnly));
    expect(await text(page)).toContain(why);
    expect(await page.locator('button:visible').count()).toBe(1);
    expect(await page.getByRole('link', { name: way }).filter({ visible: true }).count()).toBe(1);
    expect(await page.locator('a[href$="/password"]').count()).toBe(0);
    await context.close();
  });

  it('goes on from the code by a button', async () => {
    const { context, page } = await openWatched(browser, { script: false, width: 1280 });
    await page.goto(begin('library'));
    await page.locator('.wide-only .on-desk').click();
    const number = (await page.locator('.match-number').textContent()) ?? '';
    const phone = await openWatched(browser, { script: false });
    await phone.page.goto(verifier.answer({ verdict: 'accepted', student_number: NUMBER }));
    await choose(phone.page, number);
    await page.getByRole('link', { name: '手机上选好数字后，点这里继续' }).click();
    await page.waitForURL(ARRIVED);
    await context.close();
    await phone.context.close();
  });
});

describe('the sign-in page', () => {
  it.each([
    ['zh-CN', 1280, 'scan'],
    ['zh-CN', 390, 'wallet'],
    ['en-GB', 1280, 'scan'],
    ['en-GB', 390, 'wallet'],
  ])('has the likelier of the two ways with the student ID first [%s, %i]', async (locale, width, first) => {
    const { context, page } = await openWatched(browser, { locale, width });
    await page.goto(begin('library'));
    const ways = page.locator('a.on-phone:visible, a.on-desk:visible');
    expect(await ways.first().getAttribute('href')).toMatch(new RegExp(`/${first}$`));
    expect(await ways.count()).toBe(2);
    await context.close();
  });

  it('leads newcomers to the claim code above the fold of a phone', async () => {
    const { context, page } = await openWatched(browser);
    await page.goto(begin('library'));
    const box = await page.getByRole('link', { name: /第一次登录/ }).boundingBox();
    expect((box?.y ?? 9_999) + (box?.height ?? 0)).toBeLessThan(640);
    await context.close();
  });

  it('tells staff what to do with a synced passkey, and sends nobody of them to an admission letter', async () => {
    const { context, page } = await openWatched(browser, { locale: 'en-GB' });
    await page.goto(begin('console'));
    await page.getByRole('link', { name: /add one under/ }).waitFor();
    expect(await page.locator('a[href$="/claim"]').count()).toBe(0);
    await context.close();
  });

  it('is walked through by keyboard from top to bottom, each stop with a ring', async () => {
    const { context, page } = await openWatched(browser);
    await page.goto(begin('library'));
    await page.locator('#username').waitFor();
    let before = -1;
    const stops: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const at = document.activeElement;
        if (at === null || at === document.body) return undefined;
        const style = getComputedStyle(at);
        const top = at.getBoundingClientRect().top + window.scrollY;
        return { name: at.textContent || at.id, top, ring: `${style.outlineStyle} ${style.outlineWidth}` };
      });
      if (stop === undefined || stops.length > 20) break;
      expect(stop.top, stop.name).toBeGreaterThan(before);
      expect(stop.ring, stop.name).toBe('solid 3px');
      before = stop.top;
      stops.push(stop.name);
    }
    expect(stops.length).toBe(9);
    await page.getByRole('link', { name: '用密码登录' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/password$/);
    await context.close();
  });
});

describe('every page', () => {
  it.each([
    [390, 'zh-CN'],
    [1280, 'zh-CN'],
    [390, 'en-GB'],
    [1280, 'en-GB'],
  ])(
    'is accessible in three themes and fits, long names and letters of twice the size included [%i, %s]',
    async (width, locale) => {
      const { context, page, faults } = await openWatched(browser, { width, locale });
      const seen: Record<string, string[]> = {};
      const see = async (name: string) => {
        seen[name] = [...(await fitsEverywhere(page)), ...(await look(page, `${name}-${width}-${locale}`))];
      };
      const visit = async (name: string, address: string) => {
        await page.goto(address);
        await see(name);
      };
      await visit('sign-in', begin('abroad'));
      const base = page.url().replace(/\?.*/, '');
      for (const part of ['password', 'claim', 'recovery']) await visit(part, `${base}/${part}`);
      await visit('sign-in-staff', begin('console'));
      await visit('expired', `${idp.url}/sign-in/nothing-here-at-all`);
      await visit('unknown-service', `${idp.url}/auth?client_id=nobody&response_type=code`);
      await visit('match-gone', `${idp.url}/wallet-match/nothing-here-at-all`);
      const jar = await openAccount(idp, student, 'wallet-presentation');
      for (const [name, value] of jar.cookies()) await context.addCookies([{ name, value, url: idp.url }]);
      await visit('account', `${idp.url}/account`);
      await visit('new-passkey', `${idp.url}/account/passkeys/new`);
      await visit('account-password', `${idp.url}/account/password`);
      await visit('recovery-question', `${idp.url}/account/recovery-codes`);
      await page.locator('main form button').first().click();
      await page.locator('.codes').waitFor();
      await see('recovery-sheet');
      await visit('consent', begin('abroad'));
      expect(await text(page)).toContain(locale === 'zh-CN' ? '本科' : 'bachelor');
      await visit('logout', `${idp.url}/logout`);
      expect(Object.entries(seen).filter(([, found]) => found.length > 0)).toEqual([]);
      expect(faults).toEqual([]);
      await context.close();
    },
    120_000,
  );
});
