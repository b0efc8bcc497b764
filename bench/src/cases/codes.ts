import { createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import {
  assembleGateCode,
  assemblePortableCode,
  type CheckpointPolicy,
  createKeyFinder,
  createPassCache,
  createPassIssuer,
  createPeopleTable,
  createVerifyKeyCache,
  type DecideContext,
  type DecideData,
  decideCode,
  encodePeopleRows,
  gateCodeSecrets,
  gatePolicyDefaults,
  keyDay,
  type PassCache,
  prepareGateCode,
  preparePortableCode,
} from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { compare, type Figure, type Work } from '../measure.js';

const PEOPLE = 4000;
const UNIVERSITY = '4199090001';
const now = Math.floor(Date.now() / 1000);
const policy: CheckpointPolicy = {
  admits: { classes: 'any', states: ['enrolled'], foreign_passes: true },
  requires_semester_registration: false,
  hours: 'always',
  utc_offset_minutes: 480,
  requires_challenge: false,
  grace: 'accept-marked',
  show_portrait: true,
  zone: 'campus',
  ...gatePolicyDefaults,
};

/** Bare ES256 verifications with a key that is at hand: what no check of a signature can beat. */
export function verificationFloor(): Work {
  const pair = generateKeyPair();
  const key = createPublicKey(pair.privateKey);
  const data = randomBytes(61);
  const signature = sign('sha256', data, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
  const options = { key, dsaEncoding: 'ieee-p1363' as const };
  return () => {
    for (let index = 0; index < 50; index += 1)
      if (!verify('sha256', data, options, signature)) throw new Error('floor');
    return 50;
  };
}

function makePeople() {
  const people = Array.from({ length: PEOPLE }, () => ({ pair: generateKeyPair(), linkKey: randomBytes(16) }));
  const rows = encodePeopleRows(
    people.map(({ pair, linkKey }, index) => ({
      rowNumber: index + 1,
      key: pair.compressed,
      linkKey,
      state: { registered: true, suspended: false, revoked: false, enrolmentState: 'enrolled' as const },
      policyClass: 0,
      portraitId: new Uint8Array(8),
    })),
  );
  const day = keyDay(now);
  const table = createPeopleTable(nodeCrypto, day, rows);
  while (!table.prepareDay(day, 1000));
  while (!table.prepareKeys(1000));
  const codes = people.map(({ pair, linkKey }) => {
    const prepared = prepareGateCode({
      ...gateCodeSecrets(nodeCrypto, linkKey),
      timeSeconds: now,
      nonce: randomBytes(4),
    });
    return assembleGateCode(prepared, createSigner(pair.privateKey)(prepared.toBeSigned));
  });
  const data: DecideData = {
    policy,
    people: { freshness: 'fresh', table, emergencyRowNumbers: [] },
    passes: undefined,
  };
  return { codes, data };
}

function makePasses() {
  const issuer = generateKeyPair();
  const kid = nodeCrypto.sha256(issuer.compressed).slice(0, 8);
  const issuePass = createPassIssuer({ universityCode: UNIVERSITY, kid, sign: createSigner(issuer.privateKey) });
  const codes = Array.from({ length: PEOPLE }, (_, index) => {
    const holder = generateKeyPair();
    const pass = issuePass({
      validFromSeconds: now - 60,
      expiresSeconds: now + 7 * 86_400,
      passNumber: randomBytes(8),
      kind: 'student',
      level: 'bachelor',
      registeredUntilDay: Math.floor(now / 86_400) + 90,
      listNumber: 1,
      listIndex: index,
      holderKey: holder.compressed,
    });
    const prepared = preparePortableCode(nodeCrypto, { pass, timeSeconds: now, nonce: randomBytes(8) });
    return assemblePortableCode(prepared, createSigner(holder.privateKey)(prepared.toBeSigned));
  });
  const findKey = createKeyFinder([
    { universityCode: UNIVERSITY, kid, key: issuer.compressed, fromSeconds: now - 1000, toSeconds: now + 1e7 },
  ]);
  const nobody = { has: () => false };
  const list = {
    universityCode: UNIVERSITY,
    listNumber: 1,
    sequence: 1,
    issuedAtSeconds: now,
    nextUpdateSeconds: now + 86_400,
    expiresSeconds: now + 1e6,
    size: 131_072,
    revoked: nobody,
    suspended: nobody,
  };
  const data: DecideData = {
    policy,
    people: undefined,
    passes: {
      freshness: 'fresh',
      ownUniversityCode: UNIVERSITY,
      findKey,
      findList: () => list as never,
      trustListExpiresSeconds: now + 1e7,
    },
  };
  return { codes, data };
}

/** Decides code after code; `fresh` says what is forgotten before each pass over the people. */
function decider(codes: readonly string[], data: DecideData, remember: { keys: boolean; passes: boolean }): Work {
  const context = (): { -readonly [K in keyof DecideContext]: DecideContext[K] } => ({
    crypto: nodeCrypto,
    keys: createVerifyKeyCache(nodeCrypto, 2 * PEOPLE),
    ...(remember.passes ? { passes: createPassCache(2 * PEOPLE) as PassCache } : {}),
    nowSeconds: now,
  });
  let current = context();
  let next = 0;
  return () => {
    for (let index = 0; index < 50; index += 1) {
      if (next >= codes.length) {
        next = 0;
        if (!remember.keys) current = context();
      }
      const decision = decideCode(codes[next] ?? '', data, current);
      if (decision.verdict !== 'accepted') throw new Error(`${decision.verdict} ${decision.reason}`);
      next += 1;
    }
    return 50;
  };
}

export const codeBenches: Record<string, () => Figure> = {
  'gate-code-known-key': () => {
    const { codes, data } = makePeople();
    const subject = decider(codes, data, { keys: true, passes: false });
    for (let warm = 0; warm < PEOPLE; warm += 50) subject();
    return compare('gate-code-known-key', {
      subject,
      floor: verificationFloor(),
      note: `${PEOPLE} people, key imported before; floor: one verification; target 0.75, aim 0.90`,
    });
  },
  'gate-code-new-key': () => {
    const { codes, data } = makePeople();
    return compare('gate-code-new-key', {
      subject: decider(codes, data, { keys: false, passes: false }),
      floor: verificationFloor(),
      note: `${PEOPLE} people, each key imported anew; floor: one verification; target 0.38, aim 0.45`,
    });
  },
  'portable-code-new': () => {
    const { codes, data } = makePasses();
    return compare('portable-code-new', {
      subject: decider(codes, data, { keys: false, passes: false }),
      floor: verificationFloor(),
      floorUnits: 2,
      note: 'pass and holder key never seen; floor: two verifications; target 0.50, aim 0.57',
    });
  },
  'portable-code-seen': () => {
    const { codes, data } = makePasses();
    const subject = decider(codes, data, { keys: true, passes: true });
    for (let warm = 0; warm < PEOPLE; warm += 50) subject();
    return compare('portable-code-seen', {
      subject,
      floor: verificationFloor(),
      floorUnits: 2,
      note: 'pass seen before; floor: two verifications; target 1.3, aim 1.6',
    });
  },
};
