import { compareBytes, copyBytes, readUint32, writeUint32 } from '../bytes/bytes.js';
import { DocumentError } from '../errors.js';
import { decodeRowState, encodeRowState, isRowState, type RowState } from './row-state.js';

/** Size of one row in bytes. */
export const peopleRowBytes = 63;
/** Where each field of a row starts. */
export const rowAt = { rowNumber: 0, key: 4, linkKey: 37, state: 53, policyClass: 54, portraitId: 55 } as const;
/** Size of a compressed gate key. */
export const gateKeyBytes = 33;

/** One gate key of one person. Two rows may carry the same row number while a gate key is being renewed. */
export interface PeopleRow {
  /** Random 32-bit number of the person, new each academic year. */
  readonly rowNumber: number;
  /** Gate key, compressed, 33 bytes. */
  readonly key: Uint8Array;
  /** K of the key day of the part, 16 bytes. */
  readonly linkKey: Uint8Array;
  readonly state: Omit<RowState, 'stopped'> & { readonly stopped?: boolean };
  /** 0 to 255, given by the issuer and matched by policies. */
  readonly policyClass: number;
  /** First 8 bytes of the portrait's SHA-256; zeros where there is none. */
  readonly portraitId: Uint8Array;
}

/** Rows in the order of their keys, one after the other: the table whose digest both parts of a package name. */
export function encodePeopleRows(rows: readonly PeopleRow[]): Uint8Array {
  const sorted = [...rows].sort((a, b) => compareBytes(a.key, b.key));
  const out = new Uint8Array(sorted.length * peopleRowBytes);
  sorted.forEach((row, index) => {
    writeRow(out, index * peopleRowBytes, row);
  });
  checkPeopleRows(out);
  return out;
}

function writeRow(out: Uint8Array, at: number, row: PeopleRow): void {
  if (row.key.length !== gateKeyBytes || row.linkKey.length !== 16 || row.portraitId.length !== 8) {
    throw new TypeError('a row has a key of 33, a link key of 16 and a portrait id of 8 bytes');
  }
  if (!Number.isInteger(row.policyClass) || row.policyClass < 0 || row.policyClass > 255) {
    throw new TypeError('a policy class is 0 to 255');
  }
  writeUint32(out, at + rowAt.rowNumber, row.rowNumber);
  out.set(row.key, at + rowAt.key);
  out.set(row.linkKey, at + rowAt.linkKey);
  out[at + rowAt.state] = encodeRowState(row.state);
  out[at + rowAt.policyClass] = row.policyClass;
  out.set(row.portraitId, at + rowAt.portraitId);
}

/** The row at `index` of encoded rows; its byte strings are copies. */
export function decodePeopleRow(rows: Uint8Array, index: number): PeopleRow & { readonly state: RowState } {
  const at = index * peopleRowBytes;
  const state = decodeRowState(rows[at + rowAt.state] ?? 0);
  if (state === undefined) throw new RangeError('no such row');
  return {
    rowNumber: readUint32(rows, at),
    key: copyBytes(rows.subarray(at + rowAt.key, at + rowAt.linkKey)),
    linkKey: copyBytes(rows.subarray(at + rowAt.linkKey, at + rowAt.state)),
    state,
    policyClass: rows[at + rowAt.policyClass] as number,
    portraitId: copyBytes(rows.subarray(at + rowAt.portraitId, at + peopleRowBytes)),
  };
}

/** A row without its keys: what a verdict needs, cheap enough for each code. */
export interface PersonOfRow {
  readonly rowNumber: number;
  readonly state: RowState;
  readonly policyClass: number;
  /** Undefined where there is no portrait (all zeros). */
  readonly portraitId: Uint8Array | undefined;
}

/** The person of the row at `index` of encoded rows. */
export function personOfRow(rows: Uint8Array, index: number): PersonOfRow {
  const at = index * peopleRowBytes;
  const state = decodeRowState(rows[at + rowAt.state] ?? 0);
  if (state === undefined) throw new RangeError('no such row');
  let portraitId: Uint8Array | undefined;
  for (let i = at + rowAt.portraitId; i < at + peopleRowBytes && portraitId === undefined; i++) {
    if (rows[i] !== 0) portraitId = copyBytes(rows.subarray(at + rowAt.portraitId, at + peopleRowBytes));
  }
  return { rowNumber: readUint32(rows, at), state, policyClass: rows[at + rowAt.policyClass] as number, portraitId };
}

/** Which of the wanted row numbers stand in encoded rows; reads four bytes of each row. */
export function rowNumbersIn(rows: Uint8Array, wanted: ReadonlySet<number>): Set<number> {
  const found = new Set<number>();
  for (let at = 0; at < rows.length; at += peopleRowBytes) {
    const rowNumber = readUint32(rows, at);
    if (wanted.has(rowNumber)) found.add(rowNumber);
  }
  return found;
}

/**
 * Checks whole rows, strictly ascending keys, key heads and state numbers. Keys are not checked to be on the curve:
 * that costs 25 µs each and happens when a key is first used.
 * @throws DocumentError `malformed`.
 */
export function checkPeopleRows(rows: Uint8Array): void {
  if (rows.length % peopleRowBytes !== 0) throw malformed('rows are not whole');
  for (let at = 0; at < rows.length; at += peopleRowBytes) {
    const head = rows[at + rowAt.key];
    if (head !== 2 && head !== 3) throw malformed('gate key is not a compressed point');
    if (!isRowState(rows[at + rowAt.state] as number)) throw malformed('unknown enrolment state');
    if (at > 0 && compareKeys(rows, at - peopleRowBytes, rows, at) >= 0) throw malformed('keys out of order');
  }
}

/** Order of the keys of two rows that start at `a` and `b`. */
export function compareKeys(left: Uint8Array, a: number, right: Uint8Array, b: number): number {
  for (let i = rowAt.key; i < rowAt.linkKey; i++) {
    const difference = (left[a + i] as number) - (right[b + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function malformed(detail: string): DocumentError {
  return new DocumentError('people-part', 'malformed', detail);
}
