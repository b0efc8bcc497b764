/** Fictional people and the packages of one checkpoint, made with the functions issuer and verifier use. */
import { randomBytes } from 'node:crypto';
import {
  assembleGateCode,
  type CheckpointPart,
  type CheckpointPolicy,
  createCheckpointPart,
  createPeopleDelta,
  createPeoplePart,
  diffPeopleRows,
  encodePackageEnvelope,
  encodePeopleRows,
  gateCodeSecrets,
  gatePolicyDefaults,
  keyDay,
  linkKeyOfDay,
  type PeopleRow,
  peopleTableDigest,
  prepareGateCode,
} from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { PhoneSpec } from './virtual-reader/card-spec.js';

export const universityCode = '4199090001';
export const policy: CheckpointPolicy = {
  admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: false },
  requires_semester_registration: false,
  hours: 'always',
  utc_offset_minutes: 480,
  requires_challenge: false,
  grace: 'accept-marked',
  show_portrait: true,
  zone: 'south-gate',
  ...gatePolicyDefaults,
};

export function createSignerPair() {
  const pair = generateKeyPair();
  return { kid: new Uint8Array(randomBytes(8)), key: pair.compressed, sign: createSigner(pair.privateKey) };
}

/** A student with a gate key: rows for packages, codes for the gate. */
export function createPerson(rowNumber: number, day: number, portraitId = new Uint8Array(8)) {
  const pair = generateKeyPair();
  const sign = createSigner(pair.privateKey);
  const linkKey = new Uint8Array(randomBytes(16));
  const row = (suspended = false): PeopleRow => ({
    rowNumber,
    key: pair.compressed,
    linkKey,
    state: { registered: true, suspended, stopped: suspended, revoked: false, enrolmentState: 'enrolled' },
    policyClass: 1,
    portraitId,
  });
  const code = (timeSeconds = Math.floor(Date.now() / 1000), signer = sign, challenge?: Uint8Array) => {
    const ofDay = linkKeyOfDay(nodeCrypto, linkKey, day, keyDay(timeSeconds));
    const secrets = gateCodeSecrets(nodeCrypto, ofDay);
    const nonce = new Uint8Array(randomBytes(4));
    const prepared = prepareGateCode({ ...secrets, timeSeconds, nonce, ...(challenge ? { challenge } : {}) });
    return assembleGateCode(prepared, signer(prepared.toBeSigned));
  };
  /** The person's phone at a card reader; with another key for a forger who knows the rest. */
  const phone = (key = pair.privateKey): PhoneSpec => ({
    kind: 'phone',
    gateKey: { key: key.export({ type: 'pkcs8', format: 'pem' }) as string, linkKey, day },
  });
  return {
    row,
    code,
    phone,
    answer: (challenge: Uint8Array, timeSeconds: number) => code(timeSeconds, sign, challenge),
  };
}
export type Person = ReturnType<typeof createPerson>;

/** A campus whose packages follow each other. */
export function createCampus(people: number, now = Math.floor(Date.now() / 1000)) {
  const day = keyDay(now - 300);
  const signers = { people: createSignerPair(), checkpoint: createSignerPair() };
  const persons = Array.from({ length: people }, (_, i) =>
    createPerson(0x99000001 + i, day, new Uint8Array(Buffer.from(`portra${i % 10}t`.slice(0, 8)))),
  );
  const named = ({ kid, key }: { kid: Uint8Array; key: Uint8Array }) => ({ kid, key });
  const base = { universityCode, keyDay: day, auditHead: new Uint8Array(32) };

  function checkpointPart(rows: Uint8Array, peopleSequence: number, changes: Partial<CheckpointPart>) {
    const issuedAtSeconds = changes.issuedAtSeconds ?? Math.floor(Date.now() / 1000);
    const part: CheckpointPart = {
      ...{ checkpointId: 'south-gate', checkpointNumber: new Uint8Array(8).fill(7), universityCode, policy },
      names: { zh: '南门 3 号，进', en: 'South Gate 3, in' },
      ...{ peopleSequence, peopleDigest: peopleTableDigest(nodeCrypto, rows), passKeys: [], statusSigners: [] },
      ...{ passLists: [], listSequences: [], peopleSigners: [named(signers.people)], trustListSequence: 1 },
      ...{ trustListExpiresSeconds: issuedAtSeconds + 2_592_000, sequence: 1, issuedAtSeconds },
      ...{ freshUntilSeconds: issuedAtSeconds + 86_400, expiresSeconds: issuedAtSeconds + 691_200 },
      emergencyRowNumbers: [],
      ...changes,
    };
    return createCheckpointPart(part, signers.checkpoint);
  }
  const rowsOf = (suspended: readonly number[] = []) =>
    encodePeopleRows(persons.map((person, i) => person.row(suspended.includes(i))));
  return {
    persons,
    signers,
    enrolment: {
      ...{ agent_id: 'agent-test', checkpoint_id: 'south-gate', checkpoint_number: 'BwcHBwcHBwc' },
      university_code: universityCode,
      checkpoint_signers: [toText(signers.checkpoint)],
      people_signers: [toText(signers.people)],
    },
    full(changes: Partial<CheckpointPart> = {}, peopleSequence = 10, suspended: readonly number[] = []) {
      const rows = rowsOf(suspended);
      const input = { ...base, sequence: peopleSequence, issuedAtSeconds: now - 300, rows };
      const peoplePart = createPeoplePart(nodeCrypto, input, signers.people);
      return encodePackageEnvelope({ peoplePart, checkpointPart: checkpointPart(rows, peopleSequence, changes) });
    },
    delta(changes: Partial<CheckpointPart>, from: number, suspended: readonly number[]) {
      const rows = rowsOf(suspended);
      const head = { ...base, sequence: from + 1, baseSequence: from, issuedAtSeconds: now - 200 };
      const digest = peopleTableDigest(nodeCrypto, rows);
      const peoplePart = createPeopleDelta({ ...head, digest, ...diffPeopleRows(rowsOf(), rows) }, signers.people);
      return encodePackageEnvelope({ peoplePart, checkpointPart: checkpointPart(rows, from + 1, changes) });
    },
  };
}
export type Campus = ReturnType<typeof createCampus>;

function toText({ kid, key }: { kid: Uint8Array; key: Uint8Array }) {
  return { kid: Buffer.from(kid).toString('base64url'), key: Buffer.from(key).toString('base64url') };
}
