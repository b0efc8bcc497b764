import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../../../admin/test/service/support/browser.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { claimWallet, type HeldWallet, OTHER, type Pair, STUDENT, startPair } from './rights/support.js';
import { type Railway, startRailway } from './support/rail-counter.js';
import { createWindowReader } from './support/window-reader.js';
import { withoutTable } from './support/without-table.js';

let pair: Pair;
let rail: Railway;
let browser: Browser;
let wallets: [HeldWallet, HeldWallet];
let tap: ReturnType<typeof createWindowReader>;

beforeAll(async () => {
  const pagesFolder = new URL('../../dist-web', import.meta.url).pathname;
  pair = await startPair(7434, {}, pagesFolder);
  rail = await startRailway(pair.verifier);
  expect((await rail.put('a-counter')).status).toBe(201);
  wallets = [await claimWallet(pair.issuer, STUDENT), await claimWallet(pair.issuer, OTHER)];
  tap = createWindowReader(await pair.verifier.enrolAgent('a-counter'), wallets[0].row);
  browser = await launchBrowser(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await pair?.close();
});

async function clerkPage(options: Parameters<typeof openPage>[1]) {
  const { secret } = (await rail.clerk()).session;
  const opened = await openPage(browser, options);
  const cookie = { name: 'lanyard_verifier_session', value: secret, url: pair.verifier.url };
  await opened.context.addCookies([{ ...cookie, sameSite: 'Strict', httpOnly: true }]);
  await opened.page.goto(`${pair.verifier.url}/staff`);
  const at = (id: string) => opened.page.getByTestId(id);
  await at('counter-desk').waitFor();
  const state = (wanted: string) =>
    opened.page.locator(`[data-testid="counter-state"][data-state="${wanted}"]`).waitFor();
  return { ...opened, at, state };
}
const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
/** To a button by the keyboard alone, and pressed. */
async function press(page: Page, testId: string): Promise<void> {
  for (let n = 0; n < 60; n += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    if (focused === testId) return page.keyboard.press('Enter');
  }
  throw new Error(`the keyboard does not reach ${testId}`);
}

it.each([
  ['zh-CN', 390, '剩 4 次，共 4 次', '剩 3 次，共 4 次', '广州南 至 兰州西'],
  ['en-GB', 1280, '4 of 4 trips left', '3 of 4 trips left', '广州南 to 兰州西'],
] as const)(
  'shows interval, trips and year after a tap, uses one and gives it back, by keyboard [%s]',
  async (language, width, four, three, interval) => {
    const { page, context, faults, at, state } = await clerkPage({ language, width });
    await state('idle');
    expect(await runAxe(page)).toEqual([]);
    await tap();
    await state('eligible');
    expect(await at('counter-left').textContent()).toBe(four);
    expect(await at('counter-interval').textContent()).toBe(interval);
    expect(await at('counter-year').textContent()).toMatch(/\d{4}-10-01 .+ \d{4}-09-30/);
    const text = (await page.locator('body').textContent()) ?? '';
    for (const hidden of [STUDENT, '邓涛波']) expect(text).not.toContain(hidden);
    expect([await at('person').count(), await at('find-who').count()]).toEqual([0, 0]);
    expect(await runAxe(page)).toEqual([]);
    expect(await fits(page)).toBe(true);
    await press(page, 'counter-use');
    await page.getByText(three).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('counter-state');
    expect(await at('counter-use').count()).toBe(0);
    expect(await runAxe(page)).toEqual([]);
    expect(await fits(page)).toBe(true);
    await press(page, 'counter-refund');
    await page.getByText(four).waitFor();
    expect(await at('counter-refund').count()).toBe(0);
    await press(page, 'counter-next');
    await state('idle');
    expect(faults).toEqual([]);
    await context.close();
  },
);

it('keeps who taps next waiting until the clerk is done with the first', async () => {
  const { page, context, at, state } = await clerkPage({ language: 'en-GB', width: 1280 });
  await tap();
  await state('eligible');
  await tap({ row: wallets[1].row });
  await page.getByText('Next person, who has tapped').waitFor();
  expect(await at('counter-interval').textContent()).toBe('广州南 to 兰州西');
  await at('counter-next').click();
  await page.getByText('广州南 to 武汉').waitFor();
  await context.close();
});

it('shows no number when the answer is lost, sends nothing again by itself, and counts once', async () => {
  const { page, context, at, state } = await clerkPage({ language: 'en-GB', width: 390 });
  await tap();
  await state('eligible');
  let sent = 0;
  await page.route('**/use', async (route) => {
    sent += 1;
    // It was done, and nobody heard.
    await route.fetch();
    await route.abort();
  });
  await at('counter-use').click();
  await at('counter-problem').waitFor();
  expect(await at('counter-left').count()).toBe(0);
  expect(await at('counter-problem').textContent()).toContain('This cannot be told now');
  expect(await runAxe(page)).toEqual([]);
  await at('counter-again').click();
  await page.getByText('3 of 4 trips left').waitFor();
  expect(sent).toBe(1);
  expect(await at('counter-use').count()).toBe(0);
  await at('counter-refund').click();
  await page.getByText('4 of 4 trips left').waitFor();
  await context.close();
});

it.each([
  ['zh-CN', 1280, '现在查不到'],
  ['en-GB', 390, 'This cannot be told now'],
] as const)(
  'says that it cannot be told while the issuer is away, and asks again [%s]',
  async (language, width, words) => {
    const { page, context, at, state } = await clerkPage({ language, width });
    await withoutTable(
      pair.issuer.database,
      'student',
      async () => {
        await tap();
        await state('cannot-decide');
        expect(await page.getByText(words).count()).toBe(1);
        expect(await at('counter-left').count()).toBe(0);
        expect(await runAxe(page)).toEqual([]);
        expect(await fits(page)).toBe(true);
      },
      'issuer',
    );
    await at('counter-again').click();
    await state('eligible');
    await context.close();
  },
);

it.each([
  ['zh-CN', 390, '没有登记乘车区间'],
  ['en-GB', 1280, 'No home and school stations on record'],
] as const)(
  'says why there is no discount, with nothing to press but the next person [%s]',
  async (language, width, reason) => {
    const stations = async (from: string, to: string) =>
      pair.issuer.database.run.raw('UPDATE student SET rail_from = ?, rail_to = ? WHERE student_number = ?', [
        ...[from, to, OTHER],
      ]);
    await stations('', '');
    const { page, context, at, state } = await clerkPage({ language, width });
    await tap({ row: wallets[1].row });
    await state('not-eligible');
    expect(await at('counter-reason').textContent()).toBe(reason);
    for (const button of ['counter-use', 'counter-refund', 'counter-again']) expect(await at(button).count()).toBe(0);
    expect(await runAxe(page)).toEqual([]);
    expect(await fits(page)).toBe(true);
    await stations('广州南', '武汉');
    await context.close();
  },
);

it('reads a code that the clerk types or scans', async () => {
  const { page, context, at, state } = await clerkPage({ language: 'en-GB', width: 1280 });
  await at('code').fill(wallets[0].gateCode());
  await at('verify').click();
  await state('eligible');
  expect(await at('counter-left').textContent()).toBe('4 of 4 trips left');
  expect(await page.getByTestId('verdict').count()).toBe(0);
  await context.close();
});
