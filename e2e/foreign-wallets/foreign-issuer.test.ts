import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.js';
import { type Installation, startInstallation } from '../support/installation.js';
import { startForeignIssuer } from './foreign-issuer.js';

/** Our web wallet at an issuer made of other people's libraries. */
let installation: Installation;
let museum: Awaited<ReturnType<typeof startForeignIssuer>>;
let browser: Browser;

beforeAll(async () => {
  installation = await startInstallation({ LANYARD_AGENTS: '' });
  museum = await startForeignIssuer();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  museum?.close();
  await installation?.stop();
});

const newPhone = async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN' });
  return context.newPage();
};
const open = async (page: Page, link: string) => {
  await page.goto(`${installation.run.services.wallet}/claim`);
  await page.getByTestId('offer-text').fill(link);
  await page.getByTestId('open-offer').click();
};
const take = async (page: Page, link: string, txCode: string) => {
  await open(page, link);
  await page.getByTestId('tx-code').fill(txCode);
  await page.getByTestId('claim').click();
};

it.each([
  ['SD-JWT VC', ['pass-sd-jwt']],
  ['mdoc', ['pass-mdoc']],
  ['both', ['pass-sd-jwt', 'pass-mdoc']],
])('takes what it issues, with a transaction code, DPoP and proofs its libraries accept [%s]', async (_name, asked) => {
  const page = await newPhone();
  museum.notified.length = 0;
  const { link, txCode } = await museum.offer(...asked);
  await take(page, link, txCode);
  await page.getByTestId('claim-done').click();
  const cards = page.getByTestId('other-card');
  await cards.first().waitFor();
  expect(await cards.count()).toBe(asked.length);
  expect(await cards.first().textContent()).toContain('示例博物馆通行证');
  await expect
    .poll(() => museum.notified.map((one) => `${one['event']} ${one['notification_id']}`).sort(), { timeout: 15_000 })
    .toEqual(asked.map((one) => `credential_accepted of-${one}`).sort());
});

it.each([
  ['a wrong transaction code', async () => ({ ...(await museum.offer('pass-sd-jwt')), txCode: '000000' })],
  [
    'an offer taken before',
    async () => {
      const offer = await museum.offer('pass-sd-jwt');
      const first = await newPhone();
      await take(first, offer.link, offer.txCode);
      await first.getByTestId('claim-done').waitFor();
      return offer;
    },
  ],
])('keeps nothing, and says so without the words of the other side [%s]', async (_name, makeOffer) => {
  const page = await newPhone();
  const { link, txCode } = await makeOffer();
  await take(page, link, txCode);
  await page.getByTestId('problem').waitFor();
  await page.goto(`${installation.run.services.wallet}/card`);
  expect(await page.getByTestId('other-card').count()).toBe(0);
});

it('takes both by authorization code, with a pushed request, PKCE and DPoP its libraries accept', async () => {
  const page = await newPhone();
  museum.notified.length = 0;
  await open(page, await museum.invite('pass-sd-jwt', 'pass-mdoc'));
  await page.getByTestId('unknown-issuer').waitFor();
  await page.getByTestId('claim').click();
  await page.locator('#agree').click();
  await page.getByTestId('claim-done').click();
  const cards = page.getByTestId('other-card');
  await cards.first().waitFor();
  expect(await cards.count()).toBe(2);
  await expect.poll(() => museum.notified.length, { timeout: 15_000 }).toBe(2);
});

it.each([
  ['refused there', (page: Page) => page.locator('#refuse').click()],
  [
    'an answer of another server',
    async (page: Page) => {
      const back = new URL((await page.locator('#agree').getAttribute('href')) ?? '');
      back.searchParams.set('iss', 'https://other.example');
      await page.goto(back.href);
    },
  ],
])('keeps nothing of a sign-in that did not hold [%s]', async (_name, answer) => {
  const page = await newPhone();
  await open(page, await museum.invite('pass-sd-jwt'));
  await page.getByTestId('claim').click();
  await page.locator('#agree').waitFor();
  await answer(page);
  await page.getByTestId('problem').waitFor();
  await page.goto(`${installation.run.services.wallet}/card`);
  expect(await page.getByTestId('other-card').count()).toBe(0);
});
