import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createSoftwareWallet } from '../../../launcher/src/software-wallet/software-wallet.js';
import { startVerifier, type TestVerifier, until } from '../../../verifier/test/service/support/start-verifier.js';
import { claim, type Phone, startWallet, type TestWallet } from './support/start-wallet.js';
import { mdocQueryFor, queryFor } from './support/test-verifier.js';

let wallet: TestWallet;
let verifier: TestVerifier;
let phone: Phone;
const NUMBER = '202301000001';
const OTHER = '202305000003';
const IDP = 'http://localhost:9512';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));

interface Asked {
  id: string;
  authorization_request: string;
  wallet_link: string;
}
interface Result {
  state: string;
  verdict?: string;
  reason?: string;
  claims?: Record<string, unknown>;
}

beforeAll(async () => {
  wallet = await startWallet(9510, 'http://localhost:9511');
  verifier = await startVerifier({
    port: 9511,
    issuerUrl: wallet.issuer.url,
    environment: {
      LANYARD_CALLERS: wallet.issuer.callersFolder,
      LANYARD_PUBLIC_URL_WALLET: wallet.url,
      LANYARD_PUBLIC_URL_IDP: IDP,
    },
  });
  await wallet.issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  phone = await wallet.phone();
  await claim(wallet, phone.page, NUMBER);
  // The verifier asks the issuer for its certificate once both are up.
  await until(async () => (await verifier.operator('/v1/presentation-requests', { body: body() })).status === 201);
}, 120_000);
afterAll(async () => {
  await wallet?.close();
  await verifier?.close();
});

const body = (more: object = {}) => ({
  dcql_query: queryFor('enrolment_status', 'level'),
  flow: 'cross-device',
  ...more,
});
const ask = async (more: object = {}): Promise<Asked> => {
  const answer = await verifier.operator('/v1/presentation-requests', { body: body(more) });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Asked;
};
const resultOf = async ({ id }: Asked, code?: string): Promise<Result> => {
  const query = code === undefined ? '' : `?response_code=${encodeURIComponent(code)}`;
  return (await (await verifier.operator(`/v1/presentation-requests/${id}${query}`)).json()) as Result;
};

it.each([
  ['x509_san_dns, encrypted', {}],
  ['x509_hash, encrypted', { client_id_prefix: 'x509_hash' }],
  ['x509_san_dns, plain', { response_mode: 'direct_post' }],
  ['mdoc, encrypted', { dcql_query: mdocQueryFor('enrolment_status', 'level') }],
  ['mdoc, plain', { dcql_query: mdocQueryFor('enrolment_status', 'level'), response_mode: 'direct_post' }],
])('is accepted by the real verifier, across devices [%s]', async (_name, more) => {
  const asked = await ask(more);
  await phone.page.goto(asked.wallet_link);
  await phone.page.getByTestId('agree').click();
  await phone.page.getByTestId('answered').waitFor();
  expect(await resultOf(asked)).toMatchObject({
    state: 'answered',
    verdict: 'accepted',
    claims: { enrolment_status: 'enrolled', level: 'bachelor' },
  });
});

it('comes back to the asker with a response code that opens the result', async () => {
  const { page } = phone;
  await page.route(`${IDP}/**`, (route) => route.fulfill({ body: 'back' }));
  const asked = await ask({ flow: 'same-device', return_url: `${IDP}/wallet/back?uid=1` });
  await page.goto(asked.wallet_link);
  await page.getByTestId('agree').click();
  await page.waitForURL(`${IDP}/**`);
  const back = new URL(page.url()).searchParams;
  expect(back.get('uid')).toBe('1');
  expect((await resultOf(asked)).claims).toBeUndefined();
  expect(await resultOf(asked, back.get('response_code') ?? '')).toMatchObject({ verdict: 'accepted' });
});

it('tells the real verifier that the holder refused', async () => {
  const asked = await ask();
  await phone.page.goto(asked.wallet_link);
  await phone.page.getByTestId('refuse').click();
  await phone.page.getByTestId('declined').waitFor();
  expect(await resultOf(asked)).toMatchObject({ state: 'answered', verdict: 'rejected', reason: 'declined' });
});

it('finds a request that was answered gone', async () => {
  const asked = await ask();
  for (const ready of ['answered', 'problem']) {
    await phone.page.goto(asked.wallet_link);
    if (ready === 'answered') await phone.page.getByTestId('agree').click();
    await phone.page.getByTestId(ready).waitFor();
  }
  expect(await phone.page.getByTestId('problem').getAttribute('data-code')).toBe('request-gone');
});

it('answers from the software wallet [accepted, with a return address, suspended]', async () => {
  const software = createSoftwareWallet();
  const offer = await wallet.issuer.operator('/v1/credential-offers', { body: { student_number: OTHER } });
  const { credential_offer: object, tx_code: txCode } = (await offer.json()) as never;
  await software.claim(object, txCode, { ids: 10, passes: 0 });
  const plain = await ask();
  expect(await software.presentTo(plain.authorization_request)).toBeUndefined();
  expect(await resultOf(plain)).toMatchObject({ verdict: 'accepted' });
  const returning = await ask({ flow: 'same-device', return_url: `${IDP}/back` });
  const back = await software.presentTo(returning.wallet_link, { redirect: 'return' });
  expect(back).toMatch(/^http:\/\/localhost:9512\/back\?response_code=/);
  await wallet.issuer.operator(`/v1/students/${OTHER}/suspend`, { body: { reason_code: 'lost-phone' } });
  // The verifier hears of it from the issuer, within five seconds.
  await vi.waitFor(
    async () => {
      const late = await ask();
      await software.presentTo(late.authorization_request);
      expect(await resultOf(late)).toMatchObject({ state: 'answered', verdict: 'rejected', reason: 'suspended' });
    },
    { timeout: 5_000, interval: 600 },
  );
});

it('keeps to its content security policy and throws nothing', () => {
  expect(phone.faults).toEqual([]);
});
