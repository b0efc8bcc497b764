import { readFileSync } from 'node:fs';
import { systemClock } from '@lanyard/platform';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../../../admin/test/service/support/browser.js';
import { type Claimed, claimAt, roster } from '../../../issuer/test/service/support/claim.js';
import { generateKeyPair } from '../../../issuer/test/service/support/software-wallet.js';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { runAxe } from '../../../packages/platform/test/support/run-axe.js';
import { createStaffStore } from '../../src/storage/staff-store.js';
import { createWindowStore } from '../../src/storage/window-store.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';

const NUMBER = '202301000001';
let issuer: TestIssuer;
let verifier: TestVerifier;
let browser: Browser;
let student: Claimed;
let row: number;
let agentId: string;
let sequence = 0;

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.verifier.json('/v1/signers');
  const pagesFolder = new URL('../../dist-web', import.meta.url).pathname;
  verifier = await startVerifier({ port: 9730, issuerUrl: issuer.url, pagesFolder });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  await verifier.putCheckpoint('window-1', {
    window_mode: 'nod',
    window_without_nod: 'with-reason',
    show_portrait: true,
  });
  student = await claimAt(issuer, NUMBER);
  const proof = student.wallet.proof(generateKeyPair(), await student.wallet.nonce(), {
    typ: 'lanyard-gate-key-proof+jwt',
  });
  await student.wallet.call('/v1/gate-keys', student.tokens.access_token, { proof });
  const { rows } = await issuer.database.run.raw(
    'SELECT h.row_number FROM holder h JOIN student s ON s.id = h.student_id WHERE s.student_number = ?',
    [NUMBER],
  );
  row = Number(rows[0].row_number);
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  agentId = (await verifier.enrolAgent('window-1')).agent_id;
  browser = await launchBrowser(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await verifier?.close();
  await issuer?.close();
});

/** A card at the window's reader, as its journal brings it. */
async function tap(): Promise<void> {
  sequence += 1;
  const entry = {
    ...{ sequence, at: Math.floor(Date.now() / 1000), verdict: 'accepted', reason: null },
    ...{ scheme: 'nfc-b', row, marks: [] },
  };
  await createWindowStore(verifier.database.run, systemClock).addTaps({ id: agentId, checkpointId: 'window-1' }, [
    entry,
  ]);
}
async function clerkPage(options: Parameters<typeof openPage>[1]) {
  const staff = createStaffStore(verifier.database.run, systemClock);
  const sid = `sid-${Math.random()}`;
  const account = {
    subject: `subject-${sid}`,
    sid,
    idToken: 'none',
    name: '测试·窗口',
    roles: ['window-clerk@university'],
  };
  const session = await staff.openAccountSession(account);
  const opened = await openPage(browser, options);
  await opened.context.addCookies([
    { name: 'lanyard_verifier_session', value: session!.secret, url: verifier.url, sameSite: 'Strict', httpOnly: true },
  ]);
  await opened.page.goto(`${verifier.url}/staff`);
  await opened.page.getByTestId('window-desk').waitFor();
  const state = (wanted: string) => opened.page.locator(`[data-testid="nod-state"][data-state="${wanted}"]`).waitFor();
  return { ...opened, state };
}
async function answer(value: 'agreed' | 'refused'): Promise<void> {
  const state = (await (await student.wallet.call('/v1/holder/state', student.tokens.access_token)).json()) as {
    nods: { id: string }[];
  };
  const path = `/v1/holder/nods/${state.nods[0]!.id}`;
  expect((await student.wallet.call(path, student.tokens.access_token, { answer: value })).status).toBe(200);
}

it('opens the student’s page after a tap and a nod, and shows nobody before', async () => {
  const { page, context, faults, state } = await clerkPage({ language: 'zh-CN', width: 390 });
  await tap();
  await state('asked');
  expect(await page.getByTestId('nod-left').textContent()).toMatch(/还有 \d+ 秒/);
  expect(await page.getByTestId('person').count()).toBe(0);
  expect(await runAxe(page)).toEqual([]);
  await answer('agreed');
  await state('agreed');
  await page.getByTestId('person').getByText(NUMBER).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(faults).toEqual([]);
  await context.close();
});

it('stays closed after a refusal, and opens without a nod for a reason only before one', async () => {
  const { page, context, faults, state } = await clerkPage({ language: 'en-GB', width: 1280 });
  await tap();
  await state('asked');
  await answer('refused');
  await state('refused');
  expect(await page.getByTestId('without-nod').count()).toBe(0);
  expect(await page.getByTestId('person').count()).toBe(0);
  expect(await runAxe(page)).toEqual([]);
  await page.getByTestId('nod-next').click();
  await tap();
  await state('asked');
  await page.getByTestId('without-nod').click();
  await page.getByTestId('person').getByText(NUMBER).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
