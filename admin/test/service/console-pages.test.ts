import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, openByLink, openPage, type WatchedPage } from './support/browser.js';
import { shoot } from './support/shoot.js';
import { ROSTERS, readRoster, startConsole, type TestConsole } from './support/start-console.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
let app: TestConsole;
let browser: Browser;

async function signedIn(options: Parameters<typeof openPage>[1]): Promise<WatchedPage> {
  return openByLink(browser, app, options);
}

const EXPECTED = JSON.parse(readFileSync(join(ROSTERS, 'roster-faulty-utf8.expected.json'), 'utf8'));

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  await prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer }, fireImmediately: true });
  app = await startConsole(7060);
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

describe('signing in', () => {
  it('opens the console with a link and refuses the same link a second time', async () => {
    const { page, context, faults } = await openPage(browser, { language: 'zh-CN', width: 1280 });
    const link = await app.makeLink();
    await page.goto(link);
    await page.waitForURL(`${app.url}/`);
    await context.clearCookies();
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('link-invalid');
    await shoot(page, 'sign-in-zh-1280');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('sends a page without a session to sign-in and back', async () => {
    const { page, context } = await openPage(browser, { language: 'en-GB', width: 390 });
    await page.goto(`${app.url}/students?q=zhang`);
    await page.waitForURL(/\/sign-in/);
    await shoot(page, 'sign-in-en-390');
    await page.getByLabel('Sign-in link').fill(await app.makeLink());
    await page.getByRole('button', { name: 'Sign in with the link' }).click();
    await page.waitForURL(/\/students\?q=zhang/);
    await context.close();
  });
});

describe('importing a roster', () => {
  it('shows 376 of 402 rows and every finding, and writes nothing before apply', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/import`);
    await shoot(page, 'import-choose-zh-1280');
    await page.getByTestId('roster-file').setInputFiles(join(ROSTERS, 'roster-faulty-utf8.csv'));
    await page.getByTestId('roster-summary').waitFor();
    const summary = (await page.getByTestId('roster-summary').textContent()) ?? '';
    expect(summary).toContain('402');
    expect(summary).toContain('376');
    await shoot(page, 'import-difference-zh-1280');
    const wanted = (EXPECTED.findings as { line: number; code: string; verdict: string }[]) ?? [];
    const seen = new Set<string>();
    for (const tab of ['tab-refused', 'tab-mended']) {
      await page.getByTestId(tab).click();
      while (await page.getByRole('button', { name: '再列一些' }).isVisible())
        await page.getByRole('button', { name: '再列一些' }).click();
      for (const row of await page.locator('[data-testid=finding-table] tbody tr').all())
        seen.add(`${await row.getAttribute('data-line')} ${await row.getAttribute('data-code')}`);
      await shoot(page, `import-${tab}-zh-1280`);
    }
    for (const finding of wanted) expect(seen).toContain(`${finding.line} ${finding.code}`);
    expect(wanted.length).toBeGreaterThan(20);
    expect((await (await app.issuer.operator('/v1/students')).json()).students).toEqual([]);

    await page.getByTestId('roster-apply').click();
    await page.getByTestId('roster-done').waitFor();
    expect(await page.getByTestId('roster-done').textContent()).toContain('已导入 376 人');
    await shoot(page, 'import-done-zh-1280');
    expect((await (await app.issuer.operator('/v1/students')).json()).estimate).toBe(376);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('marks and names changed characters, and says what a second import changes', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 390 });
    const text = readRoster('roster-faulty-utf8.csv')
      .toString('utf8')
      .replaceAll('·', '\u2022')
      .replaceAll('会计学', '会计学甲');
    await page.goto(`${app.url}/import`);
    await page
      .getByTestId('roster-file')
      .setInputFiles({ name: 'again.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.getByTestId('roster-summary').waitFor();
    await page.getByTestId('tab-changed').click();
    await shoot(page, 'import-changed-en-390');
    await page.getByTestId('tab-mended').click();
    expect(await page.locator('[data-testid=finding-table]').textContent()).toContain('U+2022 → U+00B7');
    await context.close();
  });

  it.each([
    ['an empty file', Buffer.from(''), 'file-empty'],
    ['a workbook', Buffer.from('PK\u0003\u0004xxxxxxxxxxxxxxxx'), 'workbook-unreadable'],
    ['a file without its columns', Buffer.from('学号,姓名\n1,张三\n'), 'header-column-missing'],
  ])('says why a whole file is refused and what is not lost [%s]', async (_what, buffer, code) => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 390 });
    await page.goto(`${app.url}/import`);
    await page.getByTestId('roster-file').setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer });
    await page.getByTestId('roster-problem').waitFor();
    expect(await page.getByTestId('roster-problem').textContent()).toContain(code);
    expect(await page.getByTestId('roster-problem').textContent()).toContain('名册没有变');
    await context.close();
  });

  it('hands out the refused rows as a file to correct', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/import`);
    await page.getByTestId('roster-file').setInputFiles(join(ROSTERS, 'roster-faulty-utf8.csv'));
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('bad-rows').click()]);
    expect(download.suggestedFilename()).toBe('roster-faulty-utf8-bad-rows.csv');
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split(/\r?\n/);
    expect(lines.length).toBeGreaterThan(26);
    await context.close();
  });
});

describe('an import that needs care', () => {
  it('writes nothing when all or nothing is chosen and a row is refused', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 1280 });
    const text = readRoster('roster-faulty-utf8.csv').toString('utf8').replaceAll('会计学', '会计学乙');
    await page.goto(`${app.url}/import`);
    await page
      .getByTestId('roster-file')
      .setInputFiles({ name: 'careful.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.getByTestId('all-or-nothing').check();
    await page.getByTestId('roster-apply').click();
    await page.getByTestId('roster-problem').waitFor();
    expect(await page.getByTestId('roster-problem').textContent()).toContain('roster-rejected');
    const found = await (await app.issuer.operator('/v1/students?limit=200')).json();
    expect(JSON.stringify(found)).not.toContain('会计学乙');
    await context.close();
  });

  it('says that many changes of status wait for a second person, and lets them be declined', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    const text = readRoster('roster-faulty-utf8.csv').toString('utf8').replaceAll(',在籍在读,', ',休学,');
    await page.goto(`${app.url}/import`);
    await page
      .getByTestId('roster-file')
      .setInputFiles({ name: 'many.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.getByTestId('roster-apply').click();
    await page.getByTestId('roster-done').waitFor();
    expect(await page.getByTestId('roster-done').textContent()).toContain('等第二个人批准');
    await shoot(page, 'import-waits-zh-1280');
    await page.getByTestId('decline').click();
    await page.getByTestId('confirm-decision').click();
    await page.getByText('已放弃').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('students', () => {
  it('finds students by number, name and pinyin, as a table when wide', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/students`);
    await page.locator('table[data-testid=student-list]').waitFor();
    await shoot(page, 'students-zh-1280');
    await page.getByTestId('next-page').click();
    await page.waitForURL(/after=/);
    const student = (await (await app.issuer.operator('/v1/students?limit=5')).json()).students[2];
    for (const query of [
      student.student_number,
      student.name,
      student.name_latin.replaceAll(/[\s']/g, '').slice(0, 6),
    ]) {
      await page.getByTestId('student-search').fill(query);
      await page.waitForURL(/q=/);
      await page
        .getByRole('link', { name: student.name.replaceAll('·', '·') })
        .first()
        .waitFor();
    }
    await page.getByTestId('student-search').fill('nobody-is-called-so');
    await page.getByText('没有符合条件的学生').waitFor();
    await page.goto(`${app.url}/portraits`);
    await page.getByTestId('portraits-absent').click();
    await page.locator('table[data-testid=student-list] tbody tr').first().waitFor();
    expect(await page.getByTestId('filter-portrait').inputValue()).toBe('none');
    await shoot(page, 'students-without-photo-zh-1280');
    expect(faults).toEqual([]);
    await context.close();
  });

  it.each([
    ['a formula', '=1+1'],
    ['markup', '<img src=x onerror=alert(1)>'],
  ])('shows %s in a roster as text', async (_what, value) => {
    const text = readRoster('roster-clean.csv').toString('utf8').split(/\r?\n/);
    const at = (text[0] ?? '').replace('\uFEFF', '').split(',').indexOf('班级');
    const cells = (text[5] ?? '').split(',');
    cells[at] = value;
    const body = [text[0], cells.join(','), ''].join('\n');
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/import`);
    await page
      .getByTestId('roster-file')
      .setInputFiles({ name: 'odd.csv', mimeType: 'text/csv', buffer: Buffer.from(body) });
    await page.getByTestId('roster-apply').click();
    await page.getByTestId('roster-done').waitFor();
    await page.goto(`${app.url}/students/${cells[0]}`);
    await page.getByTestId('credential-state').waitFor();
    expect(await page.locator('main').textContent()).toContain(value);
    expect(await page.locator('main img[src=x]').count()).toBe(0);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('lists students on a phone', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 390 });
    await page.goto(`${app.url}/students`);
    await page.locator('ul[data-testid=student-list]').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, 'students-en-390.png') });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await context.close();
  });
});

describe('one student', () => {
  async function anyValid(at: number): Promise<string> {
    const { students } = await (await app.issuer.operator('/v1/students?enrolment_status=enrolled&limit=20')).json();
    return students[at].student_number;
  }

  it('draws an offer that a phone can read and keeps its code apart', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/students/${await anyValid(0)}`);
    await page.getByTestId('make-offer').click();
    const link = (await page.getByTestId('offer-link').textContent()) ?? '';
    expect(link).toMatch(/^http:\/\/localhost:8080\/claim\?credential_offer_uri=/);
    const picture = await page.getByTestId('offer-qr').screenshot();
    const [read] = await readBarcodes(new Uint8Array(picture), { formats: ['QRCode'] });
    expect(read?.text).toBe(link);
    expect(await page.getByTestId('tx-code').count()).toBe(0);
    await page.getByTestId('show-tx-code').click();
    expect(await page.getByTestId('tx-code').textContent()).toMatch(/^\d{6}$/);
    expect(link).not.toContain((await page.getByTestId('tx-code').textContent()) ?? '-');
    await shoot(page, 'student-offer-zh-1280');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('suspends and reinstates after saying what that means', async () => {
    const { page, context, faults } = await signedIn({ language: 'en-GB', width: 390 });
    const number = await anyValid(1);
    await page.goto(`${app.url}/students/${number}`);
    await page.getByTestId('suspend').click();
    await page.getByRole('dialog').waitFor();
    await shoot(page, 'suspend-en-390');
    expect((await (await app.issuer.operator(`/v1/students/${number}`)).json()).credential_state).toBe('valid');
    await page.getByTestId('confirm').click();
    await page.locator('[data-testid=credential-state][data-state=suspended]').waitFor();
    expect((await (await app.issuer.operator(`/v1/students/${number}`)).json()).credential_state).toBe('suspended');
    await page.getByTestId('reinstate').click();
    await page.getByTestId('confirm').click();
    await page.locator('[data-testid=credential-state][data-state=valid]').waitFor();
    await shoot(page, 'student-en-390');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('leaves everything as it was when the dialog is left by Escape', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    const number = await anyValid(2);
    await page.goto(`${app.url}/students/${number}`);
    await page.getByTestId('suspend').click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect((await (await app.issuer.operator(`/v1/students/${number}`)).json()).credential_state).toBe('valid');
    await context.close();
  });

  it('revokes only when the number was typed', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    const number = await anyValid(3);
    await page.goto(`${app.url}/students/${number}`);
    await page.getByTestId('revoke').click();
    await page.getByTestId('type-number').fill('1');
    await page.getByTestId('confirm').click();
    await page.getByText('和学号不一样').waitFor();
    await shoot(page, 'revoke-zh-1280');
    await page.getByTestId('type-number').fill(number);
    await page.getByTestId('confirm').click();
    await page.locator('[data-testid=credential-state][data-state=revoked]').waitFor();
    await context.close();
  });
});

describe('checkpoints, agents and audit', () => {
  it('shows verdicts as they happen and the counts of today, without a person', async () => {
    const { page, context, faults } = await signedIn({ language: 'en-GB', width: 1280 });
    await page.getByTestId('live').getByText('East gate').waitFor();
    expect(await page.getByTestId('live').textContent()).toContain('Refused');
    await page.getByTestId('checks').getByText('4,120').waitFor();
    expect(await page.getByTestId('agents').textContent()).toContain('东门 1 号');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('opens an enrolment code once and shows it in a dialog only', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/checkpoints`);
    await page.getByTestId('make-enrolment').click();
    await page.getByTestId('enrolment-code').waitFor();
    await shoot(page, 'enrolment-zh-1280');
    await page.getByRole('button', { name: '关闭' }).click();
    expect(await page.locator('body').textContent()).not.toContain('K7QF');
    await context.close();
  });

  it('withdraws an agent only after saying what that means', async () => {
    const { page, context } = await signedIn({ language: 'en-GB', width: 390 });
    await page.goto(`${app.url}/checkpoints`);
    await page.getByTestId('withdraw').click();
    await page.getByRole('dialog').getByText('cannot be undone').waitFor();
    expect(app.verifier.calls.some((call) => call.path.endsWith('/withdraw'))).toBe(false);
    await page.getByTestId('confirm').click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(app.verifier.calls.some((call) => call.path === '/v1/agents/agent-1/withdraw')).toBe(true);
    await context.close();
  });

  it('lists the audit by action and recomputes its chain', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await app.issuer.seal();
    await page.goto(`${app.url}/audit`);
    await page.getByTestId('audit-action').selectOption('roster.applied');
    await page.getByTestId('audit-rows').getByText('roster.applied').first().waitFor();
    // The list of before stands until the answer comes.
    await expect.poll(() => page.getByTestId('audit-rows').textContent()).not.toContain('student.viewed');
    await page.getByTestId('verify-audit').click();
    await page.getByTestId('audit-result').waitFor();
    expect(await page.getByTestId('audit-result').getAttribute('data-ok')).toBe('true');
    await shoot(page, 'audit-verified-zh-1280');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says that the verifier is away and keeps showing the students', async () => {
    const { page, context } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.route('**/api/verifier/**', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'dependency-unavailable', title: 'Away.', title_zh: '依赖的服务暂时不可用。' }),
      }),
    );
    await page.goto(`${app.url}/`);
    await page.getByText('闸机照常判断').waitFor();
    await page.getByText('正在重连', { exact: true }).waitFor();
    expect(await page.locator('main').textContent()).toContain('按学籍状态的学生');
    await context.close();
  });
});

describe('what is unusual at gates', () => {
  it('is shown, and an emergency is set with a reason and a time, and ended [no reason]', async () => {
    const { page, context, faults } = await signedIn({ language: 'zh-CN', width: 1280 });
    await page.goto(`${app.url}/gates`);
    await page.getByTestId('double-uses').waitFor();
    expect(await page.getByTestId('releases').textContent()).toContain('手机没电，已核对照片');
    const posted = () =>
      app.verifier.calls.filter(({ method, path }) => method === 'POST' && path.includes('emergency'));
    await page.getByTestId('submit-mode').click();
    expect(posted()).toEqual([]);
    await page.locator('#why').fill('演练');
    await page.getByTestId('submit-mode').click();
    await page.getByTestId('end-mode').click();
    await expect
      .poll(() => posted().map(({ path }) => path))
      .toEqual(['/v1/emergency-modes', '/v1/emergency-modes/end']);
    expect(faults).toEqual([]);
    await context.close();
  });
});

describe('every page', () => {
  const pages = ['/', '/students', '/import', '/cards', '/checkpoints', '/gates', '/audit'];
  it.each([
    ['zh-CN', 390, false],
    ['zh-CN', 1280, true],
    ['en-GB', 390, true],
    ['en-GB', 1280, false],
  ] as const)(
    'has no fault axe can find [%s, %d px, dark %s]',
    async (language, width, dark) => {
      const { page, context, faults } = await signedIn({ language, width, dark });
      const { students } = await (await app.issuer.operator('/v1/students?limit=1')).json();
      for (const path of [...pages, `/students/${students[0].student_number}`]) {
        await page.goto(app.url + path);
        await page.locator('h1').waitFor();
        await page.waitForLoadState('load');
        await page.waitForTimeout(400);
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.min(height, 8000) });
        const found = await runAxe(page);
        expect(found, path).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
        await page.setViewportSize({ width: 320, height: 640 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} at 320`).toBeLessThanOrEqual(
          320,
        );
        await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
        if (SHOTS !== undefined && !path.startsWith('/students'))
          await shoot(page, `page${path.replaceAll('/', '-')}-${language}-${width}${dark ? '-dark' : ''}`);
      }
      expect(faults).toEqual([]);
      await context.close();
    },
    120_000,
  );

  it.each([
    ['zh-CN', 390, 'dark'],
    ['en-GB', 1280, 'contrast'],
  ] as const)(
    'has none with a dialog, a difference or the sign-in shown [%s, %d px, %s]',
    async (language, width, theme) => {
      const { page, context } = await signedIn({ language, width });
      await page.evaluate((name) => localStorage.setItem('lanyard-theme', name), theme);
      const tall = async () =>
        page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
      await page.goto(`${app.url}/import`);
      await page.getByTestId('roster-file').setInputFiles(join(ROSTERS, 'roster-faulty-utf8.csv'));
      await page.getByTestId('roster-summary').waitFor();
      await tall();
      expect(await runAxe(page)).toEqual([]);
      await shoot(page, `import-difference-${language}-${width}-${theme}`);
      const { students } = await (await app.issuer.operator('/v1/students?enrolment_status=enrolled&limit=1')).json();
      await page.goto(`${app.url}/students/${students[0].student_number}`);
      await page.getByTestId('make-offer').click();
      await page.getByTestId('offer-link').waitFor();
      await tall();
      expect(await runAxe(page)).toEqual([]);
      await page.getByTestId('suspend').click();
      await page.getByRole('dialog').waitFor();
      expect(await runAxe(page)).toEqual([]);
      await context.clearCookies();
      await page.goto(`${app.url}/sign-in`);
      await page.locator('h1').waitFor();
      expect(await runAxe(page)).toEqual([]);
      await context.close();
    },
  );
});
