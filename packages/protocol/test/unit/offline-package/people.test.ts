import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyPeopleDelta,
  applyPeoplePart,
  createPeopleDelta,
  createPeoplePart,
  createPeopleTable,
  DocumentError,
  decodePeopleRow,
  decodeRowState,
  diffPeopleRows,
  encodePeopleRows,
  encodeRowState,
  handleOf,
  linkKeyOfDay,
  maskOf,
  type PeopleRow,
  type PeopleState,
  peopleTableDigest,
  verifyPeoplePart,
} from '../../../src/index.js';
import { ENROLMENT_STATES } from '../../../src/student-id/enrolment-states.js';
import {
  crypto,
  foreignCode,
  keys,
  linkKey,
  noon,
  ownCode,
  partDay,
  personRow,
  seeded,
  validState,
} from '../../fixtures.js';

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof DocumentError ? error.code : String(error);
  }
  return 'accepted';
};

/** Rows with keys that look like points; nothing here verifies under them. */
function someone(i: number, changes: Partial<PeopleRow> = {}): PeopleRow {
  return personRow({
    rowNumber: i,
    key: Uint8Array.of(2 + (i & 1), ...seeded(`x ${i}`, 32)),
    linkKey: seeded(`K ${i}`, 16),
    ...changes,
  });
}
const people = Array.from({ length: 40 }, (_, i) => someone(i));
const head = { universityCode: ownCode, keyDay: partDay, issuedAtSeconds: noon, auditHead: seeded('audit', 32) };
const signers = [{ kid: keys.people.kid, key: keys.people.compressed }];
const full = (rows: readonly PeopleRow[], sequence = 1) =>
  createPeoplePart(crypto, { ...head, sequence, rows: encodePeopleRows(rows) }, keys.people);
const verified = (bytes: Uint8Array) => verifyPeoplePart(crypto, bytes, signers);

function stateOf(rows: readonly PeopleRow[], sequence = 1): PeopleState {
  const result = applyPeoplePart(crypto, undefined, verified(full(rows, sequence)));
  if (!result.ok) throw new Error(result.refusal);
  return result.people;
}
/** Every link key moved on to `day`. */
const moved = (rows: readonly PeopleRow[], day: number) =>
  rows.map((row) => ({ ...row, linkKey: linkKeyOfDay(crypto, row.linkKey, partDay, day) }));

function delta(before: readonly PeopleRow[], after: readonly PeopleRow[], changes: object = {}) {
  const rows = encodePeopleRows(after);
  return createPeopleDelta(
    {
      ...head,
      sequence: 2,
      baseSequence: 1,
      digest: peopleTableDigest(crypto, rows),
      ...diffPeopleRows(encodePeopleRows(before), rows),
      ...changes,
    },
    keys.people,
  );
}

describe('state byte', () => {
  it('holds every enrolment state with every flag', () => {
    for (const state of ENROLMENT_STATES) {
      for (let flags = 0; flags < 16; flags++) {
        const byte = (flags << 4) | state.number;
        expect(encodeRowState(decodeRowState(byte)!)).toBe(byte);
        expect(decodeRowState(byte)?.enrolmentState).toBe(state.code);
      }
    }
  });
  it.each([0, 14, 15, 0x80])('does not exist [%s]', (byte) => {
    expect(decodeRowState(byte)).toBeUndefined();
  });
  it('is not made of an unknown state', () => {
    expect(() => encodeRowState({ ...validState, enrolmentState: 'on-holiday' as never })).toThrow(TypeError);
  });
});

describe('people rows', () => {
  it('are 63 bytes each, sorted by key, and read back', () => {
    const rows = encodePeopleRows(people);
    expect(rows).toHaveLength(40 * 63);
    const back = people.map((_, i) => decodePeopleRow(rows, i));
    expect(back.map((row) => row.rowNumber).sort((a, b) => a - b)).toEqual(people.map((row) => row.rowNumber));
    expect(back.find((row) => row.rowNumber === 3)).toMatchObject({
      ...people[3],
      state: { ...validState, stopped: false },
    });
  });
  const rows = encodePeopleRows(people);
  const withByte = (at: number, byte: number) => {
    const copy = rows.slice();
    copy[at] = byte;
    return copy;
  };
  it.each([
    ['part of a row', rows.subarray(1)],
    ['a key that is no compressed point', withByte(4, 4)],
    ['an enrolment state that does not exist', withByte(53, 0x8f)],
    ['two rows in the wrong order', Uint8Array.of(...rows.subarray(63, 126), ...rows.subarray(0, 63))],
    ['a key twice', Uint8Array.of(...rows.subarray(0, 63), ...rows.subarray(0, 63))],
  ])('are refused [%s]', (_, bytes) => {
    expect(codeOf(() => createPeopleTable(crypto, partDay, bytes))).toBe('malformed');
  });
  it.each<[string, Partial<PeopleRow>]>([
    ['a key of 65 bytes', { key: new Uint8Array(65) }],
    ['a link key of 15 bytes', { linkKey: new Uint8Array(15) }],
    ['a portrait id of 9 bytes', { portraitId: new Uint8Array(9) }],
    ['policy class 256', { policyClass: 256 }],
    ['a row number beyond 32 bits', { rowNumber: 2 ** 32 }],
  ])('are not made with [%s]', (_, changes) => {
    expect(() => encodePeopleRows([personRow(changes)])).toThrow();
  });
  it('have no row beyond the last', () => {
    expect(() => decodePeopleRow(rows, 40)).toThrow(RangeError);
  });
});

describe('people table', () => {
  const table = createPeopleTable(crypto, partDay, encodePeopleRows(people));
  const rowNumberAt = (index: number) => table.row(index).rowNumber;

  it('finds everybody by the handle of the day, and their mask with it', () => {
    for (const day of [partDay, partDay + 1, partDay + 3]) {
      for (const person of people) {
        const key = linkKeyOfDay(crypto, person.linkKey, partDay, day);
        const index = table.findByHandle(day, handleOf(crypto, key));
        expect(rowNumberAt(index)).toBe(person.rowNumber);
        expect(table.maskOf(day, index)).toEqual(maskOf(crypto, key));
        expect(table.linkKeyOf(day, index)).toEqual(key);
      }
    }
  });
  it('finds nobody by a stranger’s handle, a handle of another day or of a day that is gone', () => {
    expect(table.findByHandle(partDay, seeded('no handle', 16))).toBe(-1);
    expect(table.findByHandle(partDay + 1, handleOf(crypto, people[0]!.linkKey))).toBe(-1);
    expect(table.findByHandle(partDay - 1, handleOf(crypto, people[0]!.linkKey))).toBe(-1);
  });
  it('is prepared in slices and gives the same answers', () => {
    const sliced = createPeopleTable(crypto, partDay, encodePeopleRows(people));
    let slices = 1;
    while (!sliced.prepareDay(partDay + 1, 7)) slices++;
    expect(slices).toBe(6);
    expect(sliced.prepareDay(partDay - 1, 1)).toBe(true);
    const handle = handleOf(crypto, linkKeyOfDay(crypto, people[9]!.linkKey, partDay, partDay + 1));
    expect(sliced.row(sliced.findByHandle(partDay + 1, handle)).rowNumber).toBe(9);
  });
  it('gives the y of each gate key once prepared, and none for what is no point', () => {
    const mixed = createPeopleTable(
      crypto,
      partDay,
      encodePeopleRows([personRow(), personRow({ key: Uint8Array.of(2, ...new Uint8Array(31), 7) })]),
    );
    expect(mixed.keyOf(0).y).toBeUndefined();
    while (!mixed.prepareKeys(1));
    const prepared = [mixed.keyOf(0), mixed.keyOf(1)].map(({ compressed, y }) =>
      y === undefined ? 'none' : crypto.importVerifyKey(compressed, y),
    );
    expect(prepared.filter((key) => key === 'none')).toHaveLength(1);
    expect(prepared).not.toContain(undefined);
  });
  it('moves on to a later day and forgets the days before', () => {
    const later = table.advanceTo(partDay + 2);
    expect(later.rows).toEqual(encodePeopleRows(moved(people, partDay + 2)));
    const handle = (day: number) => handleOf(crypto, linkKeyOfDay(crypto, people[5]!.linkKey, partDay, day));
    expect(later.row(later.findByHandle(partDay + 2, handle(partDay + 2))).rowNumber).toBe(5);
    expect(later.findByHandle(partDay + 1, handle(partDay + 1))).toBe(-1);
    expect(table.advanceTo(partDay)).toBe(table);
    expect(() => later.advanceTo(partDay)).toThrow(RangeError);
  });
  it('does not touch the bytes it was given when it moves on [Node Buffer]', () => {
    const buffer = Buffer.from(encodePeopleRows(people));
    createPeopleTable(crypto, partDay, buffer).advanceTo(partDay + 1);
    expect(buffer.equals(encodePeopleRows(people))).toBe(true);
  });
});

describe('people part (formats.md §9)', () => {
  it('carries a full table that verifies under the pinned signer', () => {
    const part = verified(full(people));
    expect(part).toMatchObject({ kind: 'full', universityCode: ownCode, keyDay: partDay, sequence: 1 });
    expect(part.rows).toEqual(encodePeopleRows(people));
  });
  it('names the signers from now on where they change', () => {
    const next = [...signers, { kid: keys.stranger.kid, key: keys.stranger.compressed }];
    const bytes = createPeoplePart(
      crypto,
      { ...head, sequence: 1, rows: encodePeopleRows(people), signers: next },
      keys.people,
    );
    expect(verified(bytes).signers).toEqual(next);
  });
  const bytes = full(people);
  const changed = bytes.slice();
  changed[500] = changed[500]! ^ 1;
  it.each<[string, () => unknown, string]>([
    [
      'another signer',
      () =>
        verifyPeoplePart(
          crypto,
          createPeoplePart(crypto, { ...head, sequence: 1, rows: new Uint8Array() }, keys.stranger),
          signers,
        ),
      'unknown-signer',
    ],
    [
      'the kid of the signer over another key',
      () =>
        verifyPeoplePart(
          crypto,
          createPeoplePart(
            crypto,
            { ...head, sequence: 1, rows: new Uint8Array() },
            { ...keys.stranger, kid: keys.people.kid },
          ),
          signers,
        ),
      'signature-invalid',
    ],
    ['a row changed under the signature', () => verified(changed), 'signature-invalid'],
    ['a truncated part', () => verified(bytes.subarray(0, 400)), 'malformed'],
    [
      'rows out of order',
      () =>
        verified(
          createPeoplePart(
            crypto,
            {
              ...head,
              sequence: 1,
              rows: Uint8Array.of(
                ...encodePeopleRows(people).subarray(63),
                ...encodePeopleRows(people).subarray(0, 63),
              ),
            },
            keys.people,
          ),
        ),
      'malformed',
    ],
    ['half a removed key', () => verified(delta(people, people, { removedKeys: new Uint8Array(20) })), 'malformed'],
  ])('is refused [%s]', (_, run, code) => {
    expect(codeOf(run)).toBe(code);
  });

  it('holds 50,000 people in 4 MB and a delta of 300 rows in 20 kB', () => {
    const rows = new Uint8Array(50_000 * 63);
    expect(createPeoplePart(crypto, { ...head, sequence: 1, rows }, keys.people).length).toBeLessThan(4_000_000);
    const changedRows = Array.from({ length: 300 }, (_, i) => someone(i, { policyClass: 9 }));
    expect(delta([], changedRows).length).toBeLessThan(20_000);
  });
});

describe('delta', () => {
  const before = people;
  const after = [...people.slice(3), someone(100), someone(101)].map((row, i) =>
    i === 7 ? { ...row, state: { ...validState, suspended: true } } : row,
  );

  it('gives the table it was made for, and finds the new people', () => {
    const have = stateOf(before);
    have.table.findByHandle(partDay, new Uint8Array(16));
    const result = applyPeopleDelta(crypto, have, verified(delta(before, after)));
    if (!result.ok) throw new Error(result.refusal);
    const { table } = result.people;
    expect(table.rows).toEqual(encodePeopleRows(after));
    for (const person of after)
      expect(table.row(table.findByHandle(partDay, handleOf(crypto, person.linkKey))).rowNumber).toBe(person.rowNumber);
    expect(table.findByHandle(partDay, handleOf(crypto, people[0]!.linkKey))).toBe(-1);
    expect(have.table.rows).toEqual(encodePeopleRows(before));
  });

  it('gives the table it was made for [any change]', () => {
    const some = fc.subarray(people);
    fc.assert(
      fc.property(some, some, (from, to) => {
        const result = applyPeopleDelta(crypto, stateOf(from), verified(delta(from, to)));
        expect(result.ok && result.people.table.rows).toEqual(encodePeopleRows(to));
      }),
      { numRuns: 25 },
    );
  });

  it('of a later key day first moves every link key on', () => {
    const day = partDay + 2;
    const result = applyPeopleDelta(
      crypto,
      stateOf(before),
      verified(delta(moved(before, day), moved(after, day), { keyDay: day })),
    );
    if (!result.ok) throw new Error(result.refusal);
    expect(result.people.table.keyDay).toBe(day);
    const handle = handleOf(crypto, linkKeyOfDay(crypto, people[20]!.linkKey, partDay, day));
    expect(result.people.table.row(result.people.table.findByHandle(day, handle)).rowNumber).toBe(20);
  });

  const have = stateOf(before);
  it.each<[string, Uint8Array, PeopleState | undefined, string]>([
    ['the same sequence', delta(before, after, { sequence: 1, baseSequence: 0 }), have, 'sequence-not-higher'],
    ['another base', delta(before, after, { sequence: 9, baseSequence: 5 }), have, 'base-mismatch'],
    ['nothing to apply it to', delta(before, after), undefined, 'base-mismatch'],
    ['another university', delta(before, after, { universityCode: foreignCode }), have, 'other-university'],
    ['a key day that has passed', delta(before, after, { keyDay: partDay - 1 }), have, 'key-day-passed'],
    ['a key day too far ahead', delta(before, after, { keyDay: partDay + 401 }), have, 'key-day-passed'],
    ['the digest of another table', delta(before, after, { digest: seeded('x', 32) }), have, 'people-digest-mismatch'],
    ['link keys of the day before', delta(before, after, { keyDay: partDay + 1 }), have, 'people-digest-mismatch'],
  ])('is refused [%s]', (_, bytes, state, refusal) => {
    expect(applyPeoplePart(crypto, state, verified(bytes))).toMatchObject({ ok: false, refusal });
  });

  it('is refused as a full part with an older sequence', () => {
    expect(applyPeoplePart(crypto, stateOf(before, 5), verified(full(after, 5)))).toMatchObject({
      refusal: 'sequence-not-higher',
    });
  });

  it('reaches the table of a delta with the same link key as a handle of today [link key fixture]', () => {
    const state = stateOf([personRow()]);
    expect(state.table.findByHandle(partDay, handleOf(crypto, linkKey))).toBe(0);
  });
});
