import { createPublicKey, type KeyObject, verify as nodeVerify, sign } from 'node:crypto';
import { CustodyError, createFileCustody, type KeyCustody } from '@lanyard/platform';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createForeignWallet } from '../../../e2e/foreign-wallets/openid4vc-wallet.js';
import { PERSON_KEPT_DAYS } from '../../src/domain/retention/rules.js';
import { type Claimed, claimAt, errorOf, requestBody, roster } from './support/claim.js';
import { CERTIFICATE, HOURS, openDocumentDesk } from './support/issue-documents.js';
import { codeOf, createSoftwareWallet, generateKeyPair, payloadOf, type Tokens } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
let act: ReturnType<typeof openDocumentDesk>;
let away = false;
/** Another student for each test. */
let students = 0;
const NUMBERS = roster
  .toString('utf8')
  .split('\n')
  .flatMap((line) => (line.includes(',在籍在读,') ? (/20\d{10}(?=,)/.exec(line) ?? []) : []));

/** A signer that can be stopped between writing and signing. */
const removable = (custody: KeyCustody): KeyCustody => ({
  ...custody,
  signer(handle) {
    const made = custody.signer(handle);
    return (
      made &&
      ((data) => {
        if (away) throw new CustodyError('pkcs11-failed', 'CKR_DEVICE_REMOVED');
        return made(data);
      })
    );
  },
});

beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080', { custody: (store) => removable(createFileCustody(store)) });
  act = openDocumentDesk(issuer);
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
}, 60_000);
afterAll(() => issuer.close());

const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
function nextNumber(): string {
  students += 1;
  return NUMBERS[students] ?? '';
}
async function studentOf(): Promise<Claimed & { number: string }> {
  const number = nextNumber();
  return { number, ...(await claimAt(issuer, number)) };
}
const identifierOf = (document: { number: string }) => `document-sd-jwt.${document.number}`;
async function ask({ wallet, tokens }: Claimed, identifier: string, count = 3) {
  const { proofs } = await requestBody(wallet, 'document-sd-jwt', count);
  return wallet.call('/credential', tokens.access_token, { credential_identifier: identifier, proofs });
}
async function copies(of: Claimed, document: { number: string }, count = 3): Promise<string[]> {
  const answer = await ask(of, identifierOf(document), count);
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
  return credentials.map(({ credential }) => credential);
}
// biome-ignore lint/suspicious/noExplicitAny: what came over the wire, looked at by tests
const stateOf = async ({ wallet, tokens }: Claimed, query = ''): Promise<any> =>
  (await wallet.call(`/v1/holder/state${query}`, tokens.access_token)).json();
const change = async (number: string, kind: string, more: object = {}) =>
  expect(
    (
      await issuer.operator(`/v1/students/${number}/status-changes`, {
        body: { kind, effective_date: today(), document_number: '教〔2026〕7号', ...more },
      })
    ).status,
  ).toBe(201);

const sha256 = async (data: string | ArrayBuffer) =>
  new Uint8Array(
    await crypto.subtle.digest('SHA-256', typeof data === 'string' ? new TextEncoder().encode(data) : data),
  );
const check = (key: KeyObject) => (data: string, signature: string) =>
  nodeVerify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
/** What the library of others makes of a copy: its claims, or the word for what is wrong with its status. */
async function judged(compact: string, holder?: { privateKey: KeyObject }) {
  const { jwks } = (await (await fetch(`${issuer.url}/.well-known/jwt-vc-issuer`)).json()) as {
    jwks: { keys: object[] };
  };
  const byIssuer = async (data: string, signature: string) =>
    jwks.keys.some((jwk) => check(createPublicKey({ key: jwk as never, format: 'jwk' }))(data, signature));
  const words = ['valid', 'revoked', 'suspended'];
  const instance = new SDJwtVcInstance({
    ...{ verifier: byIssuer, statusVerifier: byIssuer, hasher: sha256, hashAlg: 'sha-256', kbSignAlg: 'ES256' },
    kbSigner: (data: string) =>
      sign('sha256', Buffer.from(data), { key: holder!.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
    kbVerifier: (data: string, signature: string, payload: { cnf?: { jwk?: object } }) =>
      check(createPublicKey({ key: payload.cnf?.jwk as never, format: 'jwk' }))(data, signature),
    statusListFetcher: async (uri: string) =>
      (await fetch(uri, { headers: { Accept: 'application/statuslist+jwt' } })).text(),
    statusValidator: async (status: number) => {
      if (status !== 0) throw new Error(words[status]);
    },
  } as never);
  if (holder === undefined) {
    return instance.verify(compact).then(
      ({ payload }) => payload as Record<string, unknown>,
      (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message),
    );
  }
  const nonce = 'nonce-of-a-stranger';
  const shown = await instance.present(compact, { kind: true, title: true, facts: true } as never, {
    kb: { payload: { iat: Math.floor(Date.now() / 1000), aud: 'https://embassy.example', nonce } },
  });
  return (await instance.verify(shown, { keyBindingNonce: nonce } as never)).payload as Record<string, unknown>;
}
const statusOf = async (compact: string) => {
  const seen = await judged(compact);
  return typeof seen === 'string' ? seen : 'valid';
};

describe('a document that a case issues', () => {
  it('is told to the wallet that waits, and comes in three copies that say what the paper says', async () => {
    const student = await studentOf();
    const before = await stateOf(student);
    expect(before).toMatchObject({ documents: [], refresh_after: null });
    const waiting = stateOf(student, `?after=${before.version}&wait=20`);
    const made = await act(student.number, CERTIFICATE);
    expect((await waiting).documents).toEqual([identifierOf(made)]);
    const got = await copies(student, made);
    const [seen] = await Promise.all(got.map((one) => judged(one)));
    expect(seen).toMatchObject({
      ...{ vct: 'urn:lanyard:document:1', iss: issuer.url, document_number: made.number, kind: CERTIFICATE.document },
      ...{ title: CERTIFICATE.title, university_code: '4199090001', university_name: '示例大学' },
      ...{ student_number: student.number, issued_on: today() },
    });
    const { facts } = seen as { facts: { title: { en: string }; value: { en: string } }[] };
    expect(facts.map(({ title, value }) => [title.en, value.en])).toEqual([
      ['College', expect.any(String)],
      ['Enrolment status', 'enrolled'],
      ['Purpose', 'Visa'],
    ]);
    const entries = got.map((one) => JSON.stringify((payloadOf(one) as { status?: unknown }).status));
    expect(new Set(entries).size).toBe(3);
    // Neither counted as student IDs nor a reason to obtain those anew.
    expect(await stateOf(student)).toMatchObject({ copies: { 'student-id-sd-jwt': 0 }, refresh_after: null });
  });
  it('is shown in part and bound to its holder, by a library of others', async () => {
    const student = await studentOf();
    const made = await act(student.number, HOURS);
    const key = generateKeyPair();
    const proofs = { jwt: [student.wallet.proof(key, await student.wallet.nonce())] };
    const answer = await student.wallet.call('/credential', student.tokens.access_token, {
      ...{ credential_identifier: identifierOf(made), proofs },
    });
    const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
    const told = await judged(credentials[0]!.credential, key);
    expect(told).toMatchObject({ kind: 'volunteer-hours', facts: HOURS.case_facts });
    for (const hidden of ['name', 'student_number', 'document_number']) expect(told).not.toHaveProperty(hidden);
    // It lives no longer than the paper.
    const { exp } = payloadOf(credentials[0]!.credential) as { exp: number };
    expect(Math.abs(exp - Date.now() / 1000 - 3 * 86_400)).toBeLessThan(120);
  });
  it.each([
    ['of another student', async () => identifierOf(await act((await studentOf()).number, HOURS))],
    ['that nobody has', async () => 'document-sd-jwt.2026-999999'],
    ['of another year', async (own: { number: string }) => `document-sd-jwt.1999${own.number.slice(4)}`],
    ['without a number', async () => 'document-sd-jwt.current'],
  ])('is refused by the identifier of one %s', async (_, wrong) => {
    const student = await studentOf();
    const own = await act(student.number, HOURS);
    const answer = await ask(student, await wrong(own), 1);
    expect(answer.status).toBe(400);
    expect(['unknown_credential_identifier']).toContain(await errorOf(answer));
  });
  it('is not asked for by its configuration, nor in more than three copies', async () => {
    const student = await studentOf();
    const own = await act(student.number, HOURS);
    const byConfiguration = await student.wallet.call(
      '/credential',
      student.tokens.access_token,
      await requestBody(student.wallet, 'document-sd-jwt'),
    );
    expect(await errorOf(byConfiguration)).toBe('unknown_credential_configuration');
    expect(await errorOf(await ask(student, identifierOf(own), 4))).toBe('invalid_credential_request');
  });
});

describe('the end of a document', () => {
  it('revokes its copies with it, gives no new ones, and leaves others alone', async () => {
    const student = await studentOf();
    const [ended, other] = [await act(student.number, CERTIFICATE), await act(student.number, HOURS)];
    const [gone] = await copies(student, ended);
    const [kept] = await copies(student, other);
    const path = `/v1/case-documents/${ended.number}/revoke`;
    expect((await issuer.operator(path, { body: { reason_code: 'data-error' } })).status).toBe(204);
    expect(await statusOf(gone!)).toContain('revoked');
    expect(await statusOf(kept!)).toBe('valid');
    expect(await errorOf(await ask(student, identifierOf(ended)))).toBe('credential_request_denied');
    expect((await stateOf(student)).documents).toEqual([identifierOf(other)]);
  });
  it('comes with the end of what it says, and what says less goes on', async () => {
    const student = await studentOf();
    const [certificate, hours] = [await act(student.number, CERTIFICATE), await act(student.number, HOURS)];
    const [untrue] = await copies(student, certificate);
    const [still] = await copies(student, hours);
    await change(student.number, 'graduation');
    expect(await statusOf(untrue!)).toContain('revoked');
    expect(await statusOf(still!)).toBe('valid');
    expect((await stateOf(student)).documents).toEqual([identifierOf(hours)]);
    expect(await errorOf(await ask(student, identifierOf(certificate)))).toBe('credential_request_denied');
    // Who has left still gets what stands, over the same line.
    expect(await copies(student, hours)).toHaveLength(3);
  });
  it('is taken back with a leave, by new copies: revoked entries stay revoked', async () => {
    const student = await studentOf();
    const certificate = await act(student.number, CERTIFICATE);
    const [before] = await copies(student, certificate);
    await change(student.number, 'leave');
    expect((await stateOf(student)).documents).toEqual([]);
    await change(student.number, 'return');
    expect((await stateOf(student)).documents).toEqual([identifierOf(certificate)]);
    expect(await statusOf(before!)).toContain('revoked');
    const [after] = await copies(student, certificate);
    expect(await statusOf(after!)).toBe('valid');
  });
  it('is no end for the paper where a phone is lost: copies are suspended, and nothing is told to wallets', async () => {
    const student = await studentOf();
    const hours = await act(student.number, HOURS);
    const [copy] = await copies(student, hours);
    const hold = (verb: string) =>
      issuer.operator(`/v1/students/${student.number}/${verb}`, { body: { reason_code: 'lost-phone' } });
    expect((await hold('suspend')).status).toBeLessThan(300);
    expect(await statusOf(copy!)).toContain('suspended');
    expect((await stateOf(student)).documents).toBeNull();
    expect(await errorOf(await ask(student, identifierOf(hours)))).toBe('credential_request_denied');
    expect((await hold('reinstate')).status).toBeLessThan(300);
    expect(await statusOf(copy!)).toBe('valid');
  });
  it('is not that of a change of study: a document says what was so on its day', async () => {
    const student = await studentOf();
    const hours = await act(student.number, HOURS);
    const [copy] = await copies(student, hours);
    await change(student.number, 'study-change', { facts: { major: '英语' } });
    expect(await statusOf(copy!)).toBe('valid');
  });
});

describe('the list of a student’s documents', () => {
  const listOf = (number: string) => issuer.operator(`/v1/students/${number}/documents`);
  it('tells staff what was issued, the newest first, and nothing of what it says', async () => {
    const number = nextNumber();
    const [first, second] = [await act(number, CERTIFICATE), await act(number, HOURS)];
    expect(
      (await issuer.operator(`/v1/case-documents/${first.number}/revoke`, { body: { reason_code: 'data-error' } }))
        .status,
    ).toBe(204);
    const text = await (await listOf(number)).text();
    const { documents } = JSON.parse(text) as { documents: object[] };
    expect(documents).toMatchObject([
      { number: second.number, state: 'valid', title: { en: 'Certificate of volunteer hours' }, issued_on: today() },
      { number: first.number, state: 'revoked' },
    ]);
    expect(text).not.toMatch(new RegExp(`签证|${number}`));
  });
  it('is empty for who has none, and nobody’s for who is not there [open]', async () => {
    expect(await (await listOf(nextNumber())).json()).toEqual({ documents: [] });
    expect((await listOf('1')).status).toBe(404);
    expect((await fetch(`${issuer.url}/v1/students/1/documents`)).status).toBe(401);
  });
});

describe('a token', () => {
  it('names the documents there are where credentials go by identifier, and again when it is refreshed', async () => {
    const number = nextNumber();
    const body = { student_number: number };
    const offer = (await (await issuer.operator('/v1/credential-offers', { body })).json()) as { tx_code: string };
    const wallet = createSoftwareWallet(issuer.url);
    const details = [
      { type: 'openid_credential', credential_configuration_id: 'student-id-sd-jwt', locations: [issuer.url] },
    ];
    type Granted = Tokens & { authorization_details: { credential_identifiers: string[] }[] };
    const namedBy = ({ authorization_details }: Granted) =>
      authorization_details.map(({ credential_identifiers }) => credential_identifiers);
    const first = (await (
      await wallet.token(codeOf(offer as never), offer.tx_code, true, {
        authorization_details: JSON.stringify(details),
      })
    ).json()) as Granted;
    expect(namedBy(first)).toEqual([['student-id-sd-jwt.current']]);
    const made = [await act(number, HOURS), await act(number, CERTIFICATE)];
    const next = (await (await wallet.refresh(first.refresh_token ?? '')).json()) as Granted;
    expect(namedBy(next)).toEqual([['student-id-sd-jwt.current'], made.map(identifierOf).reverse()]);
    expect(await copies({ wallet, tokens: next }, made[0]!)).toHaveLength(3);
  });
  it('of an offer of documents alone serves a wallet of other people’s making', async () => {
    const student = await studentOf();
    const offer = (await (
      await issuer.operator('/v1/credential-offers', {
        body: { student_number: student.number, configuration_ids: ['document-sd-jwt'] },
      })
    ).json()) as { code: string };
    expect(offer.code).toBe('student-not-eligible');
    const made = await act(student.number, HOURS);
    const offered = (await (
      await issuer.operator('/v1/credential-offers', {
        body: { student_number: student.number, configuration_ids: ['document-sd-jwt'] },
      })
    ).json()) as { credential_offer_uri: string; tx_code: string };
    const foreign = createForeignWallet();
    await foreign.claimIdentified(offered.credential_offer_uri, offered.tx_code);
    expect(foreign.copies).toHaveLength(1);
    expect(await judged(foreign.copies[0]!.credential)).toMatchObject({ document_number: made.number });
  });
});

it('a process that dies between writing and signing leaves entries that no copy uses, and signs nothing unwritten', async () => {
  const student = await studentOf();
  const made = await act(student.number, HOURS);
  away = true;
  expect((await ask(student, identifierOf(made))).status).toBe(503);
  away = false;
  const got = await copies(student, made);
  const { rows } = await issuer.database.run.raw(
    `SELECT list_id, list_index FROM credential c JOIN student s ON s.id = c.student_id
     WHERE s.student_number = ? AND c.document_id IS NOT NULL`,
    [student.number],
  );
  const written = rows.map((row: { list_id: number; list_index: number }) => `${row.list_id} ${row.list_index}`);
  const signed = got.map((one) => {
    const { uri, idx } = (payloadOf(one) as never as { status: { status_list: { uri: string; idx: number } } }).status
      .status_list;
    return `${uri.slice(uri.lastIndexOf('/') + 1)} ${idx}`;
  });
  expect(written).toHaveLength(6);
  expect(written).toEqual(expect.arrayContaining(signed));
});

it('goes with the person years after leaving, its copies before it', async () => {
  const student = await studentOf();
  await copies(student, await act(student.number, HOURS));
  await change(student.number, 'withdrawal');
  const count = async () =>
    (await issuer.database.run.raw('SELECT count(*)::int AS n FROM student WHERE student_number = ?', [student.number]))
      .rows[0].n;
  const leftDaysAgo = (days: number) =>
    issuer.database.run.raw(
      "UPDATE status_change SET effective_date = current_date - ?::int WHERE kind = 'withdrawal'",
      [days],
    );
  for (const [days, left] of [
    [PERSON_KEPT_DAYS.withdrawn - 2, 1],
    [PERSON_KEPT_DAYS.withdrawn + 2, 0],
  ] as const) {
    await leftDaysAgo(days);
    await issuer.seal();
    await issuer.retain();
    expect(await count()).toBe(left);
  }
});

it('holds no more than twelve living copies of one document in one wallet: the oldest are revoked', async () => {
  const student = await studentOf();
  const [made, other] = [await act(student.number, HOURS), await act(student.number, CERTIFICATE)];
  const [first] = await copies(student, made);
  const [beside] = await copies(student, other);
  for (let batch = 0; batch < 4; batch += 1) await copies(student, made);
  expect(await statusOf(first!)).toContain('revoked');
  expect(await statusOf(beside!)).toBe('valid');
});
