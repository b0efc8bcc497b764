import { readFileSync } from 'node:fs';
import { createServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { claim, startWallet, type TestWallet } from './support/start-wallet.js';

let wallet: TestWallet;
const [READY, UNPAID] = ['202301000001', '202305000002'];
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const day = (days: number) => new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
const SEMESTER = '/v1/semesters/2026-2027-1';
const window = (closes: number) =>
  wallet.issuer.operator(SEMESTER, {
    method: 'PUT',
    body: { opens: day(-3), closes: day(closes), registered_until: day(200), needs_fee: true, presence: 'holder' },
  });

beforeAll(async () => {
  wallet = await startWallet(7990);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await window(10);
  await wallet.issuer.operator(`${SEMESTER}/facts`, {
    bytes: Buffer.from(`student_number,fee\n${READY},paid\n`),
    type: 'text/csv',
  });
}, 120_000);
afterAll(() => wallet.close());

async function claimed(page: Page, number: string): Promise<void> {
  await claim(wallet, page, number);
  await page.goto(`${wallet.url}/card`);
}

it('says what is missing and registers in one tap [zh, 390 px]; the card shows the date and copies are obtained anew', async () => {
  const { page, context, faults } = await wallet.phone();
  await claimed(page, READY);
  const card = page.getByTestId('registration');
  await card.waitFor();
  expect(await card.textContent()).toContain('还没有确认到校');
  expect(await runAxe(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByTestId('registration-confirm').click();
  await page.locator('[data-standing=registered]').waitFor();
  await page.locator('[data-testid=state][data-state=registered]').waitFor();
  expect(await page.getByTestId('state').textContent()).toContain(day(200));
  // A fresh batch comes by itself within the spread, and the old copies go.
  const count = async () =>
    (
      await wallet.issuer.database.run.raw(
        'SELECT count(*) AS n FROM issuance i JOIN student s ON s.id = i.student_id WHERE s.student_number = ?',
        [READY],
      )
    ).rows[0].n;
  const before = Number(await count());
  await expect.poll(count, { timeout: 75_000, interval: 500 }).toBeGreaterThanOrEqual(before + 2);
  expect(faults).toEqual([]);
  await context.close();
});

it('says where its holder lives, and shows a move while the page is open [zh, 390 px]', async () => {
  const { page, context, faults } = await wallet.phone();
  await claimed(page, READY);
  await page.getByTestId('card').waitFor();
  expect(await page.getByTestId('building').count()).toBe(0);
  const pair = generateKeyPair();
  const { kty, crv, x, y } = pair.jwk;
  await wallet.issuer.operator('/v1/sources/dormitory', { method: 'PUT', body: { jwk: { kty, crv, x, y } } });
  const dormitory = createServiceClient({
    ...{ baseUrl: wallet.issuer.url, audience: 'issuer', caller: 'source:dormitory', clock: systemClock },
    sign: createSigner(pair.privateKey),
  });
  const move = (after: string | null, watermark: string, building: string) =>
    dormitory.json('/v1/residences', {
      method: 'POST',
      body: { after, watermark, facts: [{ student_number: READY, building }] },
    });
  await move(null, 'w1', '紫荆 3 号楼');
  const shown = page.getByTestId('building');
  await shown.getByText('紫荆 3 号楼').waitFor({ timeout: 60_000 });
  await move('w1', 'w2', '紫荆 12 号楼');
  await shown.getByText('紫荆 12 号楼').waitFor({ timeout: 60_000 });
  expect(await runAxe(page)).toEqual([]);
  await move('w2', 'w3', '');
  await shown.waitFor({ state: 'detached', timeout: 60_000 });
  expect(faults).toEqual([]);
  await context.close();
}, 200_000);

it('keeps who has not paid waiting, in words [en, 1280 px], and shows nothing once the window has closed', async () => {
  const { page, context, faults } = await wallet.phone({ locale: 'en-GB', width: 1280, height: 900 });
  await claimed(page, UNPAID);
  await page.getByTestId('registration-confirm').click();
  await page.getByTestId('registration-confirm').waitFor({ state: 'detached' });
  const text = await page.getByTestId('registration').textContent();
  expect(text).toContain('Fee not paid');
  expect(text).toContain('You have confirmed');
  expect(await page.getByTestId('registration-confirm').count()).toBe(0);
  expect(await runAxe(page)).toEqual([]);
  await window(-1);
  const told = page.waitForResponse('**/v1/holder/registration');
  await page.reload();
  await page.getByTestId('card').waitFor();
  await (await told).finished();
  expect(await page.getByTestId('registration').count()).toBe(0);
  expect(faults).toEqual([]);
  await context.close();
});
