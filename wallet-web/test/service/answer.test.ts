import { readFileSync } from 'node:fs';
import { createChallenge, gatePolicyDefaults, parseGateCode } from '@lanyard/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startVerifier, type TestVerifier } from '../../../verifier/test/service/support/start-verifier.js';
import { holdBeforeCamera } from './support/camera-picture.js';
import { readCode } from './support/read-code.js';
import { claim, type Phone, startWallet, type TestWallet } from './support/start-wallet.js';

let wallet: TestWallet;
let verifier: TestVerifier;
let phone: Phone;
let number: Uint8Array;
const NUMBER = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const axe = readFileSync(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const shots = process.env['LANYARD_SHOTS'];

beforeAll(async () => {
  wallet = await startWallet(9540, 'http://localhost:9541');
  verifier = await startVerifier({
    port: 9541,
    issuerUrl: wallet.issuer.url,
    environment: { LANYARD_CALLERS: wallet.issuer.callersFolder, LANYARD_PUBLIC_URL_WALLET: wallet.url },
  });
  await verifier.putCheckpoint('dorm-7', { ...gatePolicyDefaults, requires_challenge: true });
  const names = (await (await fetch(`${verifier.url}/v1/checkpoint-names`)).json()) as {
    checkpoints: { number: string; name_zh: string }[];
  };
  number = new Uint8Array(Buffer.from(names.checkpoints.at(-1)!.number, 'base64url'));
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  phone = await wallet.phone({ camera: true });
  await claim(wallet, phone.page, NUMBER);
  await phone.context.grantPermissions(['camera'], { origin: wallet.url });
}, 120_000);
afterAll(async () => {
  await wallet?.close();
  await verifier?.close();
});

const challenge = (checkpointNumber: Uint8Array, ageSeconds = 0) =>
  createChallenge({
    checkpointNumber,
    timeSeconds: Math.floor(Date.now() / 1000) - ageSeconds,
    random: new Uint8Array(16).fill(9),
  }).text;

async function scan(text: string) {
  const { page } = phone;
  holdBeforeCamera(wallet.cameraFile, text);
  await page.goto(`${wallet.url}/answer`);
  await page.getByTestId('scan').click();
  return page;
}
async function look(name: string) {
  const { page } = phone;
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    (window as unknown as { axe: typeof import('axe-core') }).axe.run(document).then(({ violations }) => violations),
  );
  expect(found.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html)}`)).toEqual([]);
  if (shots === undefined) return;
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await page.screenshot({ path: `${shots}/wallet-${name}-${width}.png` });
  }
  await page.setViewportSize({ width: 390, height: 844 });
}

it('names the checkpoint whose challenge it scanned, signs only after a touch, and answers that challenge', async () => {
  const page = await scan(challenge(number));
  await page.getByTestId('asker').waitFor();
  expect(await page.getByTestId('asker').getAttribute('data-known')).toBe('true');
  expect(await page.getByTestId('answer-code').count()).toBe(0);
  await look('asks');
  await page.getByTestId('answer').click();
  await page.getByTestId('answer-code').waitFor();
  expect(parseGateCode(await readCode(await page.getByTestId('answer-code').screenshot())).version).toBe(2);
  await look('answer');
  expect(phone.faults).toEqual([]);
});

it('says that it does not know a checkpoint, and keeps the names for when there is no network', async () => {
  const page = await scan(challenge(new Uint8Array(8).fill(1)));
  await page.getByTestId('asker').waitFor();
  expect(await page.getByTestId('asker').getAttribute('data-known')).toBe('false');
  expect(await page.locator('.btn-primary[data-testid="answer"]').count()).toBe(0);
  await look('unknown');
  await page.route('**/v1/checkpoint-names', (route) => route.abort());
  await scan(challenge(number));
  await page.getByTestId('asker').waitFor();
  expect(await page.getByTestId('asker').getAttribute('data-known')).toBe('true');
});

it.each([
  ['a challenge of a minute ago', () => challenge(number, 60), 'old'],
  ['something else', () => 'https://example.org/', 'other'],
])('refuses [%s] in words', async (_, text, code) => {
  const page = await scan(text());
  await page.getByTestId('problem').waitFor();
  expect(await page.getByTestId('problem').getAttribute('data-code')).toBe(code);
});
