import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Claimed, claimAt, errorOf, requestBody, roster } from './support/claim.js';
import { payloadOf } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
});
afterAll(() => issuer.close());

/** As little of a JPEG of 240 × 320 as the register looks at. */
const jpeg = Buffer.from(
  `ffd8ffc0000b08${'0140'}${'00f0'}01011100ffda0008010100003f00${randomBytes(16).toString('hex')}ffd9`,
  'hex',
);
const handIn = (number: string, review = 'pending') =>
  issuer.operator(`/v1/students/${number}/portrait?review=${review}`, {
    method: 'PUT',
    bytes: jpeg,
    type: 'image/jpeg',
  });
const review = (number: string, verdict: string) =>
  issuer.operator(`/v1/students/${number}/portrait-review`, { method: 'PUT', body: { verdict } });
const ask = async ({ wallet, tokens }: Claimed, configuration = 'student-id-sd-jwt', count = 3) =>
  wallet.call('/credential', tokens.access_token, await requestBody(wallet, configuration, count));
const fetchDeferred = ({ wallet, tokens }: Claimed, transaction_id: unknown) =>
  wallet.call('/deferred-credential', tokens.access_token, { transaction_id });
interface Waiting {
  transaction_id: string;
  interval: number;
}

it('defers what carries a portrait while one awaits review, and delivers it once [MUST 16]', async () => {
  const number = '202301000001';
  const claimed = await claimAt(issuer, number);
  expect((await handIn(number)).status).toBe(204);
  const first = await ask(claimed);
  expect(first.status).toBe(202);
  const waiting = (await first.json()) as Waiting;
  expect(Object.keys(waiting).sort()).toEqual(['interval', 'transaction_id']);
  expect(waiting.interval).toBeGreaterThan(0);
  expect((await ask(claimed, 'student-pass')).status).toBe(200);
  const again = await fetchDeferred(claimed, waiting.transaction_id);
  expect([again.status, await again.json()]).toEqual([202, waiting]);
  expect((await review(number, 'accepted')).status).toBe(204);
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetchDeferred(claimed, waiting.transaction_id)));
  const delivered = answers.filter((answer) => answer.status === 200);
  expect(delivered).toHaveLength(1);
  for (const answer of answers.filter((one) => one !== delivered[0]))
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_transaction_id']);
  const message = (await delivered[0]?.json()) as { credentials: { credential: string }[]; notification_id: string };
  expect(Object.keys(message).sort()).toEqual(['credentials', 'notification_id']);
  expect(message.credentials).toHaveLength(3);
  expect(message.credentials[0]?.credential).toContain('~');
  expect((await ask(claimed)).status).toBe(200);
});

it('binds the copies to the keys that were proved when they were asked for', async () => {
  const number = '202305000002';
  const claimed = await claimAt(issuer, number);
  await handIn(number);
  const body = await requestBody(claimed.wallet, 'student-id-sd-jwt', 2);
  const proved = body.proofs.jwt.map(
    (jwt) => (JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as { jwk: { x: string } }).jwk.x,
  );
  const { transaction_id } = (await (
    await claimed.wallet.call('/credential', claimed.tokens.access_token, body)
  ).json()) as Waiting;
  await review(number, 'refused');
  const { credentials } = (await (await fetchDeferred(claimed, transaction_id)).json()) as {
    credentials: { credential: string }[];
  };
  const bound = credentials.map(
    ({ credential }) => (payloadOf(credential) as never as { cnf: { jwk: { x: string } } }).cnf.jwk.x,
  );
  expect(bound).toEqual(proved);
});

it('knows a transaction only for the wallet that has it [another wallet, made up, no text, without token] [MUST 16]', async () => {
  const number = '202305000003';
  const claimed = await claimAt(issuer, number);
  await handIn(number);
  const { transaction_id } = (await (await ask(claimed)).json()) as Waiting;
  const other = await claimAt(issuer, number);
  expect(await errorOf(await fetchDeferred(other, transaction_id))).toBe('invalid_transaction_id');
  expect(await errorOf(await fetchDeferred(claimed, 'x'.repeat(32)))).toBe('invalid_transaction_id');
  for (const bad of [undefined, 5, ''])
    expect(await errorOf(await fetchDeferred(claimed, bad))).toBe('invalid_credential_request');
  expect((await fetch(`${issuer.url}/deferred-credential`, { method: 'POST', body: '{}' })).status).toBe(401);
  expect((await fetchDeferred(claimed, transaction_id)).status).toBe(202);
});

it('denies what is waited for to a student who was suspended meanwhile, and keeps it for the return', async () => {
  const number = '202302000004';
  const claimed = await claimAt(issuer, number);
  await handIn(number);
  const { transaction_id } = (await (await ask(claimed)).json()) as Waiting;
  await review(number, 'accepted');
  await issuer.operator(`/v1/students/${number}/suspend`, { body: { reason_code: 'lost-phone' } });
  expect(await errorOf(await fetchDeferred(claimed, transaction_id))).toBe('credential_request_denied');
  await issuer.operator(`/v1/students/${number}/reinstate`, { body: { reason_code: 'found' } });
  expect((await fetchDeferred(claimed, transaction_id)).status).toBe(200);
});

it('keeps the newest four of a wallet', async () => {
  const number = '202301000001';
  const claimed = await claimAt(issuer, number);
  await handIn(number);
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.push(((await (await ask(claimed)).json()) as Waiting).transaction_id);
  expect((await fetchDeferred(claimed, ids[0])).status).toBe(400);
  for (const id of ids.slice(1)) expect((await fetchDeferred(claimed, id)).status).toBe(202);
});

it('keeps a portrait under review from gates and pages, and ends a review once', async () => {
  const number = '202301000001';
  expect((await review('202302000004', 'accepted')).status).toBe(409);
  expect((await review(number, 'accepted')).status).toBe(204);
  expect((await review(number, 'accepted')).status).toBe(409);
  expect((await review('nobody', 'accepted')).status).toBe(422);
});
