import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, createServiceApp } from '@lanyard/platform';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type IdpUnderTest, startIdp } from '../../../../idp/test/service/support/idp-under-test.js';
import { startIssuer, type TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';
import { launchBrowser, launchWholeBrowser } from '../../../../packages/platform/test/support/browser.js';
import { freePort } from '../../../../packages/platform/test/support/free-port.js';
import { walletPages } from '../../../src/wallet-pages.js';

/** As `npm test` builds it, or `npx vite build -c wallet-web/web/vite.config.ts wallet-web/web`. */
const PAGES = new URL('../../../dist-web/', import.meta.url).pathname;

export interface TestWallet {
  url: string;
  folder: string;
  issuer: TestIssuer;
  /** The identity layer, where the test asked for it. */
  idp: IdpUnderTest | undefined;
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
  /** The whole browser with the picture of `cameraFile` before it. */
  camera?: boolean;
}
export interface Phone {
  context: BrowserContext;
  page: Page;
  faults: string[];
}

/** The built wallet behind its own server, the real issuer, and a browser. */
export async function startWallet(
  port: number,
  verifier = 'http://localhost:8649',
  options: { idp?: boolean } = {},
): Promise<TestWallet> {
  const url = `http://localhost:${port}`;
  const { issuer, idp } =
    options.idp === true
      ? await startBoth(url)
      : {
          issuer: await startIssuer(url, { environment: { LANYARD_PUBLIC_URL_VERIFIER: verifier } }),
          idp: undefined,
        };
  const server = await serve(PAGES, port, { issuer: issuer.url, verifier, idp: idp?.url ?? 'http://localhost:8651' });
  const cameraFolder = mkdtempSync(join(tmpdir(), 'lanyard-camera-'));
  const cameraFile = join(cameraFolder, 'film.y4m');
  const browser = await launchBrowser();
  let withCamera: Promise<Browser> | undefined;
  const openCamera = () => {
    const args = ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${cameraFile}`];
    withCamera ??= launchWholeBrowser(args);
    return withCamera;
  };
  return {
    url,
    folder: PAGES,
    issuer,
    idp,
    cameraFile,
    browser,
    async phone({ width = 390, height = 844, locale = 'zh-CN', camera = false } = {}) {
      const context = await (camera ? await openCamera() : browser).newContext({
        viewport: { width, height },
        locale,
        deviceScaleFactor: 2,
      });
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
      await (await withCamera)?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await issuer.close();
      await idp?.close();
      rmSync(cameraFolder, { recursive: true, force: true });
    },
  };
}

/** Issuer and identity layer beside each other, as they run. */
async function startBoth(walletUrl: string): Promise<{ issuer: TestIssuer; idp: IdpUnderTest }> {
  const callersFolder = mkdtempSync(join(tmpdir(), 'lanyard-callers-'));
  const port = await freePort();
  const idp = await startIdp({
    LANYARD_PUBLIC_URL_ISSUER: `http://localhost:${port}`,
    LANYARD_PUBLIC_URL_WALLET: walletUrl,
    LANYARD_CALLERS: callersFolder,
  });
  const issuer = await startIssuer(walletUrl, {
    ...{ port, callersFolder, environment: { LANYARD_PUBLIC_URL_IDP: idp.url } },
  });
  return { issuer, idp };
}

function serve(
  folder: string,
  port: number,
  origins: { issuer: string; verifier: string; idp: string },
): Promise<Server> {
  const pages = walletPages({ folder, ...origins, universityCode: '4199090001', universityName: '示例大学' });
  const app = createServiceApp({
    service: 'wallet',
    log: createLogger('wallet', () => {}, Date.now),
    problems: {},
    middlewares: pages,
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
