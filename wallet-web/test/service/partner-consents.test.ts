import { readFileSync, writeFileSync } from 'node:fs';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { importJWK } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPartnerClient, type PartnerClient, PartnerError } from '../../../packages/partner-client/src/index.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { claimWallet, type HeldWallet } from '../../../verifier/test/service/rights/support.js';
import { startVerifier, type TestVerifier, until } from '../../../verifier/test/service/support/start-verifier.js';
import { claim, type Phone, startWallet, type TestWallet } from './support/start-wallet.js';

const [PORT, VERIFIER_PORT] = [7891, 7892];
const NUMBER = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const key = generateKeyPair();
let wallet: TestWallet;
let verifier: TestVerifier;
let phone: Phone;
/** The same student's other wallet, which shows the codes: a picture need not be read for this. */
let shower: HeldWallet;
let client: PartnerClient;

beforeAll(async () => {
  wallet = await startWallet(PORT, `http://localhost:${VERIFIER_PORT}`);
  const { issuer } = wallet;
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.operator('/v1/semester-registrations', {
    body: { student_numbers: 'all', registered_until: '2099-01-01' },
  });
  // The issuer of its tests knows another verifier's key; ours takes its place, and ours knows the issuer's.
  await issuer.verifier.json('/v1/signers');
  verifier = await startVerifier({ port: VERIFIER_PORT, issuerUrl: issuer.url });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  writeFileSync(`${verifier.folder}/issuer.jwk.json`, readFileSync(`${issuer.folder}/issuer.jwk.json`));
  const body = {
    ...{ name_zh: '铁路示例', name_en: 'Sample railway', keys: [key.jwk], purposes: ['rail-discount'] },
    ...{ claims: ['interval'], sandbox: false },
  };
  expect((await verifier.operator('/v1/partners/rail', { method: 'PUT', body })).status).toBe(200);
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  phone = await wallet.phone();
  await claim(wallet, phone.page, NUMBER);
  shower = await claimWallet(issuer, NUMBER);
  client = createPartnerClient({
    ...{ verifierUrl: verifier.url, partnerId: 'rail' },
    credentials: {
      kind: 'private-key',
      key: (await importJWK(key.privateKey.export({ format: 'jwk' }), 'ES256')) as never,
    },
  });
}, 180_000);
afterAll(async () => {
  await wallet?.close();
  await verifier?.close();
});

async function eligible(): Promise<string> {
  let id = '';
  await until(async () => {
    const check = await client.check('rail-discount', { code: shower.portable() });
    if (check.result === 'eligible') id = check.id;
    return id !== '';
  });
  return id;
}
const reading = (id: string) =>
  client.readCheck(id).then(
    ({ result }) => result,
    (error: unknown) => (error instanceof PartnerError ? error.code : String(error)),
  );

it('shows nothing of partners to whom nobody was asked [zh, 390 px]', async () => {
  const { page } = phone;
  await page.goto(`${wallet.url}/verified`);
  await page.getByTestId('corrections').waitFor();
  expect(await page.getByTestId('partner-consents').isHidden()).toBe(true);
});

it('is taken back in two taps, and the partner reads nothing of it any more [zh, 390 px]', async () => {
  const { page, faults } = phone;
  const id = await eligible();
  expect(await reading(id)).toBe('eligible');
  await page.reload();
  const row = page.locator('[data-partner=rail]');
  await row.waitFor();
  expect(await row.textContent()).toContain('铁路示例');
  expect(await runAxe(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await row.getByTestId('take-back').click();
  // Thought better of it: nothing has changed.
  await page.getByRole('button', { name: '不收回' }).click();
  expect(await reading(id)).toBe('eligible');
  await row.getByTestId('take-back').click();
  await page.getByTestId('take-back-confirm').click();
  await page.locator('[data-partner=rail][data-state=revoked]').waitFor();
  expect(await reading(id)).toBe('consent-revoked');
  expect(faults).toEqual([]);
});

it('stands again only by another showing [en, 1280 px]', async () => {
  await eligible();
  const { page, context, faults } = await wallet.phone({ locale: 'en-GB', width: 1280, height: 900 });
  await claim(wallet, page, NUMBER);
  await page.goto(`${wallet.url}/verified`);
  const row = page.locator('[data-partner=rail][data-state=standing]');
  await row.waitFor();
  expect(await row.textContent()).toContain('Sample railway');
  expect(await runAxe(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
