import { copyBytes } from '../bytes/bytes.js';
import type { CryptoPort } from '../crypto/port.js';
import { linkKeyOfDay } from '../gate-key/gate-key.js';
import { createHandleIndex, type HandleIndex } from './handle-index.js';
import {
  checkPeopleRows,
  decodePeopleRow,
  type PeopleRow,
  type PersonOfRow,
  peopleRowBytes,
  personOfRow,
  rowAt,
} from './people-row.js';
import type { RowState } from './row-state.js';

/** The people of a package in compact columns; never changed, a delta makes a new one. About 110 bytes a row. */
export interface PeopleTable {
  /** The day of the link keys in `rows`. */
  readonly keyDay: number;
  readonly size: number;
  /** Encoded rows in the order of their keys; read only. */
  readonly rows: Uint8Array;
  row(index: number): PeopleRow & { readonly state: RowState };
  /** The same without keys: for verdicts. */
  person(index: number): PersonOfRow;
  /**
   * Row of a handle on a key day, or -1; also -1 for a day before `keyDay`, whose link keys are gone. Builds what is
   * missing of that day first (0.2 s for 50,000 rows): call `prepareDay` in slices ahead of time.
   */
  findByHandle(day: number, handle: Uint8Array): number;
  /** mask of a row on a key day that `findByHandle` has answered for. */
  maskOf(day: number, index: number): Uint8Array;
  /** Gate key of a row, and its y coordinate once `prepareKeys` has come by. */
  keyOf(index: number): { readonly compressed: Uint8Array; readonly y?: Uint8Array };
  /** Builds up to `maxRows` further rows of a day's index; true once the day is ready. */
  prepareDay(day: number, maxRows: number): boolean;
  /** Decompresses up to `maxRows` further gate keys (25 µs each), which halves the first check of each; true at the end. */
  prepareKeys(maxRows: number): boolean;
  /** The same people with every link key moved on to `day`; earlier days cannot be found or derived any more. */
  advanceTo(day: number): PeopleTable;
  /** A table with other rows that keeps what is computed: `from[newRow]` is the row here, or -1 for a new or changed one. */
  replaceRows(rows: Uint8Array, from: Int32Array): PeopleTable;
  /** Link key of a row on `day`. */
  linkKeyOf(day: number, index: number): Uint8Array;
}

interface Ready {
  readonly days: ReadonlyMap<number, HandleIndex>;
  readonly ys: Uint8Array;
  readonly yKnown: Uint8Array;
}

/**
 * A table over checked rows of one key day.
 * @throws DocumentError `malformed` for rows that are not whole, sorted or of known states.
 */
export function createPeopleTable(
  crypto: Pick<CryptoPort, 'hmacSha256' | 'decompress'>,
  keyDay: number,
  rows: Uint8Array,
): PeopleTable {
  checkPeopleRows(rows);
  return tableOf(crypto, keyDay, rows);
}

function tableOf(
  crypto: Pick<CryptoPort, 'hmacSha256' | 'decompress'>,
  keyDay: number,
  rows: Uint8Array,
  ready?: Ready,
): PeopleTable {
  const size = rows.length / peopleRowBytes;
  const days = new Map(ready?.days ?? []);
  const ys = ready?.ys ?? new Uint8Array(size * 32);
  const yKnown = ready?.yKnown ?? new Uint8Array(size);
  let decompressed = 0;

  const linkKeyInRow = (index: number): Uint8Array => {
    const at = index * peopleRowBytes + rowAt.linkKey;
    return rows.subarray(at, at + 16);
  };
  /** The latest day whose index is ready and not after `day`, so that a week offline is not walked again each day. */
  const linkKeyBefore = (day: number) => {
    let nearest: HandleIndex | undefined;
    for (const index of days.values()) {
      if (index.ready && index.day < day && index.day > (nearest?.day ?? keyDay)) nearest = index;
    }
    return (index: number) =>
      nearest === undefined
        ? { day: keyDay, linkKey: linkKeyInRow(index) }
        : { day: nearest.day, linkKey: nearest.linkKey(index) };
  };
  const indexOf = (day: number): HandleIndex => {
    const kept = days.get(day);
    if (kept !== undefined) return kept;
    const made = createHandleIndex(crypto, day, size, linkKeyBefore(day));
    days.set(day, made);
    return made;
  };
  const compressedOf = (index: number): Uint8Array => {
    const at = index * peopleRowBytes;
    return rows.subarray(at + rowAt.key, at + rowAt.linkKey);
  };

  const table: PeopleTable = {
    keyDay,
    size,
    rows,
    row: (index) => decodePeopleRow(rows, index),
    person: (index) => personOfRow(rows, index),
    findByHandle(day, handle) {
      if (day < keyDay) return -1;
      const index = indexOf(day);
      if (!index.ready) index.build(size);
      return index.find(handle);
    },
    maskOf: (day, index) => indexOf(day).mask(index),
    keyOf(index) {
      const compressed = compressedOf(index);
      return yKnown[index] === 1 ? { compressed, y: ys.subarray(index * 32, index * 32 + 32) } : { compressed };
    },
    prepareDay: (day, maxRows) => day < keyDay || indexOf(day).build(maxRows),
    prepareKeys(maxRows) {
      const end = Math.min(size, decompressed + maxRows);
      for (; decompressed < end; decompressed++) {
        if (yKnown[decompressed] !== 0) continue;
        const y = crypto.decompress(compressedOf(decompressed));
        if (y !== undefined) ys.set(y, decompressed * 32);
        yKnown[decompressed] = y === undefined ? 2 : 1;
      }
      return decompressed >= size;
    },
    linkKeyOf(day, index) {
      const prepared = days.get(day);
      if (prepared?.ready === true) return prepared.linkKey(index);
      const start = linkKeyBefore(day)(index);
      return linkKeyOfDay(crypto, start.linkKey, start.day, day);
    },
    advanceTo(day) {
      if (day < keyDay) throw new RangeError('link keys of earlier days are gone');
      if (day === keyDay) return table;
      const moved = copyBytes(rows);
      for (let index = 0; index < size; index++) {
        moved.set(table.linkKeyOf(day, index), index * peopleRowBytes + rowAt.linkKey);
      }
      const kept = new Map([...days].filter(([kept]) => kept >= day));
      return tableOf(crypto, day, moved, { days: kept, ys, yKnown });
    },
    replaceRows(nextRows, from) {
      checkPeopleRows(nextRows);
      const nextYs = new Uint8Array(from.length * 32);
      const nextKnown = new Uint8Array(from.length);
      from.forEach((old, row) => {
        if (old < 0) return;
        nextYs.set(ys.subarray(old * 32, old * 32 + 32), row * 32);
        nextKnown[row] = yKnown[old] as number;
      });
      const nextKey = (index: number) => {
        const at = index * peopleRowBytes + rowAt.linkKey;
        return { day: keyDay, linkKey: nextRows.subarray(at, at + 16) };
      };
      const nextDays = new Map([...days].map(([day, index]) => [day, index.carry(from, nextKey)]));
      return tableOf(crypto, keyDay, nextRows, { days: nextDays, ys: nextYs, yKnown: nextKnown });
    },
  };
  return table;
}
