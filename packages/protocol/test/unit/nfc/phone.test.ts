import { describe, expect, it } from 'vitest';
import { acceptPackage, type DecideData, decideDataOf, handleOf, linkKeyOfDay, maskOf } from '../../../src/index.js';
import * as nfc from '../../../src/nfc/index.js';
import * as f from '../../fixtures.js';
import { createNfcPhone, type NfcPhone, type NfcPhoneOptions } from '../../support/nfc-phone.js';

const { crypto, noon } = f;
const ofDay = (day: number) => {
  const linkKey = linkKeyOfDay(crypto, f.linkKey, f.partDay, day);
  return { handle: handleOf(crypto, linkKey), mask: maskOf(crypto, linkKey) };
};
let sessions = 0;
const random = (length: number) => f.seeded(`session ${sessions++}`, length);
const gateKey = { ...ofDay(f.partDay), sign: f.keys.student.sign };
const student = (changes: Partial<NfcPhoneOptions> = {}) => createNfcPhone({ gateKey, random, ...changes });
const guest = (bytes = f.pass()) => createNfcPhone({ pass: { bytes, sign: f.keys.holder.sign }, random });

function data(changes: f.PackageChanges = {}, nowSeconds = noon): DecideData {
  const accepted = acceptPackage(crypto, {
    have: undefined,
    envelope: f.makePackage(changes).envelope,
    pinned: f.pinned,
    checkpointId: 'south-gate',
    nowSeconds: noon,
  });
  if (!accepted.ok) throw new Error(accepted.refusal);
  return decideDataOf(accepted.state, nowSeconds);
}

function send(phone: NfcPhone, command: nfc.ApduCommand): nfc.ApduResponse {
  return nfc.decodeResponse(phone.transmit(nfc.encodeCommand(command)));
}

const challengeAt = (timeSeconds: number, name = 'tap') =>
  nfc.createPhoneChallenge({
    checkpointNumber: f.seeded('checkpoint number', 8),
    zone: 3,
    timeSeconds,
    random: f.seeded(name, 16),
  });

/** The exchange of a gate: two commands where the handle is known, else the pass in between. */
function exchange(phone: NfcPhone, known: boolean, challenge = challengeAt(noon)): nfc.PhoneAnswer {
  const hello = nfc.parsePhoneHello(send(phone, nfc.selectPhone));
  if (known) {
    const signature = nfc.parsePhoneSignature(send(phone, nfc.authenticatePhone(challenge, 'gateKey')));
    return { hello, challenge, signature };
  }
  const pass = nfc.expectStatus(send(phone, nfc.readBinary(0, 256)), 0x9000);
  const signature = nfc.parsePhoneSignature(send(phone, nfc.authenticatePhone(challenge, 'passKey')));
  return { hello, challenge, signature, pass };
}

describe('a phone at a gate', () => {
  it('is accepted by its gate key in two commands', () => {
    const answer = exchange(student(), true);
    expect(nfc.knowsPhone(answer.hello, data(), f.context())).toBe(true);
    expect(nfc.decidePhone(answer, data(), f.context())).toMatchObject({
      verdict: 'accepted',
      scheme: 'nfc-a',
      holder_proved: true,
      row: { rowNumber: 0x99000001 },
    });
  });

  it('is accepted by its pass where the gate does not know the handle', () => {
    const answer = exchange(guest(f.pass({}, { universityCode: f.foreignCode, signer: f.keys.foreignPass })), false);
    expect(nfc.knowsPhone(answer.hello, data(), f.context())).toBe(false);
    expect(nfc.decidePhone(answer, data(), f.context())).toMatchObject({ verdict: 'accepted', scheme: 'nfc-a' });
  });

  it('meets a policy that requires a challenge', () => {
    const strict = data({ checkpoint: { policy: { ...f.policy, requires_challenge: true } } });
    expect(nfc.decidePhone(exchange(student(), true), strict, f.context()).verdict).toBe('accepted');
    expect(nfc.decidePhone(exchange(guest(), false), strict, f.context()).verdict).toBe('accepted');
  });

  it('is found around the change of day, whichever side of it the two clocks are on', () => {
    const change = (f.partDay + 1) * 86_400 - 14_400;
    for (const [now, day] of [
      [change - 3, f.partDay + 1],
      [change + 3, f.partDay],
    ] as const) {
      const phone = student({ gateKey: { ...ofDay(day), sign: f.keys.student.sign } });
      const answer = exchange(phone, true, challengeAt(now));
      expect(nfc.decidePhone(answer, data({}, now), f.context({ nowSeconds: now })).verdict).toBe('accepted');
    }
  });

  it('gives each tap a replay key of its own', () => {
    const [a, b] = ['one', 'two'].map((name) =>
      nfc.decidePhone(exchange(student(), true, challengeAt(noon, name)), data(), f.context()),
    );
    expect(a!.replayKey).not.toEqual(b!.replayKey);
  });

  const rows = (changes: object) => ({ rows: [f.personRow({ state: { ...f.validState, ...changes } })] });
  it.each<[string, string, () => nfc.PhoneAnswer, DecideData?, number?]>([
    [
      'another key',
      'holder-signature-invalid',
      () => exchange(student({ gateKey: { ...gateKey, sign: f.keys.other.sign } }), true),
    ],
    [
      'another day’s mask',
      'holder-signature-invalid',
      () => exchange(student({ gateKey: { ...gateKey, mask: f.seeded('m', 16) } }), true),
    ],
    [
      'an unknown handle',
      'unknown-handle',
      () => exchange(student({ gateKey: { ...gateKey, handle: f.seeded('h', 16) } }), true),
    ],
    [
      'the SELECT answer of another session',
      'holder-signature-invalid',
      () => ({ ...exchange(student(), true), hello: exchange(student(), true).hello }),
    ],
    [
      'the challenge of another gate',
      'holder-signature-invalid',
      () => ({ ...exchange(student(), true), challenge: challengeAt(noon, 'other') }),
    ],
    ['an answer 16 s after its challenge', 'too-old', () => exchange(student(), true), undefined, noon + 16],
    ['a challenge ahead of the clock', 'in-the-future', () => exchange(student(), true), undefined, noon - 6],
    ['a suspended student', 'suspended', () => exchange(student(), true), data(rows({ suspended: true }))],
    [
      'a revoked student',
      'revoked',
      () => exchange(student(), true),
      data(rows({ revoked: true, enrolmentState: 'withdrawn' })),
    ],
    [
      'a pass whose holder key did not sign',
      'holder-signature-invalid',
      () => exchange(createNfcPhone({ pass: { bytes: f.pass(), sign: f.keys.other.sign }, random }), false),
    ],
    [
      'an issuer nobody knows',
      'unknown-issuer',
      () => exchange(guest(f.pass({}, { universityCode: f.ownCode, signer: f.keys.stranger })), false),
    ],
    ['a revoked pass', 'revoked', () => exchange(guest(f.pass({ listIndex: 5 })), false)],
    ['noise in place of a pass', 'malformed', () => ({ ...exchange(guest(), false), pass: f.seeded('noise', 100) })],
    [
      'the gate key’s signature with a pass',
      'holder-signature-invalid',
      () => ({ ...exchange(student(), true), pass: f.pass() }),
    ],
  ])('is rejected [%s]', (_, reason, answer, held = data(), nowSeconds = noon) => {
    const decision = nfc.decidePhone(answer(), held, f.context({ nowSeconds }));
    expect(decision).toMatchObject({ verdict: 'rejected', reason, scheme: 'nfc-a' });
  });

  it.each<[string, string, DecideData, object?]>([
    ['no package', 'no-package', { ...data(), people: undefined }],
    ['an expired package', 'package-expired', data({}, noon + 9 * 86_400)],
    ['a clock nobody trusts', 'clock-unreliable', data(), { clockReliable: false }],
  ])('is not decided [%s]', (_, reason, held, changes = {}) => {
    expect(nfc.decidePhone(exchange(student(), true), held, f.context(changes))).toMatchObject({
      verdict: 'cannot-decide',
      reason,
    });
  });
});

describe('the messages of the phone protocol', () => {
  it('let a phone answer signed checkpoints only', () => {
    const agent = f.fixedKey('agent');
    const verify = crypto.importVerifyKey(agent.compressed)!;
    const phone = student({ verifyCheckpoint: (_, bytes, signature) => crypto.verifyEs256(verify, bytes, signature) });
    const hello = nfc.parsePhoneHello(send(phone, nfc.selectPhone));
    expect(hello.abilities & nfc.phoneAbilities.signedCheckpointsOnly).toBeTruthy();
    const free = challengeAt(noon);
    expect(send(phone, nfc.authenticatePhone(free, 'gateKey')).statusWord).toBe(0x6982);
    const forged = nfc.withCheckpointSignature(free, f.keys.stranger.sign(nfc.checkpointToBeSigned(hello.bytes, free)));
    expect(send(phone, nfc.authenticatePhone(forged, 'gateKey')).statusWord).toBe(0x6982);
    const challenge = nfc.withCheckpointSignature(free, agent.sign(nfc.checkpointToBeSigned(hello.bytes, free)));
    const signature = nfc.parsePhoneSignature(send(phone, nfc.authenticatePhone(challenge, 'gateKey')));
    expect(nfc.decidePhone({ hello, challenge, signature }, data(), f.context()).verdict).toBe('accepted');
    expect(nfc.decidePhone({ hello, challenge: free, signature }, data(), f.context()).verdict).toBe('rejected');
  });

  it('sign once a session', () => {
    const phone = student();
    send(phone, nfc.selectPhone);
    expect(send(phone, nfc.authenticatePhone(challengeAt(noon), 'gateKey')).statusWord).toBe(0x9000);
    expect(send(phone, nfc.authenticatePhone(challengeAt(noon), 'gateKey')).statusWord).toBe(0x6985);
  });

  it('come back as sent', () => {
    const challenge = challengeAt(noon);
    expect(nfc.parsePhoneChallenge(challenge.bytes)).toEqual(challenge);
    expect(challenge.bytes).toHaveLength(30);
  });

  const hello = (bytes: Uint8Array) => nfc.decodeResponse(nfc.encodeResponse(bytes, 0x9000));
  const good = nfc.createPhoneHello({ abilities: 1, handle: gateKey.handle, sessionRandom: new Uint8Array(8) });
  it.each<[string, string, () => unknown]>([
    ['a SELECT answer of 25 bytes', 'nfc-malformed', () => nfc.parsePhoneHello(hello(good.subarray(1)))],
    ['a SELECT answer of 27 bytes', 'nfc-malformed', () => nfc.parsePhoneHello(hello(Uint8Array.of(...good, 0)))],
    ['an empty SELECT answer', 'nfc-malformed', () => nfc.parsePhoneHello(hello(new Uint8Array()))],
    ['version 2', 'nfc-unsupported-version', () => nfc.parsePhoneHello(hello(Uint8Array.of(2, ...good.subarray(1))))],
    [
      'no such application',
      'nfc-status-word',
      () => nfc.parsePhoneHello(nfc.decodeResponse(Uint8Array.of(0x6a, 0x82))),
    ],
    ['a challenge of 31 bytes', 'nfc-malformed', () => nfc.parsePhoneChallenge(new Uint8Array(31))],
    ['a challenge with half a signature', 'nfc-malformed', () => nfc.parsePhoneChallenge(new Uint8Array(62))],
    ['a DER signature', 'nfc-malformed', () => nfc.parsePhoneSignature(hello(new Uint8Array(70)))],
    [
      'a refused signature',
      'nfc-status-word',
      () => nfc.parsePhoneSignature(nfc.decodeResponse(Uint8Array.of(0x69, 0x85))),
    ],
  ])('are refused [%s]', (_, code, run) => {
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

describe('a campus card at a checkpoint', () => {
  const { policy } = f;
  const person = (changes: object) => ({
    ...f.personRow(),
    state: { ...f.validState, stopped: false, ...changes },
  });
  it('opens what the person may enter', () => {
    expect(nfc.decideCardRow(person({}), { ...policy, requires_challenge: true }, noon).verdict).toBe('accepted');
  });

  it.each([
    ['suspended', person({ suspended: true }), policy],
    ['revoked', person({ revoked: true }), policy],
    ['not-registered', person({ registered: false }), { ...policy, requires_semester_registration: true }],
    ['not-permitted', person({}), { ...policy, admits: { ...policy.admits, classes: [9] } }],
    ['outside-hours', person({}), { ...policy, hours: [] }],
  ])('is rejected [%s]', (reason, row, held) => {
    expect(nfc.decideCardRow(row, held, noon)).toEqual({ verdict: 'rejected', reason });
  });
});
