import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { startVerifier, type TestVerifier } from '../../../verifier/test/service/support/start-verifier.js';
import { launchBrowser, openByLink, type openPage } from './support/browser.js';
import { startConsole, type TestConsole } from './support/start-console.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
let app: TestConsole;
let browser: Browser;
let verifier: TestVerifier;
let callers: string;
const { jwk } = generateKeyPair();
const registration = (change: object = {}) =>
  JSON.stringify({
    ...{ id: 'rail-demo', name_zh: '铁路示例', name_en: 'Sample railway', keys: [jwk] },
    ...{ purposes: ['rail-discount'], claims: ['interval'], sandbox: false, ...change },
  });

beforeAll(async () => {
  callers = mkdtempSync(join(tmpdir(), 'lanyard-callers-'));
  verifier = await startVerifier({
    ...{
      port: 7122,
      issuerUrl: 'http://localhost:9',
      environment: { LANYARD_CALLERS: callers, LANYARD_PARTNER_TLS_PORT: '7986' },
    },
  });
  app = await startConsole(7120, { verifierUrl: verifier.url });
  cpSync(join(app.issuer.callersFolder, 'admin.jwk.json'), join(callers, 'admin.jwk.json'));
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await verifier?.close();
  rmSync(callers, { recursive: true, force: true });
});
async function signedIn(options: Parameters<typeof openPage>[1]) {
  return openByLink(browser, app, options, '/partners');
}

describe('partners in the console', () => {
  it('are registered by their file, and ended after saying what that means', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.getByText('还没有合作方').waitFor();
    await page.getByTestId('partner-file').fill(registration());
    await page.getByTestId('partner-save').click();
    const row = page.locator('tr[data-partner=rail-demo]');
    await row.waitFor();
    expect(await row.textContent()).toContain('乘车区间');
    await page.getByText('rail-demo 已登记').waitFor();
    await row.getByTestId('withdraw').click();
    await page.getByRole('dialog').getByText('令牌立即失效').waitFor();
    await page.getByTestId('confirm').click();
    await page.locator('tr[data-partner=rail-demo] [data-state=withdrawn]').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('are not registered by what is no registration [not JSON] [no id] [a private key]', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 390 });
    for (const text of ['no JSON', registration({ id: undefined })]) {
      await page.getByTestId('partner-file').fill(text);
      await page.getByTestId('partner-save').click();
      await page.getByRole('alert').getByText('no JSON, or it has no id').waitFor();
    }
    await page.getByTestId('partner-file').fill(registration({ keys: [{ ...jwk, d: 'AAAA' }] }));
    await page.getByTestId('partner-save').click();
    await page.getByText('input-invalid').waitFor();
    await context.close();
  });

  it('say what was told and what was not, and try again; a bundle is made, shown once, and ended', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    const callback = { url: 'https://partner.example/events', events: ['partner.changed'] };
    for (const change of [{ callback }, { callback, checks_per_day: 7 }]) {
      await page.getByTestId('partner-file').fill(registration({ id: 'museum', ...change }));
      await page.getByTestId('partner-save').click();
      await page.getByText('museum 已登记').waitFor();
    }
    const row = page.locator('tr[data-partner=museum]');
    await row.getByTestId('more').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('登记变更').waitFor();
    await dialog.getByText('发往 https://partner.example/events').waitFor();
    expect(await runAxe(page)).toEqual([]);
    await dialog.getByTestId('retry').click();
    await dialog.locator('[data-testid=partner-events] [data-state=waiting]').waitFor();
    await dialog.getByTestId('partner-bundle').click();
    await page.getByTestId('confirm-bundle').click();
    await page.getByTestId('passphrase').waitFor();
    expect(await page.getByTestId('bundle-file').getAttribute('download')).toBe('museum.p12');
    await page.keyboard.press('Escape');
    await row.getByTestId('more').click();
    await dialog.locator('[data-testid=partner-certificates] [data-state=good]').waitFor();
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, 'partner-dialog-zh.png') });
    await dialog.getByTestId('end-certificate').click();
    await dialog.locator('[data-testid=partner-certificates] [data-state=ended]').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each([
    ['zh-CN', 390, true],
    ['en-GB', 1280, false],
  ] as const)('have no fault axe can find [%s, %d px, dark %s]', async (language, width, dark) => {
    await verifier.operator('/v1/partners/museum', {
      method: 'PUT',
      body: { ...JSON.parse(registration({ id: undefined, claims: [] })), sandbox: true },
    });
    const { page, context, faults } = await signedIn({ language, width, dark });
    await page.locator('tr[data-partner=museum]').waitFor();
    expect(await runAxe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.locator('tr[data-partner=museum]').getByTestId('withdraw').click();
    await page.getByRole('dialog').waitFor();
    expect(await runAxe(page)).toEqual([]);
    if (process.env['LANYARD_SCREENSHOTS'])
      await page.screenshot({
        path: `${process.env['LANYARD_SCREENSHOTS']}/partners-${language}-${width}.png`,
        fullPage: true,
      });
    expect(faults).toEqual([]);
    await context.close();
  });
});
