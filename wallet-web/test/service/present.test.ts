import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { gateCodeSecrets, parseGateCode, parsePortableCode, parsePass, verifyGateCodeSignature, verifyPortableCodeSignature } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCode } from './support/read-code.js';
import { claim, startWallet, type TestWallet, untilOffline } from './support/start-wallet.js';

let wallet: TestWallet;
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const NUMBER = '202301000001';

beforeAll(async () => {
  wallet = await startWallet(8600);
  const imported = await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  expect(imported.status).toBe(201);
  await wallet.issuer.operator('/v1/semester-registrations', {
    body: { student_numbers: 'all', registered_until: '2027-02-28' },
  });
}, 120_000);
afterAll(() => wallet.close());

const shot = async (page: Page) => readCode(await page.getByTestId('gate-code').screenshot());

it('claims from a link and shows a gate code [decoded from the screen]', async () => {
  const { page, context, faults } = await wallet.phone();
  await claim(wallet, page, NUMBER);
  const code = parseGateCode(await shot(page));
  expect(Math.abs(code.timeSeconds - Date.now() / 1000)).toBeLessThan(15);
  expect(await page.getByTestId('state').textContent()).toContain('已注册，有效至 2027-02-28');
  expect(faults).toEqual([]);
  await context.close();
}, 60_000);
