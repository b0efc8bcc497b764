import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requestBody, roster } from './support/claim.js';
import { codeOf, createSoftwareWallet, payloadOf } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
let second: string;

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  second = await issuer.startSecond();
});
afterAll(() => issuer.close());

it('gives 200 parallel issuances at two processes 200 credentials, no index twice and no update lost [MUST 24] [KNOWN 3]', async () => {
  const { students } = (await (await issuer.operator('/v1/students?limit=200&enrolment_status=enrolled')).json()) as {
    students: { student_number: string }[];
  };
  const statuses = await Promise.all(
    students.map(async ({ student_number }, index) => {
      const wallet = createSoftwareWallet(issuer.url, generateKeyPair(), index % 2 === 0 ? issuer.url : second);
      const offered = await issuer.operator('/v1/credential-offers', { body: { student_number, tx_code: false } });
      const tokens = await wallet.token(codeOf((await offered.json()) as never), undefined);
      const { access_token: token } = (await tokens.json()) as { access_token: string };
      const answer = await wallet.call('/credential', token, await requestBody(wallet, 'student-id-sd-jwt'));
      const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
      const { status } = payloadOf(credentials[0]?.credential ?? '') as never as {
        status: { status_list: { uri: string; idx: number } };
      };
      return `${status.status_list.uri} ${status.status_list.idx}`;
    }),
  );
  expect(new Set(statuses).size).toBe(200);
  const { rows } = await issuer.database.run.raw(
    'SELECT count(*) AS copies, count(DISTINCT (list_id, list_index)) AS indices FROM credential',
  );
  expect(rows[0]).toEqual({ copies: 200, indices: 200 });
}, 120_000);
