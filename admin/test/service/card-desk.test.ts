import type { Server } from 'node:http';
import {
  createBearerAuthentication,
  createCallerTokenVerifier,
  createLogger,
  createServiceApp,
  systemClock,
} from '@lanyard/platform';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factoryCard, readUrl } from '../../../issuer/test/service/support/cards.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import type { Ntag424Card } from '../../../packages/protocol/test/support/ntag424-card.js';
import { findConsoleKey } from '../../../reader-agent/src/adapters/console-key.js';
import { createCardDesk } from '../../../reader-agent/src/domain/card-desk.js';
import { CardFault } from '../../../reader-agent/src/domain/reader-port.js';
import { createCardDeskRoutes } from '../../../reader-agent/src/http/card-desk-routes.js';
import { AGENT_PROBLEMS } from '../../../reader-agent/src/problems.js';
import { launchBrowser, openByLink, type openPage } from './support/browser.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

const PORT = 7000;
const AGENT = `http://localhost:${PORT + 2}`;
const STUDENT = '202301000001';
const desk = createCardDesk();
let app: TestConsole;
let agent: Server;
let browser: Browser;

/** A card on the reader; `leavesAfter` commands it is lifted, and `next` happens. */
function putDown(card: Ntag424Card, leavesAfter = Number.POSITIVE_INFINITY): void {
  card.reset();
  let sent = 0;
  desk.take({
    kind: 'card',
    card: {
      ...{ reader: 'virtual', atr: new Uint8Array(), answeringMs: 0, channelMs: 0 },
      async transmit(command) {
        sent++;
        if (sent <= leavesAfter) return card.transmit(command);
        desk.take({ kind: 'card-gone', reader: 'virtual' });
        throw new CardFault('card-gone');
      },
    },
  });
}

beforeAll(async () => {
  app = await startConsole(PORT, { agentUrl: AGENT });
  await app.issuer.operator('/v1/roster-imports', { bytes: readRoster('roster-clean.csv'), type: 'text/csv' });
  await app.issuer.operator('/v1/card-batches', { body: { key_version: 7, name: '2026 秋季' } });
  const authenticate = createBearerAuthentication({
    findOperatorTokenDigest: () => undefined,
    verifyCallerToken: createCallerTokenVerifier({
      ...{ audience: 'reader-agent', findCallerKey: findConsoleKey(app.callersFolder), clock: systemClock },
    }),
  });
  const service = createServiceApp({
    ...{ service: 'reader-agent', problems: AGENT_PROBLEMS, checkReady: async () => {} },
    log: createLogger('reader-agent', () => {}, systemClock.nowMs),
    middlewares: [createCardDeskRoutes({ desk, authenticate }).routes()],
  });
  agent = await new Promise<Server>((ready) => {
    const server = service.listen(PORT + 2, 'localhost', () => ready(server));
  });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  agent?.closeAllConnections();
  agent?.close();
  await app?.close();
});

async function cardsPage(options: Parameters<typeof openPage>[1]) {
  const opened = await openByLink(browser, app, options, '/cards');
  await opened.page.getByTestId('card-desk').waitFor();
  return opened;
}

describe('writing cards from the console', () => {
  it('writes one after the other, asks for a torn card again, and hands a written one out', async () => {
    const { page, context, faults } = await cardsPage({ language: 'zh-CN', width: 1280 });
    const [torn, other] = [factoryCard(), factoryCard()];
    await page.getByTestId('desk-count').fill('2');
    await page.getByTestId('desk-start').click();
    await page.getByTestId('desk-state').getByText('请把一张新卡放上读卡器').waitFor();
    putDown(torn, 14);
    await page.getByTestId('desk-state').getByText('请重新放上同一张').waitFor();
    expect(await runAxe(page)).toEqual([]);
    putDown(torn);
    await page.getByTestId('desk-state').getByText('已写好 1 / 2').waitFor();
    putDown(other);
    await page.getByTestId('desk-state').getByText('已写好 2 / 2').waitFor();
    expect([readUrl(torn), readUrl(other)].every((url) => url.includes('/c/7/'))).toBe(true);
    await page.getByTestId('desk-bind').first().click();
    await page.getByTestId('bind-student').fill(STUDENT);
    await page.getByTestId('confirm').click();
    await page.locator('[data-state=bound]').first().waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says why a card cannot be written, and stops where it is told to', async () => {
    const { page, context } = await cardsPage({ language: 'en-GB', width: 390 });
    const foreign = factoryCard();
    foreign.memory.settings = Uint8Array.of(0, 0, 0);
    await page.getByTestId('desk-start').click();
    putDown(foreign);
    await page.getByTestId('desk-cards').getByText('card-used-elsewhere').waitFor();
    await page.getByTestId('desk-stop').click();
    await page.getByTestId('desk-start').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await runAxe(page)).toEqual([]);
    await context.close();
  });

  it('takes commands from the console of this machine only [no token] [another caller] [no folder]', async () => {
    expect((await fetch(`${AGENT}/v1/card-desk`)).status).toBe(401);
    expect(findConsoleKey(app.callersFolder)('verifier')).toBeUndefined();
    expect(findConsoleKey('')('admin')).toBeUndefined();
    expect(findConsoleKey(app.callersFolder)('admin')).toMatchObject({ kind: 'service' });
  });
});
