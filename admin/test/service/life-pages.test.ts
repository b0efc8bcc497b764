import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CERTIFICATE, openDocumentDesk } from '../../../issuer/test/service/support/issue-documents.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, openByLink, type openPage } from './support/browser.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

const NUMBER = '202301000001';
let app: TestConsole;
let browser: Browser;
const day = (days: number) => new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  app = await startConsole(7100);
  browser = await launchBrowser();
  await app.issuer.operator('/v1/roster-imports', { bytes: readRoster('roster-clean.csv'), type: 'text/csv' });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});
async function signedIn(options: Parameters<typeof openPage>[1]) {
  const opened = await openByLink(browser, app, options);
  const fits = async (what: string) => {
    expect(await runAxe(opened.page), what).toEqual([]);
    expect(await opened.page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(
      options.width,
    );
  };
  return { ...opened, fits };
}
const statusOf = async () =>
  ((await (await app.issuer.operator(`/v1/students/${NUMBER}`)).json()) as { enrolment_status: string })
    .enrolment_status;

describe('documents of a student', () => {
  it.each([
    ['zh-CN', 390, '有效', '已撤销'],
    ['en-GB', 1280, 'valid', 'revoked'],
  ] as const)('are listed, and one is revoked with its reason [%s, %d px]', async (language, width, valid, revoked) => {
    const number = '202305000002';
    const made = await openDocumentDesk(app.issuer, width)(number, CERTIFICATE);
    const { page, context, faults, fits } = await signedIn({ language, width });
    await page.goto(`${app.url}/students/${number}`);
    const line = page.getByTestId('student-document').filter({ hasText: made.number });
    expect(await line.textContent()).toContain(valid);
    await line.getByTestId('document-revoke').click();
    await fits('dialog');
    await page.getByTestId('document-revoke-confirm').click();
    await expect.poll(() => line.textContent()).toContain(revoked);
    expect(await line.getByTestId('document-revoke').count()).toBe(0);
    await fits('page');
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('a student\u2019s life', () => {
  it('shows what a change would do before it is made, and takes it back the same way [zh, 390 px]', async () => {
    const { page, context, faults, fits } = await signedIn({ language: 'zh-CN', width: 390 });
    await page.goto(`${app.url}/students/${NUMBER}`);
    await page.getByTestId('life-change').click();
    await page.getByTestId('life-kind').selectOption('leave');
    await page.getByTestId('life-document').fill('学〔2026〕5号');
    await fits('form');
    await page.getByTestId('life-go').click();
    const effects = page.getByTestId('life-effects');
    await effects.waitFor();
    expect(await effects.textContent()).toContain('注册学籍 → 休学');
    expect(await effects.textContent()).toContain('有效 → 停用');
    await fits('effects');
    expect(await statusOf()).toBe('enrolled');
    await page.getByTestId('life-go').click();
    const step = page.locator('[data-testid=life] [data-kind=leave][data-state=in-force]');
    await step.waitFor();
    expect(await step.textContent()).toContain('学〔2026〕5号');
    expect(await statusOf()).toBe('on-leave-of-absence');
    await fits('timeline');
    await step.getByTestId('life-reverse').click();
    await page.getByTestId('life-go').click();
    await effects.waitFor();
    await page.getByTestId('life-go').click();
    await page.locator('[data-testid=life] [data-kind=leave][data-state=undone]').waitFor();
    expect(await statusOf()).toBe('enrolled');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says in words why a change is refused, and that a planned one waits [en, 1280 px]', async () => {
    const { page, context, faults } = await signedIn({ language: 'en-GB', width: 1280 });
    await page.goto(`${app.url}/students/${NUMBER}`);
    await page.getByTestId('life-change').click();
    await page.getByTestId('life-kind').selectOption('return');
    await page.getByTestId('life-go').click();
    await page.getByRole('alert').getByText('status-change-not-allowed').waitFor();
    await page.getByTestId('life-kind').selectOption('graduation');
    await page.getByTestId('life-date').fill(day(90));
    await page.getByTestId('life-go').click();
    await page
      .getByTestId('life-effects')
      .getByText(`on ${day(90)}`)
      .waitFor();
    await page.getByTestId('life-go').click();
    await page.locator('[data-kind=graduation][data-state=planned]').waitFor();
    expect(await statusOf()).toBe('enrolled');
    expect(faults.filter((fault) => !fault.includes('409'))).toEqual([]);
    await context.close();
  });
});

describe('the semester page', () => {
  it('sets a window up, shows who would be registered, registers and undoes [en, 1280 px]', async () => {
    const { page, context, faults, fits } = await signedIn({ language: 'en-GB', width: 1280 });
    await page.goto(`${app.url}/semester`);
    await page.getByText('There is no semester yet').waitFor();
    for (const [label, value] of [
      ['semester-id', '2026-2027-1'],
      ['semester-opens', day(-2)],
      ['semester-closes', day(20)],
      ['semester-until', day(150)],
    ] as const)
      await page.locator(`#${label}`).fill(value);
    await page.locator('#semester-presence').selectOption('none');
    await page.getByTestId('semester-save').click();
    await page.getByTestId('window').getByText('open').waitFor();
    const numbers = (
      (await (await app.issuer.operator('/v1/students?enrolment_status=enrolled&limit=30')).json()) as {
        students: { student_number: string }[];
      }
    ).students.map((one) => one.student_number);
    await page.getByTestId('semester-facts').setInputFiles({
      name: 'fees.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`student_number,fee\n${numbers.map((one) => `${one},paid`).join('\n')}\n`),
    });
    await page.getByText('30 rows taken, 30 students changed').waitFor();
    await fits('semester');
    await page.getByTestId('semester-look').click();
    expect(await page.getByTestId('semester-preview').textContent()).toContain('registers 30 students');
    await page.getByTestId('semester-apply').click();
    await page.locator('[data-testid=run][data-state=applied]').waitFor();
    await page.getByTestId('semester-total').locator('td').nth(1).getByText('30').waitFor();
    await fits('registered');
    await page.getByTestId('run-undo').click();
    await page.locator('[data-testid=run][data-state=undone]').waitFor();
    await page.getByTestId('semester-total').locator('td').nth(2).getByText('30').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('fits a phone [zh, 390 px]', async () => {
    const { page, context, fits } = await signedIn({ language: 'zh-CN', width: 390 });
    await page.goto(`${app.url}/semester`);
    await page.getByTestId('semester-total').waitFor();
    await fits('semester');
    await context.close();
  });
});
