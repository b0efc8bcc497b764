import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceptPackage,
  type CheckpointPolicy,
  createPassCache,
  createVerifyKeyCache,
  type DecideContext,
  type DecideData,
  decideCode,
  decideDataOf,
  encodeBase45,
  encodeCbor,
  freshnessOf,
  keyDayStartSeconds,
  type PackageState,
  type PeopleRow,
  parseGateCode,
  reasons,
} from '../../../src/index.js';
import * as f from '../../fixtures.js';

const { noon } = f;
const day = 86_400;

function stateOf(changes: f.PackageChanges = {}): PackageState {
  const { envelope } = f.makePackage(changes);
  const result = acceptPackage(f.crypto, {
    have: undefined,
    envelope,
    pinned: f.pinned,
    checkpointId: 'south-gate',
    nowSeconds: noon,
  });
  if (!result.ok) throw new Error(result.refusal);
  return result.state;
}

const plain = stateOf();
const people = (row: Partial<PeopleRow>) => stateOf({ rows: [f.personRow(row)] });
const under = (
  policy: Partial<CheckpointPolicy>,
  admits: Partial<CheckpointPolicy['admits']> = {},
  rows?: PeopleRow[],
) =>
  stateOf({
    ...(rows ? { rows } : {}),
    checkpoint: { policy: { ...f.policy, ...policy, admits: { ...f.policy.admits, ...admits } } },
  });
const row = (state: Partial<PeopleRow['state']>, changes: Partial<PeopleRow> = {}) =>
  f.personRow({ state: { ...f.validState, ...state }, ...changes });

interface Case {
  readonly state?: PackageState;
  readonly now?: number;
  readonly data?: Partial<DecideData>;
  readonly context?: Partial<DecideContext>;
}
function decide(text: string, { state = plain, now = noon, data = {}, context = {} }: Case = {}) {
  return decideCode(text, { ...decideDataOf(state, now), ...data }, f.context({ nowSeconds: now, ...context }));
}
const reached = new Set<string>();
function expectReason(text: string, reason: string, where?: Case) {
  const decision = decide(text, where);
  expect(decision.reason ?? decision.verdict).toBe(reason);
  if (reason !== 'accepted') expect(decision.verdict).not.toBe('accepted');
  reached.add(reason);
  return decision;
}

const challenge = f.seeded('challenge', 29);
const answered = { challenges: [f.seeded('newer', 29), challenge] };
const asking = under({ requires_challenge: true });
const grace = noon + 2 * day;
const expired = noon + 9 * day;
const zeros = (code: string) =>
  `LYG1:${encodeBase45(Uint8Array.of(...parseGateCode(code).head, ...new Uint8Array(64)))}`;

describe('deciding a gate code', () => {
  it('accepts a student’s code with what replay memory, screen and journal need', () => {
    const decision = expectReason(f.gateCode(), 'accepted');
    expect(decision).toEqual({
      verdict: 'accepted',
      scheme: 'gate-code',
      holder_proved: true,
      marks: [],
      replayKey: Uint8Array.of(...f.keys.student.compressed, ...parseGateCode(f.gateCode()).head.subarray(17)),
      replayUntilSeconds: noon + 105,
      row: { index: 0, rowNumber: 0x99000001, policyClass: 1 },
      portraitId: f.seeded('portrait', 8),
    });
  });

  it.each<[string, string, Case]>([
    ['15 s old', f.gateCode({ timeSeconds: noon - 15 }), {}],
    ['5 s ahead', f.gateCode({ timeSeconds: noon + 5 }), {}],
    [
      '45 s old on a clock that is 30 s uncertain',
      f.gateCode({ timeSeconds: noon - 45 }),
      { context: { clockUncertaintySeconds: 30 } },
    ],
    [
      'of the next key day',
      f.gateCode({ timeSeconds: keyDayStartSeconds(f.partDay + 1) }),
      { now: keyDayStartSeconds(f.partDay + 1) - 3 },
    ],
    ['over one of the honoured challenges', f.gateCode({ challenge }), { state: asking, context: answered }],
    ['over a challenge nobody required', f.gateCode({ challenge }), { context: answered }],
    ['of an exchange student', f.gateCode(), { state: people(row({ enrolmentState: 'exchange' })) }],
    [
      'of a student on leave where the policy admits leave',
      f.gateCode(),
      {
        state: under({}, { states: ['on-leave-of-absence'] }, [
          row({ suspended: true, enrolmentState: 'on-leave-of-absence' }),
        ]),
      },
    ],
    ['of an admitted class', f.gateCode(), { state: under({}, { classes: [1, 3] }) }],
    ['within the hours', f.gateCode(), { state: under({ hours: [{ days: [1], from: '12:00', to: '12:01' }] }) }],
    ['on data in grace', f.gateCode({ timeSeconds: grace }), { now: grace }],
    [
      'of the emergency list on an expired package',
      f.gateCode({ timeSeconds: expired }),
      { now: expired, state: stateOf({ checkpoint: { emergencyRowNumbers: [0x99000001] } }) },
    ],
  ])('accepts [%s]', (_, text, where) => {
    expectReason(text, 'accepted', where);
  });

  it('marks what was decided on old data', () => {
    expect(decide(f.gateCode({ timeSeconds: grace }), { now: grace }).marks).toEqual(['grace']);
    const emergency = stateOf({ checkpoint: { emergencyRowNumbers: [0x99000001] } });
    expect(decide(f.gateCode({ timeSeconds: expired }), { now: expired, state: emergency }).marks).toEqual([
      'emergency',
    ]);
  });

  it('names the challenge that was answered, to be used up', () => {
    expect(decide(f.gateCode({ challenge }), { state: asking, context: answered }).challenge).toEqual(challenge);
  });

  it('has no portrait id where there is none', () => {
    expect(decide(f.gateCode(), { state: people({ portraitId: new Uint8Array(8) }) })).not.toHaveProperty('portraitId');
  });

  it.each<[string, string, string, Case]>([
    ['an empty text', '', 'malformed', {}],
    ['a link', 'https://example.com/', 'malformed', {}],
    ['a trailing byte', `${f.gateCode()}00`, 'malformed', {}],
    [
      'a DER signature',
      `LYG1:${encodeBase45(Uint8Array.of(...parseGateCode(f.gateCode()).head, ...new Uint8Array(71).fill(48)))}`,
      'malformed',
      {},
    ],
    ['version 3', `LYG1:${encodeBase45(Uint8Array.of(3, ...new Uint8Array(88)))}`, 'unsupported-version', {}],
    ['16 s old', f.gateCode({ timeSeconds: noon - 16 }), 'too-old', {}],
    ['a screenshot 31 s later', f.gateCode(), 'too-old', { now: noon + 31 }],
    [
      '46 s old on a clock that claims to be 300 s uncertain',
      f.gateCode({ timeSeconds: noon - 46 }),
      'too-old',
      { context: { clockUncertaintySeconds: 300 } },
    ],
    ['6 s ahead', f.gateCode({ timeSeconds: noon + 6 }), 'in-the-future', {}],
    ['a handle nobody has', f.gateCode({ linkKey: f.seeded('other K', 16) }), 'unknown-handle', {}],
    [
      'a key day before the package',
      f.gateCode({ timeSeconds: noon }),
      'unknown-handle',
      {
        data: {
          people: { freshness: 'fresh', emergencyRowNumbers: [], table: plain.people.table.advanceTo(f.partDay + 1) },
        },
      },
    ],
    ['another holder key', f.gateCode({ signer: f.keys.other }), 'holder-signature-invalid', {}],
    ['a signature of zeros', zeros(f.gateCode()), 'holder-signature-invalid', {}],
    [
      'an answer to another challenge',
      f.gateCode({ challenge: f.seeded('foreign', 29) }),
      'holder-signature-invalid',
      { state: asking, context: answered },
    ],
    [
      'the fourth challenge back',
      f.gateCode({ challenge }),
      'holder-signature-invalid',
      { state: asking, context: { challenges: ['a', 'b', 'c'].map((name) => f.seeded(name, 29)).concat(challenge) } },
    ],
    [
      'a free code where a challenge is required',
      f.gateCode(),
      'challenge-missing',
      { state: asking, context: answered },
    ],
    ['an answer where no challenge is open', f.gateCode({ challenge }), 'challenge-missing', { state: asking }],
    ['a suspended credential', f.gateCode(), 'suspended', { state: people(row({ suspended: true })) }],
    [
      'a stopped credential on leave, leave admitted',
      f.gateCode(),
      'suspended',
      {
        state: under({}, { states: ['on-leave-of-absence'] }, [
          row({ suspended: true, stopped: true, enrolmentState: 'on-leave-of-absence' }),
        ]),
      },
    ],
    [
      'a suspended student whose state is admitted',
      f.gateCode(),
      'suspended',
      { state: under({}, { states: ['enrolled'] }, [row({ suspended: true })]) },
    ],
    [
      'leave that is not admitted',
      f.gateCode(),
      'suspended',
      { state: people(row({ suspended: true, enrolmentState: 'on-leave-of-absence' })) },
    ],
    ['a revoked credential', f.gateCode(), 'revoked', { state: people(row({ revoked: true, suspended: true })) }],
    [
      'no semester registration',
      f.gateCode(),
      'not-registered',
      { state: under({ requires_semester_registration: true }, {}, [row({ registered: false })]) },
    ],
    ['a class that is not admitted', f.gateCode(), 'not-permitted', { state: under({}, { classes: [2] }) }],
    ['a state that is not admitted', f.gateCode(), 'not-permitted', { state: under({}, { states: ['exchange'] }) }],
    [
      'outside the hours',
      f.gateCode(),
      'outside-hours',
      { state: under({ hours: [{ days: [1], from: '06:00', to: '12:00' }] }) },
    ],
    ['no package yet', f.gateCode(), 'no-package', { data: { people: undefined } }],
    [
      'a handle nobody has, in grace',
      f.gateCode({ timeSeconds: grace, linkKey: f.seeded('other K', 16) }),
      'package-too-old',
      { now: grace },
    ],
    [
      'grace where the policy refuses it',
      f.gateCode({ timeSeconds: grace }),
      'package-too-old',
      { now: grace, state: under({ grace: 'refuse' }) },
    ],
    ['a package past its expiry', f.gateCode({ timeSeconds: expired }), 'package-expired', { now: expired }],
    [
      'a handle nobody has, past the expiry',
      f.gateCode({ timeSeconds: expired, linkKey: f.seeded('other K', 16) }),
      'package-expired',
      { now: expired },
    ],
    ['a clock that cannot be trusted', f.gateCode(), 'clock-unreliable', { context: { clockReliable: false } }],
    [
      'a gate key that is no point',
      f.gateCode(),
      'internal',
      { state: people({ key: Uint8Array.of(2, ...new Uint8Array(31), 7) }) },
    ],
  ])('refuses [%s]', (_, text, reason, where) => {
    const decision = expectReason(text, reason, where);
    const proved = ['suspended', 'revoked', 'not-registered', 'not-permitted', 'outside-hours'].includes(reason);
    if (proved) expect(decision).toMatchObject({ holder_proved: true, row: { rowNumber: 0x99000001 } });
    if (!decision.holder_proved) expect(decision).not.toHaveProperty('row');
  });

  it('says what an old list says against somebody, also where grace is refused', () => {
    const revoked = under({ grace: 'refuse' }, {}, [row({ revoked: true })]);
    expectReason(f.gateCode({ timeSeconds: grace }), 'revoked', { now: grace, state: revoked });
  });

  it('lets no code be made from a copied package: its keys and link keys sign nothing', () => {
    const { table } = plain.people;
    const copied = f.gateCode({ linkKey: table.row(0).linkKey, signer: f.keys.stranger });
    expectReason(copied, 'holder-signature-invalid');
  });
});

const foreign = { universityCode: f.foreignCode, signer: f.keys.foreignPass };
const p = (...args: Parameters<typeof f.pass>) => f.portableCode(f.pass(...args));
const passes = (changes: Partial<NonNullable<DecideData['passes']>>): Partial<DecideData> => ({
  passes: { ...decideDataOf(plain, noon).passes!, ...changes },
});
const tamperedPass = (() => {
  const bytes = f.pass();
  bytes[bytes.length - 70] = bytes[bytes.length - 70]! ^ 1;
  return bytes;
})();

describe('deciding a portable code', () => {
  it('accepts a pass of our own and of another university, and says what it says', () => {
    const decision = expectReason(p(), 'accepted');
    expect(decision).toMatchObject({
      scheme: 'portable-code',
      holder_proved: true,
      pass: { universityCode: f.ownCode, level: 'bachelor' },
    });
    expect(decision.replayKey).toHaveLength(33 + 4 + 8);
    expectReason(p({}, foreign), 'accepted');
  });

  it('accepts a code over the partner’s own challenge', () => {
    const code = f.portableCode(f.pass(), { challenge });
    expect(expectReason(code, 'accepted', { state: asking, context: answered }).challenge).toEqual(challenge);
    expectReason(code, 'accepted', { context: answered });
  });

  it('accepts an exchange student’s pass, and alumni where they are admitted', () => {
    expectReason(p({ kind: 'exchange' }), 'accepted');
    expectReason(p({ kind: 'alumni' }), 'accepted', { state: under({}, { states: ['graduated'] }) });
  });

  it('marks an old status list as grace', () => {
    const now = noon + day - 1000;
    const old = stateOf({ list: { nextUpdateSeconds: noon + 10 } });
    expect(expectReason(f.portableCode(f.pass(), { timeSeconds: now }), 'accepted', { now, state: old }).marks).toEqual(
      ['grace'],
    );
  });

  const registered = under({ requires_semester_registration: true });
  it.each<[string, string, string, Case]>([
    ['a pass that is no CBOR', f.portableCode(new Uint8Array(20)), 'malformed', {}],
    ['a pass with trailing bytes', f.portableCode(Uint8Array.of(...f.pass(), 0)), 'malformed', {}],
    ['version 2', `LYP1:${encodeBase45(encodeCbor([2]))}`, 'unsupported-version', {}],
    ['16 s old', f.portableCode(f.pass(), { timeSeconds: noon - 16 }), 'too-old', {}],
    ['6 s ahead', f.portableCode(f.pass(), { timeSeconds: noon + 6 }), 'in-the-future', {}],
    ['no keys of issuers', p(), 'issuer-keys-missing', { data: { passes: undefined } }],
    ['a signer nobody knows', p({}, { universityCode: f.ownCode, signer: f.keys.stranger }), 'unknown-issuer', {}],
    [
      'a university nobody knows',
      p({}, { universityCode: '4199090009', signer: f.keys.stranger }),
      'unknown-issuer',
      {},
    ],
    [
      'a signer nobody knows, in grace',
      p({}, { universityCode: f.ownCode, signer: f.keys.stranger }),
      'issuer-keys-missing',
      { data: passes({ freshness: 'grace' }) },
    ],
    [
      'another issuer under a known kid',
      p({}, { universityCode: f.ownCode, signer: { ...f.keys.stranger, kid: f.keys.pass.kid } }),
      'issuer-signature-invalid',
      {},
    ],
    ['a payload changed under the old signature', f.portableCode(tamperedPass), 'issuer-signature-invalid', {}],
    [
      'an issuer claiming another university’s code',
      p({}, { universityCode: f.ownCode, signer: f.keys.foreignPass }),
      'issuer-not-entitled',
      {},
    ],
    ['a signer after its time', p({ validFromSeconds: noon - 9_000_001 }), 'issuer-not-entitled', {}],
    ['a pass of tomorrow', p({ validFromSeconds: noon + 6 }), 'not-yet-valid', {}],
    ['a pass of last week', p({ expiresSeconds: noon - 1 }), 'expired', {}],
    ['another holder key', f.portableCode(f.pass(), { signer: f.keys.other }), 'holder-signature-invalid', {}],
    [
      'a holder key that is no point',
      p({ holderKey: Uint8Array.of(2, ...new Uint8Array(31), 7) }),
      'holder-signature-invalid',
      {},
    ],
    [
      'an answer to another challenge',
      f.portableCode(f.pass(), { challenge: f.seeded('foreign', 29) }),
      'holder-signature-invalid',
      { state: asking, context: answered },
    ],
    ['a free code where a challenge is required', p(), 'challenge-missing', { state: asking, context: answered }],
    ['a revoked pass', p({ listIndex: 5 }), 'revoked', {}],
    ['a suspended pass', p({ listIndex: 6 }), 'suspended', {}],
    ['a revoked pass of another university', p({ listIndex: 900 }, foreign), 'revoked', {}],
    ['no status list', p({ listNumber: 8 }), 'status-unavailable', {}],
    ['an index beyond its list', p({ listIndex: 4096 }), 'status-unavailable', {}],
    [
      'a status list that is 8 days late',
      p(),
      'status-too-old',
      { state: stateOf({ list: { nextUpdateSeconds: noon - 8 * day - 1 } }) },
    ],
    [
      'a late status list where grace is refused',
      p(),
      'status-too-old',
      {
        state: stateOf({
          list: { nextUpdateSeconds: noon - 1 },
          checkpoint: { policy: { ...f.policy, grace: 'refuse' } },
        }),
      },
    ],
    ['no semester registration', p({ registeredUntilDay: 0 }), 'not-registered', { state: registered }],
    ['a registration that ended yesterday', p({ registeredUntilDay: 20_779 }), 'not-registered', { state: registered }],
    [
      'a foreign pass where none is admitted',
      p({}, foreign),
      'not-permitted',
      { state: under({}, { foreign_passes: false }) },
    ],
    ['a pass where only some classes are admitted', p(), 'not-permitted', { state: under({}, { classes: [1] }) }],
    ['alumni where students are admitted', p({ kind: 'alumni' }), 'not-permitted', {}],
    ['outside the hours', p(), 'outside-hours', { state: under({ hours: [] }) }],
    [
      'a trust list past its expiry',
      p({}, foreign),
      'trust-list-expired',
      { state: stateOf({ checkpoint: { trustListExpiresSeconds: noon } }) },
    ],
    [
      'grace where the policy refuses it',
      p(),
      'package-too-old',
      { data: { ...passes({ freshness: 'grace' }), policy: { ...f.policy, grace: 'refuse' } } },
    ],
    ['a package past its expiry', p(), 'package-expired', { data: passes({ freshness: 'expired' }) }],
    ['a clock that cannot be trusted', p(), 'clock-unreliable', { context: { clockReliable: false } }],
  ])('refuses [%s]', (_, text, reason, where) => {
    expectReason(text, reason, where);
  });

  it('accepts a registration that ends today', () => {
    expectReason(p({ registeredUntilDay: 20_780 }), 'accepted', { state: registered });
  });

  it('accepts our own pass while the trust list is past its expiry', () => {
    expectReason(p(), 'accepted', { state: stateOf({ checkpoint: { trustListExpiresSeconds: noon } }) });
  });

  it('verifies the issuer once for a pass seen before, and again under another key', () => {
    let verifications = 0;
    const crypto = {
      ...f.crypto,
      verifyEs256: (...args: Parameters<typeof f.crypto.verifyEs256>) => {
        verifications++;
        return f.crypto.verifyEs256(...args);
      },
    };
    const context = { crypto, passes: createPassCache(10), keys: createVerifyKeyCache(crypto, 10) };
    const bytes = f.pass();
    expectReason(f.portableCode(bytes), 'accepted', { context });
    expectReason(f.portableCode(bytes), 'accepted', { context });
    expect(verifications).toBe(3);
    const replaced = passes({ findKey: () => ({ ...f.keyEntry(f.ownCode, f.keys.stranger), kid: f.keys.pass.kid }) });
    expectReason(f.portableCode(bytes), 'issuer-signature-invalid', { context, data: replaced });
  });
});

describe('order of checks (formats.md §5)', () => {
  const bad = row({ revoked: true, registered: false, enrolmentState: 'graduated' });
  const closed = { requires_semester_registration: true, requires_challenge: true, hours: [] };
  const wrong = (policy: Partial<CheckpointPolicy>, person: PeopleRow) => ({
    state: under(policy, { classes: [9] }, [person]),
    context: answered,
  });
  it.each<[string, string, Case]>([
    ['in-the-future', f.gateCode({ timeSeconds: noon + 60, signer: f.keys.other }), wrong(closed, bad)],
    ['unknown-handle', f.gateCode({ linkKey: f.seeded('other K', 16), signer: f.keys.other }), wrong(closed, bad)],
    ['holder-signature-invalid', f.gateCode({ signer: f.keys.other }), wrong(closed, bad)],
    ['challenge-missing', f.gateCode(), wrong(closed, bad)],
    ['revoked', f.gateCode({ challenge }), wrong(closed, bad)],
    [
      'not-registered',
      f.gateCode({ challenge }),
      wrong(closed, row({ registered: false, enrolmentState: 'graduated' })),
    ],
    ['not-permitted', f.gateCode({ challenge }), wrong(closed, row({ enrolmentState: 'graduated' }))],
    ['outside-hours', f.gateCode({ challenge }), { state: under(closed), context: answered }],
  ])('gives the first that fails [%s]', (reason, text, where) => {
    expectReason(text, reason, where);
  });

  it('looks at the time before it asks for a package, and at the form before the clock', () => {
    expectReason(f.gateCode({ timeSeconds: noon - 60 }), 'too-old', { data: { people: undefined } });
    expectReason('LYG1:', 'malformed', { context: { clockReliable: false } });
    expectReason(f.portableCode(new Uint8Array(20), { timeSeconds: noon - 60 }), 'malformed');
  });

  it('gives an issuer signature before its entitlement, that before validity, that before the holder', () => {
    const expiredPass = { expiresSeconds: noon - 1 };
    expectReason(
      f.portableCode(
        f.pass(expiredPass, { universityCode: f.ownCode, signer: { ...f.keys.stranger, kid: f.keys.foreignPass.kid } }),
      ),
      'issuer-signature-invalid',
    );
    expectReason(
      f.portableCode(f.pass(expiredPass, { universityCode: f.ownCode, signer: f.keys.foreignPass })),
      'issuer-not-entitled',
    );
    expectReason(f.portableCode(f.pass(expiredPass), { signer: f.keys.other }), 'expired');
  });
});

describe('any text', () => {
  it('gets a verdict and never an exception', () => {
    const data = decideDataOf(plain, noon);
    const text = fc.oneof(
      fc.string({ maxLength: 500 }),
      fc
        .tuple(fc.constantFrom('LYG1:', 'LYP1:', 'LYC1:'), fc.uint8Array({ maxLength: 310 }))
        .map(([prefix, bytes]) => prefix + encodeBase45(bytes)),
    );
    fc.assert(
      fc.property(text, (code) => {
        const decision = decideCode(code, data, f.context());
        expect(decision.verdict).not.toBe('accepted');
        expect(decision.reason).not.toBe('internal');
      }),
      { numRuns: 1000 },
    );
  });

  it('is not accepted with any one character of a good portable code changed', () => {
    const good = p();
    for (let at = 0; at < good.length; at++) {
      const changed = good.slice(0, at) + (good[at] === '0' ? '1' : '0') + good.slice(at + 1);
      const { verdict, reason } = decide(changed);
      expect(verdict, `character ${at}`).not.toBe('accepted');
      expect(reason).not.toBe('internal');
    }
  });
});

describe('freshness', () => {
  const part = { freshUntilSeconds: 100, expiresSeconds: 200 };
  it.each([
    [99, 'fresh'],
    [100, 'grace'],
    [199, 'grace'],
    [200, 'expired'],
  ])('at %s is %s', (now, freshness) => {
    expect(freshnessOf(part, now as number)).toBe(freshness);
  });
});

it('reaches every reason but those decided elsewhere [replayed, anti-passback, network-needed]', () => {
  const elsewhere = ['replayed', 'anti-passback', 'network-needed'];
  expect(reasons.filter((reason) => !reached.has(reason))).toEqual(elsewhere);
});
