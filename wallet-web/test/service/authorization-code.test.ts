import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { IdpUnderTest } from '../../../idp/test/service/support/idp-under-test.js';
import { startWallet, type TestWallet } from './support/start-wallet.js';

let wallet: TestWallet;
let idp: IdpUnderTest;
const NUMBER = '202301000001';
const OTHER = '202305000003';
const accounts = new Map<string, string>();
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));

beforeAll(async () => {
  wallet = await startWallet(7880, undefined, { idp: true });
  idp = wallet.idp!;
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  for (const number of [NUMBER, OTHER]) accounts.set(number, await idp.addAccount({ number }));
}, 120_000);
afterAll(() => wallet?.close());

/** The address of the tests' door, where the sign-in page stands now. */
async function door(page: Page, number: string): Promise<string> {
  await page.waitForURL(/\/sign-in\/[^/]+$/);
  return `${page.url()}/door?account=${accounts.get(number)}&level=device-passkey`;
}
const signIn = async (page: Page, number: string) => page.goto(await door(page, number));
const problemOf = async (page: Page) => {
  const problem = page.getByTestId('problem');
  await problem.waitFor();
  return problem.getAttribute('data-code');
};
const begin = async (page: Page) => {
  await page.goto(`${wallet.url}/claim`);
  await page.getByTestId('sign-in').click();
};
const offerOf = async (number: string, grants: string[]) => {
  const answer = await wallet.issuer.operator('/v1/credential-offers', { body: { student_number: number, grants } });
  return (await answer.json()) as { credential_offer_link: string; wallet_link: string; tx_code?: string };
};
/** Where the identity layer leads back to, before the wallet opens it. */
async function caughtAnswer(page: Page, number: string): Promise<URL> {
  let address = await door(page, number);
  while (!address.startsWith(`${wallet.url}/issue/callback`)) {
    const step = await page.request.get(address, { maxRedirects: 0 });
    address = new URL(step.headers()['location'] ?? 'none:', address).href;
  }
  return new URL(address);
}

it('gets the student ID by signing in, without an offer, and tells the issuer that it was accepted', async () => {
  const { page, context, faults } = await wallet.phone();
  await begin(page);
  await signIn(page, NUMBER);
  await page.getByTestId('claim-done').click();
  await page.getByTestId('gate-code').waitFor();
  expect(new URL(page.url()).search).toBe('');
  await expect
    .poll(
      async () => {
        const { rows } = await wallet.issuer.database.run.raw('SELECT event FROM issuance');
        return rows.map(({ event }: { event: string | null }) => event);
      },
      { timeout: 15_000 },
    )
    .toEqual(['credential_accepted', 'credential_accepted', 'credential_accepted']);
  // The files of the sign-in page are not built here.
  expect(faults.filter((fault) => !fault.includes(idp.url))).toEqual([]);
  await context.close();
});

it('takes an offer that asks for a sign-in, with its issuer_state [and not for another student]', async () => {
  const { page, context } = await wallet.phone({ locale: 'en-GB' });
  const offer = await offerOf(NUMBER, ['authorization_code']);
  await page.goto(offer.wallet_link);
  expect(await page.getByTestId('tx-code').count()).toBe(0);
  await page.getByTestId('claim').click();
  await signIn(page, OTHER);
  await page.getByTestId('problem').waitFor();
  await page.goto(wallet.url);
  await page.getByTestId('no-card').waitFor();
  await context.close();
  const own = await wallet.phone();
  await own.page.goto((await offerOf(OTHER, ['authorization_code'])).wallet_link);
  await own.page.getByTestId('claim').click();
  await signIn(own.page, OTHER);
  await own.page.getByTestId('claim-done').waitFor();
  await own.context.close();
});

it('takes the code first where an offer has both ways, and offers the sign-in beside it', async () => {
  const { page, context } = await wallet.phone();
  const offer = await offerOf(NUMBER, ['pre-authorized_code', 'authorization_code']);
  await page.goto(offer.wallet_link);
  await page.getByTestId('sign-in').waitFor();
  await page.getByTestId('tx-code').fill(offer.tx_code ?? '');
  await page.getByTestId('claim').click();
  await page.getByTestId('claim-done').waitFor();
  await context.close();
});

it('goes on after a reload [before the answer is redeemed, after a token was lost on the way]', async () => {
  const { page, context } = await wallet.phone();
  await begin(page);
  await page.waitForURL(/\/sign-in\//);
  await page.reload();
  const answer = await caughtAnswer(page, OTHER);
  await page.route(`${idp.url}/token`, (route) => route.abort());
  await page.goto(answer.href);
  expect(await problemOf(page)).toBe('no-answer');
  expect(new URL(page.url()).search).toBe('');
  await page.unroute(`${idp.url}/token`);
  await page.reload();
  await page.getByTestId('claim-done').waitFor();
  await context.close();
});

it.each([
  ['another state', (answer: URL) => answer.searchParams.set('state', 'x'), 'authorization-state-wrong'],
  [
    'another server',
    (answer: URL) => answer.searchParams.set('iss', 'https://evil.example'),
    'authorization-issuer-wrong',
  ],
  ['no server', (answer: URL) => answer.searchParams.delete('iss'), 'authorization-issuer-wrong'],
])(
  'takes no answer that is not to its own request, and still takes the right one [%s]',
  async (_name, change, code) => {
    const { page, context } = await wallet.phone();
    await begin(page);
    const answer = await caughtAnswer(page, OTHER);
    const changed = new URL(answer);
    change(changed);
    await page.goto(changed.href);
    expect(await problemOf(page)).toBe(code);
    await page.goto(answer.href);
    await page.getByTestId('claim-done').waitFor();
    await context.close();
  },
);

it.each(['access_denied', 'server_error'])(
  'says so when the person or the server refused, and then nothing waits any more [%s]',
  async (error) => {
    const { page, context } = await wallet.phone();
    await page.goto(`${wallet.url}/issue/callback?code=x&state=y&iss=${encodeURIComponent(idp.url)}`);
    expect(await problemOf(page)).toBe('authorization-unknown');
    await begin(page);
    const answer = await caughtAnswer(page, OTHER);
    answer.searchParams.delete('code');
    answer.searchParams.set('error', error);
    for (const code of [error, 'authorization-unknown']) {
      await page.goto(answer.href);
      expect(await problemOf(page)).toBe(code);
    }
    await context.close();
  },
);
