import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, type WatchedPage } from '../../../admin/test/service/support/browser.js';
import { type IdpUnderTest, startIdp } from '../../../idp/test/service/support/idp-under-test.js';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { launchBrowser } from '../../../packages/platform/test/support/browser.js';
import { COLOUR_RULES, runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { type MailBox, openMailBox } from './support/mail-box.js';
import { LEAVE, role, startCampus, type TestCampus, WINDOW, WINDOW_PASS } from './support/start-campus.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
const PORT = 7746;
const NAME = '阿依古丽·买买提';
let issuer: TestIssuer;
let idp: IdpUnderTest;
let campus: TestCampus;
let browser: Browser;
let box: MailBox;
let seat = 0;

beforeAll(async () => {
  issuer = await startIssuer();
  idp = await startIdp({
    LANYARD_CALLERS: issuer.callersFolder,
    LANYARD_PUBLIC_URL_CAMPUS: `http://localhost:${PORT}`,
  });
  box = await openMailBox();
  campus = await startCampus({
    ...{ issuer, idp: idp.url, port: PORT, withoutConsole: true },
    windowScan: async (code) => ({ ...WINDOW_PASS, student_number: code, portrait: null }),
    environment: { LANYARD_SMTP_URL: box.url, LANYARD_MAIL_FROM: 'notices@campus.example.edu' },
  });
  const setUp = await campus.staff('o1', role('operator'))('/v1/windows/hall-1', { method: 'PUT', body: WINDOW });
  expect(setUp.status).toBe(200);
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await campus?.close();
  await idp?.close();
  await issuer?.close();
  await box?.down();
});

/** A student of the register with an account; each test has its own. */
async function newStudent() {
  const number = `92023200${String(++seat).padStart(5, '0')}`;
  await campus.enrol([{ number, name: NAME }]);
  return { number, account: await idp.addAccount({ number, kind: 'student', name: NAME, college: '软件学院' }) };
}
type Student = Awaited<ReturnType<typeof newStudent>>;

/** Goes to a page; where it leads to the identity layer, signs in there by the tests' door. */
async function goTo(page: Page, { account }: Pick<Student, 'account'>, path: string, level = 'device-passkey') {
  await page.goto(campus.url + path);
  await page.waitForURL(new RegExp(`^${idp.url}/sign-in/[\\w-]{21,}$`));
  await page.goto(`${page.url()}/door?account=${account}&level=${level}`);
  await page.waitForURL((url) => url.origin === campus.url);
}
async function signedIn(student: Student, options: Parameters<typeof openPage>[1], path = '/'): Promise<WatchedPage> {
  const opened = await openPage(browser, options);
  await goTo(opened.page, student, path);
  await opened.page.locator('h1').waitFor();
  opened.faults.length = 0;
  return opened;
}
/** A page further on, where the module opens a session of its own by itself. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(campus.url + path);
  await page.waitForURL((url) => url.origin === campus.url && !url.pathname.includes('/sign-in'));
  await page.locator('h1').waitFor();
}
async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
const counsellor = () => campus.staff('t001', role('counsellor', 'assigned', 't001'));
/** A leave as far as the student's own step, or sent back to him. */
async function leaveOf({ number }: Student, how: 'open' | 'agreed' | 'returned' = 'open'): Promise<string> {
  const begun = await campus.student(number)('/v1/cases', {
    body: { service: 'leave', form: { ...LEAVE, days: 1, to: LEAVE.from } },
  });
  expect(begun.status).toBe(201);
  const id = begun.body.id as string;
  const body =
    how === 'agreed'
      ? { verb: 'agree', step: 'counsellor', comment: '路上注意安全' }
      : { verb: 'return', step: 'counsellor', to: 'applicant', reason: '请补上去处' };
  if (how !== 'open') expect((await counsellor()(`/v1/cases/${id}/actions`, { body })).status).toBe(200);
  return id;
}
/** What a clerk wrote at the window, waiting for the student's word. */
async function writtenAtWindow({ number }: Student): Promise<void> {
  const clerk = campus.staff('w1', role('window-clerk'));
  const { visit } = (await clerk('/v1/windows/hall-1/visits', { body: { code: number } })).body;
  const body = { verb: 'submit', service: 'leave', form: LEAVE };
  expect((await clerk(`/v1/window-visits/${visit.id}/requests`, { body })).status).toBe(201);
}
/** A question answered, closed and published for everybody. */
async function answered({ number }: Student): Promise<void> {
  const teacher = campus.staff('s077', role('teaching-secretary'));
  const form = { topic: 'credits', question: '选修课学分能冲抵必修吗', may_publish: true };
  const student = campus.student(number);
  const { body } = await student('/v1/cases', { body: { service: 'study-question', form } });
  const path = `/v1/cases/${body.id}`;
  await teacher(`${path}/actions`, { body: { verb: 'agree', step: 'answer', comment: '不能' } });
  await student(`${path}/actions`, { body: { verb: 'agree', step: 'confirm' } });
  const told = { question: '选修课学分能不能冲抵必修？', answer: '不能，但可以申请课程替代，向教务秘书提出。' };
  expect((await teacher(`${path}/publication`, { body: told })).status).toBe(201);
}
/** A survey of the students' office, for everybody. */
async function surveyed(id: string): Promise<void> {
  const words = (zh: string, en: string) => ({ zh, en });
  const properties = {
    opening: {
      ...{
        type: 'string',
        title: words('图书馆几点关门合适', 'When should the library close'),
        enum: ['ten', 'eleven'],
      },
      'x-titles': [words('十点', 'At ten'), words('十一点', 'At eleven')],
    },
    wish: { type: 'string', title: words('还想说', 'Anything else'), maxLength: 500 },
  };
  const form = { type: 'object', properties, required: ['opening'], additionalProperties: false };
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const body = {
    ...{ id, module: 'general-services', anonymous: true, owner: 'student-affairs-officer', form, audience: {} },
    ...{ title: words('图书馆开放时间', 'Library hours'), summary: words('两分钟答完。', 'Takes two minutes.') },
    ...{ opens_at: at(-1), closes_at: at(7) },
  };
  const office = campus.staff('s001', role('student-affairs-officer'));
  expect((await office('/v1/surveys', { body })).status).toBe(201);
}
const casesOf = async ({ number }: Student): Promise<{ id: string; status: string }[]> =>
  (await campus.student(number)('/v1/cases')).body.cases;
const draftOf = async ({ number }: Student) => (await campus.student(number)('/v1/drafts/leave')).body;

async function fillLeave(page: Page): Promise<void> {
  await page.locator('#f-kind').check({ force: true });
  await page.locator('#f-from').fill('2026-12-01');
  await page.locator('#f-to').fill('2026-12-03');
  await page.locator('#f-reason').fill('发烧，在家休息');
}

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

it('a survey is answered once, by keyboard, and nothing of it stays on the device [a question left out]', async () => {
  const student = await newStudent();
  await surveyed('once');
  const { page, context, faults } = await signedIn(student, { language: 'zh-CN', width: 390 }, '/surveys');
  await page.locator('a[href$="/surveys/once"]').click();
  await page.getByTestId('survey-privacy').waitFor();
  await page.getByTestId('answer-survey').press('Enter');
  await page.locator('[role=alert], .fault-summary').first().waitFor();
  expect(await page.getByTestId('survey-done').count()).toBe(0);
  await page.locator('#f-opening').focus();
  await page.keyboard.press('Space');
  await page.locator('#f-wish').fill('自习室的灯坏了');
  await page.getByTestId('answer-survey').press('Enter');
  await page.getByTestId('survey-done').waitFor();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('自习室');
  await open(page, '/surveys');
  await page.getByText('已答，谢谢').waitFor();
  await open(page, '/m/general-services/surveys/once');
  await page.locator('#f-opening').check({ force: true });
  await page.getByTestId('answer-survey').press('Enter');
  await page.getByTestId('survey-done').waitFor();
  const office = campus.staff('s001', role('student-affairs-officer'));
  expect((await office('/v1/surveys/once/results')).body.answers).toBe(1);
  expect(faults).toEqual([]);
  await context.close();
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

describe('at a window', () => {
  it('what the clerk wrote is read on the phone and handed in by one tap; “not what I want” hands in nothing', async () => {
    const student = await newStudent();
    await writtenAtWindow(student);
    const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 });
    const card = page.getByTestId('window-confirmation');
    await card.waitFor();
    expect(await card.textContent()).toContain(LEAVE.reason);
    await page.getByTestId('confirm-not-right').click();
    await settled(page, card, '没有交');
    expect(await casesOf(student)).toEqual([]);
    await writtenAtWindow(student);
    await card.waitFor();
    await page.getByTestId('confirm-right').click();
    await settled(page, card, '已交');
    const [made] = await casesOf(student);
    await open(page, `/m/daily-affairs/cases/${made?.id}`);
    await expect.poll(() => page.getByTestId('history').textContent()).toContain('由窗口代办');
    await context.close();
  });
  it('a number is taken and given back', async () => {
    const student = await newStudent();
    const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 }, '/windows');
    await page.getByTestId('ticket-take').click();
    await page.getByTestId('ticket').waitFor();
    await page.getByTestId('ticket-give-back').click();
    await page.getByTestId('ticket-take').waitFor();
    await context.close();
  });
});
/** The page may leave to sign in at the module and come back: what it says then is the answer. */
async function settled(page: Page, card: ReturnType<Page['getByTestId']>, said: string): Promise<void> {
  await page.getByRole('status').filter({ hasText: said }).waitFor();
  await expect.poll(() => card.count(), { timeout: 20_000 }).toBe(0);
}

it('the campus card is one tap from the services: shown by the wallet, blocked at the account [C4]', async () => {
  const student = await newStudent();
  const { page, context } = await signedIn(student, { language: 'en-GB', width: 390 }, '/services');
  const links = page.getByTestId('virtual-card').getByRole('link');
  await links.first().waitFor();
  const addresses = await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
  expect(addresses).toEqual([expect.stringMatching(/^http/), `${idp.url}/account/student-id`]);
  await context.close();
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

describe('notice settings', () => {
  it.each([
    ['zh-CN', 390],
    ['en-GB', 1280],
  ] as const)('an address is given, confirmed and used; what is chosen stays [%s, %d px]', async (language, width) => {
    const student = await newStudent();
    const address = `${student.number}@mail.example.edu`;
    const { page, context, faults } = await signedIn(student, { language, width }, '/notices');
    await page.getByTestId('notice-settings').click();
    await page.locator('#mail-address').fill('zhang');
    await page.getByTestId('mail-send-code').click();
    expect(await page.locator('#mail-address').getAttribute('aria-invalid')).toBe('true');
    await page.locator('#mail-address').fill(address);
    await page.getByTestId('mail-send-code').click();
    await page.locator('#mail-code:focus').waitFor();
    await page.locator('#mail-code').fill(/\d{6}/.exec(box.to(address)[0]?.text ?? '')?.[0] ?? '');
    await page.getByTestId('mail-confirm').click();
    await page.getByTestId('mail-there').filter({ hasText: address }).waitFor();
    await page.locator('#mail-other').selectOption('at-once');
    await page.locator('#quiet-from').fill('00:00');
    await page.locator('#quiet-until').fill('00:00');
    await page.locator('#notice-language').selectOption('en');
    await page.getByTestId('save-settings').click();
    await page
      .getByTestId('settings-line')
      .filter({ hasText: language === 'zh-CN' ? '已保存' : /^Saved$/ })
      .waitFor();
    await page.reload();
    expect(await page.locator('#mail-other').inputValue()).toBe('at-once');
    await shoot(page, `notice-settings-${width}`);
    await leaveOf(student, 'returned');
    await campus.sendNotices();
    expect(box.to(address).at(-1)?.headers['subject']).toMatch(/Sent back to you/);
    await page.getByTestId('mail-remove').click();
    await page.locator('#mail-address').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
  it('a browser is asked when the button is pressed, shows what comes, and is forgotten at signing out', async () => {
    const student = await newStudent();
    const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 }, '/notices/settings');
    // No push service stands behind the browser of a test: it is played here, all else is the page's own.
    await page.evaluate(() => {
      let subscription: unknown = null;
      const made = {
        endpoint: 'https://push.example.org/one',
        toJSON: () => ({
          endpoint: made.endpoint,
          keys: {
            p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
            auth: 'BTBZMqHH6r4Tts7J_aSIgg',
          },
        }),
        unsubscribe: async () => {
          subscription = null;
          return true;
        },
      };
      Object.assign(PushManager.prototype, {
        subscribe: async () => {
          subscription = made;
          return made;
        },
        getSubscription: async () => subscription,
      });
      const asked = { times: 0 };
      Object.defineProperty(Notification, 'permission', { get: () => (asked.times > 0 ? 'granted' : 'default') });
      Object.assign(window, { asked });
      Object.assign(Notification, {
        requestPermission: async () => {
          asked.times += 1;
          return 'granted';
        },
      });
    });
    const asked = () => page.evaluate(() => (window as unknown as { asked: { times: number } }).asked.times);
    const browsers = async () => (await campus.student(student.number)('/v1/notice-settings')).body.push.browsers;
    expect(await asked()).toBe(0);
    await page.getByTestId('push-turn').click();
    await page.getByTestId('push-is-on').waitFor();
    expect([await asked(), await browsers()]).toEqual([1, 1]);
    await page.getByTestId('account').click();
    await page.getByTestId('sign-out').click();
    await expect.poll(browsers, { timeout: 30_000 }).toBe(0);
    await context.close();
  });
  it('the worker shows a notice under its id, and opens its case', async () => {
    const student = await newStudent();
    const id = await leaveOf(student, 'returned');
    const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 });
    await context.grantPermissions(['notifications'], { origin: campus.url });
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const shown = await worker.evaluate(async (url: string) => {
      const self = globalThis as unknown as {
        registration: Record<string, unknown>;
        dispatchEvent: (event: Event) => void;
        clients: { matchAll: unknown; openWindow: unknown };
      };
      const seen: unknown[] = [];
      self.registration['showNotification'] = async (title: string, options: object) => seen.push([title, options]);
      const open: string[] = [];
      self.clients.matchAll = async () => [];
      self.clients.openWindow = async (href: string) => open.push(href);
      const tell = (name: string, more: object) =>
        self.dispatchEvent(Object.assign(new Event(name), { waitUntil: () => undefined, ...more }));
      const notice = { id: 'n1', title: '请销假', text: '轮到你', url };
      tell('push', { data: { json: () => notice } });
      tell('push', { data: null });
      for (const to of [url, 'https://evil.example/x'])
        tell('notificationclick', { notification: { close: () => undefined, data: { url: to } } });
      await new Promise((resolve) => setTimeout(resolve, 0));
      return { seen, open };
    }, `/m/daily-affairs/cases/${id}`);
    expect(shown.seen).toEqual([
      ['请销假', { body: '轮到你', tag: 'n1', icon: '/icon.svg', data: { url: `/m/daily-affairs/cases/${id}` } }],
      [expect.any(String), expect.objectContaining({ tag: 'notice', data: { url: '/notices' } })],
    ]);
    expect(shown.open).toEqual([`${campus.url}/m/daily-affairs/cases/${id}`, campus.url]);
    await context.close();
  });
});

describe('on the same device', () => {
  it('signing out takes everything of the student with it', async () => {
    const student = await newStudent();
    const { page, context } = await signedIn(
      student,
      { language: 'zh-CN', width: 390 },
      '/m/daily-affairs/services/leave',
    );
    await page.locator('#f-reason').fill('回家');
    await expect.poll(() => page.getByTestId('draft-line').textContent(), { timeout: 20_000 }).toContain('换设备');
    await page.getByTestId('account').click();
    await page.getByTestId('sign-out').click();
    await page.waitForURL((url) => url.origin === idp.url);
    await page.goto(`${campus.url}/home/sign-in`);
    expect(
      await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('lanyard-campus/'))),
    ).toEqual([]);
    await context.close();
  });
  it('a kiosk counts down and wipes itself after a minute alone; a touch lets one go on', async () => {
    const student = await newStudent();
    const { page, context } = await openPage(browser, { language: 'zh-CN', width: 1280 });
    await page.clock.install();
    await goTo(page, student, '/?kiosk');
    await open(page, '/m/daily-affairs/services/leave');
    await page.locator('#f-reason').fill('回家');
    expect((await page.getByTestId('hand-in').boundingBox())?.height).toBeGreaterThanOrEqual(72);
    await page.clock.runFor(46_000);
    await page.getByTestId('kiosk-stay').click();
    await page.clock.runFor(44_000);
    expect(await page.getByTestId('kiosk-count').count()).toBe(0);
    await page.clock.runFor(3_000);
    await page.getByTestId('kiosk-count').waitFor();
    await page.clock.runFor(20_000);
    await page.waitForURL((url) => !url.pathname.startsWith('/m/daily-affairs/services'));
    await page.goto(`${campus.url}/home/sign-in`);
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    await context.close();
  });
});
