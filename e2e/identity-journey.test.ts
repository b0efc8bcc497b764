import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginAuthorization } from '../idp/test/service/support/oidc-client.js';
import { demoNumber } from '../launcher/src/demo/demo-roster.js';
import { launchBrowser, readCode } from './support/browser.js';
import { type Installation, startInstallation } from './support/installation.js';

/** A student signs in with the student ID in real browsers: the wallet, the sign-in pages, and two services. */
const STUDENT = demoNumber(40);
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'zh-CN' };
const DESK = { viewport: { width: 1280, height: 900 }, locale: 'zh-CN' };
let installation: Installation;
let browser: Browser;
let phone: BrowserContext;
let service: Server;
let serviceUrl: string;
const problems: string[] = [];

const byId = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`).first();
function listen(page: Page): Page {
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
      problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return page;
}

beforeAll(async () => {
  service = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>service</title><h1>${request.url?.includes('ticket=') ? 'CAS' : 'OIDC'}</h1>`);
  });
  await new Promise<void>((resolve) => service.listen(0, 'localhost', resolve));
  serviceUrl = `http://localhost:${(service.address() as AddressInfo).port}`;
  installation = await startInstallation({ LANYARD_AGENTS: '' });
  await installation.operator('idp', '/v1/relying-parties', {
    client_id: 'tour',
    client_name: 'Tour',
    name_zh: '图书馆',
    redirect_uris: [`${serviceUrl}/callback`],
  });
  await installation.operator('idp', '/v1/relying-parties', {
    id: 'old',
    name_zh: '旧系统',
    name_en: 'Old system',
    protocol: 'cas',
    purpose_zh: '登录',
    purpose_en: 'Sign-in',
    cas: { services: [{ url: `${serviceUrl}/app/`, match: 'prefix' }] },
  });
  browser = await launchBrowser();
  phone = await browser.newContext(PHONE);
  const offer = await installation.operator<{ wallet_link: string; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    {
      student_number: STUDENT,
    },
  );
  const wallet = listen(await phone.newPage());
  await wallet.goto(offer.wallet_link);
  await byId(wallet, 'tx-code').fill(offer.tx_code);
  await byId(wallet, 'claim').click();
  await byId(wallet, 'claim-done').waitFor({ state: 'visible', timeout: 20_000 });
  await wallet.close();
});
afterAll(async () => {
  await browser?.close();
  await installation?.stop();
  service.closeAllConnections();
  service.close();
});

const oidc = () =>
  beginAuthorization({ idp: installation.run.services.idp, clientId: 'tour', redirectUri: `${serviceUrl}/callback` })
    .address;
const cas = () => `${installation.run.services.idp}/cas/login?service=${encodeURIComponent(`${serviceUrl}/app/home`)}`;

it.each([
  ['an OpenID Connect client', oidc, 'OIDC'],
  ['a client that speaks CAS only', cas, 'CAS'],
])('takes two taps on one device, for %s', async (_variant, start, answer) => {
  await phone.clearCookies();
  const page = listen(await phone.newPage());
  await page.goto(start());
  let taps = 0;
  const tap = async (what: ReturnType<Page['locator']>) => {
    taps += 1;
    await what.click();
  };
  await tap(page.locator('a.on-phone:visible').first());
  await tap(byId(page, 'agree'));
  await page.waitForURL((url) => url.origin === serviceUrl, { timeout: 15_000 });
  expect([taps, await page.locator('h1').textContent()]).toEqual([2, answer]);
  await page.close();
});

it('enters the second service without any tap once signed in', async () => {
  const page = listen(await phone.newPage());
  await page.goto(oidc());
  await page.waitForURL((url) => url.origin === serviceUrl);
  await page.close();
});

it.each([
  ['an OpenID Connect client', oidc, 'OIDC'],
  ['a client that speaks CAS only', cas, 'CAS'],
])('works across devices by a code and a number, for %s', async (_variant, start, answer) => {
  const context = await browser.newContext(DESK);
  const desk = listen(await context.newPage());
  await desk.goto(start());
  await desk.locator('a.on-desk:visible').first().click();
  await desk.locator('.match-number').waitFor();
  const link = (await readCode(await desk.screenshot({ fullPage: true }))) ?? '';
  expect(link).toContain('/present?');
  const number = /\d\d/.exec((await desk.locator('.match-number').textContent()) ?? '')?.[0] ?? '';
  const page = listen(await phone.newPage());
  await page.goto(link);
  await byId(page, 'agree').click();
  await page.waitForURL(/\/wallet-match\//);
  await page.locator(`button[name="number"][value="${number}"]`).click();
  // Nobody touches the first screen.
  await desk.waitForURL((url) => url.origin === serviceUrl, { timeout: 15_000 });
  expect(await desk.locator('h1').textContent()).toBe(answer);
  await page.close();
  await context.close();
});

it('signs nobody in where another number is chosen, and says so on both screens', async () => {
  const context = await browser.newContext(DESK);
  const desk = listen(await context.newPage());
  await desk.goto(oidc());
  await desk.locator('a.on-desk:visible').first().click();
  await desk.locator('.match-number').waitFor();
  const link = (await readCode(await desk.screenshot({ fullPage: true }))) ?? '';
  const page = listen(await phone.newPage());
  await page.goto(link);
  await byId(page, 'agree').click();
  await page.waitForURL(/\/wallet-match\//);
  await page.locator('button[name="number"][value="none"]').click();
  await expect.poll(() => page.textContent('body')).toContain('number-mismatch');
  await expect.poll(() => desk.textContent('body'), { timeout: 15_000 }).toContain('number-mismatch');
  expect(new URL(desk.url()).origin).toBe(installation.run.services.idp);
  await page.close();
  await context.close();
});

it('refuses a suspended student ID and says why', async () => {
  expect((await installation.lanyard('credential', 'suspend', STUDENT, '--reason', 'lost-phone')).status).toBe(0);
  await phone.clearCookies();
  const page = listen(await phone.newPage());
  await page.goto(oidc());
  await page.locator('a.on-phone:visible').first().click();
  // The wallet may not have heard of it yet, and then offers to agree; the verifier has.
  const agree = byId(page, 'agree');
  // Or its copies ended at this moment, and new ones are not given out: it says to try again.
  const retry = byId(page, 'retry');
  await expect
    .poll(
      async () => {
        for (const button of [agree, retry])
          if (await button.isVisible()) await button.click({ timeout: 1_000 }).catch(() => {});
        return page.locator('main').textContent();
      },
      { timeout: 30_000 },
    )
    .toMatch(/停用/);
  await page.close();
});

it('breaks no policy and throws nothing on any of these pages', () => {
  expect(problems).toEqual([]);
});
