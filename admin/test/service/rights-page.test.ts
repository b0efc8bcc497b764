import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdpUnderTest } from '../../../idp/test/service/support/idp-under-test.js';
import { claimAt } from '../../../issuer/test/service/support/claim.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, openPage, openSignedIn, type WatchedPage } from './support/browser.js';
import { shoot } from './support/shoot.js';
import { readRoster, startConsole, type TestConsole } from './support/start-console.js';

const STUDENT = '202301000001';
let app: TestConsole;
let idp: IdpUnderTest;
let browser: Browser;
const accounts: Record<string, string> = {};

beforeAll(async () => {
  app = await startConsole(7920, { withIdp: true });
  if (app.idp === undefined) throw new Error('no identity layer');
  idp = app.idp;
  for (const [name, number, role] of [
    ['operator', '9900401', 'operator'],
    ['registrar', '9900402', 'registrar'],
    ['auditor', '9900403', 'security-auditor'],
    ['dpo', '9900404', 'data-protection-officer'],
  ] as const)
    accounts[name] = await idp.addAccount({ number, kind: 'staff', name: `测试${number}`, roles: [role], college: '' });
  await app.issuer.operator('/v1/roster-imports', { bytes: readRoster('roster-clean.csv'), type: 'text/csv' });
  const { wallet, tokens } = await claimAt(app.issuer, STUDENT);
  const body = { field: 'class', wanted: '计科2302班', reason: '转班通知' };
  expect((await wallet.call('/v1/holder/corrections', tokens.access_token, body)).status).toBe(201);
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const signedInAs = (name: string, options: Parameters<typeof openPage>[1]): Promise<WatchedPage> =>
  openSignedIn(browser, { url: app.url, account: accounts[name], path: '/rights' }, options);
const wide = { language: 'zh-CN', width: 1280 } as const;

describe('personal data in the console', () => {
  it('passages are asked for by one, approved by three offices, opened and read by who asked', async () => {
    const asker = await signedInAs('operator', wide);
    await asker.page.getByLabel('学号').first().fill(STUDENT);
    await asker.page.getByLabel('文号').first().fill('保卫〔2026〕7号');
    await asker.page.getByLabel('理由', { exact: true }).fill('本人申请核对');
    await asker.page.getByTestId('opening-ask').click();
    await asker.page.getByText('已提交，等三个岗位批准').waitFor();
    expect(await asker.page.getByTestId('approve').count()).toBe(0);
    for (const name of ['dpo', 'auditor', 'registrar']) {
      const { page, context, faults } = await signedInAs(name, wide);
      // One button: that of one's own office.
      await page.getByTestId('approve').click();
      await page.getByTestId('approve').waitFor({ state: 'detached' });
      expect(faults).toEqual([]);
      await context.close();
    }
    await asker.page.getByRole('button', { name: '刷新' }).click();
    await asker.page.getByTestId('open').click();
    await asker.page.getByTestId('read').click();
    await asker.page.getByText('这段时间没有通行记录').waitFor();
    await shoot(asker.page, 'rights-operator-zh-1280');
    expect(asker.faults).toEqual([]);
    await asker.context.close();
  });

  it('a correction is granted by the registrar with a reason, and is gone from the list', async () => {
    const { page, context, faults } = await signedInAs('registrar', wide);
    const item = page.locator('[data-correction]');
    expect(await item.textContent()).toContain('计科2302班');
    await shoot(page, 'rights-registrar-zh-1280');
    await item.getByLabel('处理意见').fill('已核对');
    await item.getByTestId('grant').click();
    await page.getByText('没有待办的更正').waitFor();
    const shown = (await (await app.issuer.operator(`/v1/students/${STUDENT}`)).json()) as { class: string };
    expect(shown.class).toBe('计科2302班');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is no page for the operator’s link, which stands for nobody', async () => {
    const { page, context } = await openPage(browser, wide);
    await page.goto(await app.makeLink());
    await page.waitForURL(`${app.url}/`);
    expect(await page.locator('#menu a[href="/rights"]').count()).toBe(0);
    const answer = await page.request.get(`${app.url}/api/issuer/v1/passage-openings`);
    expect(answer.status()).toBe(403);
    await context.close();
  });

  it.each([
    ['zh-CN', 1280, 'dpo'],
    ['en-GB', 390, 'registrar'],
  ] as const)('has no fault axe can find [%s, %d px, %s]', async (language, width, name) => {
    const { page, context, faults } = await signedInAs(name, { language, width });
    await page.locator('[data-opening]').first().waitFor();
    expect(await runAxe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await shoot(page, `rights-${name}-${language}-${width}`);
    expect(faults).toEqual([]);
    await context.close();
  });
});
