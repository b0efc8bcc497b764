/** Fixed keys, people and packages that the tests share. All fictional; nothing here is secret. */
import { createECDH, createHash, createPrivateKey, ECDH } from 'node:crypto';
import { createSigner, nodeCrypto } from '../src/crypto/node-crypto.js';
import {
  assembleGateCode,
  assemblePortableCode,
  type CheckpointPart,
  type CheckpointPolicy,
  createCheckpointPart,
  createPassIssuer,
  createPassList,
  createPeoplePart,
  createVerifyKeyCache,
  type DecideContext,
  encodePackageEnvelope,
  encodePeopleRows,
  gateCodeSecrets,
  gatePolicyDefaults,
  type KeyEntry,
  keyDay,
  linkKeyOfDay,
  type PassClaims,
  type PassListHead,
  type PassListSets,
  type PeopleRow,
  peopleTableDigest,
  prepareGateCode,
  preparePortableCode,
  type Sign,
} from '../src/index.js';

export const crypto = nodeCrypto;
/** 2026-11-23 12:00:00 in Beijing, a Monday. */
export const noon = 1_795_406_400;
export const ownCode = '4199090001';
export const foreignCode = '4199090002';

/** Bytes from a name: fixed, and different for each name. */
export function seeded(name: string, length: number): Uint8Array {
  let out = Buffer.alloc(0);
  for (let i = 0; out.length < length; i++) {
    out = Buffer.concat([out, createHash('sha256').update(`${name} ${i}`).digest()]);
  }
  return new Uint8Array(out.subarray(0, length));
}

export interface FixedKey {
  readonly kid: Uint8Array;
  readonly compressed: Uint8Array;
  readonly sign: Sign;
}

/** A key pair whose private scalar is a hash of its name. */
export function fixedKey(name: string): FixedKey {
  const ecdh = createECDH('prime256v1');
  const d = Buffer.from(seeded(`key ${name}`, 32));
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: d.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  const compressed = ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'compressed') as Buffer;
  return { kid: seeded(`kid ${name}`, 8), compressed: new Uint8Array(compressed), sign: createSigner(privateKey) };
}

export const keys = {
  student: fixedKey('student'),
  other: fixedKey('other student'),
  holder: fixedKey('pass holder'),
  people: fixedKey('people signer'),
  checkpoint: fixedKey('checkpoint signer'),
  pass: fixedKey('pass signer'),
  status: fixedKey('status signer'),
  foreignPass: fixedKey('foreign pass signer'),
  foreignStatus: fixedKey('foreign status signer'),
  stranger: fixedKey('stranger'),
};

export const linkKey = seeded('link key', 16);
export const partDay = keyDay(noon);

export const validState = { registered: true, suspended: false, revoked: false, enrolmentState: 'enrolled' } as const;

export function personRow(changes: Partial<PeopleRow> = {}): PeopleRow {
  return {
    rowNumber: 0x99000001,
    key: keys.student.compressed,
    linkKey,
    state: validState,
    policyClass: 1,
    portraitId: seeded('portrait', 8),
    ...changes,
  };
}

export const policy: CheckpointPolicy = {
  admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: true },
  requires_semester_registration: false,
  hours: 'always',
  utc_offset_minutes: 480,
  requires_challenge: false,
  grace: 'accept-marked',
  show_portrait: true,
  zone: 'south-gate',
  ...gatePolicyDefaults,
};

export function keyEntry(universityCode: string, key: FixedKey): KeyEntry {
  return {
    universityCode,
    kid: key.kid,
    key: key.compressed,
    fromSeconds: noon - 9_000_000,
    toSeconds: noon + 9_000_000,
  };
}

export function listHead(universityCode: string, changes: Partial<PassListHead> = {}): PassListHead {
  return {
    universityCode,
    listNumber: 7,
    sequence: 1,
    issuedAtSeconds: noon - 600,
    nextUpdateSeconds: noon + 86_400,
    expiresSeconds: noon + 700_000,
    size: 4096,
    ...changes,
  };
}

export const sets: PassListSets = { revoked: Uint32Array.of(5, 900), suspended: Uint32Array.of(6) };

export interface PackageChanges {
  readonly rows?: readonly PeopleRow[];
  readonly checkpoint?: Partial<CheckpointPart>;
  readonly list?: Partial<PassListHead>;
}

/** The people part and checkpoint part of `south-gate`, and an envelope of both. */
export function makePackage(changes: PackageChanges = {}) {
  const rows = encodePeopleRows(changes.rows ?? [personRow()]);
  const peoplePart = createPeoplePart(
    crypto,
    {
      universityCode: ownCode,
      keyDay: partDay,
      sequence: 10,
      issuedAtSeconds: noon - 300,
      auditHead: seeded('audit', 32),
      rows,
    },
    keys.people,
  );
  const lists = [
    createPassList({ ...listHead(ownCode, changes.list), ...sets }, keys.status),
    createPassList({ ...listHead(foreignCode, changes.list), ...sets }, keys.foreignStatus),
  ];
  const part: CheckpointPart = {
    checkpointId: 'south-gate',
    checkpointNumber: seeded('checkpoint number', 8),
    names: { zh: '南门', en: 'South Gate' },
    universityCode: ownCode,
    peopleSequence: 10,
    peopleDigest: peopleTableDigest(crypto, rows),
    policy,
    passKeys: [keyEntry(ownCode, keys.pass), keyEntry(foreignCode, keys.foreignPass)],
    statusSigners: [keyEntry(ownCode, keys.status), keyEntry(foreignCode, keys.foreignStatus)],
    passLists: lists,
    listSequences: [
      { universityCode: ownCode, listNumber: 7, sequence: 1 },
      { universityCode: foreignCode, listNumber: 7, sequence: 1 },
    ],
    peopleSigners: [{ kid: keys.people.kid, key: keys.people.compressed }],
    trustListSequence: 3,
    trustListExpiresSeconds: noon + 86_400 * 30,
    sequence: 20,
    issuedAtSeconds: noon - 300,
    freshUntilSeconds: noon + 86_400,
    expiresSeconds: noon + 86_400 * 8,
    emergencyRowNumbers: [],
    ...changes.checkpoint,
  };
  const checkpointPart = createCheckpointPart(part, keys.checkpoint);
  return { part, rows, peoplePart, checkpointPart, envelope: encodePackageEnvelope({ peoplePart, checkpointPart }) };
}

export const pinned = {
  people: [{ kid: keys.people.kid, key: keys.people.compressed }],
  checkpoint: [{ kid: keys.checkpoint.kid, key: keys.checkpoint.compressed }],
};

export function context(changes: Partial<DecideContext> = {}): DecideContext {
  return { crypto, keys: createVerifyKeyCache(crypto, 100), nowSeconds: noon, ...changes };
}

export interface CodeChanges {
  readonly timeSeconds?: number;
  readonly nonce?: Uint8Array;
  readonly challenge?: Uint8Array;
  readonly signer?: FixedKey;
  readonly linkKey?: Uint8Array;
}

/** A gate code of the fixture's student. */
export function gateCode(changes: CodeChanges = {}): string {
  const timeSeconds = changes.timeSeconds ?? noon;
  const ofDay = linkKeyOfDay(crypto, changes.linkKey ?? linkKey, partDay, Math.max(partDay, keyDay(timeSeconds)));
  const prepared = prepareGateCode({
    ...gateCodeSecrets(crypto, ofDay),
    timeSeconds,
    nonce: changes.nonce ?? seeded('nonce', 4),
    ...(changes.challenge === undefined ? {} : { challenge: changes.challenge }),
  });
  return assembleGateCode(prepared, (changes.signer ?? keys.student).sign(prepared.toBeSigned));
}

export const passClaims: Omit<PassClaims, 'universityCode'> = {
  validFromSeconds: noon - 3600,
  expiresSeconds: noon + 7 * 86_400,
  passNumber: seeded('pass number', 8),
  kind: 'student',
  level: 'bachelor',
  registeredUntilDay: 20_850,
  listNumber: 7,
  listIndex: 100,
  holderKey: keys.holder.compressed,
};

/** A pass of our own university unless said otherwise. */
export function pass(
  changes: Partial<PassClaims> = {},
  issuer: { readonly universityCode: string; readonly signer: FixedKey } = {
    universityCode: ownCode,
    signer: keys.pass,
  },
): Uint8Array {
  const { universityCode, signer } = issuer;
  return createPassIssuer({ universityCode, kid: signer.kid, sign: signer.sign })({ ...passClaims, ...changes });
}

/** A portable code around a pass. */
export function portableCode(passBytes: Uint8Array = pass(), changes: CodeChanges = {}): string {
  const prepared = preparePortableCode(crypto, {
    pass: passBytes,
    timeSeconds: changes.timeSeconds ?? noon,
    nonce: changes.nonce ?? seeded('portable nonce', 8),
    ...(changes.challenge === undefined ? {} : { challenge: changes.challenge }),
  });
  return assemblePortableCode(prepared, (changes.signer ?? keys.holder).sign(prepared.toBeSigned));
}
