import type { Browser, BrowserContext, Page } from 'playwright-core';

export { launchBrowser } from '../../../../packages/platform/test/support/browser.js';

export interface WatchedPage {
  context: BrowserContext;
  page: Page;
  /** Everything the console said that is a fault: errors, and breaches of the content security policy. */
  faults: string[];
}

/** A page in a language at a width, with the faults it reports. */
export async function openPage(
  browser: Browser,
  options: { language: 'zh-CN' | 'en-GB'; width: number; dark?: boolean },
): Promise<WatchedPage> {
  const context = await browser.newContext({
    locale: options.language,
    viewport: { width: options.width, height: options.width < 600 ? 844 : 900 },
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    // A refused call is an answer the page shows, not a fault of the page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  return { context, page, faults };
}

/** A page of the console of somebody who has signed in through the identity layer, by the tests' door; no faults yet. */
export async function openSignedIn(
  browser: Browser,
  who: { url: string; account: string | undefined; path?: string },
  options: Parameters<typeof openPage>[1],
): Promise<WatchedPage> {
  const opened = await openPage(browser, options);
  const { page } = opened;
  await page.goto(`${who.url}/sign-in`);
  await page.getByTestId('campus-sign-in').click();
  await page.waitForURL(/\/sign-in\/[\w-]{21,}/);
  await page.goto(`${page.url()}/door?account=${who.account}&level=device-passkey`);
  await page.waitForURL((url) => url.origin === who.url);
  if (who.path !== undefined) await page.goto(`${who.url}${who.path}`);
  await page.locator('h1').waitFor();
  opened.faults.length = 0;
  return opened;
}

/** A page of the console for the operator, who came by a link of one use. */
export async function openByLink(
  browser: Browser,
  console: { readonly url: string; makeLink(): Promise<string> },
  options: Parameters<typeof openPage>[1],
  path = '/',
): Promise<WatchedPage> {
  const opened = await openPage(browser, options);
  await opened.page.goto(await console.makeLink());
  await opened.page.waitForURL(`${console.url}/`);
  if (path !== '/') await opened.page.goto(console.url + path);
  return opened;
}
