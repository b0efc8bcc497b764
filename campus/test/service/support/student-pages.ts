import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardedFetch } from '@lanyard/platform';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { openPage, type WatchedPage } from '../../../../admin/test/service/support/browser.js';
import { type IdpUnderTest, startIdp } from '../../../../idp/test/service/support/idp-under-test.js';
import { startIssuer, type TestIssuer } from '../../../../issuer/test/service/support/start-issuer.js';
import { launchBrowser } from '../../../../packages/platform/test/support/browser.js';
import { type MailBox, openMailBox } from './mail-box.js';
import { LEAVE, role, startCampus, type TestCampus, WINDOW, WINDOW_PASS } from './start-campus.js';

const SHOTS = process.env['LANYARD_SCREENSHOTS'];
const NAME = '阿依古丽·买买提';
let issuer: TestIssuer;
export let idp: IdpUnderTest;
export let campus: TestCampus;
export let browser: Browser;
export let box: MailBox;
let seat = 0;

/** The students' pages in front of a real issuer and identity layer, with a mail server and a window. */
export async function startStudentPages(
  port: number,
  more: { readonly guardedFetch?: GuardedFetch; readonly launch?: () => Promise<Browser> } = {},
): Promise<void> {
  issuer = await startIssuer();
  idp = await startIdp({
    LANYARD_CALLERS: issuer.callersFolder,
    LANYARD_PUBLIC_URL_CAMPUS: `http://localhost:${port}`,
  });
  box = await openMailBox();
  campus = await startCampus({
    ...{ issuer, idp: idp.url, port, withoutConsole: true },
    windowScan: async (code) => ({ ...WINDOW_PASS, student_number: code, portrait: null }),
    environment: { LANYARD_SMTP_URL: box.url, LANYARD_MAIL_FROM: 'notices@campus.example.edu' },
    ...(more.guardedFetch === undefined ? {} : { guardedFetch: more.guardedFetch }),
  });
  const setUp = await campus.staff('o1', role('operator'))('/v1/windows/hall-1', { method: 'PUT', body: WINDOW });
  expect(setUp.status).toBe(200);
  browser = await (more.launch ?? launchBrowser)();
}
export async function stopStudentPages(): Promise<void> {
  await browser?.close();
  await campus?.close();
  await idp?.close();
  await issuer?.close();
  await box?.down();
}

/** A student of the register with an account; each test has its own. */
export async function newStudent() {
  const number = `92023200${String(++seat).padStart(5, '0')}`;
  await campus.enrol([{ number, name: NAME }]);
  return { number, account: await idp.addAccount({ number, kind: 'student', name: NAME, college: '软件学院' }) };
}
export type Student = Awaited<ReturnType<typeof newStudent>>;

/** Goes to a page; where it leads to the identity layer, signs in there by the tests' door. */
export async function goTo(page: Page, { account }: Pick<Student, 'account'>, path: string, level = 'device-passkey') {
  await page.goto(campus.url + path);
  await page.waitForURL(new RegExp(`^${idp.url}/sign-in/[\\w-]{21,}$`));
  await page.goto(`${page.url()}/door?account=${account}&level=${level}`);
  await page.waitForURL((url) => url.origin === campus.url);
}
export async function signedIn(
  student: Student,
  options: Parameters<typeof openPage>[1],
  path = '/',
): Promise<WatchedPage> {
  const opened = await openPage(browser, options);
  await goTo(opened.page, student, path);
  await opened.page.locator('h1').waitFor();
  opened.faults.length = 0;
  return opened;
}
/** A page further on, where the module opens a session of its own by itself. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(campus.url + path);
  await page.waitForURL((url) => url.origin === campus.url && !url.pathname.includes('/sign-in'));
  await page.locator('h1').waitFor();
}
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
export const counsellor = () => campus.staff('t001', role('counsellor', 'assigned', 't001'));
/** A leave as far as the student's own step, or sent back to him. */
export async function leaveOf({ number }: Student, how: 'open' | 'agreed' | 'returned' = 'open'): Promise<string> {
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
/** An anonymous complaint that names danger to life. */
export async function dangerOf({ number }: Student): Promise<string> {
  const form = { topic: 'other', anonymous: true, text: '室友留下遗书，人不见了', may_publish: false };
  const begun = await campus.student(number)('/v1/cases', { body: { service: 'complaint', form } });
  expect(begun.status).toBe(201);
  return begun.body.id;
}
/** What a clerk wrote at the window, waiting for the student's word. */
export async function writtenAtWindow({ number }: Student): Promise<void> {
  const clerk = campus.staff('w1', role('window-clerk'));
  const { visit } = (await clerk('/v1/windows/hall-1/visits', { body: { code: number } })).body;
  const body = { verb: 'submit', service: 'leave', form: LEAVE };
  expect((await clerk(`/v1/window-visits/${visit.id}/requests`, { body })).status).toBe(201);
}
/** A question answered, closed and published for everybody. */
export async function answered({ number }: Student): Promise<void> {
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
export async function surveyed(id: string): Promise<void> {
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
export const casesOf = async ({ number }: Student): Promise<{ id: string; status: string }[]> =>
  (await campus.student(number)('/v1/cases')).body.cases;
export const draftOf = async ({ number }: Student) => (await campus.student(number)('/v1/drafts/leave')).body;

export async function fillLeave(page: Page): Promise<void> {
  await page.locator('#f-kind').check({ force: true });
  await page.locator('#f-from').fill('2026-12-01');
  await page.locator('#f-to').fill('2026-12-03');
  await page.locator('#f-reason').fill('发烧，在家休息');
}
