import { randomBytes } from 'node:crypto';
import { createChallenge, encodeBase45, encodeBase64url } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateCode, portableCode } from './support/codes.js';
import {
  makeSigner,
  nowSeconds,
  type StandInIssuer,
  startStandInIssuer,
  type TestPerson,
} from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';
import { withoutTable } from './support/without-table.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let ann: TestPerson;
const gate = 'south-gate';
const code = (person = ann, change: Parameters<typeof gateCode>[2] = {}) => gateCode(person, issuer.keyDay, change);

beforeAll(async () => {
  issuer = await startStandInIssuer(7840);
  ann = issuer.makePerson();
  issuer.publish([ann.row]);
  verifier = await startVerifier({ port: 7841, issuerUrl: issuer.url });
  await verifier.putCheckpoint(gate);
  await verifier.synced(issuer.sequence());
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

async function know(...people: TestPerson[]) {
  issuer.publish([...issuer.rows(), ...people.map((person) => person.row)]);
  await verifier.synced(issuer.sequence());
}
const reasonOf = async (body: unknown) => (await verifier.verify(body)).reason ?? 'accepted';

describe('a code of a known student', () => {
  it('is accepted [gate code]', async () => {
    const answer = await verifier.verify({ code: code(), checkpoint: gate });
    expect(answer).toMatchObject({ verdict: 'accepted', scheme: 'gate-code', marks: [], title_zh: '通过' });
    expect(answer).toHaveProperty('freshness.people_issued_at');
    expect(answer).not.toHaveProperty('reason');
    expect(answer).not.toHaveProperty('face');
  });
  it('is accepted [portable code]', async () => {
    expect(await verifier.verify({ code: portableCode(issuer.makePass()), checkpoint: gate })).toMatchObject({
      verdict: 'accepted',
      scheme: 'portable-code',
    });
  });
  it('is accepted for a purpose [student-status, rail-discount]', async () => {
    expect(await reasonOf({ code: code(), purpose: 'student-status' })).toBe('accepted');
    expect(await reasonOf({ code: code(), purpose: 'rail-discount' })).toBe('accepted');
  });
  it('is replayed the second time at the same place', async () => {
    const text = code();
    expect(await reasonOf({ code: text, checkpoint: gate })).toBe('accepted');
    expect(await reasonOf({ code: text, checkpoint: gate })).toBe('replayed');
  });
  it('has its own replay memory for each caller and place', async () => {
    const text = code();
    expect(await reasonOf({ code: text, checkpoint: gate })).toBe('accepted');
    expect(await reasonOf({ code: text, purpose: 'student-status' })).toBe('accepted');
    const admin = await verifier.admin.json('/v1/verifications', {
      method: 'POST',
      body: { code: text, checkpoint: gate },
    });
    expect(admin).toMatchObject({ verdict: 'accepted' });
  });
  it('is accepted exactly once in 64 parallel calls', async () => {
    const text = code();
    const reasons = await Promise.all(Array.from({ length: 64 }, () => reasonOf({ code: text, checkpoint: gate })));
    expect(reasons.filter((reason) => reason === 'accepted')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'replayed')).toHaveLength(63);
  });
  it('is accepted exactly once in one list of 64', async () => {
    const text = code();
    const answer = await verifier.operator('/v1/verifications', {
      body: Array.from({ length: 64 }, () => ({ code: text, checkpoint: gate })),
    });
    const verdicts = (await answer.json()) as { verdict: string }[];
    expect(verdicts.map((one) => one.verdict).filter((verdict) => verdict === 'accepted')).toHaveLength(1);
  });
  it('gets verdicts in the order of a list', async () => {
    const answer = await verifier.operator('/v1/verifications', {
      body: [
        { code: code(), checkpoint: gate },
        { code: 'LYG1:x', checkpoint: gate },
        { code: code(), checkpoint: gate },
      ],
    });
    expect(((await answer.json()) as { verdict: string }[]).map((one) => one.verdict)).toEqual([
      'accepted',
      'rejected',
      'accepted',
    ]);
  });
});

describe('a forged or late gate code is refused with its own reason', () => {
  const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
  const forgeries: [string, string, () => string][] = [
    ['another holder key', 'holder-signature-invalid', () => code(ann, { signWith: generateKeyPair() })],
    ['a signature of zeros', 'holder-signature-invalid', () => code(ann, { signature: new Uint8Array(64) })],
    [
      'payload changed under the old signature',
      'holder-signature-invalid',
      () => code(ann, { head: (head) => head.fill(0xff - (head[24] ?? 0), 24) }),
    ],
    [
      'DER instead of r||s',
      'malformed',
      () => `LYG1:${encodeBase45(Buffer.concat([Buffer.alloc(25, 1), Buffer.alloc(71, 0x30)]))}`,
    ],
    ['time in the future', 'in-the-future', () => code(ann, { timeSeconds: nowSeconds() + 30 })],
    ['time 31 s ago', 'too-old', () => code(ann, { timeSeconds: nowSeconds() - 31 })],
    ['wrong version', 'unsupported-version', () => code(ann, { head: (head) => head.fill(9, 0, 1) })],
    ['trailing bytes', 'malformed', () => `${code()}00`],
    ['a changed letter of the handle', 'unknown-handle', () => flip(code(), 9)],
    ['nobody\u2019s key', 'unknown-handle', () => code(issuer.makePerson())],
    ['no prefix', 'malformed', () => 'hello'],
    ['nothing', 'malformed', () => ''],
    [
      'an unasked challenge',
      'challenge-missing',
      () =>
        code(ann, {
          challenge: createChallenge({
            checkpointNumber: randomBytes(8),
            timeSeconds: nowSeconds(),
            random: randomBytes(16),
          }).bytes,
        }),
    ],
  ];
  it.each(forgeries)('[%s]', async (_, reason, make) => {
    expect(await reasonOf({ code: make(), checkpoint: gate })).toBe(reason);
  });
});

describe('a forged portable code is refused with its own reason', () => {
  const other = makeSigner('pass');
  const forgeries: [string, string, () => string][] = [
    ['another issuer', 'unknown-issuer', () => portableCode(issuer.makePass({}, other))],
    [
      'our kid, another key',
      'issuer-signature-invalid',
      () => portableCode(issuer.makePass({}, { ...other, kid: issuer.signers.pass.kid })),
    ],
    [
      'our signer claims another university\u2019s code',
      'issuer-not-entitled',
      () => portableCode(issuer.makePass({ universityCode: '4199090002' })),
    ],
    ['not valid yet', 'not-yet-valid', () => portableCode(issuer.makePass({ validFromSeconds: nowSeconds() + 3600 }))],
    ['expired', 'expired', () => portableCode(issuer.makePass({ expiresSeconds: nowSeconds() - 1 }))],
    [
      'another holder key',
      'holder-signature-invalid',
      () => portableCode(issuer.makePass(), { signWith: generateKeyPair() }),
    ],
    [
      'a signature of zeros',
      'holder-signature-invalid',
      () => portableCode(issuer.makePass(), { signature: new Uint8Array(64) }),
    ],
    [
      'payload changed under the old signature',
      'issuer-signature-invalid',
      () => {
        const held = issuer.makePass();
        held.pass[30] = (held.pass[30] ?? 0) ^ 1;
        return portableCode(held);
      },
    ],
    ['time in the future', 'in-the-future', () => portableCode(issuer.makePass(), { timeSeconds: nowSeconds() + 30 })],
    ['time 31 s ago', 'too-old', () => portableCode(issuer.makePass(), { timeSeconds: nowSeconds() - 31 })],
    ['trailing bytes', 'malformed', () => `${portableCode(issuer.makePass())}00`],
    ['a list nobody has', 'status-unavailable', () => portableCode(issuer.makePass({ listNumber: 99 }))],
    ['alumni', 'not-permitted', () => portableCode(issuer.makePass({ kind: 'alumni' }))],
  ];
  it.each(forgeries)('[%s]', async (_, reason, make) => {
    expect(await reasonOf({ code: make(), checkpoint: gate })).toBe(reason);
  });
  it('[revoked in the pass list]', async () => {
    const held = issuer.makePass({ listIndex: 77 });
    expect(await reasonOf({ code: portableCode(held), checkpoint: gate })).toBe('accepted');
    issuer.revokePass(77);
    await until(async () => (await reasonOf({ code: portableCode(held), checkpoint: gate })) === 'revoked');
  });
});

describe('what the people table and the policy say against somebody', () => {
  const base = { registered: true, suspended: false, revoked: false } as const;
  it('[suspended, revoked, not registered, state not admitted]', async () => {
    const suspended = issuer.makePerson({ state: { ...base, suspended: true, enrolmentState: 'enrolled' } });
    const revoked = issuer.makePerson({ state: { ...base, revoked: true, enrolmentState: 'graduated' } });
    const unregistered = issuer.makePerson({ state: { ...base, registered: false, enrolmentState: 'enrolled' } });
    const exchange = issuer.makePerson({ state: { ...base, enrolmentState: 'exchange' } });
    await know(suspended, revoked, unregistered, exchange);
    await verifier.putCheckpoint('library', { requires_semester_registration: true });
    await verifier.putCheckpoint('dorm-7', { admits: { classes: [7], states: ['enrolled'], foreign_passes: false } });
    expect(await reasonOf({ code: code(suspended), checkpoint: gate })).toBe('suspended');
    expect(await reasonOf({ code: code(revoked), checkpoint: gate })).toBe('revoked');
    expect(await reasonOf({ code: code(unregistered), checkpoint: 'library' })).toBe('not-registered');
    expect(await reasonOf({ code: code(unregistered), checkpoint: gate })).toBe('accepted');
    expect(await reasonOf({ code: code(ann), checkpoint: 'dorm-7' })).toBe('not-permitted');
    expect(await reasonOf({ code: code(exchange), purpose: 'rail-discount' })).toBe('not-permitted');
    expect(await reasonOf({ code: code(exchange), purpose: 'student-status' })).toBe('accepted');
  });
  it('[outside hours, challenge asked for]', async () => {
    await verifier.putCheckpoint('closed', { hours: [] });
    await verifier.putCheckpoint('strict', { requires_challenge: true });
    expect(await reasonOf({ code: code(), checkpoint: 'closed' })).toBe('outside-hours');
    expect(await reasonOf({ code: code(), checkpoint: 'strict' })).toBe('challenge-missing');
  });
  it('[a suspension counts at once]', async () => {
    const bob = issuer.makePerson();
    await know(bob);
    expect(await reasonOf({ code: code(bob), checkpoint: gate })).toBe('accepted');
    const state = { ...base, suspended: true, stopped: true, enrolmentState: 'enrolled' } as const;
    issuer.publish(issuer.rows().map((row) => (row.key === bob.row.key ? { ...row, state } : row)));
    await verifier.synced(issuer.sequence());
    expect(await reasonOf({ code: code(bob), checkpoint: gate })).toBe('suspended');
  });
});

describe('a challenge that the caller has shown', () => {
  const shown = (ageSeconds = 0) =>
    createChallenge({
      checkpointNumber: new Uint8Array(8),
      timeSeconds: Math.floor(Date.now() / 1000) - ageSeconds,
      random: new Uint8Array(randomBytes(16)),
    });
  const answered = (challenge: Uint8Array) => gateCode(ann, issuer.keyDay, { challenge });
  it('is answered by a code over it, once [free code] [another’s answer] [again] [too old] [no challenge]', async () => {
    const challenge = shown();
    const ask = (text: string, over = challenge) => reasonOf({ code: text, challenge: over.text, checkpoint: gate });
    expect(await ask(code(ann))).toBe('challenge-missing');
    expect(await ask(answered(shown().bytes))).toBe('holder-signature-invalid');
    expect(await ask(answered(challenge.bytes))).toBe('accepted');
    expect(await ask(answered(challenge.bytes))).toBe('replayed');
    const old = shown(30);
    expect(await ask(answered(old.bytes), old)).toBe('challenge-missing');
    const answer = await verifier.operator('/v1/verifications', { body: { code: code(ann), challenge: 'LYC1:no' } });
    expect(answer.status).toBe(400);
  });
});

describe('a request is refused before anything is decided', () => {
  const codeOf = async (body: unknown) => {
    const answer = await verifier.operator('/v1/verifications', { body });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    return [answer.status, ((await answer.json()) as { code: string }).code];
  };
  it('[unknown checkpoint]', async () => {
    const text = code();
    expect(await codeOf({ code: text, checkpoint: 'nowhere' })).toEqual([404, 'checkpoint-not-found']);
    expect(
      await codeOf([
        { code: text, checkpoint: gate },
        { code: text, checkpoint: 'nowhere' },
      ]),
    ).toEqual([404, 'checkpoint-not-found']);
    expect(await reasonOf({ code: text, checkpoint: gate })).toBe('accepted');
  });
  it('[unknown purpose]', async () => {
    expect(await codeOf({ code: code(), purpose: 'free-lunch' })).toEqual([422, 'purpose-unknown']);
  });
  it('[presentation without nonce or audience]', async () => {
    expect(await codeOf({ presentation: 'x', nonce: 'n' })).toEqual([400, 'presentation-needs-nonce']);
    expect(await codeOf({ presentation: 'x', audience: 'a' })).toEqual([400, 'presentation-needs-nonce']);
  });
  it.each([
    ['both checkpoint and purpose', { code: 'x', checkpoint: gate, purpose: 'student-status' }],
    ['both code and presentation', { code: 'x', presentation: 'y' }],
    ['a number for the code', { code: 5, checkpoint: gate }],
    ['an unknown field', { code: 'x', checkpoint: gate, admin: true }],
    ['an empty list', []],
    ['65 items', Array.from({ length: 65 }, () => ({ code: 'x', checkpoint: gate }))],
    ['null', null],
    ['a code of 5 kB', { code: 'A'.repeat(5_000), checkpoint: gate }],
  ])('[%s]', async (_, body) => {
    expect(await codeOf(body)).toEqual([400, 'input-invalid']);
  });
  it('[nobody calls, an agent calls]', async () => {
    expect((await verifier.call('/v1/verifications', { body: { code: 'x', checkpoint: gate } })).status).toBe(401);
    const agent = await verifier.enrolAgent(gate);
    await expect(agent.client.json('/v1/verifications', { method: 'POST', body: { code: 'x' } })).rejects.toMatchObject(
      { status: 403 },
    );
  });
});

it('counts and audits verifications without a person', async () => {
  await verifier.putCheckpoint('counted');
  await verifier.verify({ code: code(), checkpoint: 'counted' });
  await verifier.verify({ code: 'nonsense', checkpoint: 'counted' });
  await verifier.verify({ code: 'nonsense', checkpoint: 'counted' });
  await verifier.verifier.flushCounts();
  const counts = (await (await verifier.operator('/v1/checkpoints/counted/counts')).json()) as Record<string, unknown>;
  expect(counts).toMatchObject({
    totals: { accepted: 1, rejected: 2, 'cannot-decide': 0 },
    counts: [
      { source: 'online', verdict: 'accepted', reason: null, n: 1 },
      { source: 'online', verdict: 'rejected', reason: 'malformed', n: 2 },
    ],
  });
  await verifier.seal();
  const audit = (await (await verifier.operator('/v1/audit?action=verification.decided&newest=true')).json()) as {
    rows: { content: { subject: string; detail: object } }[];
  };
  const own = audit.rows.filter((row) => row.content.subject === 'checkpoint:counted');
  expect(own.map((row) => row.content.detail)).toEqual(
    expect.arrayContaining([
      { verdict: 'accepted', n: 1 },
      { verdict: 'rejected', reason: 'malformed', n: 2 },
    ]),
  );
  expect(await (await verifier.operator('/v1/audit/verification')).json()).toMatchObject({ ok: true });
  expect(verifier.logLines.join('\n')).not.toContain(encodeBase64url(ann.row.key));
});

it('keeps counts that could not be written for the next time', async () => {
  await verifier.putCheckpoint('kept');
  await verifier.verify({ code: 'nonsense', checkpoint: 'kept' });
  await withoutTable(verifier.database, 'verdict_count', async () => {
    await expect(verifier.verifier.flushCounts()).rejects.toThrow('verdict_count');
  });
  await verifier.verifier.flushCounts();
  expect(await (await verifier.operator('/v1/checkpoints/kept/counts')).json()).toMatchObject({
    totals: { rejected: 1 },
  });
});

it('shows verdicts as they come in', async () => {
  const first = (await (await verifier.operator('/v1/live')).json()) as { last: number };
  const waiting = verifier.operator(`/v1/live?after=${first.last}&wait=10`);
  await verifier.verify({ code: 'nonsense', checkpoint: gate });
  const { events } = (await (await waiting).json()) as { events: Record<string, unknown>[] };
  expect(events).toHaveLength(1);
  expect(Object.keys(events[0] ?? {}).sort()).toEqual(['at', 'checkpoint', 'n', 'reason', 'source', 'verdict']);
  expect(events[0]).toMatchObject({ checkpoint: gate, verdict: 'rejected', reason: 'malformed', source: 'online' });
});

it('answers an own fault with cannot-decide internal, never with another verdict', async () => {
  await withoutTable(verifier.database, 'replay', async () => {
    expect(await verifier.verify({ code: code(), checkpoint: gate })).toMatchObject({
      verdict: 'cannot-decide',
      reason: 'internal',
    });
  });
});

it('lists every reason with texts to anybody', async () => {
  const { reasons } = (await (await verifier.call('/v1/reasons')).json()) as {
    reasons: { code: string; verdict: string; zh: { title: string }; en: { title: string } }[];
  };
  expect(reasons).toHaveLength(33);
  expect(reasons.find((reason) => reason.code === 'too-old')).toMatchObject({ verdict: 'rejected' });
  expect(reasons.find((reason) => reason.code === 'no-package')).toMatchObject({ verdict: 'cannot-decide' });
  expect(reasons.every(({ zh, en }) => zh.title !== '' && en.title !== '')).toBe(true);
});
