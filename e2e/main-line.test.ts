import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSoftwareWallet, type OfferObject } from '../launcher/src/software-wallet/software-wallet.js';
import { eventually, type Installation, startInstallation } from './support/installation.js';

let installation: Installation;
const NUMBER = '9202411000001';

beforeAll(async () => {
  installation = await startInstallation();
});
afterAll(() => installation.stop());

interface Verdict {
  verdict: string;
  reason?: string;
}
const decide = (code: string, checkpoint = 'south-gate') =>
  installation.operator<Verdict>('verifier', '/v1/verifications', { code, checkpoint });

async function claim(number: string) {
  const offer = await installation.operator<{ credential_offer: OfferObject; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    { student_number: number },
  );
  const wallet = createSoftwareWallet();
  await wallet.claim(offer.credential_offer, offer.tx_code);
  return wallet;
}

it('tells its whole story by one command', async () => {
  const { status, answer } = await installation.lanyard<{
    ok: boolean;
    steps: { step: string; ms: number; result: string }[];
  }>('demo');
  expect(answer.steps.filter((step) => step.result.includes('not what'))).toEqual([]);
  expect([status, answer.ok]).toEqual([0, true]);
});

it('imports the clean roster whole and finds nothing new the second time', async () => {
  const file = new URL('../testdata/rosters/roster-clean.csv', import.meta.url).pathname;
  const first = await installation.lanyard<{ rows: number; importable: number; rejected: number }>(
    'roster',
    'import',
    file,
  );
  expect([first.status, first.answer.rows, first.answer.importable, first.answer.rejected]).toEqual([0, 600, 600, 0]);
  const second = await installation.lanyard<{ difference: { new: number; changed: number; unchanged: number } }>(
    'roster',
    'import',
    file,
  );
  expect(second.answer.difference).toMatchObject({ new: 0, changed: 0, unchanged: 600 });
});

it('accepts a code once, refuses it again, and refuses a screenshot of 31 s', async () => {
  const wallet = await claim(NUMBER);
  await eventually(
    () => decide(wallet.gateCode()),
    (answer) => answer.verdict === 'accepted',
    5_000,
  );
  const code = wallet.gateCode();
  expect((await decide(code)).verdict).toBe('accepted');
  expect(await decide(code)).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
  expect(await decide(wallet.gateCode(Math.floor(Date.now() / 1000) - 31))).toMatchObject({ reason: 'too-old' });
  expect(await decide(wallet.gateCode(Math.floor(Date.now() / 1000) + 30))).toMatchObject({ reason: 'in-the-future' });
});

it('refuses within 5 s of a suspension, at the verifier and at a connected gate', async () => {
  const wallet = await claim('9202310000004'.replace('000004', '000012')).catch(() => claim(NUMBER));
  const gate = (code: string) => installation.operator<Verdict>('reader-agent', '/v1/decisions', { code });
  await eventually(
    () => gate(wallet.gateCode()),
    (answer) => answer.verdict === 'accepted',
    5_000,
  );
  await installation.lanyard('credential', 'suspend', NUMBER, '--reason', 'lost-phone');
  const atVerifier = await eventually(
    () => decide(wallet.gateCode()),
    (answer) => answer.reason === 'suspended',
    5_000,
  );
  const atGate = await eventually(
    () => gate(wallet.gateCode()),
    (answer) => answer.reason === 'suspended',
    5_000,
  );
  expect(Math.max(atVerifier.ms, atGate.ms)).toBeLessThan(5_000);
  await installation.lanyard('credential', 'reinstate', NUMBER, '--reason', 'found');
});

it('keeps the audit of every service whole', async () => {
  const { status, answer } = await installation.lanyard<{ ok: boolean }>('audit', 'verify');
  expect([status, answer.ok]).toEqual([0, true]);
});

it('answers a wrong call with 2 and a refusal with 1', async () => {
  expect((await installation.lanyard('student', 'dance')).status).toBe(2);
  const refused = await installation.lanyard<{ code: string }>('student', 'show', 'nobody');
  expect([refused.status, refused.answer.code]).toEqual([1, 'student-not-found']);
});
