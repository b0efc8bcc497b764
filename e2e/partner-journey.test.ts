import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSoftwareWallet,
  type OfferObject,
  type SoftwareWallet,
} from '../launcher/src/software-wallet/software-wallet.js';
import { eventually, type Installation, startInstallation } from './support/installation.js';

const SAMPLE = new URL('../examples/rail-partner/partner.mjs', import.meta.url).pathname;
/** A student of the roster whose interval is on the list. */
const STUDENT = '202305000002';
let installation: Installation;
let folder: string;
let wallet: SoftwareWallet;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-partner-'));
  installation = await startInstallation();
  const roster = new URL('../testdata/rosters/roster-clean.csv', import.meta.url).pathname;
  expect((await installation.lanyard('roster', 'import', roster)).status).toBe(0);
});
afterAll(async () => {
  await installation?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The sample of the documents, in an empty folder, with nothing but Node. */
async function partner(words: string[], more: Record<string, string> = {}): Promise<Record<string, never>> {
  const { stdout } = await promisify(execFile)(process.execPath, [SAMPLE, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], LANYARD_VERIFIER: installation.run.services.verifier, ...more },
  });
  return JSON.parse(stdout);
}
async function registered(until: string | null): Promise<void> {
  await installation.operator(
    'issuer',
    `/v1/students/${STUDENT}/semester-registration`,
    { registered_until: until },
    'PUT',
  );
}
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe('a railway that follows the page for partners', () => {
  it('has its first verified result in the sandbox [key, registration, check]', async () => {
    writeFileSync(join(folder, 'partner.json'), JSON.stringify(await partner(['register'])));
    const added = await installation.lanyard<{ id: string; sandbox: boolean }>(
      'partner',
      'add',
      join(folder, 'partner.json'),
    );
    expect(added).toMatchObject({ status: 0, answer: { id: 'rail-demo', sandbox: true } });
    const checked = await partner(['check', 'SANDBOX:ELIGIBLE']);
    expect(checked).toMatchObject({
      ...{ result: 'eligible', entitlement: { left: 4 }, claims: { interval: { from: '广州南', to: '武汉' } } },
      receipt_says: { result: 'eligible', aud: 'rail-demo' },
    });
    expect(await partner(['buy', 'SANDBOX:FRESHMAN'])).toEqual({ sold: false, reason: 'not-yet' });
    expect(await partner(['online', 'SANDBOX:ELIGIBLE'])).toMatchObject({
      ...{ result: 'eligible', receipt_says: { result: 'eligible', consent: 'presentation', aud: 'rail-demo' } },
    });
    expect(await partner(['online', 'SANDBOX:DECLINES'])).toMatchObject({ state: 'ended', reason: 'declined' });
  });

  it('sells a discounted ticket for a code out of a wallet: 4, 3, 4 again, and none after the fourth', async () => {
    const real = { PARTNER_ID: 'rail', PARTNER_KEY: 'real.json', PARTNER_SANDBOX: '0' };
    writeFileSync(join(folder, 'real-partner.json'), JSON.stringify(await partner(['register'], real)));
    expect((await installation.lanyard('partner', 'add', join(folder, 'real-partner.json'))).status).toBe(0);
    await registered(inDays(60));
    wallet = createSoftwareWallet();
    const offer = await installation.operator<{ credential_offer: OfferObject; tx_code: string }>(
      'issuer',
      '/v1/credential-offers',
      { student_number: STUDENT },
    );
    await wallet.claim(offer.credential_offer, offer.tx_code);
    const buy = () => partner(['buy', wallet.portableCode()], real);
    // The verifier hears of the new pass list within seconds.
    const { answer: first } = await eventually(buy, ({ sold }) => sold === true, 30_000);
    expect(first).toMatchObject({ left: 3, fare_fen: 34_763 });
    expect(await partner(['refund', String(first['use'])], real)).toMatchObject({ state: 'refunded', left: 4 });
    for (const left of [3, 2, 1, 0]) expect(await buy()).toMatchObject({ sold: true, left });
    expect(await buy()).toEqual({ sold: false, reason: 'entitlement-used-up' });
  });

  it('has a counter at a reader of the university, and none where a reader shows people or for a sandbox', async () => {
    const policy = {
      ...{
        admits: { classes: 'any', states: ['enrolled'], foreign_passes: false },
        requires_semester_registration: false,
      },
      ...{
        hours: 'always',
        utc_offset_minutes: 480,
        requires_challenge: false,
        grace: 'accept-marked',
        zone: 'station',
      },
    };
    for (const [id, show_portrait] of [
      ['rail-desk', false],
      ['with-faces', true],
    ] as const) {
      const body = { name_zh: id, name_en: id, policy: { ...policy, show_portrait } };
      await installation.operator('verifier', `/v1/checkpoints/${id}`, body, 'PUT');
    }
    const counter = (...words: string[]) =>
      installation.lanyard<{ counter: object | null; code?: string }>('checkpoint', 'counter', ...words);
    const set = await counter('rail-desk', 'rail');
    expect(set).toMatchObject({
      ...{ status: 0, answer: { counter: { partner: 'rail', entitlement: 'rail-student-discount' } } },
    });
    expect((await counter('with-faces', 'rail')).status).toBe(1);
    expect((await counter('rail-desk', 'rail-demo')).status).toBe(1);
    expect((await counter('nowhere', 'rail')).status).toBe(1);
    // The demo begins with one.
    expect(await installation.operator('verifier', '/v1/checkpoints/rail-counter')).toMatchObject({
      counter: { partner: 'railway', entitlement: 'rail-student-discount' },
    });
    expect(await counter('rail-desk', 'off')).toMatchObject({ status: 0, answer: { counter: null } });
  });

  it('is told why not once the registration has ended, and no more once it is withdrawn', async () => {
    await registered(null);
    const real = { PARTNER_ID: 'rail', PARTNER_KEY: 'real.json' };
    const { result, reason, claims } = await partner(['check', wallet.portableCode()], real);
    expect({ result, reason, claims }).toEqual({ result: 'not-eligible', reason: 'not-registered', claims: {} });
    const withdrawn = await installation.lanyard('partner', 'withdraw', 'rail');
    expect(withdrawn.status).toBe(0);
    await expect(partner(['check', 'x'], real)).rejects.toThrow(/no token: 401/);
  });
});
