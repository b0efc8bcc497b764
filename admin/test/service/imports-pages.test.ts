import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureOf } from '../../../issuer/test/service/support/pictures.js';
import { rosterRows, workbookOf, zipOf } from '../../../issuer/test/unit/workbook/support.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, openByLink, type openPage } from './support/browser.js';
import { shoot } from './support/shoot.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
let app: TestConsole;
let browser: Browser;
let numbers: string[];

beforeAll(async () => {
  app = await startConsole(7945);
  browser = await launchBrowser();
  await app.issuer.operator('/v1/roster-imports', { bytes: readRoster('roster-clean.csv'), type: 'text/csv' });
  const listed = (await (await app.issuer.operator('/v1/students?enrolment_status=enrolled&limit=30')).json()) as {
    students: { student_number: string }[];
  };
  numbers = listed.students.map((one) => one.student_number);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

async function signedIn(options: Parameters<typeof openPage>[1]) {
  const opened = await openByLink(browser, app, options);
  const fits = async (what: string) => {
    await shoot(opened.page, `${what}-${options.language.slice(0, 2)}-${options.width}`);
    expect(await runAxe(opened.page), what).toEqual([]);
    expect(await opened.page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(
      options.width,
    );
  };
  return { ...opened, fits };
}
const face = (width = 300, height = 400) => pictureOf(width, height);
const newcomers = [0, 1, 2].map((at) => ({ 学号: `20269900000${at}`, 证件类型: '护照', 证件号码: `P0000000${at}` }));

describe('a workbook', () => {
  it('is checked, imported and undone by its plan [zh, 1280 px]', async () => {
    const { page, context, faults, fits } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/import`);
    const [template] = await Promise.all([page.waitForEvent('download'), page.getByTestId('template-xlsx').click()]);
    expect(template.suggestedFilename()).toBe('roster-template.xlsx');
    const buffer = workbookOf(rosterRows(...newcomers, { 学号: { n: '202699000009' } }));
    await page.getByTestId('roster-file').setInputFiles({ name: '名册.xlsx', mimeType: XLSX, buffer });
    await page.getByText('读的是工作表“名册”').waitFor();
    await page.locator('[data-code=number-not-text]').waitFor();
    await fits('workbook-difference');
    const [bad] = await Promise.all([page.waitForEvent('download'), page.getByTestId('bad-rows-xlsx').click()]);
    expect(bad.suggestedFilename()).toBe('名册-bad-rows.xlsx');
    await page.getByTestId('roster-apply').click();
    await page.getByTestId('roster-done').waitFor();
    await page.getByTestId('undo-import').first().click();
    await page.getByTestId('undo-plan').getByText('3 名由它新增的学生改为退学').waitFor();
    await fits('undo-plan');
    await page.getByTestId('confirm-undo').click();
    await page.locator('[data-testid=run][data-state=applied]').waitFor();
    await page.getByText('已撤销', { exact: true }).first().waitFor();
    await fits('undone');
    await page.getByTestId('run-undo').click();
    await page.locator('[data-testid=run][data-state=undone]').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  it('waits for a second person in the same shape as a run [en, 390 px]', async () => {
    const away = readRoster('roster-clean.csv')
      .toString('utf8')
      .replaceAll('注册学籍', '休学')
      .replaceAll('在籍在读', '休学');
    const sent = await app.issuer.operator('/v1/roster-imports', { bytes: Buffer.from(away), type: 'text/csv' });
    expect(((await sent.json()) as { state: string }).state).toBe('waiting-for-second-person');
    const { page, context, fits } = await signedIn({ language: 'en-GB', width: 390 });
    await page.goto(`${app.url}/import`);
    await page.getByTestId('second-person').waitFor();
    // The operator's link stands for nobody in particular.
    expect(await page.getByTestId('approve').count()).toBe(0);
    await fits('import-waits');
    await page.getByTestId('decline').click();
    await page.getByTestId('confirm-decision').click();
    await page.getByText('Declined').waitFor();
    await context.close();
  });
});

describe('files of status changes', () => {
  it('are checked, applied with progress and undone [en, 1280 px]', async () => {
    const { page, context, faults, fits } = await signedIn({ language: 'en-GB', width: 1280 });
    await page.goto(`${app.url}/status-changes`);
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    const rows = numbers.slice(0, 3).map((number) => `${number},leave,${today}`);
    const csv = ['student_number,kind,effective_date', ...rows, `999,leave,${today}`].join('\n');
    await page
      .getByTestId('status-file')
      .setInputFiles({ name: 'c.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByText('3 rows can be done, 1 cannot').waitFor();
    expect(await page.getByTestId('status-findings').textContent()).toContain('student-not-found');
    await fits('status-preview');
    await page.getByTestId('status-apply').click();
    await page.locator('[data-testid=run][data-state=applied]').waitFor();
    await page.getByTestId('run-undo').click();
    await page.locator('[data-testid=run][data-state=undone]').waitFor();
    await fits('status-undone');
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('portraits', () => {
  it('come as an archive, are looked at, accepted and rejected with a reason [zh, 390 px]', async () => {
    const good = await face();
    const buffer = zipOf([
      ...numbers.slice(5, 8).map((number) => ({ name: `${number}.jpg`, content: good })),
      { name: '张三.jpg', content: good },
    ]);
    const { page, context, faults, fits } = await signedIn({ language: 'zh-CN', width: 390 });
    await page.goto(`${app.url}/portraits`);
    await page.getByText('没有等待审核的照片').waitFor();
    await page.getByTestId('portrait-archive').setInputFiles({ name: 'p.zip', mimeType: 'application/zip', buffer });
    await page.getByText('收下 3 张，1 个文件没有收').waitFor();
    await page.locator('[data-testid=run][data-state=applied]').waitFor();
    await page.getByText('3 张等待审核').waitFor();
    const first = page.locator(`[data-testid=portrait][data-number="${numbers[5]}"]`);
    await expect
      .poll(() => first.locator('img').evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(240);
    await fits('portraits');
    await first.getByTestId('portrait-accept').click();
    await page.getByText('2 张等待审核').waitFor();
    await page.locator(`[data-number="${numbers[6]}"]`).getByTestId('portrait-reject').click();
    await page.getByTestId('portrait-reason').selectOption('too-dark');
    await fits('portrait-reject');
    await page.getByTestId('portrait-reject-go').click();
    await page.getByText('1 张等待审核').waitFor();
    expect((await app.issuer.operator(`/v1/students/${numbers[5]}/portrait`)).status).toBe(200);
    expect((await app.issuer.operator(`/v1/students/${numbers[6]}/portrait`)).status).toBe(404);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('come one by one, and what is not taken is named with its cause [en, 1280 px]', async () => {
    const { page, context, faults, fits } = await signedIn({ language: 'en-GB', width: 1280 });
    await page.goto(`${app.url}/portraits`);
    await page.getByTestId('portrait-files').setInputFiles([
      { name: `${numbers[9]}.jpg`, mimeType: 'image/jpeg', buffer: await face() },
      { name: `${numbers[10]}.jpg`, mimeType: 'image/jpeg', buffer: await face(100, 100) },
    ]);
    await page.getByText('1 of 2 handed in').waitFor();
    expect(await page.getByTestId('portrait-refused').textContent()).toContain('at least 240 × 320');
    await page.locator(`[data-number="${numbers[9]}"]`).waitFor();
    await fits('portraits');
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('search', () => {
  it('finds by initials, by a given name, by class, and by a name with any dot [zh, 1280 px]', async () => {
    const row = {
      学号: '202699000100',
      姓名: '买买提·吐尔逊',
      班级: '26维语9班',
      证件类型: '护照',
      证件号码: 'P00000100',
    };
    const other = { ...row, 学号: '202699000101', 姓名: '单雄信', 证件号码: 'P00000101' };
    await app.issuer.operator('/v1/roster-imports', { bytes: workbookOf(rosterRows(row, other)), type: XLSX });
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/students`);
    for (const [query, number] of [
      ['mmttex', '202699000100'],
      ['吐尔逊', '202699000100'],
      ['买买提•吐尔逊', '202699000100'],
      ['买买提．吐', '202699000100'],
      ['Maimaiti Tu', '202699000100'],
      ['shanxiongxin', '202699000101'],
      ['sxx', '202699000101'],
      ['雄信', '202699000101'],
      ['26维语9', '202699000101'],
    ] as const) {
      await page.getByTestId('student-search').fill(query);
      await page.locator(`a[href="/students/${number}"]`).first().waitFor();
    }
    await page.getByTestId('student-search').fill("'); DROP TABLE student; --");
    await page.getByText('没有符合条件的学生').waitFor();
    await context.close();
  });
});
