import { createHash, randomBytes } from 'node:crypto';
import { STUDENT_ID_VCT } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Callback, claimsOf, startCallback, toldBy } from '../support/callback-server.js';
import { startRailway } from '../support/rail-counter.js';
import { until } from '../support/start-verifier.js';
import { answer, fetchRequest, post, presentFor } from '../support/wallet.js';
import { claimWallet, type HeldWallet, type Pair, passAt, STUDENT, startPair } from './support.js';

/** Values nobody else has, planted in the register; none may turn up in what leaves the services or is logged. */
const CANARY = {
  name: '金丝雀·试验',
  name_latin: 'JINSIQUE CANARY',
  birth_date: '2004-02-29',
  ethnicity: '鄂伦春族',
  class: '金丝雀2301班',
  counsellor: 'CANARY7788',
  phone: '19900007788',
  email: 'canary7788@example.edu.cn',
};
const ANSWER_FIELDS = [
  ...[
    'id',
    'purpose',
    'at',
    'result',
    'valid_until',
    'reason',
    'title_zh',
    'title_en',
    'claims',
    'receipt',
    'entitlement',
  ],
];
const AGREED_CLAIMS = ['interval', 'level'];
let pair: Pair;
let student: HeldWallet;
let identityNumber: string;
let callback: Callback;
const CALLBACK_PORT = 7410;
/** Fields of an event's data, by kind: ids and codes alone. */
const EVENT_FIELDS: Record<string, readonly string[]> = {
  'callback.test': [],
  'check.answered': ['check'],
  'check.ended': ['check', 'reason'],
  'use.expired': ['use'],
  'use.redeemed': ['use', 'checkpoint'],
  'use.refunded': ['use', 'checkpoint'],
  'consent.revoked': ['check'],
  'partner.changed': ['changed'],
  'eligibility.ended': ['check'],
};
let token: string;
const partner = generateKeyPair();
/** Everything that was answered to somebody outside the register's own staff, as text. */
const given: { where: string; text: string }[] = [];
const keep = (where: string, text: string) => {
  given.push({ where, text });
  return text;
};

beforeAll(async () => {
  pair = await startPair(7930, { LANYARD_FETCH_ALLOW: `localhost:${CALLBACK_PORT}` });
  callback = await startCallback(CALLBACK_PORT);
  // Straight into the register: the roster would refuse some of them.
  await pair.issuer.database.run.raw(
    'UPDATE student SET name = ?, name_latin = ?, birth_date = ?, ethnicity = ?, class = ?, counsellor_staff_number = ? WHERE student_number = ?',
    [
      ...[CANARY.name, CANARY.name_latin, CANARY.birth_date, CANARY.ethnicity, CANARY.class, CANARY.counsellor],
      STUDENT,
    ],
  );
  student = await claimWallet(pair.issuer, STUDENT);
  const copy = (await (await student.call('/v1/holder/exports', {})).json()) as {
    register: { identity_document: { number: string } };
  };
  identityNumber = copy.register.identity_document.number;
  const { verifier } = pair;
  await until(async () => (await verifier.verify({ code: student.portable() })).verdict === 'accepted');
  await until(
    async () => (await verifier.verify({ code: student.gateCode(), checkpoint: 'south-gate' })).verdict === 'accepted',
  );
}, 120_000);
afterAll(async () => {
  await callback?.close();
  await pair?.close();
});

const callbackTo = () => ({ url: callback.url, events: Object.keys(EVENT_FIELDS) });
async function register(more: object = {}): Promise<void> {
  const registration = { keys: [partner.jwk], purposes: ['rail-discount'], claims: AGREED_CLAIMS, sandbox: false };
  const body = { name_zh: '铁路', name_en: 'Railway', checks_per_minute: 1_000, ...registration, ...more };
  const whole = { ...body, match_passenger: true, follow_up: true, callback: callbackTo() };
  expect((await pair.verifier.operator('/v1/partners/rail', { method: 'PUT', body: whole })).status).toBe(200);
}

async function partnerToken(): Promise<string> {
  const { verifier } = pair;
  await register();
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'rail', sub: 'rail', aud: `${verifier.url}/partner`, jti: randomBytes(16).toString('hex') };
  const assertion = await new SignJWT({ ...claims, iat: now, exp: now + 60 })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(partner.privateKey);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  const answered = await fetch(`${verifier.url}/partner/v1/token`, { method: 'POST', body: form });
  return (JSON.parse(keep('partner token', await answered.text())) as { access_token: string }).access_token;
}

/** Texts that must be nowhere: each value, and what a careless program makes of it. */
function forms(): [string, string][] {
  const values = { ...CANARY, student_number: STUDENT, identity_number: identityNumber };
  return Object.entries(values).flatMap(([field, value]) => [
    [field, value],
    [`${field} in a URL`, encodeURIComponent(value)],
    [`${field} in base64url`, Buffer.from(value).toString('base64url')],
    [`${field} in hex`, Buffer.from(value).toString('hex')],
    [`SHA-256 of ${field}`, createHash('sha256').update(value).digest('hex')],
    [`SHA-256 of ${field} in base64url`, createHash('sha256').update(value).digest('base64url')],
  ]);
}
/** Receipts and events are JWS: what header and payload say counts as said. */
const opened = (text: string): string =>
  text +
  (text.match(/eyJ[\w-]+\.eyJ[\w-]+/g) ?? [])
    .flatMap((jws) => jws.split('.').map((part) => Buffer.from(part, 'base64url')))
    .join('\n');
const headers = () => ({ Authorization: `Bearer ${token}`, 'Idempotency-Key': randomBytes(8).toString('hex') });
const payloadOf = (jws: string) =>
  JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
/** Everything a receipt may say, whoever it is about. */
const RECEIPT_FIELDS = [
  ...[
    'iss',
    'aud',
    'jti',
    'iat',
    'sub',
    'purpose',
    'result',
    'valid_until',
    'reason',
    'claims',
    'consent',
    'passenger',
  ],
];
function expectAgreedReceipt(jws: string): void {
  const receipt = payloadOf(jws);
  expect(Object.keys(receipt).filter((field) => !RECEIPT_FIELDS.includes(field))).toEqual([]);
  expect(Object.keys(receipt['claims'] ?? {}).filter((claim) => !AGREED_CLAIMS.includes(claim))).toEqual([]);
  keep('partner receipt', JSON.stringify(receipt));
}

describe('nothing about a person leaves but what was agreed', () => {
  it('to a partner: fields of the list, claims of the agreement, in answer and receipt', async () => {
    token = await partnerToken();
    const check = await pair.verifier.call('/partner/v1/checks', {
      ...{ body: { purpose: 'rail-discount', code: student.portable() }, headers: headers() },
    });
    expect(check.status).toBe(201);
    const told = JSON.parse(keep('partner check', await check.text())) as Record<string, unknown> & { receipt: string };
    expect(Object.keys(told).filter((field) => !ANSWER_FIELDS.includes(field))).toEqual([]);
    expect(Object.keys(told['claims'] as object).filter((claim) => !AGREED_CLAIMS.includes(claim))).toEqual([]);
    expectAgreedReceipt(told.receipt);
    // The partner itself sends a name and a number: neither comes back, nor stays.
    const passenger = await pair.verifier.call(`/partner/v1/checks/${String(told['id'])}/passenger`, {
      body: { name: CANARY.name, document_number: identityNumber },
      headers: headers(),
    });
    expect(JSON.parse(keep('passenger', await passenger.text()))).toEqual({ passenger: 'match' });
    const use = await pair.verifier.call(`/partner/v1/checks/${String(told['id'])}/uses`, {
      body: {
        ...{ travel_date: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10), seat_class: 'emu-second' },
        ...{ ...(told['claims'] as { interval: object }).interval, charged_fen: 10_000, published_fen: 10_000 },
      },
      headers: headers(),
    });
    keep('partner use', await use.text());
    expect(use.status).toBe(201);
    for (const path of ['/partner/v1/openapi.json', '/partner/v1/receipt-keys'])
      keep(path, await (await fetch(`${pair.verifier.url}${path}`)).text());
    // A code that is refused tells no more than one that is not.
    const refused = await pair.verifier.call('/partner/v1/checks', {
      ...{ body: { purpose: 'rail-discount', code: 'LYP1:NONSENSE' }, headers: headers() },
    });
    keep('refused check', await refused.text());
  });

  it('at gates and desks: a verdict, and in passages a row', async () => {
    for (const body of [
      { code: student.gateCode(), checkpoint: 'south-gate' },
      { code: student.portable(), purpose: 'student-status' },
      { code: 'LYG1:NONSENSE', checkpoint: 'south-gate' },
    ])
      keep('verification', JSON.stringify(await pair.verifier.verify(body)));
    await passAt(pair.verifier, 'south-gate', [student.row]);
    await pair.verifier.verifier.flushCounts();
    for (const path of ['/v1/live', '/v1/checkpoints/south-gate/counts', '/v1/fleet', '/v1/audit', '/v1/partners'])
      keep(path, await (await pair.verifier.operator(path)).text());
  });

  it('at a counter: what the partner is told of, a trip used and one given back', async () => {
    const rail = await startRailway(pair.verifier);
    await rail.register({ callback: callbackTo() });
    expect((await rail.put('counter')).status).toBe(201);
    const clerk = await rail.clerk();
    const { body: shown } = await clerk.scan('counter', student.gateCode());
    for (const answered of [await clerk.use(shown.tap), await clerk.refund(shown.tap)]) {
      keep('counter', JSON.stringify(answered.body));
      expect(answered.status).toBe(200);
    }
    token = await partnerToken();
  });

  it('in a presentation: what was asked for and nothing beside it', async () => {
    const { reader } = (await (await fetch(`${pair.issuer.url}/v1/anchors`)).json()) as { reader: string[] };
    const credential = { id: 'id', format: 'dc+sd-jwt', meta: { vct_values: [STUDENT_ID_VCT] } };
    const body = { dcql_query: { credentials: [{ ...credential, claims: [{ path: ['level'] }] }] } };
    const made = (await (await pair.verifier.operator('/v1/presentation-requests', { body })).json()) as {
      id: string;
      authorization_request: string;
    };
    const request = await fetchRequest(made.authorization_request, Buffer.from(reader[0] ?? '', 'base64'));
    const held = { pair: student.studentId.pair, compact: student.studentId.credential };
    expect((await answer(request, { id: [presentFor(request, held)] })).status).toBe(200);
    const read = await (await pair.verifier.operator(`/v1/presentation-requests/${made.id}`)).text();
    keep('presentation result', read);
    expect(Object.keys((JSON.parse(read) as { claims: object }).claims)).toEqual(['level']);
  });

  it('to a partner\u2019s callback: ids of its own, in body, headers, address and outbox', async () => {
    const { verifier, issuer } = pair;
    const { run } = verifier.database;
    const call = async (where: string, path: string, body?: object) => {
      const answered = await verifier.call(path, { ...(body === undefined ? {} : { body }), headers: headers() });
      const text = keep(where, await answered.text());
      return { status: answered.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> };
    };
    const asked = async () => {
      const { body } = await call('check request', '/partner/v1/check-requests', { purpose: 'rail-discount' });
      return { id: body['id'] ?? '', request: await fetchRequest(body['authorization_request'] ?? '', root) };
    };
    const { reader } = (await (await fetch(`${issuer.url}/v1/anchors`)).json()) as { reader: string[] };
    const root = Buffer.from(reader[0] ?? '', 'base64');

    expect((await call('callback test', '/partner/v1/callback/test', {})).status).toBe(202);
    const shown = await asked();
    const held = { pair: student.studentId.pair, compact: student.studentId.credential };
    expect((await answer(shown.request, { student_id: [presentFor(shown.request, held)] })).status).toBe(200);
    const read = await call('answered request', `/partner/v1/check-requests/${shown.id}`);
    expectAgreedReceipt((read.body['check'] as unknown as { receipt: string }).receipt);
    const declined = await asked();
    await post(declined.request, { error: 'access_denied', state: String(declined.request.state) });
    expect((await call('ended request', `/partner/v1/check-requests/${declined.id}`)).body['state']).toBe('ended');
    await run.raw("UPDATE entitlement_use SET reserved_until = now() - interval '1 second' WHERE state = 'reserved'");
    await verifier.verifier.sweep();
    await run.raw("UPDATE partner_follow_up SET look_at = now() - interval '1 second'");
    await issuer.operator(`/v1/students/${STUDENT}/status-changes`, {
      body: { kind: 'leave', effective_date: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10) },
    });
    await verifier.verifier.partners.work();
    keep('consent revoked', await (await student.call('/v1/holder/partner-consents/rail/revoke', {})).text());
    await register({ checks_per_day: 77 });

    await verifier.verifier.partners.work();
    expect(new Set(toldBy(callback).map(([kind]) => kind))).toEqual(new Set(Object.keys(EVENT_FIELDS)));
    for (const [kind, data] of toldBy(callback))
      expect([kind, Object.keys(data ?? {}).filter((field) => !EVENT_FIELDS[kind]?.includes(field))]).toEqual([
        kind,
        [],
      ]);
    for (const one of callback.received) {
      expect(claimsOf(one)).not.toHaveProperty('sub');
      keep('webhook address', one.url);
      keep('webhook headers', one.headers);
      keep('webhook body', one.body);
      keep('webhook body, opened', JSON.stringify(payloadOf(one.body)));
    }
    const { rows } = await run.raw('SELECT x::text AS row FROM partner_event AS x');
    expect(rows.length).toBeGreaterThanOrEqual(Object.keys(EVENT_FIELDS).length);
    for (const { row } of rows as { row: string }[]) keep('outbox row', row);
  });

  it('in metrics and public addresses', async () => {
    for (const { url } of [pair.issuer, pair.verifier])
      for (const path of ['/metrics', '/healthz', '/readyz'])
        keep(`${url}${path}`, await (await fetch(url + path)).text());
    for (const path of ['/status-lists', '/pass-keys', '/pass-lists', '/.well-known/openid-credential-issuer'])
      keep(path, await (await fetch(`${pair.issuer.url}${path}`)).text());
    for (const path of ['/v1/checkpoint-names', '/v1/checkpoint-keys', '/v1/reasons'])
      keep(path, await (await fetch(`${pair.verifier.url}${path}`)).text());
  });

  it('in a log line of either service', () => {
    keep('issuer log', pair.issuer.logLines.join('\n'));
    keep('verifier log', pair.verifier.logLines.join('\n'));
    expect(pair.issuer.logLines.length).toBeGreaterThan(20);
  });

  it('in any table of the verifier', async () => {
    const { run } = pair.verifier.database;
    const { rows } = await run.raw(
      "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'verifier'",
    );
    for (const { t } of rows as { t: string }[]) {
      const found = await run.raw(`SELECT string_agg(x::text, ' ') AS all FROM ${t} AS x`);
      keep(`table ${t}`, String(found.rows[0]?.all ?? ''));
    }
  });

  it('so that no canary is found in any of it, as it is, encoded or hashed', () => {
    expect(given.length).toBeGreaterThan(60);
    const found = given.flatMap(({ where, text }) => {
      const said = opened(text);
      return forms()
        .filter(([, form]) => said.includes(form))
        .map(([what]) => `${what} in ${where}`);
    });
    expect(found).toEqual([]);
  });

  it('and a planted one would be found [as it is] [in a receipt or an event]', () => {
    const receipt = `eyJhbGciOiJFUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: STUDENT })).toString('base64url')}.AAAA`;
    for (const text of [`name ${CANARY.name}`, receipt])
      expect(forms().some(([, form]) => opened(text).includes(form))).toBe(true);
  });
});
