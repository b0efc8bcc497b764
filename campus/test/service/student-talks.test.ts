import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLOUR_RULES, runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { role } from './support/start-campus.js';
import {
  campus,
  newStudent,
  type Student,
  shoot,
  signedIn,
  startStudentPages,
  stopStudentPages,
} from './support/student-pages.js';

beforeAll(() => startStudentPages(7764), 120_000);
afterAll(stopStudentPages);

const office = () => campus.staff('s001', role('security-officer'));
async function report({ number }: Student, kind: 'lost' | 'found'): Promise<string> {
  const form = { kind, category: 'phone', place: '图书馆三楼', on: '2026-11-20', description: '黑色手机' };
  const begun = await campus.student(number)('/v1/cases', { body: { service: 'lost-property', form } });
  expect(begun.status).toBe(201);
  return begun.body.id;
}
async function pairOf(owner: Student, finder: Student) {
  const [lost, found] = [await report(owner, 'lost'), await report(finder, 'found')];
  const open = async () => (await office()(`/v1/cases/${lost}/talks`, { body: { case: found } })).body.id as string;
  const say = async (talk: string, text: string) => {
    const path = `/v1/cases/${found}/talks/${talk}/messages`;
    expect((await campus.student(finder.number)(path, { body: { text } })).status).toBe(201);
  };
  return { lost, found, open, say };
}
const messages = (page: Page) => page.getByTestId('talk-message').allTextContents();

describe('the talk on the page of a case', () => {
  it.each([
    ['zh-CN', 390, '拾到者', '能看到这里写的内容', '已发送', '像是电话'],
    ['en-GB', 1280, 'finder', 'can read this', 'Sent', 'It looks like a telephone'],
  ] as const)(
    'appears when the office opens it, is written by keyboard, and says who reads it [%s, %d px]',
    async (language, width, other, reads, sent, why) => {
      const [owner, finder] = [await newStudent(), await newStudent()];
      const { lost, found, open, say } = await pairOf(owner, finder);
      const path = `/m/general-services/cases/${lost}`;
      const { page, context, faults } = await signedIn(owner, { language, width }, path);
      await page.getByTestId('timeline').waitFor();
      expect(await page.getByTestId('talk').count()).toBe(0);
      const talk = await open();
      const panel = page.getByTestId('talk');
      await panel.waitFor({ timeout: 30_000 });
      expect(await panel.getByRole('heading').textContent()).toContain(other);
      expect(await page.getByTestId('talk-read-by').textContent()).toContain(reads);

      const text = page.getByTestId('talk-text');
      await page.getByTestId('talk-send').press('Enter');
      await panel.locator('.error').waitFor();
      expect(await text.evaluate((box) => box === document.activeElement)).toBe(true);
      await page.keyboard.type('13800138000');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await panel.getByRole('alert').waitFor();
      expect(await panel.getByRole('alert').textContent()).toContain(why);
      expect(await text.inputValue()).toBe('13800138000');
      await page.reload();
      await expect.poll(() => text.inputValue()).toBe('13800138000');
      await text.fill('背面有黄色贴纸吗');
      await page.getByTestId('talk-send').press('Enter');
      await panel.getByRole('status').filter({ hasText: sent }).waitFor();
      expect(await text.inputValue()).toBe('');
      expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('贴纸');

      await say(talk, '有，还有一道裂纹');
      await expect.poll(() => messages(page), { timeout: 30_000 }).toHaveLength(2);
      expect(await panel.getByRole('log').getByText('有，还有一道裂纹').count()).toBe(1);
      const seen = (await page.locator('body').textContent()) ?? '';
      for (const secret of [finder.number, found]) expect(seen).not.toContain(secret);
      const unread = async () => (await campus.student(owner.number)('/v1/notices')).body.unread;
      await expect.poll(unread, { timeout: 30_000 }).toBe(0);

      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width, height: Math.max(844, height) });
      await shoot(page, `talk-${language.slice(0, 2)}-${width}`);
      expect(await runAxe(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await runAxe(page, COLOUR_RULES)).toEqual([]);
      for (const narrow of [width, 320]) {
        await page.setViewportSize({ width: narrow, height: 844 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(narrow);
      }
      // The refused message is a fault of the network to the browser.
      expect(faults.filter((fault) => !fault.includes('422'))).toEqual([]);
      await context.close();
    },
    120_000,
  );
  it('takes no more when the office has ended it, says why, and leads to a complaint', async () => {
    const [owner, finder] = [await newStudent(), await newStudent()];
    const { lost, open } = await pairOf(owner, finder);
    const talk = await open();
    const path = `/m/general-services/cases/${lost}`;
    const { page, context } = await signedIn(owner, { language: 'en-GB', width: 390 }, path);
    await page.getByTestId('talk-text').fill('Is there a sticker on it');
    const end = `/v1/cases/${lost}/talks/${talk}/end`;
    expect((await office()(end, { body: { reason: 'other-thing' } })).status).toBe(204);
    await page.getByTestId('talk-over').waitFor({ timeout: 30_000 });
    expect(await page.getByTestId('talk-over').textContent()).toContain('it is another thing');
    expect(await page.getByTestId('talk-text').count()).toBe(0);
    await page.getByTestId('talk-report').click();
    await page.waitForURL(/\/services\/complaint\?about=/);
    await context.close();
  });
});

it('a message whose answer got lost is sent once', async () => {
  const [owner, finder] = [await newStudent(), await newStudent()];
  const { lost, open } = await pairOf(owner, finder);
  await open();
  const path = `/m/general-services/cases/${lost}`;
  const { page, context } = await signedIn(owner, { language: 'zh-CN', width: 390 }, path);
  let tries = 0;
  await context.route('**/messages', async (route) => {
    tries += 1;
    if (tries > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await page.getByTestId('talk-text').fill('背面有黄色贴纸吗');
  await page.getByTestId('talk-send').click();
  await page.getByTestId('talk').getByRole('alert').waitFor();
  expect(await page.getByTestId('talk-text').inputValue()).toBe('背面有黄色贴纸吗');
  await page.getByTestId('talk-send').click();
  await page.getByTestId('talk').getByRole('status').filter({ hasText: '已发送' }).waitFor();
  await expect.poll(() => messages(page)).toHaveLength(1);
  expect(tries).toBe(2);
  await context.close();
});
