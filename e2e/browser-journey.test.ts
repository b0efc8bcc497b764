import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, readCode } from './support/browser.js';
import { type Installation, startInstallation } from './support/installation.js';
import { openPseudoTerminal, type PseudoTerminal } from './support/pseudo-terminal.js';
import { watchScreen } from './support/screen.js';

const ROSTER = new URL('../testdata/rosters/roster-clean.csv', import.meta.url).pathname;
const NUMBER = '202305000002';
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'zh-CN' };

let terminal: PseudoTerminal;
let installation: Installation;
let browser: Browser;
let staff: Page;
let phone: BrowserContext;
const problems: string[] = [];

const byId = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`).first();

function listen(page: Page): void {
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
      problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
}

beforeAll(async () => {
  terminal = await openPseudoTerminal();
  installation = await startInstallation({ LANYARD_SCANNER_SOUTH_GATE: terminal.device });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await installation?.stop();
  terminal?.close();
});

/** What a camera sees of the code on the phone's screen. */
async function photograph(page: Page, id = 'gate-code'): Promise<string> {
  await byId(page, id).waitFor({ state: 'visible' });
  const code = await readCode(await page.screenshot());
  if (code === undefined) throw new Error('no code on the screen');
  return code;
}

it('imports a roster in the console: 600 of 600 new', async () => {
  staff = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' });
  listen(staff);
  await staff.goto(installation.run.operator_sign_in);
  await staff.waitForURL((url) => !url.pathname.includes('sign-in'));
  await staff.goto(`${installation.run.services.admin}/import`);
  await byId(staff, 'roster-file').setInputFiles(ROSTER);
  await expect.poll(() => byId(staff, 'roster-summary').textContent(), { timeout: 15_000 }).toContain('600');
  await byId(staff, 'roster-apply').click();
  await expect
    .poll(
      async () =>
        (await installation.lanyard<{ students: { student_number: string }[] }>('student', 'list', '--q', NUMBER))
          .answer.students.length,
      { timeout: 15_000 },
    )
    .toBe(1);
});

it('gives a student the ID by an offer, claimed in the wallet with the code that came another way', async () => {
  await staff.goto(`${installation.run.services.admin}/students/${NUMBER}`);
  await byId(staff, 'make-offer').click();
  const link =
    (await byId(staff, 'offer-link').getAttribute('href')) ?? (await byId(staff, 'offer-link').textContent()) ?? '';
  await byId(staff, 'show-tx-code').click();
  const txCode = ((await byId(staff, 'tx-code').textContent()) ?? '').replace(/\D/g, '');
  expect(txCode).toHaveLength(6);
  phone = await browser.newContext(PHONE);
  const wallet = await phone.newPage();
  listen(wallet);
  await wallet.goto(link.trim());
  await byId(wallet, 'tx-code').fill(txCode);
  await byId(wallet, 'claim').click();
  await byId(wallet, 'claim-done').waitFor({ state: 'visible', timeout: 20_000 });
  await wallet.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await wallet.close();
});

let shownCode = '';
let shownAtMs = 0;

it('opens on the code from a cold start without a network, and the gate turns green', async () => {
  await phone.setOffline(true);
  const wallet = await phone.newPage();
  listen(wallet);
  await wallet.goto(`${installation.run.services.wallet}/`);
  const screen = await watchScreen(installation.run.services['reader-agent']);
  // The new gate key reaches the gate by push; a fresh code is on the screen after a touch.
  await expect
    .poll(
      async () => {
        shownCode = await photograph(wallet);
        shownAtMs = Date.now();
        const next = screen.next();
        terminal.scan(shownCode);
        const { verdict } = await next;
        if (verdict !== 'accepted') await byId(wallet, 'new-code').click();
        return verdict;
      },
      { timeout: 15_000 },
    )
    .toBe('accepted');
  screen.close();
});

it('refuses the same code after a gap, and its screenshot 31 s later', async () => {
  const screen = await watchScreen(installation.run.services['reader-agent']);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, shownAtMs + 2_500 - Date.now())));
  let next = screen.next();
  terminal.scan(shownCode);
  expect(await next).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, shownAtMs + 31_000 - Date.now())));
  next = screen.next();
  terminal.scan(shownCode);
  expect(await next).toMatchObject({ verdict: 'rejected', reason: 'too-old' });
  screen.close();
});

it('stays green while the code is held in front of the camera for five seconds', async () => {
  const wallet = phone.pages()[0] as Page;
  await byId(wallet, 'new-code').click();
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-camera-'));
  const video = join(folder, 'code.mjpeg');
  const frame = await wallet.screenshot({ type: 'jpeg', quality: 90 });
  writeFileSync(video, Buffer.concat(Array.from({ length: 30 }, () => frame)));
  const camera = await launchBrowser([
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${video}`,
  ]);
  const screen = await watchScreen(installation.run.services['reader-agent']);
  try {
    const page = await camera.newPage();
    listen(page);
    const first = screen.next(10_000);
    await page.goto(`${installation.run.services['reader-agent']}/camera`);
    expect(await first).toMatchObject({ verdict: 'accepted' });
    const before = screen.events.length;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const meanwhile = screen.events
      .slice(before)
      .filter((event) => event.verdict !== undefined && event.verdict !== 'accepted');
    expect(meanwhile).toEqual([]);
  } finally {
    screen.close();
    await camera.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

it('is refused within 5 s of a suspension in the console', async () => {
  const wallet = phone.pages()[0] as Page;
  await staff.goto(`${installation.run.services.admin}/students/${NUMBER}`);
  await byId(staff, 'suspend').click();
  await byId(staff, 'confirm').click();
  const began = Date.now();
  const screen = await watchScreen(installation.run.services['reader-agent']);
  await expect
    .poll(
      async () => {
        await byId(wallet, 'new-code').click();
        const next = screen.next();
        terminal.scan(await photograph(wallet));
        return (await next).reason;
      },
      { timeout: 5_000 },
    )
    .toBe('suspended');
  expect(Date.now() - began).toBeLessThan(5_500);
  screen.close();
  await byId(staff, 'reinstate').waitFor();
});

it('broke no content security policy and threw nothing on any page', () => {
  expect(problems).toEqual([]);
});
