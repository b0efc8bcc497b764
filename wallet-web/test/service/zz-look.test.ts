import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, it } from 'vitest';
import { startWallet, type TestWallet } from './support/start-wallet.js';
let wallet: TestWallet;
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
beforeAll(async () => {
  wallet = await startWallet(8601);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await wallet.issuer.operator('/v1/semester-registrations', { body: { student_numbers: 'all', registered_until: '2027-02-28' } });
}, 120_000);
afterAll(() => wallet.close());
it('looks', async () => {
  const { page, faults } = await wallet.phone();
  page.on('console', (m) => console.log('console', m.text()));
  page.on('requestfailed', (r) => console.log('failed', r.url(), r.failure()?.errorText));
  const offer = await wallet.offer('202301000001');
  await page.goto(offer.wallet_link);
  await page.getByTestId('tx-code').waitFor();
  await page.screenshot({ path: '/tmp/h6/offer.png' });
  await page.getByTestId('tx-code').fill(offer.tx_code);
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').waitFor();
  await page.screenshot({ path: '/tmp/h6/done.png' });
  await page.getByTestId('claim-done').click();
  await page.waitForTimeout(2500);
  await page.screenshot({ path: '/tmp/h6/present.png' });
  console.log((await page.locator('#app').innerHTML()).slice(0, 1500), faults);
});
it('looks on', async () => {
  const { claim } = await import('./support/start-wallet.js');
  for (const [name, width, locale] of [['zh', 390, 'zh-CN'], ['en', 390, 'en-GB'], ['wide', 1280, 'zh-CN']] as const) {
    const { page, faults } = await wallet.phone({ width, locale });
    page.on('console', (m) => console.log('console', m.text()));
    await claim(wallet, page, '202305000002');
    await page.waitForTimeout(1200);
    await page.screenshot({ path: `/tmp/h6/present-${name}.png` });
    await page.getByTestId('mode-portable').click();
    await page.getByTestId('portable-code').waitFor();
    await page.screenshot({ path: `/tmp/h6/portable-${name}.png`, fullPage: true });
    for (const path of ['card', 'records', 'me']) {
      await page.locator(`.tabs a[href="/${path}"]`).click();
      await page.waitForTimeout(300);
      await page.screenshot({ path: `/tmp/h6/${path}-${name}.png`, fullPage: true });
    }
    await page.goto(wallet.url + '/claim');
    await page.getByTestId('offer-text').waitFor();
    await page.screenshot({ path: `/tmp/h6/claim-${name}.png`, fullPage: true });
    console.log(faults);
  }
}, 120_000);
