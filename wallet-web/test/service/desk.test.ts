import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundCard } from '../../../issuer/test/service/support/cards.js';
import { claim, type Phone, startWallet, type TestWallet } from './support/start-wallet.js';

const NUMBER = '202301000001';
const CLERK = 'account:clerk';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env['LANYARD_SHOTS'];
let wallet: TestWallet;
let phone: Phone;
let row: number;

beforeAll(async () => {
  wallet = await startWallet(9540);
  const { issuer } = wallet;
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.operator('/v1/semester-registrations', {
    body: { student_numbers: 'all', registered_until: '2027-02-28' },
  });
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: '2026' } });
  await boundCard(issuer, 7, NUMBER);
  phone = await wallet.phone();
  await claim(wallet, phone.page, NUMBER);
  // As on any later day: the line to the issuer is there when the wallet is opened.
  await phone.page.goto(`${wallet.url}/`);
  const { rows } = await issuer.database.run.raw(
    'SELECT h.row_number FROM holder h JOIN student s ON s.id = h.student_id WHERE s.student_number = ?',
    [NUMBER],
  );
  row = Number(rows[0].row_number);
  if (shots !== undefined) mkdirSync(shots, { recursive: true });
}, 120_000);
afterAll(async () => {
  await wallet?.close();
});

async function ask() {
  const body = { row, place_zh: '3 号窗口', place_en: 'Window 3', purpose: 'documents' };
  return wallet.issuer.verifier.json<{ id: string }>('/v1/nods', { method: 'POST', body, actor: CLERK });
}
const read = (id: string) =>
  wallet.issuer.verifier.json<{ state: string; person?: object }>(`/v1/nods/${id}`, { actor: CLERK });

async function look(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}.png`) });
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    (window as unknown as { axe: typeof import('axe-core') }).axe.run(document).then(({ violations }) => violations),
  );
  expect(found.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`)).toEqual([]);
  const width = page.viewportSize()?.width ?? 0;
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}

describe('a window’s question', () => {
  it('comes up on the open wallet, says who, what for and what is seen, and a touch agrees', async () => {
    const { page } = phone;
    const { id } = await ask();
    const sheet = page.getByTestId('nod');
    await sheet.waitFor();
    const text = await sheet.textContent();
    for (const words of ['3 号窗口想打开你的学生页面', '领取或办理材料', '不会看到：证件号码', '还有'])
      expect(text).toContain(words);
    const boxes = await sheet
      .locator('.actions .btn')
      .evaluateAll((all) => all.map((b) => b.getBoundingClientRect().width));
    expect(Math.abs(boxes[0]! - boxes[1]!)).toBeLessThan(2);
    expect(await sheet.locator('.actions .btn').first().getAttribute('data-testid')).toBe('nod-refused');
    await look(page, 'nod-zh-390');
    expect(await read(id)).toEqual(expect.objectContaining({ state: 'asked' }));
    await page.getByTestId('nod-agreed').click();
    await sheet.getByText('已同意').waitFor();
    expect(await read(id)).toMatchObject({ state: 'agreed', person: { student_number: NUMBER } });
    await sheet.getByRole('button', { name: '关闭' }).click();
    await sheet.waitFor({ state: 'detached' });
  });

  it('is refused by a touch, and closing it without one answers nothing', async () => {
    const { page } = phone;
    const first = await ask();
    await page.getByTestId('nod').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('nod').waitFor({ state: 'detached' });
    expect(await read(first.id)).toMatchObject({ state: 'asked' });
    const second = await ask();
    await page.getByTestId('nod-refused').click();
    await page.getByTestId('nod').getByText('已拒绝').waitFor();
    expect(await read(second.id)).toMatchObject({ state: 'refused' });
    await page.keyboard.press('Escape');
  });

  it('says that it is over where the clerk went on meanwhile', async () => {
    const { page } = phone;
    const { id } = await ask();
    await page.getByTestId('nod').waitFor();
    await wallet.issuer.verifier.json(`/v1/nods/${id}/without`, {
      method: 'POST',
      body: { reason: '手机没电' },
      actor: CLERK,
    });
    await page.getByTestId('nod-agreed').click();
    await page.getByTestId('nod').getByText('已结束').waitFor();
    await page.keyboard.press('Escape');
  });

  it('and what became of it is among who looked, in words, with the clerk’s reason [agreed] [without]', async () => {
    const { page } = phone;
    await page.goto(`${wallet.url}/records`);
    const looks = page.getByTestId('looks');
    await looks.locator('[data-kind="without-nod"]').waitFor();
    expect(await looks.locator('[data-kind="without-nod"]').first().textContent()).toContain('手机没电');
    expect(await looks.locator('[data-kind="nod"]').first().textContent()).toContain('3 号窗口');
    await look(page, 'who-looked-zh-390');
  });
});

describe('the campus card in the wallet', () => {
  it('is stopped in two taps, says what stops, and is taken back by its holder', async () => {
    const { page } = phone;
    await page.goto(`${wallet.url}/card`);
    const card = page.getByTestId('campus-card');
    await page.getByTestId('card-suspend').click();
    await page.getByRole('dialog').getByText('下一次刷卡就会被拒绝').waitFor();
    await look(page, 'card-stop-zh-390');
    await page.getByTestId('card-confirm').click();
    await page.locator('[data-testid="campus-card"][data-state="suspended"]').waitFor();
    expect(await card.textContent()).toMatch(/尾号 \d{4}.*前可以自己恢复/);
    await page.getByTestId('card-reinstate').click();
    await page.getByTestId('card-confirm').click();
    await page.locator('[data-testid="campus-card"][data-state="bound"]').waitFor();
  });

  it('that the office stopped shows no button, in English and on a wide screen', async () => {
    const { page } = phone;
    const { rows } = await wallet.issuer.database.run.raw("SELECT number FROM card WHERE state = 'bound'");
    await wallet.issuer.operator(`/v1/cards/${rows[0].number}/suspend`, { body: { reason_code: 'misuse' } });
    await page.goto(`${wallet.url}/me`);
    await page.getByTestId('language-en').check({ force: true });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${wallet.url}/card`);
    await page.getByTestId('campus-cards').getByText('Stopped by the office').waitFor();
    expect(await page.getByTestId('card-reinstate').count()).toBe(0);
    await look(page, 'card-office-en-1280');
    expect(phone.faults).toEqual([]);
  });
});
