import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, createServiceApp, servePages } from '@lanyard/platform';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { startIssuer, type TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';

const webRoot = new URL('../../../web/', import.meta.url).pathname;

export interface TestWallet {
  url: string;
  folder: string;
  issuer: TestIssuer;
  /** The picture before the camera, a Y4M file; it is read when a page opens the camera. */
  cameraFile: string;
  browser: Browser;
  /** A phone: a browser profile of its own. What breaks the policy or throws is collected in `faults`. */
  phone(options?: PhoneOptions): Promise<Phone>;
  offer(studentNumber: string): Promise<{ wallet_link: string; tx_code: string; credential_offer_link: string }>;
  close(): Promise<void>;
}
export interface PhoneOptions {
  width?: number;
  height?: number;
  locale?: string;
}
export interface Phone {
  context: BrowserContext;
  page: Page;
  faults: string[];
}

/** The built wallet behind its own server, the real issuer, and a browser. */
export async function startWallet(port: number, verifier = 'http://localhost:8649'): Promise<TestWallet> {
  const url = `http://localhost:${port}`;
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-wallet-'));
  await build({
    configFile: join(webRoot, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
  });
  const issuer = await startIssuer(url);
  const server = await serve(folder, port, issuer.url, verifier);
  const cameraFile = `${folder}.y4m`;
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      ...['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${cameraFile}`],
    ],
  });
  return {
    url,
    folder,
    issuer,
    cameraFile,
    browser,
    async phone({ width = 390, height = 844, locale = 'zh-CN' } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, locale, deviceScaleFactor: 2 });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('console', (message) => {
        if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
      });
      return { context, page, faults };
    },
    async offer(studentNumber) {
      const answer = await issuer.operator('/v1/credential-offers', { body: { student_number: studentNumber } });
      return (await answer.json()) as never;
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await issuer.close();
      rmSync(folder, { recursive: true, force: true });
      rmSync(cameraFile, { force: true });
    },
  };
}

function serve(folder: string, port: number, issuer: string, verifier: string): Promise<Server> {
  const pages = servePages({
    folder,
    connect: [issuer, verifier],
    wasm: true,
    appRoutes: /^\/(claim|card|records|me|present|dc|issue\/callback)?$/,
    config: {
      issuer,
      verifier,
      idp: 'http://localhost:8651',
      university_code: '4199090001',
      university_name: '示例大学',
    },
  });
  const app = createServiceApp({
    service: 'wallet',
    log: createLogger('wallet', () => {}, Date.now),
    problems: {},
    middlewares: [pages],
    checkReady: async () => {},
  });
  return new Promise((resolve) => {
    const server = app.listen(port, 'localhost', () => resolve(server));
  });
}

/** A claim from the link to the card on this phone. */
export async function claim(wallet: TestWallet, page: Page, studentNumber: string): Promise<void> {
  const offer = await wallet.offer(studentNumber);
  await page.goto(offer.wallet_link);
  await page.getByTestId('tx-code').fill(offer.tx_code);
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').click();
  await page.getByTestId('gate-code').waitFor();
}

/** Waits until the service worker holds the files. */
export async function untilOffline(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
}
