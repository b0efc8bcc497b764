import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundCard, factoryCard, relay, type TapBody, tapOf } from '../../../issuer/test/service/support/cards.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, openByLink, type openPage } from './support/browser.js';
import { shoot } from './support/shoot.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

const [STUDENT, OTHER] = ['202301000001', '202305000002'];
let app: TestConsole;
let browser: Browser;
let bound: Awaited<ReturnType<typeof boundCard>>;
let stock = '';

async function signedIn(options: Parameters<typeof openPage>[1]) {
  return openByLink(browser, app, options);
}

beforeAll(async () => {
  app = await startConsole(7020);
  browser = await launchBrowser();
  const { issuer } = app;
  await issuer.operator('/v1/roster-imports', { bytes: readRoster('roster-clean.csv'), type: 'text/csv' });
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: '2026 秋季' } });
  bound = await boundCard(issuer, 7, STUDENT);
  const card = factoryCard();
  stock = (await relay(issuer, card, 7)).card_number;
  await relay(issuer, factoryCard(), 7, { at: 12, before: false });
  // The same read twice, under two ids: an alarm.
  const tap = tapOf(bound.card);
  for (const id of ['A'.repeat(22), `${'B'.repeat(21)}A`]) {
    const taps: TapBody[] = [{ ...tap, id }];
    await issuer.verifier.json('/v1/card-taps', { method: 'POST', body: { taps } });
  }
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

describe('campus cards in the console', () => {
  it('shows stock, holder and alarm, and hands a card out', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/cards`);
    await page.locator(`tr[data-number="${stock}"]`).waitFor();
    await page.getByTestId('alarms-only').check({ force: true });
    await page.locator(`tr[data-number="${stock}"]`).waitFor({ state: 'detached' });
    expect(await page.getByTestId('alarm').textContent()).toContain('旧读数 1 次');
    await shoot(page, 'cards-alarms-zh-1280');
    await page.getByTestId('alarms-only').uncheck({ force: true });
    await page.locator(`tr[data-number="${stock}"]`).getByTestId('card-bind').click();
    await page.getByTestId('bind-student').fill(STUDENT);
    await page.getByTestId('confirm').click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('student-has-card');
    await page.getByTestId('bind-student').fill(OTHER);
    await page.getByTestId('confirm').click();
    await page.locator(`tr[data-number="${stock}"] [data-state=bound]`).waitFor();
    expect(faults.filter((fault) => !fault.includes('409'))).toEqual([]);
    await context.close();
  });

  it('suspends and reinstates only after saying what that means, and the student’s page shows it', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 390 });
    await page.goto(`${app.url}/students/${STUDENT}`);
    const panel = page.getByTestId('student-cards');
    await panel.getByTestId('card-suspend').click();
    await page.getByRole('dialog').getByText('refused at once').waitFor();
    await page.getByTestId('confirm').click();
    await panel.locator('[data-state=suspended]').waitFor();
    const { cards } = (await (await app.issuer.operator(`/v1/students/${STUDENT}/cards`)).json()) as {
      cards: { state: string }[];
    };
    expect(cards[0]?.state).toBe('suspended');
    await panel.getByTestId('card-reinstate').click();
    await page.getByTestId('confirm').click();
    await panel.locator('[data-state=bound]').waitFor();
    await context.close();
  });

  it('makes a batch, shows how cards were written, and what happened to a torn one', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/cards`);
    await page.getByTestId('batch-name').fill('2027 春季');
    await page.getByTestId('batch-create').click();
    await page.getByTestId('batches').getByText('2027 春季').waitFor();
    await page.getByTestId('open-log').last().click();
    await page.getByTestId('personalisation-log').getByText('卡被拿开', { exact: true }).waitFor();
    await shoot(page, 'cards-log-zh-1280');
    await context.close();
  });

  it.each([
    ['zh-CN', 390, false],
    ['zh-CN', 1280, true],
    ['en-GB', 390, true],
    ['en-GB', 1280, false],
  ] as const)(
    'has no fault axe can find [%s, %d px, dark %s]',
    async (language, width, dark) => {
      const { page, context, faults } = await signedIn({ language, width, dark });
      const check = async (what: string) => {
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.min(height, 8_000) });
        expect(await runAxe(page), what).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(width);
        await shoot(page, `${what}-${language}-${width}${dark ? '-dark' : ''}`);
        await page.setViewportSize({ width: 320, height: 640 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${what} at 320`).toBeLessThanOrEqual(
          320,
        );
        await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
      };
      await page.goto(`${app.url}/cards`);
      await page.getByTestId('cards').waitFor();
      await page.getByTestId('open-log').last().click();
      await page.getByTestId('personalisation-log').waitFor();
      await check('cards');
      await page.getByTestId('card-suspend').first().click();
      await page.getByRole('dialog').waitFor();
      await check('cards-suspend');
      await page.goto(`${app.url}/students/${STUDENT}`);
      await page.getByTestId('student-cards').locator('[data-state]').first().waitFor();
      await check('student-card');
      expect(faults).toEqual([]);
      await context.close();
    },
    120_000,
  );
});
