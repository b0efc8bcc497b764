/**
 * Makes testdata/vectors/lanyard: `LANYARD_WRITE_VECTORS=1 npx vitest run --project protocol test/unit/vectors.test.ts`.
 * Keys, nonces and times are fixed; ES256 signatures are not, so every run gives other bytes with the same verdicts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  acceptPackage,
  type CheckpointPart,
  createChallenge,
  createCheckpointPart,
  createPeopleDelta,
  decodeCbor,
  diffPeopleRows,
  encodeBase45,
  encodeCbor,
  encodeGaps,
  encodePackageEnvelope,
  encodePeopleRows,
  handleOf,
  keyDay,
  linkKeyOfDay,
  maskOf,
  parseGateCode,
  parsePass,
  peopleTableDigest,
  toHex,
} from '../src/index.js';
import * as f from './fixtures.js';
import { checkpointListVectors, nfcPhoneVectors } from './make-nfc-vectors.js';
import { lanyardVectors } from './vectors.js';

const { crypto, noon } = f;
const day = 86_400;

function gateKeyVectors() {
  const days = [0, 1, 2, 30].map((offset) => {
    const linkKey = linkKeyOfDay(crypto, f.linkKey, f.partDay, f.partDay + offset);
    return {
      day: f.partDay + offset,
      link_key: toHex(linkKey),
      handle: toHex(handleOf(crypto, linkKey)),
      mask: toHex(maskOf(crypto, linkKey)),
    };
  });
  const starts = [Date.UTC(2026, 10, 22, 19, 59, 59), Date.UTC(2026, 10, 22, 20, 0, 0)].map((ms) => ({
    time: ms / 1000,
    day: keyDay(ms / 1000),
  }));
  return { description: 'Link keys, handles and masks of key days (formats: gate key)', starts, days };
}

function codeVectors() {
  const challenge = createChallenge({
    checkpointNumber: f.seeded('checkpoint number', 8),
    timeSeconds: noon,
    random: f.seeded('random', 16),
  });
  const rows = [
    f.personRow(),
    f.personRow({
      rowNumber: 0x99000002,
      key: f.keys.other.compressed,
      linkKey: f.seeded('suspended K', 16),
      state: { ...f.validState, suspended: true },
    }),
    f.personRow({
      rowNumber: 0x99000003,
      key: f.keys.stranger.compressed,
      linkKey: f.seeded('revoked K', 16),
      state: { ...f.validState, revoked: true, enrolmentState: 'withdrawn' },
    }),
  ];
  const good = f.gateCode();
  const head = parseGateCode(good).head;
  const pass = f.pass();
  const tampered = pass.slice();
  tampered[tampered.length - 70] = tampered[tampered.length - 70]! ^ 1;
  const foreign = { universityCode: f.foreignCode, signer: f.keys.foreignPass };
  const cases: readonly {
    title: string;
    text: string;
    verdict: string;
    reason?: string;
    now?: number;
    challenges?: string[];
  }[] = [
    { title: 'a free gate code', text: good, verdict: 'accepted' },
    {
      title: 'the oldest gate code that is accepted',
      text: f.gateCode({ timeSeconds: noon - 15 }),
      verdict: 'accepted',
    },
    {
      title: 'a gate code that answers a challenge',
      text: f.gateCode({ challenge: challenge.bytes }),
      verdict: 'accepted',
      challenges: [toHex(challenge.bytes)],
    },
    {
      title: 'a gate code of the next key day',
      text: f.gateCode({ timeSeconds: noon + day }),
      now: noon + day - 3,
      verdict: 'accepted',
    },
    { title: 'empty text', text: '', verdict: 'rejected', reason: 'malformed' },
    { title: 'lower case', text: good.toLowerCase(), verdict: 'rejected', reason: 'malformed' },
    { title: 'trailing bytes', text: `${good}00`, verdict: 'rejected', reason: 'malformed' },
    {
      title: 'a DER signature in place of r||s',
      text: `LYG1:${encodeBase45(Uint8Array.of(...head, ...new Uint8Array(71).fill(48)))}`,
      verdict: 'rejected',
      reason: 'malformed',
    },
    {
      title: 'version 3',
      text: `LYG1:${encodeBase45(Uint8Array.of(3, ...head.subarray(1), ...new Uint8Array(64)))}`,
      verdict: 'rejected',
      reason: 'unsupported-version',
    },
    { title: '16 s old', text: f.gateCode({ timeSeconds: noon - 16 }), verdict: 'rejected', reason: 'too-old' },
    { title: '6 s ahead', text: f.gateCode({ timeSeconds: noon + 6 }), verdict: 'rejected', reason: 'in-the-future' },
    {
      title: 'an unknown handle',
      text: f.gateCode({ linkKey: f.seeded('unknown K', 16) }),
      verdict: 'rejected',
      reason: 'unknown-handle',
    },
    {
      title: 'another holder key',
      text: f.gateCode({ signer: f.keys.other }),
      verdict: 'rejected',
      reason: 'holder-signature-invalid',
    },
    {
      title: 'a signature of zeros',
      text: `LYG1:${encodeBase45(Uint8Array.of(...head, ...new Uint8Array(64)))}`,
      verdict: 'rejected',
      reason: 'holder-signature-invalid',
    },
    {
      title: 'a suspended student',
      text: f.gateCode({ signer: f.keys.other, linkKey: f.seeded('suspended K', 16) }),
      verdict: 'rejected',
      reason: 'suspended',
    },
    {
      title: 'a revoked student',
      text: f.gateCode({ signer: f.keys.stranger, linkKey: f.seeded('revoked K', 16) }),
      verdict: 'rejected',
      reason: 'revoked',
    },
    {
      title: 'an answer where no challenge is open',
      text: f.gateCode({ challenge: challenge.bytes }),
      verdict: 'rejected',
      reason: 'challenge-missing',
    },
    {
      title: 'a handle unknown in grace',
      text: f.gateCode({ linkKey: f.seeded('unknown K', 16), timeSeconds: noon + 2 * day }),
      now: noon + 2 * day,
      verdict: 'cannot-decide',
      reason: 'package-too-old',
    },
    {
      title: 'a package past its expiry',
      text: f.gateCode({ timeSeconds: noon + 9 * day }),
      now: noon + 9 * day,
      verdict: 'cannot-decide',
      reason: 'package-expired',
    },
    { title: 'a portable code', text: f.portableCode(pass), verdict: 'accepted' },
    { title: 'a portable code of another university', text: f.portableCode(f.pass({}, foreign)), verdict: 'accepted' },
    {
      title: 'a pass changed under its signature',
      text: f.portableCode(tampered),
      verdict: 'rejected',
      reason: 'issuer-signature-invalid',
    },
    {
      title: 'an issuer nobody knows',
      text: f.portableCode(f.pass({}, { universityCode: f.ownCode, signer: f.keys.stranger })),
      verdict: 'rejected',
      reason: 'unknown-issuer',
    },
    {
      title: 'an issuer claiming another university’s code',
      text: f.portableCode(f.pass({}, { universityCode: f.ownCode, signer: f.keys.foreignPass })),
      verdict: 'rejected',
      reason: 'issuer-not-entitled',
    },
    {
      title: 'a pass of tomorrow',
      text: f.portableCode(f.pass({ validFromSeconds: noon + day })),
      verdict: 'rejected',
      reason: 'not-yet-valid',
    },
    {
      title: 'a pass of last week',
      text: f.portableCode(f.pass({ expiresSeconds: noon - 1 })),
      verdict: 'rejected',
      reason: 'expired',
    },
    {
      title: 'another holder of a pass',
      text: f.portableCode(pass, { signer: f.keys.other }),
      verdict: 'rejected',
      reason: 'holder-signature-invalid',
    },
    { title: 'a revoked pass', text: f.portableCode(f.pass({ listIndex: 5 })), verdict: 'rejected', reason: 'revoked' },
    {
      title: 'a suspended pass',
      text: f.portableCode(f.pass({ listIndex: 6 })),
      verdict: 'rejected',
      reason: 'suspended',
    },
    {
      title: 'a pass whose status list is not there',
      text: f.portableCode(f.pass({ listNumber: 8 })),
      verdict: 'cannot-decide',
      reason: 'status-unavailable',
    },
  ];
  return {
    description:
      'Accept the package at `now`, then decide each text at its own `now` (else that one) with these open challenges',
    checkpoint_id: 'south-gate',
    now: noon,
    pinned: {
      people: { kid: toHex(f.keys.people.kid), key: toHex(f.keys.people.compressed) },
      checkpoint: { kid: toHex(f.keys.checkpoint.kid), key: toHex(f.keys.checkpoint.compressed) },
    },
    package: toHex(f.makePackage({ rows }).envelope),
    challenge: { text: challenge.text, bytes: toHex(challenge.bytes) },
    cases,
  };
}

function passVectors() {
  const bytes = f.pass();
  const { claims } = parsePass(bytes);
  return {
    description: 'One pass, opened; `issuer_key` verifies it',
    pass: toHex(bytes),
    issuer_key: toHex(f.keys.pass.compressed),
    claims: { ...claims, passNumber: toHex(claims.passNumber), holderKey: toHex(claims.holderKey) },
  };
}

function packageVectors() {
  const first = f.makePackage();
  const rows = encodePeopleRows([f.personRow({ state: { ...f.validState, suspended: true, stopped: true } })]);
  const digest = peopleTableDigest(crypto, rows);
  const delta = (changes: object) =>
    createPeopleDelta(
      {
        universityCode: f.ownCode,
        keyDay: f.partDay,
        sequence: 11,
        baseSequence: 10,
        issuedAtSeconds: noon,
        auditHead: f.seeded('audit', 32),
        digest,
        ...diffPeopleRows(first.rows, rows),
        ...changes,
      },
      f.keys.people,
    );
  const next = (part: Partial<CheckpointPart>, people: object = {}) =>
    toHex(
      encodePackageEnvelope({
        peoplePart: delta(people),
        checkpointPart: createCheckpointPart(
          { ...first.part, passLists: [], sequence: 21, peopleSequence: 11, peopleDigest: digest, ...part },
          f.keys.checkpoint,
        ),
      }),
    );
  const pinned = codeVectors().pinned;
  return {
    description: 'Accept `first` at `now`, then each case onto it; `refusal` null means accepted',
    checkpoint_id: 'south-gate',
    now: noon,
    pinned,
    first: toHex(first.envelope),
    rows_after_first: toHex(first.rows),
    rows_after_delta: toHex(rows),
    cases: [
      { title: 'a delta onto its base', envelope: next({}), refusal: null },
      { title: 'the first again', envelope: toHex(first.envelope), refusal: 'sequence-not-higher' },
      { title: 'another checkpoint', envelope: next({ checkpointId: 'library' }), refusal: 'other-checkpoint' },
      { title: 'another base', envelope: next({}, { baseSequence: 9 }), refusal: 'base-mismatch' },
      { title: 'a wrong digest', envelope: next({}, { digest: f.seeded('x', 32) }), refusal: 'people-digest-mismatch' },
      { title: 'a key day that is gone', envelope: next({}, { keyDay: f.partDay - 1 }), refusal: 'key-day-passed' },
      { title: 'expired', envelope: next({ expiresSeconds: noon }), refusal: 'expired' },
    ],
  };
}

function gapVectors() {
  const sets = [[], [0], [4095], [5, 900], [0, 1, 2, 3, 4], Array.from({ length: 40 }, (_, i) => i * i)];
  return {
    description: 'Gap-coded sets of a list of `size` indices',
    size: 4096,
    valid: sets.map((indices) => ({ indices, bytes: toHex(encodeGaps(Uint32Array.from(indices), 4096)) })),
    invalid: [
      '00',
      '0000000000000001',
      '000000010000000000',
      '00000001000000a0ffffffffffff',
      '0000000100000b16000000',
      '00000002000005',
    ],
  };
}

function cborVectors() {
  const valid = [
    '00',
    '1818',
    '1903e8',
    '3a00010000',
    '4401020304',
    '63e4bda0',
    '83010203',
    'a201020304',
    'a20120206161',
    'f4',
    'f6',
    '1b001fffffffffffff',
  ];
  for (const hex of valid) encodeCbor(decodeCbor(new Uint8Array(Buffer.from(hex, 'hex')), { maxBytes: 100 }));
  return {
    description: 'Deterministic CBOR as Lanyard reads it: `valid` re-encodes to itself, `invalid` is refused',
    valid,
    invalid: [
      '',
      '0000',
      '1817',
      '190001',
      '5f4100ff',
      'a202000100',
      'a201000100',
      'a1410000',
      'f93c00',
      'f7',
      'c000',
      '61ff',
      '9a7fffffff00',
      '1b0020000000000000',
    ],
  };
}

export function writeVectors(): void {
  mkdirSync(lanyardVectors, { recursive: true });
  const first = acceptPackage(crypto, {
    have: undefined,
    envelope: f.makePackage().envelope,
    pinned: f.pinned,
    checkpointId: 'south-gate',
    nowSeconds: noon,
  });
  if (!first.ok) throw new Error(first.refusal);
  const files = {
    'gate-key': gateKeyVectors(),
    codes: codeVectors(),
    pass: passVectors(),
    packages: packageVectors(),
    'gap-code': gapVectors(),
    cbor: cborVectors(),
    'nfc-phone': nfcPhoneVectors(),
    'checkpoint-list': checkpointListVectors(),
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(new URL(`${name}.json`, lanyardVectors), `${JSON.stringify(content, null, 1)}\n`);
  }
}
