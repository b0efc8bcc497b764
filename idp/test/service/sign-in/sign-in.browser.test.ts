import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';
import { beginAuthorization } from '../support/oidc-client.js';
import { launchBrowser, look } from './browser-look.js';
import { addParty as add, openAccount } from './person.js';

let idp: IdpUnderTest;
let browser: Browser;
let student: string;
/** The relying party of the tests: only that the browser arrives there counts. */
let party: Server;
let redirectUri: string;
const addParty = (of: IdpUnderTest, id: string, more: object) =>
  add(of, id, { ...more, oidc: { redirect_uris: [redirectUri], token_endpoint_auth_method: 'client_secret_basic' } });
const ARRIVED = /localhost:\d+\/callback\?.*code=/;

beforeAll(async () => {
  party = createServer((_request, response) => void response.end('arrived'));
  await new Promise<void>((resolve) => party.listen(0, 'localhost', resolve));
  redirectUri = `http://localhost:${(party.address() as AddressInfo).port}/callback`;
  idp = await startIdp({ LANYARD_PASSWORDS: 'allowed' });
  browser = await launchBrowser();
  await addParty(idp, 'library', { home_url: 'https://library.shili.example/' });
  await addParty(idp, 'rail', {
    leaves_campus: true,
    claims: ['name', 'account_kind'],
    name_zh: '示例铁路',
    name_en: 'Example Rail',
    purpose_zh: '核验学生优惠',
    purpose_en: 'To check your student discount',
  });
  await addParty(idp, 'desk', { acr: 'device-passkey', people: 'staff', name_zh: '管理台', name_en: 'Console' });
  await addParty(idp, 'exam', { acr: 'wallet-presentation', name_zh: '考务系统', name_en: 'Examinations' });
  student = await idp.addAccount({ number: '9202310000060', name: '阿依古丽·买买提' });
});
afterAll(async () => {
  await browser?.close();
  await idp?.close();
  party?.close();
});

interface Device {
  context: BrowserContext;
  page: Page;
  cdp: CDPSession;
  authenticatorId: string;
  faults: string[];
}

/** A device of its own: a browser profile with its own authenticator. */
async function device(
  options: { width?: number; locale?: string; verifies?: boolean; synced?: boolean } = {},
): Promise<Device> {
  const { width = 390, locale = 'zh-CN', verifies = true, synced = true } = options;
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 800 },
    locale,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
  });
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: synced,
      defaultBackupState: synced,
    },
  });
  return { context, page, cdp, authenticatorId, faults };
}

const begin = (clientId: string, parameters = {}) =>
  beginAuthorization({ idp: idp.url, clientId, redirectUri, parameters }).address;

async function lendSession(to: Device, account: string, level = 'wallet-presentation'): Promise<void> {
  const jar = await openAccount(idp, account, level);
  for (const [name, value] of jar.cookies()) await to.context.addCookies([{ name, value, url: idp.url }]);
}

async function register(on: Device, account = student): Promise<void> {
  await lendSession(on, account);
  await on.page.goto(`${idp.url}/account/passkeys/new`);
  await on.page.getByRole('button', { name: /设置通行密钥|Set up a passkey/ }).click();
  await on.page.waitForURL(`${idp.url}/account`);
  await on.context.clearCookies();
}

const fits = (page: Page) => page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');

describe('passkeys in a browser', () => {
  it('registers, then signs in by autofill with no typed sign', async () => {
    const phone = await device();
    await register(phone);
    await phone.page.goto(begin('library'));
    // A virtual authenticator answers the pending suggestion by itself: nobody touches a key.
    await phone.page.waitForURL(ARRIVED);
    expect(phone.faults).toEqual([]);
    await phone.context.close();
  });

  it('signs in by the button [modal]', async () => {
    const phone = await device();
    await register(phone);
    await phone.page.addInitScript(() => {
      (
        PublicKeyCredential as unknown as { isConditionalMediationAvailable: () => Promise<boolean> }
      ).isConditionalMediationAvailable = async () => false;
    });
    await phone.page.goto(begin('library'));
    await phone.page.getByRole('button', { name: '用通行密钥登录' }).click();
    await phone.page.waitForURL(ARRIVED);
    await phone.context.close();
  });

  it('refuses without user verification, and says what to do', async () => {
    const phone = await device();
    await register(phone);
    await phone.cdp.send('WebAuthn.setUserVerified', { authenticatorId: phone.authenticatorId, isUserVerified: false });
    await phone.page.goto(begin('library'));
    await phone.page.getByRole('button', { name: '用通行密钥登录' }).click();
    await expect.poll(() => phone.page.locator('.outcome').textContent(), { timeout: 15_000 }).toMatch(/再/);
    expect(phone.page.url()).toContain('/sign-in/');
    await phone.context.close();
  });

  it('says why a synced passkey does not open the console, and leads to where another one is added', async () => {
    const staff = await idp.addAccount({ number: 'T9900001', kind: 'staff', name: '测试丁', roles: ['operator'] });
    const phone = await device();
    await register(phone, staff);
    await phone.page.goto(begin('desk'));
    const outcome = phone.page.getByRole('alert');
    await expect.poll(() => outcome.textContent(), { timeout: 15_000 }).toContain('passkey-not-device-bound');
    expect(await look(phone.page, 'synced-390')).toEqual([]);
    await outcome.getByRole('link', { name: '添加绑定设备的通行密钥' }).click();
    await phone.page.waitForURL(/\/(sign-in|account)\//);
    const key = await device({ synced: false });
    await register(key, staff);
    await key.page.goto(begin('desk'));
    await key.page.waitForURL(ARRIVED);
    await phone.context.close();
    await key.context.close();
  });

  it('recovers on a new device with a printed code, and ends the other sessions', async () => {
    const old = await device();
    await lendSession(old, student);
    await old.page.goto(`${idp.url}/account/recovery-codes`);
    await old.page.getByRole('button', { name: '生成 10 个恢复码' }).click();
    const codes = await old.page.locator('.codes li').allTextContents();
    expect(new Set(codes).size).toBe(10);
    expect(await look(old.page, 'recovery-sheet-390')).toEqual([]);
    const phone = await device();
    await phone.page.goto(begin('library'));
    await phone.page.getByRole('link', { name: /恢复码/ }).click();
    expect(await look(phone.page, 'recovery-390')).toEqual([]);
    await phone.page.locator('#code').fill((codes[0] ?? '').toLowerCase().replaceAll('-', ' '));
    await phone.page.getByRole('button', { name: '继续' }).click();
    await phone.page.waitForURL(/new-passkey/);
    expect(await look(phone.page, 'new-passkey-390')).toEqual([]);
    await phone.page.getByRole('button', { name: '设置通行密钥' }).click();
    await phone.page.waitForURL(ARRIVED);
    await old.page.goto(`${idp.url}/account`);
    expect(old.page.url()).toContain('/sign-in/');
    expect([...phone.faults, ...old.faults]).toEqual([]);
    await phone.context.close();
    await old.context.close();
  });
});

describe('pages in a browser', () => {
  it.each([
    [390, 'zh-CN'],
    [1280, 'zh-CN'],
    [390, 'en-GB'],
    [1280, 'en-GB'],
  ])('are accessible, fit and break no policy [%i, %s]', async (width, locale) => {
    const one = await device({ width, locale });
    const tag = `${width}-${locale.slice(0, 2)}`;
    const { page } = one;
    const seen: Record<string, string[]> = {};
    const visit = async (name: string, address: string) => {
      await page.goto(address);
      await page.setViewportSize({ width, height: 800 });
      expect(await fits(page), name).toBe(true);
      seen[name] = await look(page, `${name}-${tag}`);
    };
    await visit('sign-in', begin('library'));
    const base = page.url().replace(/\?.*/, '');
    await visit('password', `${base}/password`);
    await page.locator('#number').fill('9202310000099');
    await page.locator('#password').fill('wrong wrong wrong');
    await page.locator('form button').first().click();
    await page.getByRole('alert').waitFor();
    seen['password-wrong'] = await look(page, `password-wrong-${tag}`);
    await visit('claim', `${base}/claim`);
    await page.locator('#code').fill('0000-0000-0000-0000');
    await page.locator('form button').first().click();
    await page.locator('#code-error').waitFor();
    seen['claim-wrong'] = await look(page, `claim-wrong-${tag}`);
    await visit('sign-in-exam', begin('exam'));
    await visit('sign-in-desk', begin('desk'));
    await visit('expired', `${idp.url}/sign-in/nothing-here-at-all`);
    await lendSession(one, student, 'synced-passkey');
    await visit('account', `${idp.url}/account`);
    await visit('step-up', begin('exam'));
    await visit('consent', begin('rail'));
    await visit('new', `${idp.url}/account/passkeys/new`);
    await visit('account-password', `${idp.url}/account/password`);
    const removal = page.getByRole('link', { name: /^(删除|Remove)/ });
    await page.goto(`${idp.url}/account`);
    await removal.first().click();
    seen['remove'] = await look(page, `remove-${tag}`);
    await visit('logout', `${idp.url}/logout`);
    await page.getByRole('button').click();
    await page.waitForLoadState();
    seen['logged-out'] = await look(page, `logged-out-${tag}`);
    expect(Object.entries(seen).filter(([, found]) => found.length > 0)).toEqual([]);
    expect(one.faults).toEqual([]);
    await one.context.close();
  });
});
