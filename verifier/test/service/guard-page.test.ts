import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@lanyard/platform';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../../../admin/test/service/support/browser.js';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { createStaffStore } from '../../src/storage/staff-store.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
const NUMBER = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const jpeg = readFileSync(new URL('../../../launcher/assets/portraits/01.jpg', import.meta.url));
let issuer: TestIssuer;
let verifier: TestVerifier;
let browser: Browser;

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.operator(`/v1/students/${NUMBER}/portrait`, { method: 'PUT', bytes: jpeg, type: 'image/jpeg' });
  await issuer.verifier.json('/v1/signers');
  const pagesFolder = new URL('../../dist-web', import.meta.url).pathname;
  verifier = await startVerifier({ port: 9760, issuerUrl: issuer.url, pagesFolder });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  await verifier.putCheckpoint('south-gate', { guard_release: true, show_portrait: true });
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  browser = await launchBrowser(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await verifier?.close();
  await issuer?.close();
});

async function signedIn(role: string, options: Parameters<typeof openPage>[1]) {
  const staff = createStaffStore(verifier.database.run, systemClock);
  const sid = `sid-${Math.random()}`;
  const account = { subject: `subject-${sid}`, sid, idToken: 'none', name: '测试·门岗', roles: [role] };
  const session = await staff.openAccountSession(account);
  const opened = await openPage(browser, options);
  await opened.context.addCookies([
    { name: 'lanyard_verifier_session', value: session!.secret, url: verifier.url, sameSite: 'Strict', httpOnly: true },
  ]);
  await opened.page.goto(`${verifier.url}/staff`);
  await opened.page.getByTestId('guard-help').waitFor();
  const shoot = async (name: string) => {
    if (SHOTS === undefined) return;
    mkdirSync(SHOTS, { recursive: true });
    await opened.page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  };
  return { ...opened, shoot };
}

it.each([
  ['zh-CN', 390],
  ['en-GB', 1280],
] as const)(
  'lets a guard find somebody, compare the portrait and let in, once [%s, %i wide]',
  async (language, width) => {
    const { page, context, faults, shoot } = await signedIn('guard@university', { language, width });
    await page.getByTestId('guard-help').locator('summary').click();
    await page.getByTestId('who').fill('999999999');
    await page.getByTestId('find').click();
    await page.getByTestId('nobody').waitFor();
    await page.getByTestId('who').fill(NUMBER);
    await page.getByTestId('find').click();
    await page.getByTestId('person').waitFor();
    expect(await page.getByTestId('let-in').isDisabled()).toBe(true);
    expect(await page.getByTestId('print-pass').count()).toBe(0);
    await page.getByTestId('compared').check();
    expect(await runAxe(page)).toEqual([]);
    await shoot(`guard-${language}-${width}`);
    await page.getByTestId('let-in').click();
    await page.getByTestId('said').waitFor();
    expect(await page.getByTestId('let-in').isDisabled()).toBe(true);
    const { releases } = (await (await verifier.operator('/v1/guard-releases')).json()) as { releases: unknown[] };
    expect(releases.length).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await context.close();
  },
);

it('lets a clerk print a pass for the day, and says so when there was one [second]', async () => {
  const { page, context, faults, shoot } = await signedIn('window-clerk@university', {
    language: 'zh-CN',
    width: 1280,
  });
  await page.getByTestId('guard-help').locator('summary').click();
  await page.getByTestId('who').fill(NUMBER);
  await page.getByTestId('find').click();
  await page.getByTestId('person').waitFor();
  expect(await page.getByTestId('let-in').count()).toBe(0);
  await page.getByTestId('compared').check();
  await page.getByTestId('print-pass').click();
  await page.getByTestId('paper').waitFor();
  expect(await runAxe(page)).toEqual([]);
  await shoot('paper-pass-zh-1280');
  await page.getByTestId('find').click();
  await page.getByTestId('person').waitFor();
  await page.getByTestId('compared').check();
  await page.getByTestId('print-pass').click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('paper-pass-today');
  expect(faults).toEqual([]);
  await context.close();
});
