import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim, type Phone, startWallet, type TestWallet } from './support/start-wallet.js';

const NUMBER = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env['LANYARD_SHOTS'];
let wallet: TestWallet;
let phone: Phone;

beforeAll(async () => {
  wallet = await startWallet(7925);
  const { issuer } = wallet;
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.operator('/v1/semester-registrations', {
    body: { student_numbers: 'all', registered_until: '2027-02-28' },
  });
  phone = await wallet.phone();
  await claim(wallet, phone.page, NUMBER);
  await issuer.operator(`/v1/students/${NUMBER}`);
  await issuer.verifier.json('/v1/people-searches', { method: 'POST', body: { q: NUMBER }, actor: 'account:guard' });
  if (shots !== undefined) mkdirSync(shots, { recursive: true });
}, 120_000);
afterAll(async () => {
  await wallet?.close();
});

async function look(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    (window as unknown as { axe: typeof import('axe-core') }).axe.run(document).then(({ violations }) => violations),
  );
  expect(found.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`)).toEqual([]);
  const width = page.viewportSize()?.width ?? 0;
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}

describe('the student’s own page about his data', () => {
  it('is one tap from the records, and lists who looked, what they learned, and that the verifier is away', async () => {
    const { page } = phone;
    await page.goto(`${wallet.url}/records`);
    await page.getByTestId('open-verified').click();
    const list = page.getByTestId('verified');
    await list.locator('[data-kind="page"]').first().waitFor();
    expect(await list.locator('[data-kind="page"]').first().textContent()).toContain('照片');
    await list.locator('[data-kind="look-search"]').first().waitFor();
    await look(page, 'verified-zh-390');
  });

  it('gives a copy of everything as a file', async () => {
    const { page } = phone;
    const downloading = page.waitForEvent('download');
    await page.getByTestId('export-data').click();
    const file = await (await downloading).path();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      format: 'lanyard-export-1',
      register: { student_number: NUMBER },
    });
  });

  it('asks for a correction, which waits in the list and can be taken back', async () => {
    const { page } = phone;
    await page.getByLabel('哪一项').selectOption('class');
    await page.getByLabel('应该是').fill('计科2302班');
    await page.getByTestId('correct').click();
    const item = page.getByTestId('corrections').locator('li[data-state="asked"]');
    await item.waitFor();
    await item.getByRole('button', { name: '撤回' }).click();
    await page.getByTestId('corrections').locator('li[data-state="withdrawn"]').waitFor();
    await look(page, 'corrections-zh-390');
  });
});
