import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdBeforeCamera } from './support/camera-picture.js';
import { startWallet, type TestWallet } from './support/start-wallet.js';

let wallet: TestWallet;
const NUMBER = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));

beforeAll(async () => {
  wallet = await startWallet(7900);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
}, 120_000);
afterAll(() => wallet.close());

const problemOf = async (page: Page) => {
  const problem = page.getByTestId('problem');
  await problem.waitFor();
  return { code: await problem.getAttribute('data-code'), text: await problem.textContent() };
};
const wrong = (txCode: string) => (txCode === '000000' ? '000001' : '000000');
const enter = async (page: Page, txCode: string) => {
  await page.getByTestId('tx-code').fill(txCode);
  await page.getByTestId('claim').click();
};

it('says who offers, keeps the code out of the address, and counts wrong codes in words', async () => {
  const { page, context } = await wallet.phone();
  const offer = await wallet.offer(NUMBER);
  await page.goto(offer.wallet_link);
  expect(await page.getByTestId('issuer-name').textContent()).toBe('示例大学');
  expect(await page.getByTestId('issuer-address').textContent()).toBe(wallet.issuer.url);
  expect(new URL(page.url()).search).toBe('');
  await enter(page, '12');
  expect((await problemOf(page)).text).toContain('现在是 2 位');
  await enter(page, wrong(offer.tx_code));
  await expect.poll(async () => (await problemOf(page)).text).toContain('还可以试 4 次');
  await page.reload();
  await enter(page, wrong(offer.tx_code));
  await expect.poll(async () => (await problemOf(page)).text).toContain('还可以试 3 次');
  await enter(page, offer.tx_code);
  await page.getByTestId('claim-done').waitFor();
  await context.close();
});

it('ends the offer at the fifth wrong code [and keeps nothing]', async () => {
  const { page, context } = await wallet.phone({ locale: 'en-GB' });
  const offer = await wallet.offer(NUMBER);
  await page.goto(offer.wallet_link);
  for (let left = 4; left > 0; left -= 1) {
    await enter(page, wrong(offer.tx_code));
    await expect
      .poll(async () => (await problemOf(page)).text)
      .toContain(left === 1 ? 'once more' : `try ${left} more`);
  }
  await enter(page, wrong(offer.tx_code));
  await expect.poll(async () => (await problemOf(page)).code).toBe('offer-gone');
  await page.goto(wallet.url);
  await page.getByTestId('no-card').waitFor();
  await context.close();
});

it('takes pasted text of the other form, and refuses a link that was used', async () => {
  const { page, context } = await wallet.phone();
  const offer = await wallet.offer(NUMBER);
  await page.goto(`${wallet.url}/claim`);
  await page.getByTestId('offer-text').fill(`  ${offer.credential_offer_link}\n`);
  await page.getByTestId('open-offer').click();
  await enter(page, offer.tx_code);
  await page.getByTestId('claim-done').click();
  await page.getByTestId('gate-code').waitFor();
  await page.goto(offer.wallet_link);
  expect((await problemOf(page)).code).toBe('offer-gone');
  await page.goto(wallet.url);
  await page.getByTestId('gate-code').waitFor();
  await context.close();
});

it.each([
  ['no link', 'hello', 'offer-unreadable'],
  ['a link without an offer', 'https://example.edu/', 'offer-unreadable'],
  ['no https', 'openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fexample.edu%2Fo', 'offer-address-unsafe'],
  ['no JSON', 'openid-credential-offer://?credential_offer=%7B', 'offer-malformed'],
  ['nobody there', 'openid-credential-offer://?credential_offer_uri=http%3A%2F%2Flocalhost%3A7939%2Fo', 'no-answer'],
])('refuses with clear words what is no offer [%s]', async (_name, text, code) => {
  const { page, context } = await wallet.phone();
  await page.goto(`${wallet.url}/claim`);
  await page.getByTestId('offer-text').fill(text);
  await page.getByTestId('open-offer').click();
  expect((await problemOf(page)).code).toBe(code);
  await context.close();
});

it('reads an offer from the camera [and says so where the camera is refused]', async () => {
  const { page, context, faults } = await wallet.phone({ camera: true });
  const offer = await wallet.offer(NUMBER);
  holdBeforeCamera(wallet.cameraFile, offer.credential_offer_link);
  await page.goto(`${wallet.url}/claim`);
  await page.getByTestId('scan').click();
  expect((await problemOf(page)).code).toBe('camera');
  await context.grantPermissions(['camera'], { origin: wallet.url });
  await page.getByTestId('scan').click();
  await enter(page, offer.tx_code);
  await page.getByTestId('claim-done').waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

it('goes on with an interrupted claim without the code, and leaves nothing half done before', async () => {
  const { page, context } = await wallet.phone();
  const offer = await wallet.offer(NUMBER);
  await page.route('**/v1/gate-keys', (route) => route.abort());
  await page.goto(offer.wallet_link);
  await enter(page, offer.tx_code);
  expect((await problemOf(page)).code).toBe('no-answer');
  await page.goto(wallet.url);
  await page.getByTestId('no-card').waitFor();
  await page.unroute('**/v1/gate-keys');
  await page.goto(`${wallet.url}/claim`);
  await page.getByTestId('claim').waitFor();
  expect(await page.getByTestId('tx-code').count()).toBe(0);
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').click();
  await page.getByTestId('gate-code').waitFor();
  await context.close();
});

it.each([
  ['another holder’s key', (copies: string[]) => [...copies.slice(1), copies[0] ?? '']],
  ['a signature that is not the issuer’s', (copies: string[]) => copies.map((copy) => spoil(copy, 0))],
  ['a disclosure that was changed', (copies: string[]) => copies.map((copy) => spoil(copy, 1))],
])('does not keep a card that fails the checks [%s]', async (_name, change) => {
  const { page, context } = await wallet.phone();
  const offer = await wallet.offer(NUMBER);
  await page.route('**/credential', async (route) => {
    const answer = await route.fetch();
    if (route.request().method() !== 'POST') return route.fulfill({ response: answer });
    const body = (await answer.json()) as { credentials: { credential: string }[] };
    const changed = change(body.credentials.map(({ credential }) => credential));
    return route.fulfill({ response: answer, json: { credentials: changed.map((credential) => ({ credential })) } });
  });
  await page.goto(offer.wallet_link);
  await enter(page, offer.tx_code);
  expect((await problemOf(page)).code).toMatch(/^credential-/);
  await page.goto(wallet.url);
  await page.getByTestId('no-card').waitFor();
  await context.close();
});

/** Changes one letter in the middle of the n-th part. */
function spoil(compact: string, part: number): string {
  const parts = compact.split('~');
  const text = parts[part] ?? '';
  const at = part === 0 ? text.length - 40 : Math.floor(text.length / 2);
  parts[part] = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  return parts.join('~');
}
