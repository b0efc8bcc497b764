import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flatPicture } from '../../../issuer/test/service/support/pictures.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { startWallet, type TestWallet } from './support/start-wallet.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
const NUMBER = '202301000001';
let wallet: TestWallet;
beforeAll(async () => {
  wallet = await startWallet(7960);
  const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
}, 120_000);
afterAll(() => wallet.close());

const picture = flatPicture;

it.each([
  ['zh-CN', 390, '过暗、过亮或模糊', '照片太小'],
  ['en-GB', 1280, 'too dark, too bright or blurred', 'too small'],
] as const)('hands a portrait in, and says why it was rejected [%s, %d px]', async (locale, width, why, small) => {
  const { page, context, faults } = await wallet.phone({ locale, width, height: 844 });
  const offer = await wallet.offer(NUMBER);
  await page.goto(offer.wallet_link);
  await page.getByTestId('tx-code').fill(offer.tx_code);
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').waitFor();
  await page.goto(`${wallet.url}/card`);
  const file = page.getByTestId('portrait-file');
  await file.waitFor();
  await file.setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: await picture(100, 130) });
  await page.getByTestId('portrait-says').getByText(small).waitFor();
  await file.setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: await picture(480, 640) });
  await page.locator('[data-testid=own-portrait][data-state=waiting]').waitFor();
  const queue = (await (await wallet.issuer.operator('/v1/portrait-submissions')).json()) as {
    waiting: { id: number }[];
  };
  const decided = await wallet.issuer.operator(`/v1/portrait-submissions/${queue.waiting[0]?.id}/decision`, {
    body: { verdict: 'rejected', reason: 'too-dark' },
  });
  expect(decided.status).toBe(204);
  await page.reload();
  const card = page.locator('[data-testid=own-portrait][data-state=rejected]');
  await card.waitFor();
  expect(await card.textContent()).toContain(why);
  if (SHOTS !== undefined) {
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: join(SHOTS, `wallet-portrait-${locale.slice(0, 2)}-${width}.png`), fullPage: true });
  }
  expect(await runAxe(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  expect(faults).toEqual([]);
  await context.close();
});

it('waits for the review of a portrait and then takes the copies it had asked for, each once', async () => {
  const number = '202305000002';
  const bytes = await picture(240, 320, 'jpeg');
  const portrait = { method: 'PUT', bytes, type: 'image/jpeg' } as const;
  expect((await wallet.issuer.operator(`/v1/students/${number}/portrait?review=pending`, portrait)).status).toBe(204);
  const { page, context, faults } = await wallet.phone();
  const asked: string[] = [];
  page.on('request', (request) => {
    const path = new URL(request.url()).pathname;
    if (request.method() === 'POST' && /credential$/.test(path)) asked.push(path);
  });
  const offer = await wallet.offer(number);
  await page.goto(offer.wallet_link);
  await page.getByTestId('tx-code').fill(offer.tx_code);
  await page.getByTestId('claim').click();
  await page.locator('[data-testid=problem][data-code=issuance-deferred]').waitFor();
  expect(await runAxe(page)).toEqual([]);
  // Another day: what waits was kept.
  await page.goto(`${wallet.url}/claim`);
  await page.getByTestId('claim').click();
  await page.locator('[data-testid=problem][data-code=issuance-deferred]').waitFor();
  const decided = await wallet.issuer.operator(`/v1/students/${number}/portrait-review`, {
    method: 'PUT',
    body: { verdict: 'accepted' },
  });
  expect(decided.status).toBe(204);
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').waitFor();
  const [first, second, third] = asked;
  expect([first, second, third]).toEqual(['/credential', '/deferred-credential', '/deferred-credential']);
  expect(faults).toEqual([]);
  await context.close();
});
