import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { claim, startWallet, type TestWallet } from './support/start-wallet.js';

const [GRADUATE, WITHDRAWN] = ['202301000001', '202305000002'];
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
let wallet: TestWallet;

beforeAll(async () => {
  wallet = await startWallet(7890);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
}, 120_000);
afterAll(() => wallet.close());

async function change(number: string, kind: string): Promise<number> {
  const body = { kind, effective_date: today(), document_number: '毕〔2026〕7号' };
  const answer = await wallet.issuer.operator(`/v1/students/${number}/status-changes`, { body });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: number }).id;
}
async function claimed(page: Page, number: string): Promise<void> {
  await claim(wallet, page, number);
  await page.goto(`${wallet.url}/card`);
}

it('comes by itself once its holder graduates, beside the student ID that is good no more, and goes when that is reversed [zh, 390 px]', async () => {
  const { page, context, faults } = await wallet.phone();
  await claimed(page, GRADUATE);
  await page.getByTestId('card').waitFor();
  expect(await page.getByTestId('alumni-card').count()).toBe(0);
  const made = await change(GRADUATE, 'graduation');
  const alumni = page.getByTestId('alumni');
  await alumni.waitFor();
  const text = await alumni.textContent();
  expect(text).toContain('电子校友证');
  expect(text).toContain(today());
  expect(text).toContain('毕业');
  await page.locator('[data-testid=card].is-off').waitFor();
  expect(await page.getByTestId('other-cards').count()).toBe(0);
  expect(await runAxe(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  const reversal = { document_number: '毕〔2026〕8号', reason_code: 'data-error' };
  const path = `/v1/students/${GRADUATE}/status-changes/${made}/reverse`;
  expect((await wallet.issuer.operator(path, { body: reversal })).status).toBe(201);
  await alumni.waitFor({ state: 'detached' });
  await page.locator('[data-testid=card]:not(.is-off)').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('is taken alone on a new phone by somebody who has left [en, 1280 px]; it is no student ID', async () => {
  await change(GRADUATE, 'graduation');
  const { page, context, faults } = await wallet.phone({ locale: 'en-GB', width: 1280, height: 900 });
  const made = await wallet.issuer.operator('/v1/credential-offers', {
    body: { student_number: GRADUATE, configuration_ids: ['alumni-id-sd-jwt'], tx_code: true },
  });
  expect(made.status).toBe(201);
  const offer = (await made.json()) as { wallet_link: string; tx_code: string };
  await page.goto(offer.wallet_link);
  await page.getByTestId('tx-code').fill(offer.tx_code);
  expect(await page.locator('main').textContent()).toContain('Electronic alumni ID');
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').click();
  await page.getByTestId('alumni-card').waitFor();
  expect(await page.getByTestId('alumni').textContent()).toContain('campus gates do not know it');
  expect(await page.getByTestId('card').count()).toBe(0);
  expect(await page.getByTestId('no-card').count()).toBe(0);
  expect(await runAxe(page)).toEqual([]);
  await page.goto(`${wallet.url}/`);
  expect(await page.getByTestId('gate-code').count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});

it('does not come for somebody who withdrew', async () => {
  const { page, context, faults } = await wallet.phone();
  await claimed(page, WITHDRAWN);
  await page.getByTestId('card').waitFor();
  await change(WITHDRAWN, 'withdrawal');
  await page.locator('[data-testid=card].is-off').waitFor();
  expect(await page.getByTestId('alumni').count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});
