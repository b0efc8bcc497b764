import { createGuardedFetch } from '@lanyard/platform';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchWholeBrowser } from '../../../packages/platform/test/support/browser.js';
import { newSubscriber, openPush, openPushService, type Subscriber } from './support/push-service.js';
import { campus, leaveOf, newStudent, signedIn, startStudentPages, stopStudentPages } from './support/student-pages.js';

// Between the push service and its browser there is a line of the maker's own, which no test can open. So the service is
// ours, takes what campus sends over TLS, opens it with the browser's keys, and hands it to the worker of a whole Chromium
// through the door developers have for that: everything before and after that line is the real thing.
let push: Awaited<ReturnType<typeof openPushService>>;

beforeAll(async () => {
  push = await openPushService();
  const guardedFetch = createGuardedFetch([push.host], { ca: push.ca });
  await startStudentPages(7756, { guardedFetch, launch: launchWholeBrowser });
}, 120_000);
afterAll(async () => {
  await stopStudentPages();
  await push?.close();
});

/** The page's own button, with the subscription the maker's push service would give. */
async function turnOn(page: Page, path: string, subscriber: Subscriber): Promise<void> {
  await page.context().grantPermissions(['notifications'], { origin: campus.url });
  await page.evaluate(
    (given) => {
      Object.assign(PushManager.prototype, { subscribe: async () => ({ toJSON: () => given }) });
    },
    push.subscription(path, subscriber),
  );
  await page.getByTestId('push-turn').click();
}

/** Hands a message to the worker of a page, as the browser does for its push service. */
async function openDoor(page: Page) {
  const session = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${campus.url}/`);
      if (own !== undefined) resolve(own.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  return (data: string) =>
    session.send('ServiceWorker.deliverPushMessage', { origin: campus.url, registrationId, data });
}

const shown = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const notifications = await registration.getNotifications();
    return notifications.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
  });

it.each([
  ['zh-CN', '请销假', /退回给你/],
  ['en-GB', 'Leave', /sent back to you/i],
] as const)(
  'what campus sealed for a browser is a notification of its worker, once however often it comes [%s]',
  async (language, service, said) => {
    const student = await newStudent();
    const [subscriber, path] = [newSubscriber(), `/push/${student.number}`];
    const { page, context, faults } = await signedIn(student, { language, width: 390 }, '/notices/settings');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await turnOn(page, path, subscriber);
    // Nothing was chosen before: what comes is in the language of the page.
    const turnedOn = { push: { browsers: 1 }, chosen: true, settings: { language: language.slice(0, 2) } };
    await expect
      .poll(async () => (await campus.student(student.number)('/v1/notice-settings')).body)
      .toMatchObject(turnedOn);
    // At whatever hour this runs: by night nothing would come before the morning.
    const { settings } = (await campus.student(student.number)('/v1/notice-settings')).body;
    const loud = { ...settings, quiet_from: '00:00', quiet_until: '00:00' };
    const put = await campus.student(student.number)('/v1/notice-settings', { method: 'PUT', body: loud });
    expect(put.status).toBe(200);
    const id = await leaveOf(student, 'returned');
    await campus.sendNotices();
    const [received, ...more] = push.at(path);
    expect(more).toEqual([]);
    const opened = openPush(subscriber, received!.body);
    for (const words of [student.number, '阿依古丽', '请补上去处']) expect(opened).not.toContain(words);
    const deliver = await openDoor(page);
    await deliver(opened);
    await deliver(opened);
    await expect.poll(() => shown(page)).toHaveLength(1);
    expect(await shown(page)).toEqual([
      {
        title: expect.stringContaining(service),
        body: expect.stringMatching(said),
        tag: JSON.parse(opened).id,
        data: { url: `/m/daily-affairs/cases/${id}` },
      },
    ]);
    expect(faults).toEqual([]);
    await context.close();
  },
  60_000,
);

it('what is not a notice of ours still is one that leads to the list: a browser asks for one [no JSON, nothing]', async () => {
  const student = await newStudent();
  const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 }, '/notices/settings');
  await context.grantPermissions(['notifications'], { origin: campus.url });
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const deliver = await openDoor(page);
  for (const data of ['<notice/>', '']) await deliver(data);
  await expect.poll(() => shown(page)).toEqual([expect.objectContaining({ tag: 'notice', data: { url: '/notices' } })]);
  await context.close();
}, 60_000);

it('a phone puts the site on its home screen: the browser finds nothing missing', async () => {
  const student = await newStudent();
  const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 });
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const session = await context.newCDPSession(page);
  const { data, errors } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(JSON.parse(data ?? '')).toMatchObject({ id: '/', start_url: '/', scope: '/', display: 'standalone' });
  // Playwright's contexts are private windows, which install nothing whatever the site is.
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
  await context.close();
}, 60_000);

it.each([
  ['in a tab of an iPhone', false, /添加到主屏幕/],
  ['of another maker', undefined, /不支持推送/],
] as const)(
  'a browser without push says what helps [%s]',
  async (_, standalone, said) => {
    const student = await newStudent();
    const { page, context } = await signedIn(student, { language: 'zh-CN', width: 390 });
    await page.addInitScript((given) => {
      Reflect.deleteProperty(window, 'PushManager');
      if (given !== undefined) Object.defineProperty(navigator, 'standalone', { value: given });
    }, standalone);
    await page.goto(`${campus.url}/notices/settings`);
    expect(await page.getByTestId('push-none').textContent()).toMatch(said);
    expect(await page.getByTestId('push-turn').count()).toBe(0);
    await context.close();
  },
  60_000,
);
