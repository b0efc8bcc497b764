import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WINDOW } from '../../../campus/test/service/support/start-campus.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { launchBrowser, type openPage, openSignedIn, type WatchedPage } from './support/browser.js';
import { shoot, shown } from './support/shoot.js';
import { createStandInTaps } from './support/stand-in-taps.js';
import { startConsole, type TestConsole } from './support/start-console.js';

const LEAVE = { kind: 'personal', from: '2026-12-01', to: '2026-12-01', days: 1, reason: '回家看望外婆' };
const numberOf = (n: number) => `2026${String(n).padStart(8, '0')}`;
const taps = createStandInTaps();
let app: TestConsole;
let browser: Browser;
let account: string;
let handedIn = 0;

beforeAll(async () => {
  const windowScan = async (code: string) => ({
    ...{ verdict: code.startsWith('bad') ? ('rejected' as const) : ('accepted' as const) },
    ...{ title_zh: '刚用过', title_en: 'Just used', next_zh: '请对方出示新码。', next_en: 'Ask for the live code.' },
    ...{ student_number: code.startsWith('bad') ? null : code.replace(/-.*/, ''), portrait: null },
  });
  app = await startConsole(7744, { withIdp: true, withCampus: { windowScan, windowTaps: taps } });
  browser = await launchBrowser();
  await app.campus?.enrol(Array.from({ length: 260 }, (_, n) => ({ number: numberOf(n + 1) })));
  const counsellor = {
    number: 'T001',
    kind: 'staff',
    name: '辅导员甲',
    roles: ['counsellor@assigned'],
    college: '',
  } as const;
  account = (await app.idp?.addAccount({ ...counsellor, roles: [...counsellor.roles] })) ?? '';
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

/** Leaves of so many students, each his own; answers their cases. */
async function askLeave(count: number): Promise<string[]> {
  const first = handedIn + 1;
  handedIn += count;
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const student = app.campus?.student(numberOf(first + n));
      const begun = await student?.('/v1/cases', { body: { service: 'leave', form: LEAVE } });
      expect(begun?.status).toBe(201);
      return begun?.body.id as string;
    }),
  );
}
const statusOf = async (id: string, n: number): Promise<string> => {
  const { body } = (await app.campus?.student(numberOf(n))(`/v1/cases/${id}`)) ?? { body: {} };
  return body.timeline.find(({ state }: { state: string }) => state === 'now')?.step ?? body.status;
};
const open = (options: Parameters<typeof openPage>[1]): Promise<WatchedPage> =>
  openSignedIn(browser, { url: app.url, account, path: '/inbox' }, options);
const lines = (page: Page) => page.getByTestId('inbox-line');
async function setUp(window: string, body: object): Promise<void> {
  const answer = await fetch(`${app.campus?.url}/v1/windows/${window}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${app.campus?.operatorToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

it('approves two hundred leaves by the keyboard alone, and each is decided once', async () => {
  const first = handedIn + 1;
  const ids = await askLeave(200);
  const { page, context, faults } = await open({ language: 'zh-CN', width: 1280 });
  await lines(page).nth(199).waitFor();
  // The key of the list's own "choose all" is its button, reached and pressed without a mouse.
  await page.getByTestId('inbox-all').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('a');
  await page.getByTestId('inbox-held').waitFor();
  await page.getByTestId('inbox-send').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByTestId('inbox-said').textContent(), { timeout: 80_000 }).toContain('已办理 200 项');
  expect(await lines(page).count()).toBe(0);
  for (const at of [0, 99, 199]) expect(await statusOf(ids[at] ?? '', first + at)).toBe('return');
  expect(faults).toEqual([]);
  await context.close();
}, 180_000);

it('holds agreement back for eight seconds, in which it can be taken back', async () => {
  const n = handedIn + 1;
  const [id = ''] = await askLeave(2);
  const { page, context } = await open({ language: 'zh-CN', width: 1280 });
  await lines(page).nth(1).waitFor();
  await page.keyboard.press('a');
  await page.getByTestId('inbox-undo').click();
  await lines(page).nth(1).waitFor();
  expect(await statusOf(id, n)).toBe('counsellor');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  expect(await page.getByTestId('inbox-count').textContent()).toContain('2');
  await page.getByTestId('inbox-agree').click();
  await page.getByTestId('inbox-send').click();
  await expect.poll(() => page.getByTestId('inbox-said').textContent()).toContain('已办理 2 项');
  expect(await statusOf(id, n)).toBe('return');
  await context.close();
});

it.each([
  ['zh-CN', 390, false],
  ['en-GB', 1280, true],
] as const)(
  'returns a case with a reason, and has no fault axe can find [%s, %d px, dark %s]',
  async (language, width, dark) => {
    const n = handedIn + 1;
    const [id = ''] = await askLeave(1);
    const { page, context, faults } = await open({ language, width, dark });
    await lines(page).first().waitFor();
    expect(await runAxe(page)).toEqual([]);
    await page.keyboard.press('r');
    await page.getByTestId('inbox-return-one').waitFor();
    await shown(page, `inbox-${language.slice(0, 2)}-${width}`, width);
    // Without a reason it is refused, and nothing of it is lost.
    await page.getByTestId('inbox-return-one').click();
    await page.getByRole('alert').waitFor();
    await page.locator('#inbox-reason').fill('请补上去处');
    await page.getByTestId('inbox-return-one').click();
    await page.locator('.empty').waitFor();
    expect(await statusOf(id, n)).toBe('returned');
    expect(faults).toEqual([]);
    await context.close();
  },
);

it.each([
  ['zh-CN', 390],
  ['en-GB', 1280],
] as const)(
  'serves a student at a window by the keyboard alone, without a fault axe finds [%s, %d px]',
  async (language, width) => {
    const number = numberOf(width === 390 ? 250 : 251);
    await setUp('hall-1', WINDOW);
    const name = `窗口${width}`;
    const who = { number: `W${width}`, kind: 'staff', name, roles: ['window-clerk@university'], college: '' } as const;
    const clerk = (await app.idp?.addAccount({ ...who, roles: [...who.roles] })) ?? '';
    const ticket = await app.campus?.student(number)('/v1/windows/hall-1/tickets', { body: {} });
    const there = { url: app.url, account: clerk, path: '/window' };
    const { page, context, faults } = await openSignedIn(browser, there, { language, width });
    const code = page.getByTestId('window-code');
    await code.waitFor();
    await expect.poll(() => code.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.type('bad code');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.getByTestId('window-verdict').textContent())
      .toMatch(/请对方出示新码|Ask for the live code/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await expect.poll(() => page.getByTestId('queue-called').textContent()).toBe(ticket?.body.number);
    await page.keyboard.press('s');
    await page.keyboard.type(`${number}-1`);
    await page.keyboard.press('Enter');
    await page.getByTestId('window-service').first().waitFor();
    expect(await runAxe(page)).toEqual([]);
    const titles = await page.getByTestId('window-service').allTextContents();
    await page.keyboard.press(String(titles.findIndex((title) => /请销假|Leave/.test(title)) + 1));
    await page.getByTestId('window-form').waitFor();
    expect(await runAxe(page)).toEqual([]);
    await shoot(page, `window-${language.slice(0, 2)}-${width}`);
    await page.keyboard.press('ArrowDown');
    for (const [field, value] of [
      ['from', LEAVE.from],
      ['to', LEAVE.to],
      ['reason', LEAVE.reason],
    ])
      await page.locator(`#w-${field}`).fill(value ?? '');
    await page.getByTestId('window-ask').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('window-again').waitFor();
    expect(await runAxe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    // Nothing is a case yet; the student shows the code of this moment once more.
    expect((await app.campus?.student(number)('/v1/cases'))?.body.cases).toEqual([]);
    await page.keyboard.type(`${number}-2`);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('window-requests').textContent()).toMatch(/已交出|Handed in/);
    const [made] = (await app.campus?.student(number)('/v1/cases'))?.body.cases ?? [];
    expect((await app.campus?.student(number)(`/v1/cases/${made.id}`))?.body.at_window.confirmed).toBe('scan');
    await page.keyboard.press('Escape');
    await page.keyboard.press('f');
    await expect.poll(() => page.getByTestId('queue-called').textContent()).toMatch(/没有|Nobody/);
    await page.keyboard.press('e');
    await expect.poll(() => code.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(faults).toEqual([]);
    await context.close();
  },
);

it.each([
  ['zh-CN', 390],
  ['en-GB', 1280],
] as const)(
  'a tap opens the student, and a card confirms once the clerk has compared the portrait [%s, %d px]',
  async (language, width) => {
    const [number, next] = width === 390 ? [numberOf(252), numberOf(253)] : [numberOf(254), numberOf(255)];
    const reader = `reader-${width}`;
    await setUp('hall-1', WINDOW);
    const title = { zh: `刷卡 ${width}`, en: `Taps ${width}` };
    await setUp(`tap-${width}`, { ...WINDOW, title, services: ['leave'], reader, card_confirms: true });
    const name = `刷卡窗口${width}`;
    const who = { number: `V${width}`, kind: 'staff', name, college: '' } as const;
    const clerk = (await app.idp?.addAccount({ ...who, roles: ['window-clerk@university'] })) ?? '';
    const there = { url: app.url, account: clerk, path: '/window' };
    const { page, context, faults } = await openSignedIn(browser, there, { language, width });
    await page
      .getByTestId('window-choose')
      .filter({ hasText: String(width) })
      .click();
    const said = page.getByTestId('tap-said');
    await expect.poll(() => said.textContent()).toMatch(/已就绪|ready/);
    expect(await runAxe(page)).toEqual([]);
    taps.tap(reader, 'card-tap', number);
    await expect.poll(() => page.getByTestId('window-read-by').textContent()).toMatch(/校园卡|campus card/);
    await page.getByTestId('window-service').first().waitFor();
    await page.keyboard.press('1');
    await page.locator('#w-kind').selectOption(LEAVE.kind);
    for (const [field, value] of [
      ['from', LEAVE.from],
      ['to', LEAVE.to],
      ['reason', LEAVE.reason],
    ])
      await page.locator(`#w-${field}`).fill(value ?? '');
    await page.getByTestId('window-ask').click();
    await page.getByTestId('window-again').waitFor();
    // Beside somebody a tap waits for the clerk.
    taps.tap(reader, 'card-tap', number);
    await page.getByTestId('tap-confirm').waitFor();
    expect(await runAxe(page)).toEqual([]);
    await shoot(page, `window-tap-${language.slice(0, 2)}-${width}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    await page.getByTestId('tap-too-soon').waitFor();
    await page.getByTestId('tap-compared').check();
    await page.getByTestId('tap-confirm').click();
    await expect.poll(() => page.getByTestId('window-requests').textContent()).toMatch(/已刷校园卡|campus card/);
    const [made] = (await app.campus?.student(number)('/v1/cases'))?.body.cases ?? [];
    expect((await app.campus?.student(number)(`/v1/cases/${made.id}`))?.body.at_window.confirmed).toBe('card-tap');
    // The next student, by the keyboard.
    taps.tap(reader, 'phone-tap', next);
    await page.getByTestId('tap-open').waitFor();
    expect(await page.getByTestId('tap-confirm').count()).toBe(0);
    await page.keyboard.press('t');
    await expect.poll(() => page.getByTestId('window-visit').textContent()).toContain(next);
    await expect.poll(() => page.getByTestId('window-read-by').textContent()).toMatch(/手机|phone/);
    expect(faults).toEqual([]);
    await context.close();
  },
);

it.each([
  ['zh-CN', 390, false],
  ['en-GB', 1280, true],
] as const)(
  'puts danger to life first, marked, and takes words for it alone [%s, %d px, dark %s]',
  async (language, width, dark) => {
    const number = numberOf(width === 390 ? 252 : 253);
    const student = app.campus?.student(number);
    const appointment = { preferred_day: '2026-12-05', slot: 'morning' };
    expect(
      (await student?.('/v1/cases', { body: { service: 'counselling-appointment', form: appointment } }))?.status,
    ).toBe(201);
    const form = { topic: 'other', anonymous: true, text: '我不想活了', may_publish: false };
    const begun = await student?.('/v1/cases', { body: { service: 'complaint', form } });
    const who = { number: `P${width}`, kind: 'staff', name: `值班${width}`, college: '' } as const;
    const duty = (await app.idp?.addAccount({ ...who, roles: ['psychologist@university'] })) ?? '';
    const there = { url: app.url, account: duty, path: '/inbox' };
    const { page, context, faults } = await openSignedIn(browser, there, { language, width, dark });
    await lines(page).nth(1).waitFor();
    expect(await lines(page).first().getByTestId('inbox-danger').count()).toBe(1);
    expect(await lines(page).first().textContent()).toContain(number);
    expect(await page.getByTestId('inbox-danger').count()).toBe(1);
    // Agreeing by the key opens it: it is answered in words.
    await page.keyboard.press('a');
    await page.getByTestId('inbox-agree-one').waitFor();
    expect(await page.getByTestId('inbox-held').count()).toBe(0);
    expect(await page.getByTestId('inbox-return-one').count()).toBe(0);
    expect(await page.getByTestId('inbox-refuse-one').count()).toBe(0);
    await shown(page, `inbox-danger-${language.slice(0, 2)}-${width}`, width);
    await page.getByTestId('inbox-agree-one').click();
    await page.getByRole('alert').waitFor();
    await page.locator('#inbox-reason').fill('已联系本人，辅导员陪同');
    await page.getByTestId('inbox-agree-one').click();
    await expect.poll(() => page.getByTestId('inbox-danger').count()).toBe(0);
    const { timeline } = (await student?.(`/v1/cases/${begun?.body.id}`))?.body ?? {};
    expect(timeline[0]).toMatchObject({ step: 'danger-duty', state: 'done' });
    expect(faults).toEqual([]);
    await context.close();
  },
);

/** Says the same in every talk of a student's cases. */
async function writeInTalks(number: string, text: string): Promise<void> {
  const student = app.campus?.student(number);
  const { cases } = (await student?.('/v1/cases'))?.body ?? { cases: [] };
  for (const { id } of cases)
    for (const talk of (await student?.(`/v1/cases/${id}/talks`))?.body.talks ?? []) {
      const answer = await student?.(`/v1/cases/${id}/talks/${talk.id}/messages`, { body: { text } });
      expect(answer?.status).toBe(201);
    }
}

it.each([
  ['zh-CN', 390, false],
  ['en-GB', 1280, true],
] as const)(
  'shows beside a thing that was lost what was found and may be it, and has the two write to each other [%s, %d px, dark %s]',
  async (language, width, dark) => {
    const thing = { category: 'phone', place: `图书馆${width}`, on: '2026-11-20', description: '黑色手机，蓝色外壳' };
    const [finder, loser] = width === 390 ? [numberOf(254), numberOf(255)] : [numberOf(256), numberOf(257)];
    for (const [number, kind] of [
      [finder, 'found'],
      [loser, 'lost'],
    ] as const) {
      const student = app.campus?.student(number);
      const begun = await student?.('/v1/cases', { body: { service: 'lost-property', form: { kind, ...thing } } });
      expect(begun?.status).toBe(201);
    }
    const who = { number: `S${width}`, kind: 'staff', name: `招领处${width}`, college: '' } as const;
    const office = (await app.idp?.addAccount({ ...who, roles: ['security-officer@university'] })) ?? '';
    const there = { url: app.url, account: office, path: '/inbox' };
    const { page, context, faults } = await openSignedIn(browser, there, { language, width, dark });
    // Both widths' cases are due at once: which of them comes first is not said.
    await lines(page).filter({ hasText: loser }).getByRole('button').first().click();
    const match = page.getByTestId('case-match').first();
    await match.waitFor();
    expect(await match.textContent()).toContain(`图书馆${width}`);
    await page.getByTestId('talk-ask').first().focus();
    await page.keyboard.press('Enter');
    const talk = page.getByTestId('case-talk');
    await talk.waitFor();
    await writeInTalks(finder, '背面有一张黄色贴纸');
    await page.getByTestId('talks-refresh').click();
    await page.getByTestId('talk-read').filter({ hasText: '1' }).click();
    expect(await page.getByTestId('talk-message').textContent()).toContain('黄色贴纸');
    await page.getByTestId('talk-end').click();
    await page.getByTestId('talk-reason').selectOption('other-thing');
    await shown(page, `inbox-match-${language.slice(0, 2)}-${width}`, width);
    await page.getByTestId('talk-end-yes').click();
    await page.getByTestId('talk-over').waitFor();
    expect(await page.getByTestId('talk-end').count()).toBe(0);
    await match.getByRole('link').click();
    await page.waitForURL(/\/cases\?case=/);
    await page.getByTestId('case-matches').waitFor();
    expect(faults).toEqual([]);
    await context.close();
  },
);

const photo = (name: string) => ({
  name,
  mimeType: 'image/jpeg',
  buffer: Buffer.from('ffd8ffda0002010203ffd9', 'hex'),
});
const plan = (name: string) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 x') });
it.each([
  ['zh-CN', 390, false],
  ['en-GB', 1280, true],
] as const)(
  'an incident is reported, worked through by its list and written into the log [%s, %d px, dark %s]',
  async (language, width, dark) => {
    const who = { number: `G${width}`, kind: 'staff', name: `值班保卫${width}`, college: '' } as const;
    const guard = (await app.idp?.addAccount({ ...who, roles: ['security-officer@university'] })) ?? '';
    const there = { url: app.url, account: guard, path: '/cases' };
    const { page, context, faults } = await openSignedIn(browser, there, { language, width, dark });
    await page.getByTestId('incident-begin').click();
    await page.locator('#w-kind').selectOption('network');
    await page.locator('#w-severity').selectOption('minor');
    await page.locator('#w-place').fill(`机房${width}`);
    await page.locator('#w-seen_at').fill('2026-11-29T02:50');
    await page.locator('#w-people_hurt').fill('0');
    await page.locator('#w-description').fill('核心交换机断电');
    await page.getByTestId('w-photo-file').setInputFiles(photo('远景.jpg'));
    await page.getByTestId('w-photo-files').getByText('远景.jpg').waitFor();
    await page.getByTestId('w-photo-file').setInputFiles(photo('近景.jpg'));
    await page.getByTestId('w-photo-files').getByText('近景.jpg').waitFor();
    expect(await page.getByTestId('w-photo-files').getByRole('listitem').count()).toBe(1);
    await shown(page, `incident-report-${language.slice(0, 2)}-${width}`, width);
    await page.getByTestId('window-ask').click();
    await page.getByTestId('incident-log').waitFor();
    await page.goto(`${app.url}/inbox`);
    await lines(page)
      .filter({ hasText: `机房${width}` })
      .getByRole('button')
      .first()
      .click();
    const agree = page.getByTestId('inbox-agree-one');
    await agree.waitFor();
    expect(await agree.getAttribute('aria-disabled')).toBe('true');
    expect(await page.getByTestId('inbox-return-one').count()).toBe(0);
    expect(await page.getByTestId('case-file').allTextContents()).toEqual([expect.stringContaining('近景.jpg')]);
    await page.locator('#incident-text').fill('备用电源已启动');
    await page.getByTestId('incident-note').click();
    await page.getByTestId('incident-lines').getByText('备用电源已启动').waitFor();
    // Files: by the button, one taken out again; by the keyboard alone; what is no such file is said.
    const pick = page.getByTestId('incident-file');
    await pick.setInputFiles([photo('走廊一.jpg'), photo('走廊二.jpg'), plan(`机房平面图${width}.pdf`)]);
    const chosen = page.getByTestId('incident-files').getByRole('listitem');
    await expect.poll(() => chosen.count()).toBe(3);
    await chosen.filter({ hasText: '走廊二' }).getByRole('button').click();
    await expect.poll(() => chosen.count()).toBe(2);
    await pick.setInputFiles([{ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('x') }]);
    await page.getByText('note.txt').waitFor();
    await shown(page, `incident-files-${language.slice(0, 2)}-${width}`, width);
    await pick.focus();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')]);
    await chooser.setFiles([plan('值班表.pdf')]);
    await expect.poll(() => chosen.count()).toBe(3);
    await page.getByTestId('incident-note').focus();
    await page.keyboard.press('Enter');
    const filed = page.getByTestId('log-file');
    await expect.poll(() => filed.count()).toBe(3);
    expect(await chosen.count()).toBe(0);
    const [saved] = await Promise.all([page.waitForEvent('download'), filed.nth(1).click()]);
    expect(saved.suggestedFilename()).toBe(`机房平面图${width}.pdf`);
    await page.locator('#incident-text').fill('没有人员受困');
    for (const item of ['people-safe', 'rescue', 'closed-off']) {
      await page.getByTestId(`incident-tick-${item}`).check();
      await expect.poll(() => page.getByTestId(`incident-tick-${item}`).isDisabled()).toBe(true);
    }
    expect(await page.getByTestId('incident-lines').textContent()).toContain('没有人员受困');
    await shown(page, `incident-log-${language.slice(0, 2)}-${width}`, width);
    await agree.click();
    await lines(page)
      .filter({ hasText: `机房${width}` })
      .first()
      .waitFor();
    expect(faults).toEqual([]);
    await context.close();
  },
);
