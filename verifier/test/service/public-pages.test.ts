import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeAes } from '@lanyard/protocol/node-crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../../admin/test/service/support/browser.js';
import { readUrl } from '../../../issuer/test/service/support/cards.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { createNtag424Card } from '../../../packages/protocol/test/support/ntag424-card.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
const PORT = 7660;
const ENROLLED = 0x80 | 2;
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1';
let issuer: StandInIssuer;
let verifier: TestVerifier;
let browser: Browser;
const card = `http://localhost:${PORT}/c/7/${'A'.repeat(32)}/${'B'.repeat(16)}`;
let tag: () => string;

beforeAll(async () => {
  issuer = await startStandInIssuer(PORT - 1);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    port: PORT,
    issuerUrl: issuer.url,
    environment: { LANYARD_UNIVERSITY_NAME: '示例大学', LANYARD_PUBLIC_PAGE_PER_MINUTE: '10000' },
  });
  await verifier.synced(issuer.sequence());
  await verifier.putCheckpoint('dorm-7');
  const uid = Uint8Array.of(4, ...randomBytes(6));
  const body = { checkpoint: 'dorm-7', name: '西门', uid: Buffer.from(uid).toString('hex') };
  const made = (await (await verifier.operator('/v1/door-tags', { body })).json()) as {
    file: string;
    settings: string;
    keys: string[];
  };
  const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  const file = new Uint8Array(256);
  file.set(hex(made.file));
  const chip = createNtag424Card({
    aes: nodeAes,
    uid,
    memory: {
      ...{ uid, file, readCounter: 0, settings: hex(made.settings) },
      keys: made.keys.map((key) => ({ key: hex(key), version: 1 })),
    },
  });
  tag = () => readUrl(chip);
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await verifier?.close();
  await issuer?.close();
});

describe('pages for anybody’s phone', () => {
  it.each([
    [390, false],
    [1280, false],
    [390, true],
    [320, false],
  ] as const)('have no fault axe can find and fit their width [%d px, dark %s]', async (width, dark) => {
    const context = await browser.newContext({
      viewport: { width, height: width < 600 ? 844 : 900 },
      colorScheme: dark ? 'dark' : 'light',
      userAgent: IPHONE,
    });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
    });
    const holder = { row: 1, state: ENROLLED, policy_class: 0 };
    const used = tag();
    const states: [string, string, object | undefined][] = [
      ['valid', card, { result: 'accepted', holder }],
      ['not-valid', card, { result: 'rejected', reason: 'replayed' }],
      ['unknown', card, undefined],
      ['open-wallet', used, undefined],
      ['tap-used', used, undefined],
    ];
    for (const [state, url, answer] of states) {
      issuer.state.cardTap = answer;
      await page.goto(url);
      expect(await page.locator('main').getAttribute('data-state')).toBe(state);
      expect(await runAxe(page), state).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), state).toBeLessThanOrEqual(width);
      if (SHOTS !== undefined) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({
          path: join(SHOTS, `public-${state}-${width}${dark ? '-dark' : ''}.png`),
          fullPage: true,
        });
      }
    }
    expect(faults).toEqual([]);
    await context.close();
  });

  it('copy the request of a tap for a wallet on the home screen, and say when its time is over', async () => {
    const context = await browser.newContext({ userAgent: IPHONE, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(tag());
    await page.click('#copy');
    await page.waitForSelector('#copied:not([hidden])');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^openid4vp:/);
    await page.clock.fastForward(10_500);
    await page.waitForSelector('#over:not([hidden])');
    expect(await page.locator('#ways').isVisible()).toBe(false);
    await context.close();
  });
});
