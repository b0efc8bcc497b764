import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage } from '../../../admin/test/service/support/browser.js';
import { COLOUR_RULES, runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { LEAVE } from './support/start-campus.js';
import {
  answered,
  browser,
  campus,
  casesOf,
  counsellor,
  dangerOf,
  draftOf,
  fillLeave,
  goTo,
  leaveOf,
  newStudent,
  open,
  shoot,
  signedIn,
  startStudentPages,
  stopStudentPages,
  surveyed,
  writtenAtWindow,
} from './support/student-pages.js';

beforeAll(() => startStudentPages(7746), 120_000);
afterAll(stopStudentPages);

describe('every page', () => {
  it.each([
    ['zh-CN', 390],
    ['en-GB', 1280],
  ] as const)(
    'has no fault axe can find, in light and dark, and fits its width and 320 [%s, %d px]',
    async (language, width) => {
      const student = await newStudent();
      const agreed = await leaveOf(student, 'agreed');
      const returned = await leaveOf(student, 'returned');
      await answered(student);
      const inDanger = await dangerOf(student);
      await writtenAtWindow(student);
      expect((await campus.student(student.number)('/v1/windows/hall-1/tickets', { body: {} })).status).toBe(201);
      await surveyed(`library-${width}`);
      const { page, context, faults } = await signedIn(student, { language, width });
      const pages: [string, string, string][] = [
        ['home', '/', '[data-testid="task"]'],
        ['window-confirmation', '/', '[data-testid="window-confirmation"]'],
        ['windows', '/windows', '[data-testid="ticket"]'],
        ['window-screen', '/windows/hall-1/screen', 'h2'],
        ['kiosk-tickets', '/windows/kiosk', '[data-testid="kiosk-take"]'],
        ['services', '/services', '[data-testid="service-line"]'],
        ['answers', '/answers', '[data-testid="answer"]'],
        ['surveys', '/surveys', '[data-testid="survey"]'],
        ['survey', `/m/general-services/surveys/library-${width}`, '[data-testid="answer-survey"]'],
        ['cases', '/cases', '[data-testid="case-line"]'],
        ['notices', '/notices', '[data-testid="notice"]'],
        ['notice-settings', '/notices/settings', '[data-testid="notice-form"]'],
        ['module', '/m/student-aid', '[data-testid="service-line"]'],
        ['leave', '/m/daily-affairs/services/leave', '#f-reason'],
        ['complaint', '/m/general-services/services/complaint', '[data-testid="danger-said"]'],
        ['danger', `/m/general-services/cases/${inDanger}`, '[data-testid="danger-now"]'],
        ['project', '/m/innovation/services/innovation-project', '#f-plan'],
        ['hardship', '/m/student-aid/services/hardship-assessment', '#f-statement'],
        ['confirm', `/m/daily-affairs/cases/${agreed}`, '[data-testid="confirm"]'],
        ['mend', `/m/daily-affairs/cases/${returned}`, '[data-testid="mend"]'],
        ['sign-in', '/m/education/sign-in?problem=sign-in-cancelled', '[data-testid="sign-in-problem"]'],
      ];
      for (const [name, path, there] of pages) {
        await page.setViewportSize({ width, height: 844 });
        await page.goto(campus.url + path);
        await page.locator(there).first().waitFor();
        // Axe wants the window as tall as the page: nothing stands under a bar that sticks.
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.max(844, height) });
        await shoot(page, `${name}-${language.slice(0, 2)}-${width}`);
        expect(await runAxe(page), name).toEqual([]);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await runAxe(page, COLOUR_RULES), `${name}, dark`).toEqual([]);
        await page.emulateMedia({ colorScheme: 'light' });
        for (const narrow of [width, 320]) {
          await page.setViewportSize({ width: narrow, height: 844 });
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth),
            `${name}, ${narrow}`,
          ).toBeLessThanOrEqual(narrow);
        }
      }
      expect(faults).toEqual([]);
      await context.close();
    },
    180_000,
  );
});

it('loads no more than 60 KB before the home page stands, zipped', () => {
  const folder = new URL('../../dist-web/', import.meta.url);
  const html = readFileSync(new URL('index.html', folder), 'utf8');
  const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  const texts = readdirSync(new URL('assets/', folder)).filter((name) => /^zh-.*\.js$/.test(name));
  expect(texts).toHaveLength(1);
  const files = [...first, ...texts.map((name) => `assets/${name}`)].map((name) => readFileSync(new URL(name, folder)));
  const bytes = [Buffer.from(html), ...files].map((file) => gzipSync(file, { level: 9 }).length);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(60 * 1024);
});

describe('danger to life', () => {
  it.each([
    ['zh-CN', 390, '匿名也一样', '我不想活了', '已经告诉值班老师'],
    ['en-GB', 1280, 'also where you are anonymous', 'I want to die', 'The duty has been told'],
  ] as const)(
    'is said before anybody writes, and the numbers stand there when it is handed in [%s, %d px]',
    async (language, width, said, text, told) => {
      const student = await newStudent();
      const { page, context } = await signedIn(student, { language, width }, '/m/general-services/services/complaint');
      const before = page.getByTestId('danger-said');
      await before.waitFor();
      expect(await before.textContent()).toContain(said);
      expect(await before.locator('a[href="tel:120"]').count()).toBe(1);
      await page.locator('#f-topic').check({ force: true });
      await page.locator('#f-anonymous').check({ force: true });
      await page.locator('#f-may_publish').check({ force: true });
      await page.locator('#f-text').fill(text);
      await page.getByTestId('hand-in').click();
      const now = page.getByTestId('danger-now');
      await now.waitFor();
      expect(await now.textContent()).toContain(told);
      expect(await now.locator('a[href="tel:110"]').count()).toBe(1);
      await context.close();
    },
  );
  it('is not spoken of where no such rule is', async () => {
    const student = await newStudent();
    const id = await leaveOf(student);
    const { page, context } = await signedIn(
      student,
      { language: 'zh-CN', width: 390 },
      `/m/daily-affairs/cases/${id}`,
    );
    await page.getByTestId('timeline').waitFor();
    expect(await page.getByTestId('danger-now').count()).toBe(0);
    await open(page, '/m/daily-affairs/services/leave');
    await page.locator('#f-reason').waitFor();
    expect(await page.getByTestId('danger-said').count()).toBe(0);
    await context.close();
  });
});

describe('signing in', () => {
  it('leads through the identity layer and back to where one was, and asks nothing at a second module', async () => {
    const student = await newStudent();
    const { page, context } = await openPage(browser, { language: 'zh-CN', width: 390 });
    await goTo(page, student, '/m/daily-affairs/services/leave?x=1');
    await page.waitForURL(`${campus.url}/m/daily-affairs/services/leave?x=1`);
    await page.getByTestId('known').filter({ visible: true }).waitFor();
    expect(await page.getByTestId('known').filter({ visible: true }).textContent()).toContain(student.number);
    await open(page, '/m/innovation');
    await page.getByTestId('service-line').first().waitFor();
    // A session that ended is opened anew, on the page one is at.
    await context.clearCookies({ name: 'lanyard_campus_daily_affairs_session' });
    await open(page, '/m/daily-affairs/services/leave');
    await page.locator('#f-reason').waitFor();
    await context.close();
  });
  it('says why it let nobody in, and offers it again', async () => {
    const { page, context } = await openPage(browser, { language: 'en-GB', width: 1280 });
    // An answer of the identity layer that no sign-in of this browser asked for.
    await page.goto(`${campus.url}/m/education/sign-in/callback?code=x&state=y`);
    expect(new URL(page.url()).search).toBe('?problem=sign-in-expired');
    expect(await page.getByTestId('sign-in-problem').textContent()).toContain('Sign in again');
    expect(await page.getByTestId('sign-in').getAttribute('href')).toBe(
      '/m/education/sign-in/start?next=%2Fm%2Feducation',
    );
    await context.close();
  });
  it('writes nothing on the page that the address says, and leads nowhere else', async () => {
    const { page, context } = await openPage(browser, { language: 'en-GB', width: 1280 });
    await page.goto(`${campus.url}/home/sign-in?problem=Call+12345&next=//evil.example`);
    expect(await page.locator('main').textContent()).not.toContain('12345');
    expect(await page.getByTestId('sign-in').getAttribute('href')).toBe('/home/sign-in/start?next=%2F');
    await context.close();
  });
});

describe('a form', () => {
  it('is filled in and handed in without a mouse, asking nothing the university knows', async () => {
    const student = await newStudent();
    const { page, context, faults } = await signedIn(student, { language: 'en-GB', width: 1280 });
    await open(page, '/m/daily-affairs/services/leave');
    await page.locator('#f-kind').waitFor();
    for (const known of ['name', 'student_number', 'college', 'class', 'days'])
      expect(await page.locator(`#f-${known}`).count(), known).toBe(0);
    await page.locator('#f-kind').focus();
    await page.keyboard.press('ArrowRight');
    // Handed in too early: the list of what is missing has the focus, and each line leads to its field.
    await page.getByTestId('hand-in').focus();
    await page.keyboard.press('Enter');
    const summary = page.getByTestId('fault-summary');
    await summary.waitFor();
    expect(await summary.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await summary.locator('a').allTextContents()).toEqual(['First day', 'Last day', 'Reason']);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('f-from');
    await page.locator('#f-from').fill('2026-12-01');
    await page.locator('#f-to').fill('2026-11-30');
    await page.locator('#f-reason').focus();
    await page.keyboard.type('Fever');
    expect(await page.getByTestId('fault-to').textContent()).toContain('Choose 1 Dec or later');
    await page.locator('#f-to').fill('2026-12-03');
    expect(await page.getByTestId('counted-days').textContent()).toContain('3 in all');
    await page.getByTestId('hand-in').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('done').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/m\/daily-affairs\/cases\/[\w-]{22}$/);
    expect(await page.getByTestId('now').textContent()).toContain('your counsellor');
    expect(await casesOf(student)).toHaveLength(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is begun on the phone and finished at the PC; two drafts that differ are a choice', async () => {
    const student = await newStudent();
    const path = '/m/daily-affairs/services/leave';
    const phone = await signedIn(student, { language: 'zh-CN', width: 390 }, path);
    await phone.page.locator('#f-reason').fill('回家');
    await expect
      .poll(() => phone.page.getByTestId('draft-line').textContent(), { timeout: 20_000 })
      .toContain('换设备也能接着填');
    const pc = await signedIn(student, { language: 'en-GB', width: 1280 });
    await pc.page.getByTestId('draft').click();
    await expect.poll(() => pc.page.locator('#f-reason').inputValue(), { timeout: 20_000 }).toBe('回家');
    await pc.page.locator('#f-reason').fill('回家，参加姐姐的婚礼');
    await expect.poll(async () => (await draftOf(student)).form.reason, { timeout: 20_000 }).toContain('婚礼');
    // The phone goes on from what it has: neither text is lost without a question.
    await phone.page.locator('#f-reason').fill('回家看病');
    await phone.page.getByTestId('draft-conflict').waitFor();
    expect((await draftOf(student)).form.reason).toContain('婚礼');
    await phone.page.getByTestId('keep-there').click();
    await expect.poll(() => phone.page.locator('#f-reason').inputValue()).toContain('婚礼');
    await fillLeave(pc.page);
    await pc.page.getByTestId('hand-in').click();
    await pc.page.getByTestId('done').waitFor();
    expect(await casesOf(student)).toHaveLength(1);
    expect((await campus.student(student.number)('/v1/drafts')).body.drafts).toEqual([]);
    await phone.context.close();
    await pc.context.close();
  });

  it('is handed in without a network, and goes out once when there is one', async () => {
    const student = await newStudent();
    const { page, context } = await signedIn(
      student,
      { language: 'zh-CN', width: 390 },
      '/m/daily-affairs/services/leave',
    );
    await fillLeave(page);
    await context.setOffline(true);
    await page.getByTestId('offline').waitFor();
    await page.getByTestId('hand-in').click();
    await page.getByTestId('hand-in-waits').waitFor();
    await page.getByTestId('outbox').waitFor();
    expect(await casesOf(student)).toEqual([]);
    await context.setOffline(false);
    // Where a machine has no other network than its own, the browser does not say so by itself.
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.getByTestId('done').waitFor();
    expect(await page.getByTestId('outbox').count()).toBe(0);
    expect(await casesOf(student)).toHaveLength(1);
    await context.close();
  });

  it('is sent again with its key where the answer got lost, and is one case', async () => {
    const student = await newStudent();
    const { page, context } = await signedIn(
      student,
      { language: 'zh-CN', width: 390 },
      '/m/daily-affairs/services/leave',
    );
    await fillLeave(page);
    const keys: (string | undefined)[] = [];
    await context.route('**/m/daily-affairs/v1/cases', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      await route.abort();
    });
    await page.getByTestId('hand-in').click();
    await page.getByTestId('hand-in-waits').waitFor();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.getByTestId('done').waitFor();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(await casesOf(student)).toHaveLength(1);
    await context.close();
  });

  it('takes a file, and says why it takes another one not [kind] [contents]', async () => {
    const student = await newStudent();
    const { page, context } = await signedIn(
      student,
      { language: 'en-GB', width: 1280 },
      '/m/daily-affairs/services/leave',
    );
    const file = page.locator('#f-proof');
    await file.setInputFiles({ name: 'proof.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByText('proof.txt is not PDF, JPEG, PNG').waitFor();
    await file.setInputFiles({ name: 'proof.pdf', mimeType: 'application/pdf', buffer: Buffer.from('not one') });
    await page.getByText('attachment-type-unsupported').waitFor();
    await file.setInputFiles({ name: 'proof.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 x') });
    await page.getByText('proof.pdf').waitFor();
    await fillLeave(page);
    await page.getByTestId('hand-in').click();
    await page.getByTestId('done').waitFor();
    const link = page.getByTestId('as-handed-in').getByRole('link', { name: 'proof.pdf' });
    const answer = await page.request.get(campus.url + (await link.getAttribute('href')));
    expect([answer.status(), (await answer.body()).toString()]).toEqual([200, '%PDF-1.4 x']);
    await context.close();
  });
});

describe('a case', () => {
  it('follows what happens elsewhere within seconds, is confirmed and rated', async () => {
    const student = await newStudent();
    const id = await leaveOf(student);
    const { page, context } = await signedIn(
      student,
      { language: 'zh-CN', width: 390 },
      `/m/daily-affairs/cases/${id}`,
    );
    expect(await page.getByTestId('now').textContent()).toContain('辅导员');
    const body = { verb: 'agree', step: 'counsellor', comment: '路上注意安全' };
    expect((await counsellor()(`/v1/cases/${id}/actions`, { body })).status).toBe(200);
    await page.getByTestId('confirm').waitFor({ timeout: 30_000 });
    expect(await page.getByTestId('timeline').textContent()).toContain('路上注意安全');
    // Nobody did anything that could be sent back.
    expect(await page.getByTestId('confirm-no').count()).toBe(0);
    await page.getByTestId('confirm-yes').click();
    await page.getByTestId('rating').waitFor();
    await page.getByTestId('rate').click();
    await page.getByText('请选 1 到 5。').waitFor();
    await page.getByLabel('5 很好').check({ force: true });
    await page.getByTestId('rate').click();
    await page.getByText('你打了 5 分').waitFor();
    await context.close();
  });
  it('that came back is mended with what was said, and handed in again', async () => {
    const student = await newStudent();
    const id = await leaveOf(student, 'returned');
    const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 });
    await page.getByTestId('task').click();
    await page.getByTestId('mend').waitFor();
    expect(await page.getByTestId('mend').textContent()).toContain('请补上去处');
    expect(await page.locator('#f-reason').inputValue()).toBe(LEAVE.reason);
    await page.locator('#f-destination').fill('兰州');
    await page.locator('#f-reason').fill('');
    await page.getByTestId('hand-in-again').click();
    await page.getByTestId('fault-summary').waitFor();
    await page.locator('#f-reason').fill('参加婚礼');
    await page.getByTestId('hand-in-again').click();
    await page.getByTestId('done').waitFor();
    const { body } = await campus.student(student.number)(`/v1/cases/${id}`);
    expect([body.status, body.form.destination, body.form.reason]).toEqual(['open', '兰州', '参加婚礼']);
    await context.close();
  });
  it('is urged once a day, complained about from any step, and withdrawn after a question', async () => {
    const student = await newStudent();
    const id = await leaveOf(student);
    const { page, context } = await signedIn(
      student,
      { language: 'en-GB', width: 1280 },
      `/m/daily-affairs/cases/${id}`,
    );
    await page.getByTestId('urge').click();
    await page.getByTestId('urged').waitFor();
    expect(await page.getByTestId('urge').count()).toBe(0);
    await page.getByTestId('complain').click();
    await page.waitForURL(/\/m\/general-services\/services\/complaint\?about=/);
    await page.locator('#f-text').waitFor();
    expect(await page.getByTestId('known').filter({ visible: true }).textContent()).toContain(id);
    await page.locator('#f-topic').check({ force: true });
    await page.locator('#f-anonymous').check({ force: true });
    await page.locator('#f-may_publish').check({ force: true });
    await page.locator('#f-text').fill('No answer for a week');
    await page.getByTestId('hand-in').click();
    await page.getByTestId('done').waitFor();
    expect(await page.getByTestId('as-handed-in').textContent()).toContain(id);
    await open(page, `/m/daily-affairs/cases/${id}`);
    await page.getByTestId('withdraw').click();
    await page.getByRole('dialog').getByRole('button', { name: 'No, keep it' }).click();
    await page.getByTestId('withdraw').click();
    await page.getByTestId('withdraw-yes').click();
    await page.getByTestId('done').waitFor();
    expect((await casesOf(student)).find((one) => one.id === id)?.status).toBe('closed');
    await context.close();
  });
});
