import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, openByLink, type openPage } from './support/browser.js';
import { startConsole, type TestConsole } from './support/start-console.js';

let app: TestConsole;
let browser: Browser;

async function signedIn(options: Parameters<typeof openPage>[1]) {
  const opened = await openByLink(browser, app, options, '/checkpoints');
  await opened.page.getByTestId('door-tags').waitFor();
  return opened;
}

beforeAll(async () => {
  app = await startConsole(7080);
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

describe('door tags in the console', () => {
  it('show how often they were touched and replayed, and what the policy makes of it', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    const tag = page.getByTestId('door-tags').locator('li[data-number="11"]');
    const text = await tag.textContent();
    for (const words of ['东门内侧', '碰过 418 次', '规则没有打开门上标签']) expect(text).toContain(words);
    expect(await tag.getByTestId('replays').textContent()).toContain('2 次');
    await context.close();
  });

  it('are registered with keys that show once, to copy and to print alone', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.getByTestId('tag-where').selectOption('east-gate');
    await page.getByTestId('tag-name').fill('东门外侧');
    await page.getByTestId('tag-uid').fill('04:A1:B2:C3:D4:E5:F6');
    await page.getByTestId('tag-create').click();
    await page.getByTestId('tag-keys').waitFor();
    expect(await page.getByTestId('tag-keys').locator('pre').textContent()).toContain(`4 ${'e'.repeat(32)}`);
    expect(await runAxe(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('h1').isVisible()).toBe(false);
    expect(await page.getByTestId('tag-keys').isVisible()).toBe(true);
    await page.emulateMedia({ media: 'screen' });
    await page.getByTestId('tag-close').click();
    expect(await page.getByTestId('tag-keys').count()).toBe(0);
    expect(app.verifier.calls.filter(({ method, path }) => `${method} ${path}` === 'POST /v1/door-tags')).toHaveLength(
      1,
    );
    expect(faults).toEqual([]);
    await context.close();
  });

  it('are withdrawn only after saying what that means', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 390 });
    expect(await runAxe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.getByTestId('withdraw-tag').click();
    await page.getByRole('dialog').getByText('cannot be registered again').waitFor();
    expect(app.verifier.calls.some(({ path }) => path.endsWith('/withdraw'))).toBe(false);
    await page.getByTestId('confirm-tag').click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(app.verifier.calls.some(({ path }) => path === '/v1/door-tags/11/withdraw')).toBe(true);
    await context.close();
  });
});
