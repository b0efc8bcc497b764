import { randomUUID } from 'node:crypto';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { present } from './support/codes.js';
import { makeSigner, nowSeconds, type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { POLICY, startVerifier, type TestVerifier, until } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
const audience = 'https://partner.example';
const nonce = () => randomUUID();

beforeAll(async () => {
  issuer = await startStandInIssuer(7640);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7641, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
  await verifier.putCheckpoint('closed', { hours: [] });
  await verifier.putCheckpoint('leave', { admits: { ...POLICY.admits, states: ['on-leave-of-absence'] } });
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

type Held = ReturnType<StandInIssuer['makeStudentId']>;
async function reasonOf(
  held: Held,
  change: Partial<Parameters<typeof present>[1]> = {},
  place: object = {},
  edit = (text: string) => text,
) {
  const given = nonce();
  const presentation = edit(present(held, { nonce: given, audience, ...change }));
  const answer = await verifier.verify({ presentation, nonce: given, audience, ...place });
  expect(answer.scheme).toBe('sd-jwt-vc');
  return answer.reason ?? 'accepted';
}

describe('a presented student ID', () => {
  it('is accepted [no place named, each purpose]', async () => {
    expect(await reasonOf(issuer.makeStudentId())).toBe('accepted');
    expect(await reasonOf(issuer.makeStudentId(), {}, { purpose: 'student-status' })).toBe('accepted');
    expect(await reasonOf(issuer.makeStudentId(), {}, { purpose: 'rail-discount' })).toBe('accepted');
  });
  it('proves the status without naming the state, where every valid state counts', async () => {
    expect(await reasonOf(issuer.makeStudentId(), { claims: [] })).toBe('accepted');
    expect(await reasonOf(issuer.makeStudentId(), { claims: ['registered_until'] }, { purpose: 'rail-discount' })).toBe(
      'not-permitted',
    );
    expect(await reasonOf(issuer.makeStudentId(), { claims: ['enrolment_status'] }, { purpose: 'rail-discount' })).toBe(
      'not-registered',
    );
  });
  it('is replayed when the same answer to the same nonce comes again', async () => {
    const held = issuer.makeStudentId();
    const given = nonce();
    const body = () => ({ presentation: present(held, { nonce: given, audience }), nonce: given, audience });
    expect((await verifier.verify(body())).verdict).toBe('accepted');
    expect(await verifier.verify(body())).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
  });
});

describe('a forged or late presentation is refused with its own reason', () => {
  const swapPayload = (text: string) => {
    const [header, payload = '', ...rest] = text.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return [
      header,
      Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString('base64url'),
      ...rest,
    ].join('.');
  };
  const setSignature = (signature: Uint8Array) => (text: string) => {
    const [jwt = '', ...rest] = text.split('~');
    return [`${jwt.split('.').slice(0, 2).join('.')}.${Buffer.from(signature).toString('base64url')}`, ...rest].join(
      '~',
    );
  };
  const forgeries: [string, string, () => Promise<string>][] = [
    [
      'another holder key',
      'holder-signature-invalid',
      () => reasonOf(issuer.makeStudentId(), { signWith: generateKeyPair() }),
    ],
    ['another nonce', 'holder-signature-invalid', () => reasonOf(issuer.makeStudentId(), { nonce: 'other' })],
    [
      'another audience',
      'holder-signature-invalid',
      () => reasonOf(issuer.makeStudentId(), { audience: 'https://other.example' }),
    ],
    [
      'no key binding',
      'holder-signature-invalid',
      () => reasonOf(issuer.makeStudentId(), {}, {}, (text) => text.slice(0, text.lastIndexOf('~') + 1)),
    ],
    [
      'a disclosure left out after signing',
      'holder-signature-invalid',
      () =>
        reasonOf(issuer.makeStudentId(), {}, {}, (text) =>
          text
            .split('~')
            .filter((_, at) => at !== 1)
            .join('~'),
        ),
    ],
    ['signed long ago', 'too-old', () => reasonOf(issuer.makeStudentId(), { issuedAtSeconds: nowSeconds() - 900 })],
    [
      'signed in the future',
      'in-the-future',
      () => reasonOf(issuer.makeStudentId(), { issuedAtSeconds: nowSeconds() + 60 }),
    ],
    ['another issuer', 'unknown-issuer', () => reasonOf(issuer.makeStudentId({ issuer: 'https://other.example' }))],
    [
      'another issuer\u2019s key',
      'unknown-issuer',
      () => reasonOf(issuer.makeStudentId({ signer: makeSigner('document') })),
    ],
    [
      'our kid, another key',
      'issuer-signature-invalid',
      () =>
        reasonOf(
          issuer.makeStudentId({ signer: { ...makeSigner('document'), kidText: issuer.signers.document.kidText } }),
        ),
    ],
    [
      'a status signer as issuer',
      'unknown-issuer',
      () => reasonOf(issuer.makeStudentId({ signer: issuer.signers.status })),
    ],
    [
      'another university\u2019s code',
      'issuer-not-entitled',
      () => reasonOf(issuer.makeStudentId({ claims: { university_code: '4199090002' } })),
    ],
    [
      'issued before the signer might sign',
      'issuer-not-entitled',
      () => reasonOf(issuer.makeStudentId({ issuedAt: nowSeconds() - 7200 })),
    ],
    [
      'payload changed under the old signature',
      'issuer-signature-invalid',
      () => reasonOf(issuer.makeStudentId(), {}, {}, swapPayload),
    ],
    [
      'a signature of zeros',
      'issuer-signature-invalid',
      () => reasonOf(issuer.makeStudentId(), {}, {}, setSignature(new Uint8Array(64))),
    ],
    [
      'DER instead of r||s',
      'malformed',
      () => reasonOf(issuer.makeStudentId(), {}, {}, setSignature(new Uint8Array(71).fill(0x30))),
    ],
    ['expired', 'expired', () => reasonOf(issuer.makeStudentId({ expires: nowSeconds() - 1 }))],
    ['not valid yet', 'not-yet-valid', () => reasonOf(issuer.makeStudentId({ issuedAt: nowSeconds() + 600 }))],
    ['trailing bytes', 'malformed', () => reasonOf(issuer.makeStudentId(), {}, {}, (text) => `${text}.x`)],
    ['not an SD-JWT', 'malformed', () => reasonOf(issuer.makeStudentId(), {}, {}, () => 'hello')],
    [
      'a disclosure sent twice',
      'malformed',
      () =>
        reasonOf(issuer.makeStudentId(), {}, {}, (text) => {
          const parts = text.split('~');
          return [parts[0], parts[1], ...parts.slice(1)].join('~');
        }),
    ],
    ['a state not admitted', 'not-permitted', () => reasonOf(issuer.makeStudentId(), {}, { checkpoint: 'leave' })],
    ['outside hours', 'outside-hours', () => reasonOf(issuer.makeStudentId(), {}, { checkpoint: 'closed' })],
    [
      'registration over',
      'not-registered',
      () =>
        reasonOf(
          issuer.makeStudentId({ claims: { registered_until: '2020-01-01' } }),
          {},
          { purpose: 'rail-discount' },
        ),
    ],
  ];
  it.each(forgeries)('[%s]', async (_, reason, run) => {
    expect(await run()).toBe(reason);
  });
});

describe('the status', () => {
  it('[revoked, suspended, back to valid] counts as soon as the issuer says so', async () => {
    expect(await reasonOf(issuer.makeStudentId({ index: 40 }))).toBe('accepted');
    issuer.setStatus(40, 2);
    await until(async () => (await reasonOf(issuer.makeStudentId({ index: 40 }))) === 'suspended');
    issuer.setStatus(40, 0);
    await until(async () => (await reasonOf(issuer.makeStudentId({ index: 40 }))) === 'accepted');
    issuer.setStatus(40, 1);
    await until(async () => (await reasonOf(issuer.makeStudentId({ index: 40 }))) === 'revoked');
  });
  it('is unavailable, never valid or revoked [list away, index beyond it, list of a stranger, value without meaning]', async () => {
    expect(await reasonOf(issuer.makeStudentId({ index: 999_999 }))).toBe('status-unavailable');
    expect(await reasonOf(issuer.makeStudentId({ uri: 'http://localhost:7640.evil.example/status-lists/7' }))).toBe(
      'status-unavailable',
    );
    expect(await reasonOf(issuer.makeStudentId({ uri: 'http://localhost:7640/status-lists/../v1/signers' }))).toBe(
      'status-unavailable',
    );
    issuer.setStatus(41, 3);
    await until(async () => (await reasonOf(issuer.makeStudentId({ index: 41 }))) === 'status-unavailable');
    issuer.state.statusAway = true;
    expect(await reasonOf(issuer.makeStudentId({ uri: `${issuer.url}/status-lists/8` }))).toBe('status-unavailable');
    issuer.state.statusAway = false;
    expect(await reasonOf(issuer.makeStudentId({ uri: `${issuer.url}/status-lists/8` }))).toBe('accepted');
  });
  it('is too old when the list has expired', async () => {
    issuer.state.statusExpired = true;
    expect(await reasonOf(issuer.makeStudentId({ uri: `${issuer.url}/status-lists/9` }))).toBe('status-too-old');
    issuer.state.statusExpired = false;
  });
});
