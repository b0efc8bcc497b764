import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, openClientKey, openSealedStore, readPkcs12, systemClock } from '@lanyard/platform';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { agentReportBody } from '../../../verifier/test/service/support/agent-report.js';
import { type StandInIssuer, startStandInIssuer } from '../../../verifier/test/service/support/stand-in-issuer.js';
import {
  OPERATOR_TOKEN,
  startVerifier,
  type TestVerifier,
} from '../../../verifier/test/service/support/start-verifier.js';
import { createAdminApp } from '../../src/app.js';
import { zAdminConfig } from '../../src/config.js';
import { launchBrowser, openPage } from './support/browser.js';
import { shoot } from './support/shoot.js';

const url = 'http://localhost:9795';
let folder: string;
let issuer: StandInIssuer;
let verifier: TestVerifier;
let server: Server;
let browser: Browser;
let well: Awaited<ReturnType<TestVerifier['enrolAgent']>>;
let ill: typeof well;

async function signedIn(options: Parameters<typeof openPage>[1]) {
  const opened = await openPage(browser, options);
  const link = await fetch(`${url}/v1/operator-links`, {
    ...{ method: 'POST', headers: { Authorization: `Bearer ${OPERATOR_TOKEN}` } },
  });
  await opened.page.goto(((await link.json()) as { url: string }).url);
  await opened.page.waitForURL(`${url}/`);
  return opened;
}

/** The console in front of a real verifier; the issuer plays no part on these pages. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-fleet-page-'));
  issuer = await startStandInIssuer(9796);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    ...{ port: 9797, issuerUrl: issuer.url, environment: { LANYARD_AGENT_TLS_PORT: '9798' } },
  });
  await verifier.synced(issuer.sequence());
  const config = zAdminConfig.parse({
    ...{ LANYARD_PORT: '9795', LANYARD_STORE: join(folder, 'store'), LANYARD_KEY_FILE: join(folder, 'key') },
    LANYARD_OPERATOR_TOKEN_DIGEST_FILE: join(verifier.folder, 'digest'),
    LANYARD_CALLERS: verifier.folder,
    LANYARD_UNIVERSITY_NAME: '示例大学',
    LANYARD_PUBLIC_URL_ADMIN: url,
    LANYARD_PUBLIC_URL_ISSUER: issuer.url,
    LANYARD_PUBLIC_URL_VERIFIER: verifier.url,
  });
  const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
  const { sign } = openClientKey(store, { name: 'admin', callersFolder: config.LANYARD_CALLERS });
  const pages = new URL('../../dist-web', import.meta.url).pathname;
  const log = createLogger('admin', () => {}, systemClock.nowMs);
  const app = createAdminApp({ config, store, sign, pages, clock: systemClock, log });
  server = await new Promise((resolve) => {
    const listening = app.listen(9795, 'localhost', () => resolve(listening));
  });
  browser = await launchBrowser();
  await verifier.putCheckpoint('south-gate');
  [well, ill] = [await verifier.enrolAgent('south-gate'), await verifier.enrolAgent('south-gate')];
  const report = (agent: typeof well, change: object = {}) =>
    agent.client.raw('/v1/agent-reports', { method: 'POST', body: { ...agentReportBody, ...change } });
  await report(well);
  await report(ill);
  const faults = [{ code: 'journal.upload-failed', at: Math.floor(Date.now() / 1000), times: 3 }];
  await report(ill, { scanner: 'lost', journal: { whole: true, waiting: 412, oldest_seconds: 900 }, faults });
});
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await verifier?.close();
  await issuer?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the fleet in the console', () => {
  it('shows who needs attention and why, in words', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${url}/fleet`);
    await page.locator(`tr[data-agent="${well.agent_id}"] [data-health=ok]`).waitFor();
    const row = page.locator(`tr[data-agent="${ill.agent_id}"]`);
    expect(await row.textContent()).toContain('扫码器断开 · 日志没有传上来');
    expect(await row.textContent()).toContain('412 条');
    await page.getByTestId('attention-only').check({ force: true });
    await page.locator(`tr[data-agent="${well.agent_id}"]`).waitFor({ state: 'detached' });
    expect(await row.count()).toBe(1);
    await shoot(page, 'fleet-zh-1280');
    // By keyboard: from the list to the agent.
    await row.getByRole('link').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('history').locator('[data-health=degraded]').waitFor();
    expect(await page.getByTestId('faults').textContent()).toContain('journal.upload-failed');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('saves settings only after showing what they change, and refuses what does not fit', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 390 });
    await page.goto(`${url}/fleet/${well.agent_id}`);
    await page.locator('#setting-report_seconds').fill('5');
    await page.getByTestId('review').click();
    expect(await page.getByTestId('settings-changes').textContent()).toContain('Not set → 5');
    await page.getByTestId('save-settings').click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('agent-settings-invalid');
    await page.keyboard.press('Escape');
    await page.locator('#setting-report_seconds').fill('30');
    await page.locator('#setting-wanted_version').fill('2.0.0');
    await page.getByTestId('review').click();
    await page.getByTestId('save-settings').click();
    await page.getByTestId('settings-saved').waitFor();
    const answer = await verifier.operator(`/v1/agent-settings?scope=agent:${well.agent_id}`);
    expect(await answer.json()).toMatchObject({ settings: { report_seconds: 30, wanted_version: '2.0.0' } });
    // The page has the new state: 1.0.0 is below what is wanted now.
    await page.getByTestId('reasons').getByText('Below the wanted version').waitFor();
    await context.close();
  });

  it('hands a bundle out once, with its passphrase apart', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 1280 });
    await page.goto(`${url}/fleet/${well.agent_id}`);
    await page.getByTestId('bundle').click();
    await page.getByTestId('confirm-bundle').click();
    const passphrase = (await page.getByTestId('passphrase').locator('pre').textContent()) ?? '';
    expect(passphrase).toMatch(/^[A-Za-z0-9_-]{24}$/);
    const downloading = page.waitForEvent('download');
    await page.getByTestId('bundle-file').click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${well.agent_id}.p12`);
    await expect(readPkcs12(readFileSync(await download.path()), passphrase)).resolves.toBeDefined();
    await page.keyboard.press('Escape');
    await page.getByTestId('bundle').click();
    expect(await page.getByTestId('passphrase').count()).toBe(0);
    await context.close();
  });

  it.each([
    ['zh-CN', 390, true],
    ['en-GB', 1280, false],
  ] as const)('has no fault axe can find [%s, %d px, dark %s]', async (language, width, dark) => {
    const { page, context, faults } = await signedIn({ language, width, dark });
    const check = async (what: string) => {
      expect(await runAxe(page), what).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(width);
      await shoot(page, `${what}-${language}-${width}`);
    };
    await page.goto(`${url}/fleet`);
    await page.getByTestId('fleet').waitFor();
    await check('fleet');
    await page.goto(`${url}/fleet/${ill.agent_id}`);
    await page.locator('#setting-readers').waitFor();
    await check('fleet-agent');
    await page.locator('#setting-readers').fill('all');
    await page.getByTestId('review').click();
    await page.getByRole('dialog').waitFor();
    await check('fleet-settings');
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('the emergency list', () => {
  it('takes a student by number, shows a row and a reason, and lets go [number there is not]', async () => {
    const doctor = issuer.makePerson();
    issuer.state.faces.set(doctor.row.rowNumber, {
      ...{ name: '测试·校医', student_number: '202301000001', portrait_id: null },
    });
    issuer.publish([...issuer.rows(), doctor.row]);
    await verifier.synced(issuer.sequence());
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${url}/gates`);
    const add = async (number: string) => {
      await page.locator('#listing-where').selectOption('south-gate');
      await page.locator('#listing-number').fill(number);
      await page.locator('#listing-why').fill('值班校医');
      await page.getByTestId('submit-listing').click();
    };
    await add('199901000001');
    await page.getByRole('alert').filter({ hasText: '学籍里没有这个人' }).waitFor();
    await add('202301000001');
    const list = page.getByTestId('emergency-list');
    await list.getByText(`行号 ${doctor.row.rowNumber}`).waitFor();
    expect(await list.textContent()).toContain('值班校医');
    expect(await page.locator('main').textContent()).not.toContain('202301000001');
    expect(await runAxe(page)).toEqual([]);
    await shoot(page, 'gates-zh-1280');
    await page.getByTestId('end-listing').click();
    await page.getByText('名单是空的').waitFor();
    const listed = await (await verifier.operator('/v1/emergency-list')).json();
    expect(listed).toEqual({ listings: [], next: null });
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('an agent that is gone', () => {
  it('withdraws only after saying what that means', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 390 });
    const gone = await verifier.enrolAgent('south-gate');
    await page.goto(`${url}/fleet/${gone.agent_id}`);
    await page.getByTestId('withdraw').click();
    await page.getByTestId('confirm').click();
    await page.getByText('已停用', { exact: true }).waitFor();
    expect(await page.getByTestId('withdraw').count()).toBe(0);
    await context.close();
  });
});
