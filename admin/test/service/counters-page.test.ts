import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICY, startVerifier, type TestVerifier } from '../../../verifier/test/service/support/start-verifier.js';
import { launchBrowser, openByLink, type openPage } from './support/browser.js';
import { shoot, shown } from './support/shoot.js';
import { startConsole, type TestConsole } from './support/start-console.js';

let app: TestConsole;
let browser: Browser;
let verifier: TestVerifier;
let callers: string;
const RAIL = { partner: 'rail', entitlement: 'rail-student-discount' };
const { jwk } = generateKeyPair();

async function register(id: string, name_zh: string, name_en: string, change: object = {}): Promise<void> {
  const body = { name_zh, name_en, keys: [jwk], purposes: ['rail-discount'], sandbox: false, ...change };
  const answer = await verifier.operator(`/v1/partners/${id}`, { method: 'PUT', body });
  expect(answer.status, await answer.text()).toBe(200);
}
async function put(id: string, name_zh: string, name_en: string, policy: object = {}): Promise<void> {
  const body = { name_zh, name_en, policy: { ...POLICY, ...policy } };
  expect((await verifier.operator(`/v1/checkpoints/${id}`, { method: 'PUT', body })).status).toBe(201);
}
const registerRail = (change: object = {}) => register('rail', '铁路示例', 'Sample railway', change);
const checkpoint = async (id: string) =>
  (await (await verifier.operator(`/v1/checkpoints/${id}`)).json()) as {
    name_zh: string;
    name_en: string;
    policy: Record<string, unknown>;
    counter: object | null;
  };
/** As the command does it. */
async function setCounter(id: string, counter: object | null, policy: object = {}): Promise<void> {
  const now = await checkpoint(id);
  const body = { ...now, policy: { ...now.policy, ...policy }, counter, id: undefined, number: undefined };
  expect((await verifier.operator(`/v1/checkpoints/${id}`, { method: 'PUT', body })).status).toBe(200);
}

beforeAll(async () => {
  callers = mkdtempSync(join(tmpdir(), 'lanyard-callers-'));
  const environment = { LANYARD_CALLERS: callers };
  verifier = await startVerifier({ port: 7128, issuerUrl: 'http://localhost:9', environment });
  app = await startConsole(7126, { verifierUrl: verifier.url });
  cpSync(join(app.issuer.callersFolder, 'admin.jwk.json'), join(callers, 'admin.jwk.json'));
  browser = await launchBrowser();
  await put('ticket-office', '火车站售票处', 'Ticket office');
  await put('gate', '南门', 'South gate');
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await verifier?.close();
  rmSync(callers, { recursive: true, force: true });
});

async function signedIn(options: Parameters<typeof openPage>[1]) {
  const opened = await openByLink(browser, app, options, '/checkpoints');
  await opened.page.getByTestId('counter-act').first().waitFor();
  return opened;
}
const rowOf = (page: Page, id: string) => page.locator(`li[data-checkpoint="${id}"]`);
const hasFocus = (one: Locator) => one.evaluate((element) => element === document.activeElement);

describe('counters in the console', () => {
  it('say where to begin while there is no partner', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 390 });
    await rowOf(page, 'gate').getByTestId('counter-act').click();
    await page.getByRole('dialog').getByText('还没有合作方').waitFor();
    expect(await page.getByTestId('make-counter').count()).toBe(0);
    await page.getByRole('link', { name: '打开合作方' }).click();
    await page.waitForURL(`${app.url}/partners`);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('are made by keyboard alone, for a partner and an entitlement, and audited', async () => {
    await registerRail();
    await setCounter('ticket-office', null, { zone: 'hall' });
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    // Changed after the page was loaded: what stands now is kept.
    await setCounter('ticket-office', null, { zone: 'station' });
    await rowOf(page, 'ticket-office').getByTestId('counter-act').focus();
    await page.keyboard.press('Enter');
    // The dialog begins at the partner; then entitlement, cancel, and the button that does it.
    await expect.poll(() => hasFocus(page.getByTestId('counter-partner'))).toBe(true);
    for (const key of ['ArrowDown', 'Tab', 'Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('status').getByText('现在是优惠柜台').waitFor();
    const row = rowOf(page, 'ticket-office');
    expect(await row.getByTestId('counter').textContent()).toContain('铁路示例 · 火车票学生优惠');
    expect(await hasFocus(row.getByTestId('counter-act'))).toBe(true);
    expect(await rowOf(page, 'gate').getByTestId('counter').count()).toBe(0);
    expect(await checkpoint('ticket-office')).toMatchObject({ counter: RAIL, policy: { zone: 'station' } });
    const { rows } = await verifier.database.run.raw(
      "SELECT row_text FROM audit WHERE action = 'checkpoint.changed' ORDER BY id DESC LIMIT 1",
    );
    expect(JSON.parse(rows[0].row_text)).toMatchObject({
      ...{ actor: 'operator', subject: 'checkpoint:ticket-office', detail: { counter: RAIL } },
    });
    expect(faults).toEqual([]);
    await context.close();
  });

  it('are taken back only after saying what that means', async () => {
    await registerRail();
    await setCounter('ticket-office', RAIL);
    const { page, context, faults } = await signedIn({ language: 'en-GB', width: 390 });
    const row = rowOf(page, 'ticket-office');
    await row.getByTestId('counter-act').click();
    await page.getByRole('dialog').getByText('can no longer be given back').waitFor();
    await page.keyboard.press('Escape');
    expect((await checkpoint('ticket-office')).counter).toEqual(RAIL);
    await row.getByTestId('counter-act').click();
    await page.getByTestId('end-counter').click();
    await page.getByRole('status').getByText('is no counter any more').waitFor();
    expect(await row.getByTestId('counter').count()).toBe(0);
    expect((await checkpoint('ticket-office')).counter).toBeNull();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('are refused in words, with what to do, and nothing changes [nobody chosen] [sandbox] [purpose] [portraits] [window] [ended]', async () => {
    await registerRail();
    await register('toy', '沙箱示例', 'Sample sandbox', { sandbox: true });
    await register('shop', '软件店', 'Software shop', { purposes: ['student-status'] });
    await register('gone', '已走', 'Leaving');
    await put('with-faces', '图书馆', 'Library', { show_portrait: true });
    await put('window', '1 号窗口', 'Window 1', { window_mode: 'open' });
    const { page, context, faults } = await signedIn({ language: 'en-GB', width: 1280 });
    await verifier.operator('/v1/partners/gone/withdraw', { method: 'POST' });
    const tried = async (id: string, partner: string, code: string, words: string) => {
      await rowOf(page, id).getByTestId('counter-act').click();
      await page.getByTestId('counter-partner').selectOption(partner);
      await page.getByTestId('make-counter').click();
      const alert = page.getByRole('dialog').getByRole('alert');
      await alert.getByText(code, { exact: true }).waitFor();
      expect(await alert.textContent()).toContain(words);
      expect(await alert.textContent()).toContain('Nothing was changed');
      await shoot(page, `counter-refused-${code}-en-1280`);
      await page.keyboard.press('Escape');
      expect((await checkpoint(id)).counter).toBeNull();
    };
    await rowOf(page, 'gate').getByTestId('counter-act').click();
    await page.getByTestId('make-counter').click();
    expect(await page.getByTestId('counter-partner').evaluate((one: HTMLSelectElement) => one.validity.valid)).toBe(
      false,
    );
    expect(await page.getByTestId('counter-partner').textContent()).toContain('Sample sandbox (sandbox)');
    await page.keyboard.press('Escape');
    await tried('gate', 'toy', 'counter-of-sandbox', 'Choose a partner that checks real students');
    await tried('gate', 'shop', 'purpose-not-agreed', 'Change it on the page of partners first');
    await tried('with-faces', 'rail', 'counter-shows-people', 'show_portrait false');
    await tried('window', 'rail', 'counter-shows-people', 'window_mode has to be off');
    await tried('gate', 'gone', 'partner-not-found', 'Refresh and choose again');
    expect(faults.filter((one) => !/40[0-9]|422/.test(one))).toEqual([]);
    await context.close();
  });

  it.each([
    ['sandbox', { sandbox: true }, '合作方在沙箱里'],
    ['purpose', { purposes: ['student-status'] }, '登记里没有这一项'],
    ['ended', undefined, '合作方已停止'],
  ])('say when they show nothing, because their partner has changed [%s]', async (fault, change, words) => {
    await registerRail();
    await setCounter('ticket-office', RAIL);
    if (change === undefined) await verifier.operator('/v1/partners/rail/withdraw', { method: 'POST' });
    else await registerRail(change);
    const { page, context } = await signedIn({ language: 'zh-CN', width: 390 });
    expect(await rowOf(page, 'ticket-office').getByTestId('counter-fault').textContent()).toContain(words);
    await shown(page, `counter-fault-${fault}-zh-390`, 390);
    await context.close();
  });

  it.each([
    ['zh-CN', 390, false],
    ['zh-CN', 1280, true],
    ['en-GB', 390, true],
    ['en-GB', 1280, false],
  ] as const)('have no fault axe can find, page and dialogs [%s, %d px, dark %s]', async (language, width, dark) => {
    await registerRail();
    await setCounter('ticket-office', RAIL);
    const { page, context, faults } = await signedIn({ language, width, dark });
    const name = `${language.slice(0, 2)}-${width}`;
    await shown(page, `checkpoints-${name}`, width);
    for (const [id, kind] of [
      ['gate', 'make'],
      ['ticket-office', 'end'],
    ] as const) {
      await rowOf(page, id).getByTestId('counter-act').click();
      await page.getByRole('dialog').waitFor();
      await shown(page, `counter-${kind}-${name}`, width);
      await page.keyboard.press('Escape');
    }
    expect(faults).toEqual([]);
    await context.close();
  });

  it('are the operator’s alone', async () => {
    const asOperator = await app.signIn();
    const path = '/api/verifier/v1/checkpoints/gate/counter';
    const put = { method: 'PUT', body: JSON.stringify(RAIL), headers: { 'Content-Type': 'application/json' } };
    expect((await fetch(`${app.url}${path}`, put)).status).toBe(401);
    expect((await asOperator(path, { ...put, origin: 'https://evil.example' })).status).toBe(403);
    expect((await checkpoint('gate')).counter).toBeNull();
    expect((await asOperator(path, put)).status).toBe(200);
    await setCounter('gate', null);
  });
});
