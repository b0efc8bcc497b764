import { describe, expect, it } from 'vitest';
import {
  acceptPackage,
  type CheckpointPart,
  createCheckpointPart,
  createPeopleDelta,
  DocumentError,
  diffPeopleRows,
  encodeCbor,
  encodePackageEnvelope,
  encodePeopleRows,
  type PackageState,
  passListName,
  peopleTableDigest,
  restorePackage,
  storePackage,
} from '../../../src/index.js';
import {
  crypto,
  foreignCode,
  keys,
  makePackage,
  noon,
  ownCode,
  partDay,
  personRow,
  pinned,
  seeded,
  validState,
} from '../../fixtures.js';

const accept = (envelope: Uint8Array, changes: Partial<Parameters<typeof acceptPackage>[1]> = {}) =>
  acceptPackage(crypto, {
    have: undefined,
    envelope,
    pinned,
    checkpointId: 'south-gate',
    nowSeconds: noon,
    ...changes,
  });

function stateOf(envelope = makePackage().envelope): PackageState {
  const result = accept(envelope);
  if (!result.ok) throw new Error(`${result.refusal} ${result.detail}`);
  return result.state;
}
const first = makePackage();
const have = stateOf(first.envelope);

/** The next package: a delta of the people, and lists that are already there. */
function next(changes: Partial<CheckpointPart> = {}, peopleChanges: object = {}) {
  const rows = encodePeopleRows([personRow({ state: { ...validState, suspended: true, stopped: true } })]);
  const digest = peopleTableDigest(crypto, rows);
  const peoplePart = createPeopleDelta(
    {
      universityCode: ownCode,
      keyDay: partDay,
      sequence: 11,
      baseSequence: 10,
      issuedAtSeconds: noon,
      auditHead: seeded('audit', 32),
      digest,
      ...diffPeopleRows(first.rows, rows),
      ...peopleChanges,
    },
    keys.people,
  );
  const part: CheckpointPart = {
    ...first.part,
    passLists: [],
    sequence: 21,
    peopleSequence: 11,
    peopleDigest: digest,
    ...changes,
  };
  return { peoplePart, checkpointPart: createCheckpointPart(part, keys.checkpoint) };
}
const envelope = (...args: Parameters<typeof next>) => encodePackageEnvelope(next(...args));

describe('accepting an offline package (formats.md §9)', () => {
  it('takes a full package as the first', () => {
    expect(have.people.table.size).toBe(1);
    expect(have.checkpoint).toMatchObject({
      checkpointId: 'south-gate',
      names: { zh: '南门', en: 'South Gate' },
      policy: first.part.policy,
    });
    expect([...have.passLists.keys()].sort()).toEqual([passListName(ownCode, 7), passListName(foreignCode, 7)].sort());
  });

  it('takes a delta onto its base and keeps the lists it has', () => {
    const result = accept(envelope(), { have });
    expect(result).toMatchObject({ ok: true });
    if (!result.ok) return;
    expect(result.state.people.table.row(0).state).toMatchObject({ suspended: true, stopped: true });
    expect(result.state.passLists.size).toBe(2);
    expect(have.people.table.row(0).state.suspended).toBe(false);
  });

  it('takes a checkpoint part alone where the people are the same', () => {
    const part = { ...first.part, passLists: [], sequence: 21 };
    const alone = encodePackageEnvelope({
      peoplePart: null,
      checkpointPart: createCheckpointPart(part, keys.checkpoint),
    });
    expect(accept(alone, { have })).toMatchObject({ ok: true });
  });

  it('skips a pass list it has already', () => {
    expect(accept(envelope({ passLists: first.part.passLists }), { have })).toMatchObject({ ok: true });
  });

  it('drops a pass list that is no longer named', () => {
    const result = accept(envelope({ listSequences: [{ universityCode: ownCode, listNumber: 7, sequence: 1 }] }), {
      have,
    });
    expect(result.ok && [...result.state.passLists.keys()]).toEqual([passListName(ownCode, 7)]);
  });

  it('moves its pins on by what the pinned signers themselves say', () => {
    const stranger = { kid: keys.stranger.kid, key: keys.stranger.compressed };
    const result = accept(envelope({ checkpointSigners: [stranger] }, { signers: [stranger] }), { have });
    expect(result.ok && result.state.pinned).toEqual({ people: [stranger], checkpoint: [stranger] });
  });

  it('is restored from its stored bytes to the same state', () => {
    const restored = restorePackage(crypto, storePackage(have));
    expect(restored.people.table.rows).toEqual(have.people.table.rows);
    expect({ ...restored.people, table: 0 }).toEqual({ ...have.people, table: 0 });
    expect(restored.checkpoint).toEqual(have.checkpoint);
    expect(restored.passLists.get(passListName(ownCode, 7))?.revoked.indices).toEqual(Uint32Array.of(5, 900));
    expect(accept(envelope(), { have: restored })).toMatchObject({ ok: true });
  });

  it('is not restored from damaged bytes', () => {
    const bytes = storePackage(have);
    for (let at = 0; at < 200; at++) {
      const damaged = bytes.slice();
      damaged[at] = damaged[at]! ^ 1;
      expect(() => restorePackage(crypto, damaged)).toThrow(DocumentError);
    }
  });

  const tampered = first.envelope.slice();
  tampered[tampered.length - 200] = tampered[tampered.length - 200]! ^ 1;
  const strangerPart = createCheckpointPart(first.part, keys.stranger);
  const listsOf = (changes: Parameters<typeof makePackage>[0]) => makePackage(changes).envelope;
  it.each<[string, Uint8Array, Partial<Parameters<typeof acceptPackage>[1]>, string]>([
    ['an envelope that is no CBOR', Uint8Array.of(0xff), {}, 'malformed'],
    [
      'an envelope with a third field',
      encodeCbor(
        new Map([
          [1, null],
          [2, first.checkpointPart],
          [3, 1],
        ] as never),
      ),
      {},
      'malformed',
    ],
    [
      'a people part that is a text',
      encodeCbor(
        new Map([
          [1, 'x'],
          [2, first.checkpointPart],
        ] as never),
      ),
      {},
      'malformed',
    ],
    ['a checkpoint part that is missing', encodeCbor(new Map([[1, null]])), {}, 'malformed'],
    ['a byte of the checkpoint part changed', tampered, {}, 'signature-invalid'],
    [
      'a checkpoint part of another signer',
      encodePackageEnvelope({ peoplePart: first.peoplePart, checkpointPart: strangerPart }),
      {},
      'unknown-signer',
    ],
    [
      'a people part in the place of the checkpoint part',
      encodePackageEnvelope({ peoplePart: null, checkpointPart: first.peoplePart }),
      {},
      'wrong-type',
    ],
    [
      'a checkpoint part in the place of the people part',
      encodePackageEnvelope({ peoplePart: first.checkpointPart, checkpointPart: first.checkpointPart }),
      {},
      'wrong-type',
    ],
    ['another checkpoint', first.envelope, { checkpointId: 'library' }, 'other-checkpoint'],
    ['the same sequence again', first.envelope, { have }, 'sequence-not-higher'],
    ['a lower sequence', listsOf({ checkpoint: { sequence: 19 } }), { have }, 'sequence-not-higher'],
    ['a package past its expiry', first.envelope, { nowSeconds: noon + 86_400 * 8 }, 'expired'],
    ['a package made in the future', first.envelope, { nowSeconds: noon - 361 }, 'issued-in-the-future'],
    [
      'no people at all',
      encodePackageEnvelope({ peoplePart: null, checkpointPart: first.checkpointPart }),
      {},
      'people-missing',
    ],
    ['a people signer that is not pinned', first.envelope, { pinned: { ...pinned, people: [] } }, 'unknown-signer'],
    [
      'a people signer the verifier no longer trusts',
      listsOf({ checkpoint: { peopleSigners: [] } }),
      {},
      'unknown-signer',
    ],
    [
      'a people signer only the verifier names',
      listsOf({ checkpoint: { peopleSigners: [{ kid: keys.people.kid, key: keys.stranger.compressed }] } }),
      {},
      'unknown-signer',
    ],
    ['a people part of another sequence', listsOf({ checkpoint: { peopleSequence: 9 } }), {}, 'people-mismatch'],
    [
      'a people part of another digest',
      listsOf({ checkpoint: { peopleDigest: seeded('x', 32) } }),
      {},
      'people-mismatch',
    ],
    [
      'a university other than that of the people',
      listsOf({ checkpoint: { universityCode: foreignCode } }),
      {},
      'other-university',
    ],
    ['a delta without its base', envelope(), {}, 'base-mismatch'],
    ['a delta onto another base', envelope({}, { baseSequence: 9 }), { have }, 'base-mismatch'],
    ['a delta whose digest is wrong', envelope({}, { digest: seeded('x', 32) }), { have }, 'people-digest-mismatch'],
    ['a delta of a key day that is gone', envelope({}, { keyDay: partDay - 1 }), { have }, 'key-day-passed'],
    [
      'a people part with the same sequence',
      encodePackageEnvelope({ ...next(), peoplePart: first.peoplePart }),
      { have },
      'sequence-not-higher',
    ],
    [
      'a pass list older than the one it has',
      encodePackageEnvelope(next({ listSequences: [{ universityCode: ownCode, listNumber: 7, sequence: 0 }] })),
      { have },
      'pass-list-missing',
    ],
    ['a pass list named and not there', listsOf({ checkpoint: { passLists: [] } }), {}, 'pass-list-missing'],
    ['a pass list of another signer', listsOf({ checkpoint: { statusSigners: [] } }), {}, 'unknown-signer'],
  ])('is refused with what it has left in force [%s]', (_, bytes, changes, refusal) => {
    const result = accept(bytes, changes);
    expect(result).toMatchObject({ ok: false, refusal });
  });

  it('is refused at every truncation', () => {
    const bytes = next().checkpointPart;
    for (let end = 0; end < bytes.length; end += 7) {
      expect(
        accept(encodePackageEnvelope({ peoplePart: null, checkpointPart: bytes.subarray(0, end) }), { have }).ok,
      ).toBe(false);
    }
  });
});
