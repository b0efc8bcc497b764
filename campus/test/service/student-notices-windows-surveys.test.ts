import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage } from '../../../admin/test/service/support/browser.js';
import { LEAVE, role } from './support/start-campus.js';
import {
  box,
  browser,
  campus,
  casesOf,
  goTo,
  idp,
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

beforeAll(() => startStudentPages(7748), 120_000);
afterAll(stopStudentPages);

it('a survey asks on the home page and is answered once, by keyboard, and nothing of it stays on the device [a question left out]', async () => {
  const student = await newStudent();
  await surveyed('once');
  const { page, context, faults } = await signedIn(student, { language: 'zh-CN', width: 390 });
  await page.getByTestId('asked-surveys').locator('a[href$="/surveys/once"]').click();
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
  await open(page, '/');
  await page.getByTestId('nothing-waits').waitFor();
  await expect.poll(() => page.locator('a[href$="/surveys/once"]').count()).toBe(0);
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

it('a part of the university is offered to choose from, and a misspelt one is said at its field before anything is a case', async () => {
  // A part with fewer than five students is not offered.
  for (let n = 0; n < 4; n += 1) await newStudent();
  const student = await newStudent();
  const address = '/m/daily-affairs/services/status-change';
  const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 }, address);
  const field = page.locator('#f-new_college');
  const list = await field.getAttribute('list');
  const offered = await page
    .locator(`#${list} option`)
    .evaluateAll((all) => all.map((one) => one.getAttribute('value')));
  expect(offered).toContain('软件学院');
  await page.locator('input[value="study-change"]').check({ force: true });
  await page.locator('#f-effective_date').fill('2027-02-20');
  await field.fill('软件学校');
  await page.locator('#f-reason').fill('想学别的');
  await page.getByTestId('hand-in').click();
  await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
  expect(await casesOf(student)).toEqual([]);
  await context.close();
});

it('the campus card is one tap from the services: shown by the wallet, blocked at the account [C4]', async () => {
  const student = await newStudent();
  const { page, context } = await signedIn(student, { language: 'en-GB', width: 390 }, '/services');
  const links = page.getByTestId('virtual-card').getByRole('link');
  await links.first().waitFor();
  const addresses = await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
  expect(addresses).toEqual([expect.stringMatching(/^http/), `${idp.url}/account/student-id`]);
  await context.close();
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
    const own = language.slice(0, 2);
    expect(await page.locator('#notice-language').inputValue()).toBe(own);
    expect((await campus.student(student.number)('/v1/notice-settings')).body.chosen).toBe(false);
    await page.getByTestId('mail-send-code').click();
    await page.locator('#mail-code:focus').waitFor();
    expect(box.to(address)[0]?.text.includes('确认码')).toBe(own === 'zh');
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
