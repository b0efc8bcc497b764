import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  claimWallet,
  type HeldWallet,
  OTHER,
  type Pair,
  STUDENT,
} from '../../../verifier/test/service/rights/support.js';
import { until } from '../../../verifier/test/service/support/start-verifier.js';
import { startRealWindow } from './support/real-window.js';
import { LEAVE, role, type TestCampus, WINDOW } from './support/start-campus.js';

/** Phone, issuer, verifier and campus as they run: what a code does at a window. */
let hall: Awaited<ReturnType<typeof startRealWindow>>;
let pair: Pair;
let campus: TestCampus;
let wallet: HeldWallet;
let other: HeldWallet;

beforeAll(async () => {
  hall = await startRealWindow(7870);
  ({ pair, campus } = hall);
  const body = { ...WINDOW, services: ['leave'] };
  expect((await campus.staff('o1', role('operator'))('/v1/windows/hall-1', { method: 'PUT', body })).status).toBe(200);
  [wallet, other] = [await claimWallet(pair.issuer, STUDENT), await claimWallet(pair.issuer, OTHER)];
  for (const held of [wallet, other])
    await until(
      async () =>
        (await pair.verifier.verify({ code: held.gateCode(), checkpoint: 'south-gate' })).verdict === 'accepted',
    );
}, 180_000);
afterAll(async () => {
  await hall?.close();
});

const clerk = () => campus.staff('w1', role('window-clerk'));
const scan = (code: string) => clerk()('/v1/windows/hall-1/visits', { body: { code } });

it('a scan opens the prefilled case, the clerk writes, the student says yes by a second code', async () => {
  const startedMs = performance.now();
  const code = wallet.gateCode();
  const opened = await scan(code);
  expect(opened, JSON.stringify(opened.body)).toMatchObject({ status: 201, body: { verdict: 'accepted' } });
  const { visit } = opened.body;
  const { known } = (await clerk()(`/v1/window-visits/${visit.id}/services/leave`)).body;
  process.stdout.write(`scan to prefilled form: ${Math.round(performance.now() - startedMs)} ms\n`);
  expect(visit.person.student_number).toBe(STUDENT);
  expect(known).toMatchObject({ student_number: STUDENT, name: visit.person.name });
  const body = { verb: 'submit', service: 'leave', form: LEAVE };
  const { id } = (await clerk()(`/v1/window-visits/${visit.id}/requests`, { body })).body;
  const show = (shown: string) => clerk()(`/v1/window-requests/${id}/scans`, { body: { code: shown } });
  expect((await show(code)).body).toMatchObject({ verdict: 'rejected', reason: 'replayed', case: null });
  expect((await show(other.gateCode())).body.code).toBe('window-request-of-another');
  const done = await show(wallet.gateCode());
  expect(done.body).toMatchObject({ verdict: 'accepted', case: { status: 'open' } });
  const seen = (await campus.student(STUDENT)(`/v1/cases/${done.body.case.id}`)).body;
  expect(seen.at_window).toEqual({ window: 'hall-1', confirmed: 'scan' });
  // The student reads in the wallet that a window looked.
  const { looks } = await wallet.read<{ looks: { kind: string }[] }>('/v1/holder/looks');
  expect(looks[0]?.kind).toBe('window');
});
it.each<[string, () => string, string]>([
  ['what is no code', () => 'https://example.com/', 'malformed'],
  ['the code of a card to show offline', () => wallet.portable(), 'accepted'],
])('%s', async (_what, code, said) => {
  const { body } = await scan(code());
  expect(body.reason ?? body.verdict).toBe(said);
  if (said !== 'accepted') expect(body).toMatchObject({ visit: null, portrait: null, next_en: expect.any(String) });
});
it('whoever is suspended or has graduated is refused with the reason, and no visit opens', async () => {
  const suspended = { reason_code: 'drill' };
  const graduated = { kind: 'graduation', effective_date: today(), document_number: '校毕字〔2026〕1号' };
  for (const [path, body] of [
    [`/v1/students/${STUDENT}/suspend`, suspended],
    [`/v1/students/${OTHER}/status-changes`, graduated],
  ] as const) {
    const answer = await pair.issuer.operator(path, { body });
    expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  }
  for (const [held, reason] of [
    [wallet, 'suspended'],
    [other, 'revoked'],
  ] as const) {
    await until(async () => (await scan(held.gateCode())).body.verdict === 'rejected');
    expect((await scan(held.gateCode())).body).toMatchObject({ verdict: 'rejected', reason, visit: null });
  }
});
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
