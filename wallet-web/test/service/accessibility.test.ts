import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COLOUR_RULES, runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { claim, type Phone, startWallet, type TestWallet } from './support/start-wallet.js';

let wallet: TestWallet;
let phone: Phone;
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));

beforeAll(async () => {
  wallet = await startWallet(7860);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  phone = await wallet.phone();
  // A colour on its way from one theme to the other is not the colour of either.
  await phone.page.emulateMedia({ reducedMotion: 'reduce' });
  await claim(wallet, phone.page, '202301000001');
}, 120_000);
afterAll(() => wallet.close());

async function small(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, a[href], .choice label, .input')]
      .filter((target) => target.offsetParent !== null)
      .filter((target) => target.getBoundingClientRect().height < 44 || target.getBoundingClientRect().width < 44)
      .map((target) => target.outerHTML.slice(0, 160)),
  );
}

const open: Record<string, (page: Page) => Promise<unknown>> = {
  '/': (page) => page.getByTestId('gate-code').waitFor(),
  '/ portable': async (page) => {
    await page.getByTestId('mode-portable').click();
    await page.getByTestId('portable-code').waitFor();
  },
  '/card': (page) => page.getByTestId('card').waitFor(),
  '/records': (page) => page.getByTestId('records').waitFor(),
  '/me': (page) => page.getByTestId('delete').waitFor(),
  '/claim': (page) => page.getByTestId('offer-text').waitFor(),
  '/issue/callback': (page) => page.getByTestId('problem').waitFor(),
  '/dc': (page) => page.getByTestId('problem').waitFor(),
};

it.each(Object.keys(open).flatMap((path) => ['zh-CN', 'en'].map((language) => [path, language] as const)))(
  'has no accessibility violation, no small target and no sideways scrolling [%s, %s]',
  async (path, language) => {
    const { page } = phone;
    await page.evaluate((chosen) => localStorage.setItem('lanyard.language', chosen), language === 'en' ? 'en' : 'zh');
    for (const width of [390, 1280, 320]) {
      // As tall as the page: a sticky bar over a half-scrolled control is reported as too small a target.
      await page.setViewportSize({ width, height: 1400 });
      await page.goto(`${wallet.url}${path.split(' ')[0]}`);
      await open[path]?.(page);
      await page.locator('#i-qr').waitFor({ state: 'attached' });
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
        0,
      );
      expect(await small(page)).toEqual([]);
      if (width === 320) continue;
      for (const theme of ['light', 'dark', 'contrast']) {
        await page.evaluate((chosen) => {
          document.documentElement.dataset['theme'] = chosen;
        }, theme);
        const rules = theme === 'light' ? undefined : COLOUR_RULES;
        expect([width, theme, await runAxe(page, rules)]).toEqual([width, theme, []]);
      }
    }
  },
  90_000,
);

it('keeps the code black on white in every theme, above the fold of the smallest phone', async () => {
  const { page } = phone;
  await page.setViewportSize({ width: 360, height: 640 });
  await page.goto(wallet.url);
  for (const theme of ['light', 'dark', 'contrast']) {
    await page.evaluate((chosen) => {
      document.documentElement.dataset['theme'] = chosen;
    }, theme);
    const code = page.getByTestId('gate-code');
    expect(await code.locator('path').evaluate((path) => getComputedStyle(path).fill)).toBe('rgb(0, 0, 0)');
    expect(await code.locator('rect').evaluate((rect) => getComputedStyle(rect).fill)).toBe('rgb(255, 255, 255)');
    const box = await code.boundingBox();
    const tabs = await page.locator('.tabs').boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(tabs?.y ?? 0);
    expect(box?.width).toBe(45 * 6);
  }
});
