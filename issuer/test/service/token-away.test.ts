import { readFileSync } from 'node:fs';
import { CustodyError, createFileCustody, type KeyCustody } from '@lanyard/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf, createSoftwareWallet, generateKeyPair, type Tokens } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
let issuer: TestIssuer;
let away = false;
/** The sealed store, which can be pulled out like a token. */
const removable = (custody: KeyCustody): KeyCustody => ({
  ...custody,
  signer(handle) {
    const sign = custody.signer(handle);
    return (
      sign &&
      ((data) => {
        if (away) throw new CustodyError('pkcs11-failed', 'CKR_DEVICE_REMOVED');
        return sign(data);
      })
    );
  },
});

beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080', {
    custody: (store) => removable(createFileCustody(store)),
  });
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
});
afterAll(() => issuer.close());

it('a token that is pulled out is 503 and no fault, and issuing goes on when it is back', async () => {
  const wallet = createSoftwareWallet(issuer.url);
  const offer = (await (
    await issuer.operator('/v1/credential-offers', { body: { student_number: '202301000001' } })
  ).json()) as Parameters<typeof codeOf>[0] & { tx_code: string };
  const tokens = (await (await wallet.token(codeOf(offer), offer.tx_code)).json()) as Tokens;
  const issue = async () => {
    const jwt = [wallet.proof(generateKeyPair(), await wallet.nonce())];
    return wallet.call('/credential', tokens.access_token, {
      credential_configuration_id: 'student-id-sd-jwt',
      proofs: { jwt },
    });
  };
  away = true;
  const refused = await issue();
  expect(refused.status).toBe(503);
  expect(await refused.text()).not.toContain('CKR');
  away = false;
  expect((await issue()).status).toBe(200);
});
