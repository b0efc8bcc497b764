import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Installation, startInstallation } from './support/installation.js';

const CODE = '4199090005';
const STUDENT = '9202411000101';
const OFFSET = 64;
const root = new URL('../', import.meta.url).pathname;
const home = mkdtempSync(join(tmpdir(), 'lanyard-new-university-'));
let installation: Installation;

beforeAll(async () => {
  installation = await startInstallation((portBase) => ({
    LANYARD_DEMO_UNIVERSITIES: '1',
    LANYARD_FETCH_ALLOW: `localhost:${portBase + OFFSET + 2}`,
  }));
  // The demo signs its list once the other universities are up.
  const listed = join(installation.home, 'universities.json');
  await eventually(async () => existsSync(listed), Boolean, 120_000);
});
afterAll(async () => {
  await installation.stop();
  rmSync(home, { recursive: true, force: true });
});

interface Verdict {
  verdict: string;
  reason?: string;
}
/** The wallet of the trial goes on showing its pass; its university need not be up for that. */
async function decideElsewhere(): Promise<string> {
  const wallet = join(home, 'trial-wallet.json');
  const { answer: shown } = await installation.lanyard<{ code: string }>(
    ...['university', 'try-out', STUDENT, '--wallet', wallet],
  );
  const { answer } = await installation.lanyard<Verdict>(
    ...['gate', 'decide', shown.code, '--checkpoint', 'south-gate'],
  );
  return answer.reason ?? answer.verdict;
}

it('goes from an empty folder to its first student accepted elsewhere, by one script', async () => {
  const script = join(root, 'examples', 'new-university', 'new-university.mjs');
  const ports = ['--elsewhere-port', String(installation.portBase), '--port', String(installation.portBase + OFFSET)];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, '--elsewhere', installation.home, ...ports, '--home', home, '--code', CODE, '--stop'],
    { cwd: root, maxBuffer: 16 << 20 },
  );
  const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { ok: boolean; seconds: number };
  process.stdout.write(`a new university: ${told.seconds} s\n`);
  expect(told.ok).toBe(true);
  expect(await decideElsewhere()).toBe('accepted');
});

it('is refused within one refresh [suspended] [removed]', async () => {
  const change = async (...words: string[]) => {
    expect((await installation.lanyard('trust-list', ...words)).status).toBe(0);
    expect((await installation.lanyard('trust-list', 'refresh')).status).toBe(0);
    return decideElsewhere();
  };
  expect(await change('state', CODE, 'suspended')).toBe('unknown-issuer');
  expect(await change('state', CODE, 'removed')).toBe('unknown-issuer');
});

it('changes nothing for a university that is not listed, another state, or a file that describes none', async () => {
  const before = await installation.operator<{ sequence: number }>('verifier', '/v1/trust-list');
  const empty = join(home, 'empty.json');
  writeFileSync(empty, '{"universities":[{}]}');
  const statuses = [
    await installation.lanyard('trust-list', 'state', '4199090099', 'removed'),
    await installation.lanyard('trust-list', 'state', CODE, 'closed'),
    await installation.lanyard('trust-list', 'add', empty),
    await installation.lanyard('university', 'try-out', STUDENT),
  ].map(({ status }) => status);
  expect(statuses).toEqual([1, 2, 1, 2]);
  await installation.lanyard('trust-list', 'refresh');
  expect(await installation.operator('verifier', '/v1/trust-list')).toMatchObject({ sequence: before.sequence });
});
