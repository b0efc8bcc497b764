import { readFileSync } from 'node:fs';
import { verifySdJwtVc } from '@lanyard/protocol';
import { compressedFromJwk, nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CERTIFICATE, HOURS, openDocumentDesk } from '../../../issuer/test/service/support/issue-documents.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { keptIn } from './support/kept.js';
import { claim, startWallet, type TestWallet, untilOffline } from './support/start-wallet.js';
import { queryFor, startVerifier, type TestVerifier } from './support/test-verifier.js';

const NUMBERS = ['202301000001', '202305000002'] as const;
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const DOCUMENT_VCT = 'urn:lanyard:document:1';
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
const documentQuery = (...claims: object[]) => ({
  credentials: [{ id: 'paper', format: 'dc+sd-jwt', meta: { vct_values: [DOCUMENT_VCT] }, claims }],
});
let wallet: TestWallet;
let verifier: TestVerifier;
let issue: ReturnType<typeof openDocumentDesk>;

beforeAll(async () => {
  wallet = await startWallet(7664, 'http://localhost:7665');
  verifier = await startVerifier(7665, wallet.url, wallet.issuer);
  issue = openDocumentDesk(wallet.issuer);
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
}, 120_000);
afterAll(async () => {
  await wallet?.close();
  await verifier?.close();
});

async function claimed(number: string, options: { locale?: string; width?: number } = {}) {
  const made = await wallet.phone(options);
  await claim(wallet, made.page, number);
  await made.page.goto(`${wallet.url}/card`);
  await made.page.getByTestId('card').waitFor();
  return made;
}
const cardsOf = (page: Page) => page.getByTestId('document-card');
async function change(number: string, kind: string): Promise<void> {
  const body = { kind, effective_date: today(), document_number: '毕〔2026〕7号' };
  const answer = await wallet.issuer.operator(`/v1/students/${number}/status-changes`, { body });
  expect(answer.status).toBe(201);
}
/** Copies of documents that were not shown. */
const unused = async (page: Page) =>
  (await keptIn<{ configuration: string; usedAtMs?: number }>(page, 'others')).filter(
    (one) => one.configuration === 'document-sd-jwt' && one.usedAtMs === undefined,
  ).length;
/** What the presentation proves, as a verifier of anybody's would check it. */
async function check(presentation: string, nonce: string, audience: string) {
  const metadata = await fetch(`${wallet.issuer.url}/.well-known/jwt-vc-issuer`);
  const { jwks } = (await metadata.json()) as { jwks: { keys: { kid: string; x: string; y: string }[] } };
  return verifySdJwtVc(presentation, {
    findIssuerKey: ({ header }) => {
      const jwk = jwks.keys.find(({ kid }) => kid === header['kid']);
      return nodeCrypto.importVerifyKey(compressedFromJwk(jwk as never)!);
    },
    nowSeconds: Math.floor(Date.now() / 1000),
    keyBinding: { required: true, nonce, audience, maxAgeSeconds: 60 },
    crypto: nodeCrypto,
    acceptedVcts: [DOCUMENT_VCT],
  });
}

it('comes by itself to the open wallet, says what the paper says, stays without a network, and goes when it ends [zh, 390 px]', async () => {
  const number = NUMBERS[0];
  const { page, context, faults } = await claimed(number);
  expect(await page.getByTestId('documents').count()).toBe(0);
  const made = await issue(number, HOURS);
  const card = cardsOf(page).first();
  await card.waitFor();
  await card.locator('summary').focus();
  await page.keyboard.press('Enter');
  const text = await card.textContent();
  for (const words of ['志愿服务时长证明', made.number, '示例大学', number, '总时长12 小时', today()])
    expect(text).toContain(words);
  expect(await page.getByTestId('other-cards').count()).toBe(0);
  expect(await runAxe(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await untilOffline(page);
  await context.setOffline(true);
  await page.reload();
  await cardsOf(page).first().waitFor();
  await context.setOffline(false);
  const path = `/v1/case-documents/${made.number}/revoke`;
  expect((await wallet.issuer.operator(path, { body: { reason_code: 'data-error' } })).status).toBe(204);
  await cardsOf(page).first().waitFor({ state: 'detached', timeout: 60_000 });
  expect(faults).toEqual([]);
  await context.close();
}, 120_000);

it('is shown to whoever asks for its kind, with what it says and no more, each copy once [en, 1280 px]', async () => {
  const number = NUMBERS[0];
  const { page, context, faults } = await claimed(number, { locale: 'en-GB', width: 1280 });
  const [, hours] = [await issue(number, CERTIFICATE), await issue(number, HOURS)];
  await expect.poll(() => cardsOf(page).count(), { timeout: 30_000 }).toBe(2);
  await expect.poll(() => unused(page), { timeout: 30_000 }).toBe(6);
  for (const shown of [1, 2]) {
    const query = documentQuery({ path: ['kind'], values: ['volunteer-hours'] }, { path: ['facts'] });
    const { link, id, nonce, clientId } = await verifier.ask({ query });
    await page.goto(link);
    await page.getByTestId('agree').waitFor();
    // The kind decides: there is nothing to choose.
    expect(await page.locator('fieldset').count()).toBe(0);
    const told = await page.getByTestId('told').textContent();
    for (const words of ['Hours: 12 hours', 'Certificate of volunteer hours', hours.number])
      expect(told).toContain(words);
    expect(await page.getByTestId('untold').textContent()).toContain('Student number');
    expect(await runAxe(page)).toEqual([]);
    await page.getByTestId('agree').click();
    await page.getByTestId('answered').waitFor();
    const presentation = verifier.received.get(id)!.presentations['paper']![0]!;
    const proved = await check(presentation, nonce, clientId);
    expect(proved.claims).toMatchObject({ kind: 'volunteer-hours', facts: HOURS.case_facts });
    for (const hidden of ['name', 'student_number', 'document_number', 'title'])
      expect(proved.claims).not.toHaveProperty(hidden);
    // One copy left is the time for new ones: they come by themselves.
    await expect.poll(() => unused(page), { timeout: 30_000 }).toBe(shown === 1 ? 5 : 6);
  }
  const { link, id } = await verifier.ask({ query: documentQuery({ path: ['title'] }, { path: ['document_number'] }) });
  await page.goto(link);
  await page.getByTestId('choose-card-paper').waitFor();
  const choices = await page.getByTestId('choose-card-paper').locator('label').allTextContents();
  expect(choices).toHaveLength(2);
  await page.getByRole('radio', { name: hours.number }).check();
  expect(await page.getByTestId('told').textContent()).toContain('Certificate of volunteer hours');
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  expect(Object.keys(verifier.received.get(id)!.presentations)).toEqual(['paper']);
  expect(faults).toEqual([]);
  await context.close();
}, 120_000);

it('answers no question for a kind there is not, and none for a student ID', async () => {
  const { page, context } = await claimed(NUMBERS[1]);
  await issue(NUMBERS[1], HOURS);
  await cardsOf(page).first().waitFor();
  const forStudentId = { credentials: [{ ...queryFor().credentials[0], claims: [{ path: ['kind'] }] }] };
  for (const [query, lacking] of [
    [documentQuery({ path: ['kind'], values: ['scholarship-certificate'] }), 'paper'],
    [forStudentId, 'id'],
  ] as const) {
    await page.goto((await verifier.ask({ query })).link);
    await page.getByTestId('problem').waitFor();
    expect(await page.getByTestId('problem').getAttribute('data-code')).toBe(lacking);
  }
  await context.close();
}, 120_000);

it('stays with somebody who has left where it says no status, and can be shown; the certificate of enrolment goes', async () => {
  const number = NUMBERS[1];
  const { page, context, faults } = await claimed(number);
  await cardsOf(page).first().waitFor();
  await issue(number, CERTIFICATE);
  await expect.poll(() => cardsOf(page).count(), { timeout: 30_000 }).toBe(2);
  await change(number, 'graduation');
  await page.locator('[data-testid=card].is-off').waitFor({ timeout: 60_000 });
  await expect.poll(() => cardsOf(page).count(), { timeout: 30_000 }).toBe(1);
  const { link, id } = await verifier.ask({ query: documentQuery({ path: ['kind'] }) });
  await page.goto(link);
  await page.getByTestId('agree').click();
  await page.getByTestId('answered').waitFor();
  expect(verifier.received.get(id)!.presentations).toHaveProperty('paper');
  // Of the student ID, which is good no more, nothing is shown.
  await page.goto((await verifier.ask({ query: queryFor('enrolment_status') })).link);
  expect(await page.getByTestId('problem').getAttribute('data-code')).toBe('id');
  expect(faults).toEqual([]);
  await context.close();
}, 120_000);

it('is deleted with the student ID, and its issuer is told', async () => {
  const number = NUMBERS[0];
  const { page, context } = await claimed(number);
  await expect.poll(() => cardsOf(page).count(), { timeout: 30_000 }).toBe(2);
  await page.goto(`${wallet.url}/me`);
  await page.getByTestId('delete').click();
  await page.getByTestId('delete-confirm').click();
  const told = async () =>
    (
      await wallet.issuer.database.run.raw(
        "SELECT count(*)::int AS n FROM issuance WHERE configuration_id = 'document-sd-jwt' AND event = 'credential_deleted'",
      )
    ).rows[0].n;
  await expect.poll(told, { timeout: 30_000 }).toBe(2);
  await context.close();
}, 120_000);
