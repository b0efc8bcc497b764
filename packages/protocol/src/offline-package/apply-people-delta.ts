import { copyBytes, equalBytes } from '../bytes/bytes.js';
import type { CryptoPort } from '../crypto/port.js';
import { peopleTableDigest } from './create-people-part.js';
import type { VerifiedPeoplePart } from './parse-people-part.js';
import { compareKeys, gateKeyBytes, peopleRowBytes, rowAt } from './people-row.js';
import { createPeopleTable, type PeopleTable } from './people-table.js';

/** The people a reader works with: a table and which part it stands for. */
export interface PeopleState {
  readonly universityCode: string;
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly issuedAtSeconds: number;
  readonly table: PeopleTable;
}

/** Why a people part does not fit. */
export type PeopleRefusal =
  | 'other-university'
  | 'sequence-not-higher'
  | 'base-mismatch'
  | 'key-day-passed'
  | 'people-digest-mismatch';

export type ApplyPeopleResult =
  | { readonly ok: true; readonly people: PeopleState }
  | { readonly ok: false; readonly refusal: PeopleRefusal; readonly detail: string };

/** Link keys are moved on by at most this many days at once. */
const maxDaysForward = 400;

/**
 * Applies a verified part to what the reader has: a full part onto anything of the same university with a lower
 * sequence, a delta only onto its exact base. A delta of a later key day first moves every link key on. The digest is
 * checked before the new state is handed out; the old state stays as it was.
 */
export function applyPeoplePart(
  crypto: Pick<CryptoPort, 'sha256' | 'hmacSha256' | 'decompress'>,
  have: PeopleState | undefined,
  part: VerifiedPeoplePart,
): ApplyPeopleResult {
  if (have !== undefined) {
    if (have.universityCode !== part.universityCode) return refuse('other-university', part.universityCode);
    if (part.sequence <= have.sequence) return refuse('sequence-not-higher', `${part.sequence} after ${have.sequence}`);
  }
  let table: PeopleTable;
  if (part.kind === 'full') table = createPeopleTable(crypto, part.keyDay, copyBytes(part.rows));
  else {
    if (have === undefined || part.baseSequence !== have.sequence) {
      return refuse('base-mismatch', `delta onto ${part.baseSequence}, have ${have?.sequence ?? 'nothing'}`);
    }
    const days = part.keyDay - have.table.keyDay;
    if (days < 0 || days > maxDaysForward) return refuse('key-day-passed', `${days} days`);
    table = merge(have.table.advanceTo(part.keyDay), part.removedKeys, part.rows);
  }
  if (!equalBytes(peopleTableDigest(crypto, table.rows), part.digest)) {
    return refuse('people-digest-mismatch', `sequence ${part.sequence}`);
  }
  const { universityCode, sequence, issuedAtSeconds } = part;
  const people = { universityCode, sequence, issuedAtSeconds, digest: copyBytes(part.digest), table };
  return { ok: true, people };
}

/** {@link applyPeoplePart} for a reader that has people already. */
export function applyPeopleDelta(
  crypto: Pick<CryptoPort, 'sha256' | 'hmacSha256' | 'decompress'>,
  have: PeopleState,
  part: VerifiedPeoplePart,
): ApplyPeopleResult {
  return applyPeoplePart(crypto, have, part);
}

function refuse(refusal: PeopleRefusal, detail: string): ApplyPeopleResult {
  return { ok: false, refusal, detail };
}

/** Removes and puts in one pass over sorted rows. A removed key that is not there is left to the digest to find. */
function merge(table: PeopleTable, removedKeys: Uint8Array, put: Uint8Array): PeopleTable {
  const removed = new Set<string>();
  for (let at = 0; at < removedKeys.length; at += gateKeyBytes) {
    removed.add(String.fromCharCode(...removedKeys.subarray(at, at + gateKeyBytes)));
  }
  const { rows } = table;
  const out = new Uint8Array(rows.length + put.length);
  const from: number[] = [];
  let a = 0;
  let b = 0;
  let end = 0;
  while (a < rows.length || b < put.length) {
    const order = a >= rows.length ? 1 : b >= put.length ? -1 : compareKeys(rows, a, put, b);
    if (order >= 0) {
      out.set(put.subarray(b, b + peopleRowBytes), end);
      from.push(-1);
      b += peopleRowBytes;
      end += peopleRowBytes;
    } else if (removed.size === 0 || !removed.has(keyName(rows, a))) {
      out.set(rows.subarray(a, a + peopleRowBytes), end);
      from.push(a / peopleRowBytes);
      end += peopleRowBytes;
    }
    if (order <= 0) a += peopleRowBytes;
  }
  return table.replaceRows(out.slice(0, end), Int32Array.from(from));
}

function keyName(rows: Uint8Array, at: number): string {
  return String.fromCharCode(...rows.subarray(at + rowAt.key, at + rowAt.linkKey));
}
