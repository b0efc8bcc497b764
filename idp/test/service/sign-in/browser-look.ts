import type { Browser, BrowserContext, Page } from 'playwright-core';
import { COLOUR_RULES, runAxe } from '../../../../packages/platform/test/support/run-axe.js';

export { launchBrowser } from '../../../../packages/platform/test/support/browser.js';

const SHOTS = process.env['LANYARD_SHOTS'];

/** A page with the faults it reports: script errors, and breaches of the content security policy. */
export async function openWatched(
  browser: Browser,
  options: { width?: number; locale?: string; script?: boolean } = {},
): Promise<{ context: BrowserContext; page: Page; faults: string[] }> {
  const { width = 390, locale = 'zh-CN', script = true } = options;
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 800 },
    locale,
    reducedMotion: 'reduce',
    javaScriptEnabled: script,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
  });
  return { context, page, faults };
}

/** What axe finds, best-practice rules included, in light, dark and high contrast; the window is as tall as the page. */
export async function look(page: Page, name: string): Promise<string[]> {
  const width = page.viewportSize()?.width ?? 390;
  const height = (await page.evaluate('document.documentElement.scrollHeight')) as number;
  await page.setViewportSize({ width, height: Math.max(800, height) });
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  const found: string[] = [];
  for (const [theme, media] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['contrast', { colorScheme: 'light', contrast: 'more' }],
  ] as const) {
    await page.emulateMedia({ contrast: null, ...media });
    found.push(...(await runAxe(page, theme === 'light' ? undefined : COLOUR_RULES)).map((one) => `${theme}: ${one}`));
  }
  await page.emulateMedia({ colorScheme: 'light', contrast: null });
  return found;
}

/** What breaks the floors of layout: sideways scrolling, targets under 44 px, other than one h1 and one main. */
export function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > window.innerWidth) found.push(`scrolls sideways: ${scrollWidth}`);
    for (const part of document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')) {
      const { width, height } = part.getBoundingClientRect();
      if (width > 0 && (height < 43.5 || width < 43.5))
        found.push(`small: ${part.tagName} ${part.textContent} ${width} x ${height}`);
    }
    for (const name of ['h1', 'main'])
      if (document.querySelectorAll(name).length !== 1)
        found.push(`${name}: ${document.querySelectorAll(name).length}`);
    return found;
  });
}

/** Layout on the small phone, the narrowest one, and with letters of twice the size. */
export async function fitsEverywhere(page: Page): Promise<string[]> {
  const found: string[] = [];
  const before = page.viewportSize() ?? { width: 390, height: 844 };
  for (const width of [320, 360, 390, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    found.push(...(await misfits(page)).map((one) => `${width}: ${one}`));
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.evaluate(() => {
    for (const size of [13, 14, 16, 18, 20, 24, 30, 40])
      document.documentElement.style.setProperty(`--t-${size}`, `${size * 2}px`);
  });
  found.push(...(await misfits(page)).map((one) => `200 %: ${one}`));
  await page.evaluate(() => document.documentElement.removeAttribute('style'));
  await page.setViewportSize(before);
  return found;
}
