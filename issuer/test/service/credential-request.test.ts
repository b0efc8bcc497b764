import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Claimed, claimAt, errorOf, requestBody, roster } from './support/claim.js';
import { generateKeyPair } from './support/software-wallet.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const NUMBER = '202301000001';
let issuer: TestIssuer;
let claimed: Claimed;
beforeAll(async () => {
  issuer = await startIssuer();
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
  claimed = await claimAt(issuer, NUMBER);
});
afterAll(() => issuer.close());

const send = (body: unknown) => claimed.wallet.call('/credential', claimed.tokens.access_token, body);

describe('a credential request (§8.2) [MUST 13]', () => {
  it.each<[string, (body: Awaited<ReturnType<typeof requestBody>>) => object, string]>([
    ['no configuration', ({ proofs }) => ({ proofs }), 'invalid_credential_request'],
    [
      'unknown configuration',
      (body) => ({ ...body, credential_configuration_id: 'driver' }),
      'unknown_credential_configuration',
    ],
    [
      'identifier without details',
      ({ proofs }) => ({ proofs, credential_identifier: 'student-pass.current' }),
      'unknown_credential_identifier',
    ],
    [
      'both names',
      (body) => ({ ...body, credential_identifier: 'student-pass.current' }),
      'invalid_credential_request',
    ],
    ['no proofs', ({ proofs: _proofs, ...body }) => body, 'invalid_proof'],
    ['proofs empty', (body) => ({ ...body, proofs: {} }), 'invalid_proof'],
    ['proofs a list', (body) => ({ ...body, proofs: body.proofs.jwt }), 'invalid_proof'],
    ['no proof of a type', (body) => ({ ...body, proofs: { jwt: [] } }), 'invalid_proof'],
    ['two proof types', (body) => ({ ...body, proofs: { ...body.proofs, attestation: ['x'] } }), 'invalid_proof'],
    ['a type not offered', (body) => ({ ...body, proofs: { di_vp: [{}] } }), 'invalid_proof'],
    [
      'attestation, which nobody asks for',
      (body) => ({ ...body, proofs: { attestation: ['a.b.c'] } }),
      'invalid_proof',
    ],
    ['a proof that is no text', (body) => ({ ...body, proofs: { jwt: [1] } }), 'invalid_proof'],
    ['proof of earlier drafts', (body) => ({ ...body, proof: { proof_type: 'jwt' } }), 'invalid_credential_request'],
    [
      'answer encrypted, request not',
      (body) => ({ ...body, credential_response_encryption: { enc: 'A128GCM' } }),
      'invalid_encryption_parameters',
    ],
  ])('is refused [%s]', async (_name, change, error) => {
    const answer = await send(change(await requestBody(claimed.wallet, 'student-pass')));
    expect([answer.status, await errorOf(answer)]).toEqual([400, error]);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  it('lets members nobody knows be', async () => {
    expect((await send({ ...(await requestBody(claimed.wallet, 'student-pass')), colour: 'blue' })).status).toBe(200);
  });

  it('has to be JSON or a JWT [415]', async () => {
    const answer = await fetch(`${issuer.url}/credential`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(401);
    const { wallet, tokens } = claimed;
    const { accessHash, dpopProof } = await import('./support/software-wallet.js');
    const url = `${issuer.url}/credential`;
    const typed = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: {
        Authorization: `DPoP ${tokens.access_token}`,
        DPoP: dpopProof(wallet.dpop, 'POST', url, { ath: await accessHash(tokens.access_token) }),
        'Content-Type': 'text/plain',
      },
    });
    expect([typed.status, await errorOf(typed)]).toEqual([415, 'invalid_credential_request']);
  });
});

describe('a jwt proof (appendix F.1, F.4) [MUST 14]', () => {
  const withProof = async (header: object, payload: object = {}, typ?: string) => {
    const nonce = await claimed.wallet.nonce();
    const jwt = claimed.wallet.proof(generateKeyPair(), nonce, {
      header,
      payload,
      ...(typ === undefined ? {} : { typ }),
    });
    return send({ credential_configuration_id: 'student-pass', proofs: { jwt: [jwt] } });
  };
  const privateJwk = generateKeyPair().privateKey.export({ format: 'jwk' });

  it.each<[string, object, object, string?]>([
    ['kid beside jwk', { kid: '0' }, {}],
    ['x5c beside jwk', { x5c: ['MIIB'] }, {}],
    ['trust_chain beside jwk', { trust_chain: ['a'] }, {}],
    ['kid alone', { jwk: undefined, kid: 'did:key:x#0' }, {}],
    ['no key', { jwk: undefined }, {}],
    ['private member', { jwk: privateJwk }, {}],
    ['another key than the one that signed', { jwk: generateKeyPair().jwk }, {}],
    ['typ of a gate key', {}, {}, 'lanyard-gate-key-proof+jwt'],
    ['aud a list', {}, { aud: ['https://issuer.example'] }],
    ['no aud', {}, { aud: undefined }],
    ['too old', {}, { iat: Math.floor(Date.now() / 1000) - 400 }],
    ['from the future', {}, { iat: Math.floor(Date.now() / 1000) + 120 }],
    ['iat a text', {}, { iat: '1' }],
    ['no nonce', {}, { nonce: undefined }],
    ['iss of an anonymous client', {}, { iss: 'lanyard-wallet' }],
  ])('is refused [%s]', async (_name, header, payload, typ) => {
    const answer = await withProof(header, payload, typ);
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_proof']);
  });

  it.each([
    ['made up', async () => 'x'.repeat(32)],
    ['of another proof', async () => claimed.wallet.nonce()],
  ])('is refused with a nonce that is %s [MUST 12]', async (name, other) => {
    const nonce = await claimed.wallet.nonce();
    const proofs = [claimed.wallet.proof(generateKeyPair(), await other())];
    if (name === 'of another proof') proofs.push(claimed.wallet.proof(generateKeyPair(), nonce));
    const answer = await send({ credential_configuration_id: 'student-pass', proofs: { jwt: proofs } });
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'invalid_nonce']);
  });

  it('spends a nonce for one of 10 requests at once [MUST 12]', async () => {
    const nonce = await claimed.wallet.nonce();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        send({
          credential_configuration_id: 'student-pass',
          proofs: { jwt: [claimed.wallet.proof(generateKeyPair(), nonce)] },
        }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  });

  it('gets its nonce without the answer being stored [MUST 12]', async () => {
    const answer = await fetch(`${issuer.url}/nonce`, { method: 'POST' });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect((await fetch(`${issuer.url}/nonce`)).status).toBe(405);
  });
});

describe('a notification (§11) [MUST 17]', () => {
  const issue = async (one = claimed) => {
    const answer = await one.wallet.call(
      '/credential',
      one.tokens.access_token,
      await requestBody(one.wallet, 'student-pass', 2),
    );
    return ((await answer.json()) as { notification_id: string }).notification_id;
  };
  const tell = (body: unknown, one = claimed) => one.wallet.call('/notification', one.tokens.access_token, body);
  const statuses = async (walletNumber = NUMBER) => {
    const { rows } = await issuer.database.run.raw(
      `SELECT c.status, count(*)::int AS n FROM credential c JOIN student s ON s.id = c.student_id WHERE s.student_number = ? GROUP BY 1 ORDER BY 1`,
      [walletNumber],
    );
    return Object.fromEntries((rows as { status: number; n: number }[]).map((row) => [row.status, row.n]));
  };

  it('is taken, and the same again changes nothing', async () => {
    const notification_id = await issue();
    for (let times = 0; times < 3; times += 1)
      expect((await tell({ notification_id, event: 'credential_accepted', event_description: 'fine' })).status).toBe(
        204,
      );
    const audit = (await (await issuer.operator('/v1/audit?limit=500&action=credential.accepted')).json()) as {
      rows: unknown[];
    };
    expect(JSON.stringify(audit).match(/"credential\.accepted"/g)).toHaveLength(1);
  });

  it.each(['credential_deleted', 'credential_failure'])(
    'of %s revokes the copies for good and frees their place',
    async (event) => {
      const one = await claimAt(issuer, '202305000003');
      const before = (await statuses('202305000003'))[1] ?? 0;
      const notification_id = await issue(one);
      const state = async () =>
        (
          (await (await one.wallet.call('/v1/holder/state', one.tokens.access_token)).json()) as {
            copies: Record<string, number>;
          }
        ).copies['student-pass'];
      expect(await state()).toBe(2);
      const answers = await Promise.all(Array.from({ length: 5 }, () => tell({ notification_id, event }, one)));
      expect(answers.map((answer) => answer.status)).toEqual([204, 204, 204, 204, 204]);
      expect(await state()).toBe(0);
      expect((await statuses('202305000003'))[1]).toBe(before + 2);
      for (const verb of ['suspend', 'reinstate'])
        await issuer.operator(`/v1/students/202305000003/${verb}`, { body: { reason_code: 'drill' } });
      expect((await statuses('202305000003'))[1]).toBe(before + 2);
      const late = await tell({ notification_id, event: 'credential_accepted' }, one);
      expect([late.status, await errorOf(late)]).toEqual([400, 'invalid_notification_request']);
    },
  );

  it.each<[string, object, string]>([
    ['unknown id', { notification_id: 'x'.repeat(32), event: 'credential_accepted' }, 'invalid_notification_id'],
    ['no id', { event: 'credential_accepted' }, 'invalid_notification_request'],
    ['unknown event', { notification_id: 'x', event: 'credential_lost' }, 'invalid_notification_request'],
    [
      'description with a quotation mark',
      { notification_id: 'x', event: 'credential_accepted', event_description: '"' },
      'invalid_notification_request',
    ],
    [
      'description not in ASCII',
      { notification_id: 'x', event: 'credential_accepted', event_description: '好' },
      'invalid_notification_request',
    ],
  ])('is refused [%s]', async (_name, body, error) => {
    const answer = await tell(body);
    expect([answer.status, await errorOf(answer)]).toEqual([400, error]);
  });

  it('is refused to another wallet of the same student, and without token', async () => {
    const notification_id = await issue();
    const other = await claimAt(issuer, NUMBER);
    expect(await errorOf(await tell({ notification_id, event: 'credential_deleted' }, other))).toBe(
      'invalid_notification_id',
    );
    expect((await fetch(`${issuer.url}/notification`, { method: 'POST', body: '{}' })).status).toBe(401);
  });
});
