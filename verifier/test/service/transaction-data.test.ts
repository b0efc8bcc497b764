import { createHash } from 'node:crypto';
import {
  type AuthorizationRequest,
  CONFIRM_TRANSACTION_TYPE,
  parseTransactionData,
  transactionClaims,
} from '@lanyard/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker, mdocQuery, sdJwtQuery } from './support/ask.js';
import { bindRaw, digestText, disclosureOf, rawSdJwt } from './support/raw-credentials.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { answer, post } from './support/wallet.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
beforeAll(async () => {
  issuer = await startStandInIssuer(7800);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7801, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const told = { student_number: '9900000001', name: '测试·学生' };
const confirm = (more: object = {}) => ({
  type: CONFIRM_TRANSACTION_TYPE,
  credential_ids: ['id'],
  text_zh: '同意退宿，押金 200 元退回原账户。',
  text_en: 'I leave the dormitory; the deposit of 200 yuan goes back.',
  ...more,
});
const asked = { transaction_data: [confirm()] };
const outcome = (claims: (request: AuthorizationRequest) => Record<string, unknown>, body: object = asked) =>
  asker.outcome(body, (request) => bindRaw(rawSdJwt(issuer), request, { claims: claims(request) }));
/** As a wallet that knows the type. */
const confirmed = (request: AuthorizationRequest) => ({
  ...transactionClaims(parseTransactionData(request.transaction_data, request.dcql_query), digestText),
});

describe('[MUST 10] transaction data', () => {
  it('goes out as base64url of the object, the same each time it is fetched', async () => {
    const { made, request } = await asker.begin(asked);
    const [encoded = ''] = request.transaction_data ?? [];
    expect(JSON.parse(Buffer.from(encoded, 'base64url').toString())).toEqual({
      ...confirm(),
      transaction_data_hashes_alg: ['sha-256'],
    });
    const again = await asker.begin(asked);
    expect(again.request.transaction_data).toEqual(request.transaction_data);
    expect(made.id).not.toBe(again.made.id);
  });

  it('is authorised by the hash over the text as received, in the KB-JWT [one], [two]', async () => {
    expect(await outcome(confirmed)).toEqual(told);
    const two = { transaction_data: [confirm(), confirm({ text_zh: '另一件事', text_en: 'Another matter' })] };
    expect(await outcome(confirmed, two)).toEqual(told);
  });

  const hash = (text: string | Buffer) => createHash('sha256').update(text).digest('base64url');
  const alg = { transaction_data_hashes_alg: 'sha-256' };
  it.each<[string, (request: AuthorizationRequest) => Record<string, unknown>]>([
    ['no hash', () => ({})],
    [
      'hash over what the text means',
      ({ transaction_data: [one = ''] = [] }) => ({
        transaction_data_hashes: [hash(Buffer.from(one, 'base64url'))],
        ...alg,
      }),
    ],
    ['hash of another text', () => ({ transaction_data_hashes: [hash('other')], ...alg })],
    [
      'a further hash',
      (request) => ({
        ...confirmed(request),
        transaction_data_hashes: [...(confirmed(request).transaction_data_hashes ?? []), hash('x')],
      }),
    ],
    [
      'no array',
      (request) => ({
        ...confirmed(request),
        transaction_data_hashes: confirmed(request).transaction_data_hashes?.[0],
      }),
    ],
    ['empty array', (request) => ({ ...confirmed(request), transaction_data_hashes: [] })],
    ['algorithm not named', (request) => ({ ...confirmed(request), transaction_data_hashes_alg: undefined })],
    ['another algorithm', (request) => ({ ...confirmed(request), transaction_data_hashes_alg: 'sha-512' })],
  ])('is refused without exactly that [%s]', async (_, claims) => {
    expect(await outcome(claims)).toBe('transaction-not-confirmed');
  });

  it('one of two is not both, and what nobody asked for is not signed', async () => {
    const two = { transaction_data: [confirm(), confirm({ text_zh: '另一件事', text_en: 'Another matter' })] };
    const first = (request: AuthorizationRequest) => ({
      transaction_data_hashes: [digestText(request.transaction_data?.[0] ?? '')],
      ...alg,
    });
    expect(await outcome(first, two)).toBe('transaction-not-confirmed');
    expect(await outcome(() => ({ transaction_data_hashes: [hash('x')] }), {})).toBe('transaction-not-confirmed');
  });

  it('an answer without the credential that authorises is refused, with it taken', async () => {
    const dcql_query = {
      credentials: [...sdJwtQuery({ id: 'a' }).credentials, ...sdJwtQuery({ id: 'b' }).credentials],
      credential_sets: [{ options: [['a'], ['b']] }],
    };
    const transaction_data = [confirm({ credential_ids: ['a'] })];
    const send = async (id: string) => {
      const { made, request } = await asker.begin({ dcql_query, transaction_data });
      const claims = id === 'a' ? confirmed(request) : {};
      await answer(request, { [id]: [bindRaw(rawSdJwt(issuer), request, { claims })] });
      return asker.read(made.id);
    };
    expect(await send('a')).toMatchObject({ verdict: 'accepted' });
    const without = await send('b');
    expect(without).toMatchObject({ verdict: 'rejected', reason: 'transaction-not-confirmed' });
    expect(without).not.toHaveProperty('claims');
  });

  it.each<[string, number, string, object]>([
    ['unknown type', 400, 'input-invalid', { transaction_data: [confirm({ type: 'urn:other:1' })] }],
    ['no text', 400, 'input-invalid', { transaction_data: [confirm({ text_zh: '' })] }],
    ['text too long', 400, 'input-invalid', { transaction_data: [confirm({ text_en: 'x'.repeat(501) })] }],
    ['empty', 400, 'input-invalid', { transaction_data: [] }],
    ['two credentials', 400, 'input-invalid', { transaction_data: [confirm({ credential_ids: ['id', 'id2'] })] }],
    ['a further member', 400, 'input-invalid', { transaction_data: [confirm({ amount: 1 })] }],
    ['unknown credential', 422, 'transaction-data-invalid', { transaction_data: [confirm({ credential_ids: ['x'] })] }],
    [
      'text with a hidden mark',
      422,
      'transaction-data-invalid',
      { transaction_data: [confirm({ text_en: 'a\u202Eb' })] },
    ],
    ['twice the same', 422, 'transaction-data-invalid', { transaction_data: [confirm(), confirm()] }],
    ['an mdoc', 422, 'transaction-data-invalid', { ...asked, dcql_query: mdocQuery() }],
    ['several', 422, 'transaction-data-invalid', { ...asked, dcql_query: sdJwtQuery({ multiple: true }) }],
    [
      'no holder',
      422,
      'transaction-data-invalid',
      { ...asked, dcql_query: sdJwtQuery({ require_cryptographic_holder_binding: false }) },
    ],
  ])('cannot be asked for [%s]', async (_, status, code, body) => {
    expect(await asker.refusal({ dcql_query: sdJwtQuery(), ...body })).toEqual([status, code]);
  });

  it('a wallet that does not know the type says so, and the verdict is no other', async () => {
    const { made, request } = await asker.begin(asked);
    await post(request, { error: 'invalid_transaction_data', state: request.state ?? '' });
    expect(await asker.read(made.id)).toMatchObject({ verdict: 'rejected', reason: 'wallet-error' });
  });

  it('no text is in the audit or the log', async () => {
    await outcome(confirmed);
    const { rows } = await verifier.database.run.raw('SELECT row_text FROM audit');
    const audit = rows.map((entry: { row_text: string }) => entry.row_text).join('\n');
    for (const text of [audit, verifier.logLines.join('\n')]) {
      expect(text).not.toContain('退宿');
      expect(text).not.toContain(disclosureOf('name', '测试·学生'));
    }
  });
});
