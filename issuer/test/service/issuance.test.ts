import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  codeOf,
  createSoftwareWallet,
  dpopProof,
  generateKeyPair,
  payloadOf,
  type Tokens,
} from './support/software-wallet.js';
import { OPERATOR_TOKEN, startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const NUMBER = '202301000001';

beforeAll(async () => {
  issuer = await startIssuer();
  const imported = await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  expect(imported.status).toBe(201);
});
afterAll(() => issuer.close());

const offerFor = async (number = NUMBER, more: object = {}) => {
  const answer = await issuer.operator('/v1/credential-offers', { body: { student_number: number, ...more } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as never as { tx_code: string; credential_offer_uri: string; credential_offer: never };
};
const claim = async (number = NUMBER) => {
  const wallet = createSoftwareWallet(issuer.url);
  const offer = await offerFor(number);
  const answer = await wallet.token(codeOf(offer), offer.tx_code);
  expect(answer.status).toBe(200);
  return { wallet, tokens: (await answer.json()) as Tokens };
};
const issue = async (
  wallet: ReturnType<typeof createSoftwareWallet>,
  token: string,
  configuration: string,
  count: number,
) => {
  const nonce = await wallet.nonce();
  const jwt = Array.from({ length: count }, () => wallet.proof(generateKeyPair(), nonce));
  return wallet.call('/credential', token, { credential_configuration_id: configuration, proofs: { jwt } });
};
const errorOf = async (answer: Response) => ((await answer.json()) as { error: string }).error;

it('issues a batch of ten student IDs and eight passes to a wallet that knows code and transaction code', async () => {
  const { wallet, tokens } = await claim();
  expect(tokens.token_type).toBe('DPoP');
  const ids = await issue(wallet, tokens.access_token, 'student-id-sd-jwt', 10);
  expect(ids.status).toBe(200);
  const { credentials } = (await ids.json()) as { credentials: { credential: string }[] };
  expect(credentials).toHaveLength(10);
  const indices = credentials.map(
    ({ credential }) =>
      (payloadOf(credential) as never as { status: { status_list: { idx: number } } }).status.status_list.idx,
  );
  expect(new Set(indices).size).toBe(10);
  const passes = await issue(wallet, tokens.access_token, 'student-pass', 8);
  expect(passes.status).toBe(200);
});

it('refuses a batch above the limit [student-pass, 9 proofs]', async () => {
  const { wallet, tokens } = await claim();
  const answer = await issue(wallet, tokens.access_token, 'student-pass', 9);
  expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_credential_request']);
});

it('lets one wrong transaction code pass and kills the offer at the fifth [MUST 20]', async () => {
  const wallet = createSoftwareWallet(issuer.url);
  const offer = await offerFor();
  const wrong = offer.tx_code === '000000' ? '000001' : '000000';
  expect(await errorOf(await wallet.token(codeOf(offer), wrong))).toBe('invalid_grant');
  const second = await offerFor();
  for (let tries = 0; tries < 5; tries += 1)
    expect((await wallet.token(codeOf(second), second.tx_code === '000000' ? '000001' : '000000')).status).toBe(400);
  expect(await errorOf(await wallet.token(codeOf(second), second.tx_code))).toBe('invalid_grant');
  expect((await wallet.token(codeOf(offer), offer.tx_code)).status).toBe(200);
});

it('gives 40 parallel guesses no more than five tries [MUST 20]', async () => {
  const offer = await offerFor();
  const wallet = createSoftwareWallet(issuer.url);
  const wrong = offer.tx_code === '111111' ? '222222' : '111111';
  await Promise.all(Array.from({ length: 40 }, () => wallet.token(codeOf(offer), wrong)));
  const { rows } = await issuer.database.run.raw('SELECT max(tries) AS tries FROM credential_offer');
  expect(Number(rows[0].tries)).toBe(5);
});

it('redeems a code once [20 at the same time] [MUST 20]', async () => {
  const offer = await offerFor();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => createSoftwareWallet(issuer.url).token(codeOf(offer), offer.tx_code)),
  );
  expect(answers.filter((answer) => answer.status === 200).length).toBeLessThanOrEqual(1);
});

it('gives 200 parallel claims 200 credentials and no status index twice [MUST 24] [KNOWN 3]', async () => {
  const listed = (await (await issuer.operator('/v1/students?limit=200&enrolment_status=enrolled')).json()) as {
    students: { student_number: string }[];
  };
  const answers = await Promise.all(
    listed.students.map(async ({ student_number }) => {
      const { wallet, tokens } = await claim(student_number);
      return issue(wallet, tokens.access_token, 'student-id-sd-jwt', 1);
    }),
  );
  expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 200 }, () => 200));
  const seen = new Set<string>();
  for (const answer of answers) {
    const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
    const { uri, idx } = (
      payloadOf(credentials[0]!.credential) as never as { status: { status_list: { uri: string; idx: number } } }
    ).status.status_list;
    seen.add(`${uri} ${idx}`);
  }
  expect(seen.size).toBe(200);
}, 60_000);

it('refuses proofs of possession [used nonce, other audience, no typ, alg none, key twice, with iss, old] [MUST 14]', async () => {
  const { wallet, tokens } = await claim();
  const key = generateKeyPair();
  const ask = (jwt: string[]) =>
    wallet.call('/credential', tokens.access_token, { credential_configuration_id: 'student-pass', proofs: { jwt } });
  const nonce = await wallet.nonce();
  expect((await ask([wallet.proof(key, nonce)])).status).toBe(200);
  expect(await errorOf(await ask([wallet.proof(key, nonce)]))).toBe('invalid_nonce');
  const fresh = () => wallet.nonce();
  expect(
    await errorOf(await ask([wallet.proof(key, await fresh(), { payload: { aud: 'https://other.example' } })])),
  ).toBe('invalid_proof');
  expect(await errorOf(await ask([wallet.proof(key, await fresh(), { typ: 'JWT' })]))).toBe('invalid_proof');
  expect(await errorOf(await ask([wallet.proof(key, await fresh(), { payload: { iss: 'somebody' } })]))).toBe(
    'invalid_proof',
  );
  expect(await errorOf(await ask([wallet.proof(key, await fresh(), { payload: { iat: 1 } })]))).toBe('invalid_proof');
  const one = await fresh();
  expect(await errorOf(await ask([wallet.proof(key, one), wallet.proof(key, one)]))).toBe('invalid_proof');
  const [, payload] = wallet.proof(key, await fresh()).split('.');
  expect(await errorOf(await ask([`eyJhbGciOiJub25lIiwidHlwIjoib3BlbmlkNHZjaS1wcm9vZitqd3QifQ.${payload}.`]))).toBe(
    'invalid_proof',
  );
});

it('refuses access [no token, bearer use of a bound token, proof without ath, proof replayed, other key]', async () => {
  const { wallet, tokens } = await claim();
  const url = `${issuer.url}/v1/holder/state`;
  expect((await fetch(url)).status).toBe(401);
  expect((await fetch(url, { headers: { Authorization: `Bearer ${tokens.access_token}` } })).status).toBe(401);
  const proof = dpopProof(wallet.dpop, 'GET', url);
  expect((await fetch(url, { headers: { Authorization: `DPoP ${tokens.access_token}`, DPoP: proof } })).status).toBe(
    401,
  );
  const other = createSoftwareWallet(issuer.url);
  expect((await other.call('/v1/holder/state', tokens.access_token)).status).toBe(401);
  expect((await wallet.call('/v1/holder/state', tokens.access_token)).status).toBe(200);
});

it('rotates refresh tokens, gives a lost answer again, and ends the line when an old one comes back late', async () => {
  const { wallet, tokens } = await claim();
  const first = (await (await wallet.refresh(tokens.refresh_token ?? '')).json()) as Tokens;
  const again = (await (await wallet.refresh(tokens.refresh_token ?? '')).json()) as Tokens;
  expect((await wallet.refresh(first.refresh_token ?? '')).status).toBe(400);
  await issuer.database.run.raw(
    "UPDATE refresh_token SET used_at = used_at - interval '2 minutes' WHERE used_at IS NOT NULL",
  );
  expect((await wallet.refresh(tokens.refresh_token ?? '')).status).toBe(400);
  expect((await wallet.refresh(again.refresh_token ?? '')).status).toBe(400);
});

it('enrols a gate key with proof of possession and publishes it as full part and delta', async () => {
  const { wallet, tokens } = await claim('202305000002');
  const gate = generateKeyPair();
  const proof = wallet.proof(gate, await wallet.nonce(), { typ: 'lanyard-gate-key-proof+jwt' });
  const enrolled = await wallet.call('/v1/gate-keys', tokens.access_token, { proof });
  expect(enrolled.status).toBe(200);
  expect(((await enrolled.json()) as { link_key: string }).link_key).toHaveLength(22);
  const wrongTyp = wallet.proof(generateKeyPair(), await wallet.nonce());
  expect((await wallet.call('/v1/gate-keys', tokens.access_token, { proof: wrongTyp })).status).toBe(400);
  const again = wallet.proof(gate, await wallet.nonce(), { typ: 'lanyard-gate-key-proof+jwt' });
  expect((await wallet.call('/v1/gate-keys', tokens.access_token, { proof: again })).status).toBe(409);
  const full = await issuer.verifier.raw('/v1/people-part');
  const sequence = Number(full.headers.get('Lanyard-Sequence'));
  expect((await full.arrayBuffer()).byteLength).toBeGreaterThan(63);
  expect((await issuer.verifier.raw(`/v1/people-part?have=${sequence}`)).status).toBe(304);
  await issuer.operator('/v1/students/202305000002/suspend', { body: { reason_code: 'lost-phone' } });
  const delta = await issuer.verifier.raw(`/v1/people-part?have=${sequence}`);
  expect(Number(delta.headers.get('Lanyard-Sequence'))).toBe(sequence + 1);
  expect((await issue(wallet, tokens.access_token, 'student-pass', 1)).status).toBe(400);
  expect(
    (await issuer.operator('/v1/students/202305000002/suspend', { body: { reason_code: 'lost-phone' } })).status,
  ).toBe(409);
  expect(
    (await issuer.operator('/v1/students/202305000002/reinstate', { body: { reason_code: 'found' } })).status,
  ).toBe(200);
});

it('wakes the verifier and the wallet within a second of a suspension', async () => {
  const { wallet, tokens } = await claim('202305000003');
  const state = (await (await wallet.call('/v1/holder/state', tokens.access_token)).json()) as {
    version: number;
    credential_state: string;
  };
  expect(state.credential_state).toBe('valid');
  const { last } = await issuer.verifier.json<{ last: number }>('/v1/changes?after=0');
  const started = Date.now();
  const polls = Promise.all([
    issuer.verifier.json<{ changes: unknown[] }>(`/v1/changes?after=${last}&wait=20`, { timeoutMs: 25_000 }),
    wallet
      .call(`/v1/holder/state?after=${state.version}&wait=20`, tokens.access_token)
      .then((answer) => answer.json() as Promise<{ credential_state: string }>),
  ]);
  await issuer.operator('/v1/students/202305000003/suspend', { body: { reason_code: 'lost-phone' } });
  const [changes, seen] = await polls;
  expect(changes.changes.length).toBeGreaterThan(0);
  expect(seen.credential_state).toBe('suspended');
  // Pushed and not found at the end of a wait; on a busy machine too.
  expect(Date.now() - started).toBeLessThan(10_000);
});

it('answers a repeated suspension with the same Idempotency-Key once more, and refuses the key for another body', async () => {
  const send = (verb: string, key: string) =>
    fetch(`${issuer.url}/v1/students/202305000003/${verb}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${OPERATOR_TOKEN}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body: JSON.stringify({ reason_code: 'drill' }),
    });
  await send('reinstate', 'before-0001');
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('suspend', 'suspend-0001')));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
  const [first, ...repeats] = await Promise.all(answers.map((answer) => answer.json()));
  for (const repeat of repeats) expect(repeat).toEqual(first);
  expect((await send('reinstate', 'suspend-0001')).status).toBe(422);
  expect((await send('suspend', 'suspend-0002')).status).toBe(409);
});

it('keeps at most five wallets and revokes what the oldest held', async () => {
  const claims = [];
  for (let count = 0; count < 6; count += 1) {
    const one = await claim('202302000004');
    await issue(one.wallet, one.tokens.access_token, 'student-id-sd-jwt', 1);
    claims.push(one);
  }
  expect((await claims[0]!.wallet.call('/v1/holder/state', claims[0]!.tokens.access_token)).status).toBe(401);
  expect((await claims[5]!.wallet.call('/v1/holder/state', claims[5]!.tokens.access_token)).status).toBe(200);
});

it('answers hostile requests with 4xx and a body that names the fault [KNOWN 5]', async () => {
  const { wallet, tokens } = await claim();
  const cases: [string, RequestInit][] = [
    [
      '/token',
      { method: 'POST', body: 'x'.repeat(20_000), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
    ['/token', { method: 'POST', body: 'a=1&a=2', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    ['/token', { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }],
    [
      '/token',
      { method: 'POST', body: 'grant_type=password', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
    ['/credential-offers/%00', {}],
    ['/credential-offers/%E0%A4%A', {}],
    ['/status-lists/99999999999999999999', {}],
    ['/v1/students', {}],
    ['/nowhere', {}],
  ];
  for (const [path, init] of cases) {
    const answer = await fetch(issuer.url + path, init);
    expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
  }
  const deep = `${'['.repeat(500)}${']'.repeat(500)}`;
  for (const body of [
    deep,
    '{"proofs":{"jwt":[1]},"credential_configuration_id":"student-pass"}',
    '\u0000',
    '{"credential_configuration_id":"nothing","proofs":{"jwt":["a"]}}',
  ]) {
    const answer = await fetch(`${issuer.url}/credential`, {
      method: 'POST',
      headers: {
        Authorization: `DPoP ${tokens.access_token}`,
        DPoP: dpopProof(wallet.dpop, 'POST', `${issuer.url}/credential`, {
          ath: await (await import('./support/software-wallet.js')).accessHash(tokens.access_token),
        }),
        'Content-Type': 'application/json',
      },
      body,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(await errorOf(answer)).toMatch(/^(invalid_|unknown_)/);
  }
});

it('keeps numbers, names and tokens out of the log', () => {
  const log = issuer.logLines.join('\n');
  expect(log).not.toContain(NUMBER);
  expect(log).not.toContain('邓涛波');
  expect(log).not.toMatch(/eyJ/);
});

it('seals everything that happened into a whole audit chain', async () => {
  await issuer.seal();
  const check = (await (await issuer.operator('/v1/audit/verification')).json()) as {
    ok: boolean;
    rows: number;
    unsealed: number;
  };
  expect(check).toMatchObject({ ok: true, unsealed: 0 });
  expect(check.rows).toBeGreaterThan(400);
});
