import { RosterFileError } from './finding.js';
import { type RosterColumn, rosterColumns } from './roster-columns.js';

export interface RosterHeader {
  /** The header cells as written, for the file of bad rows. */
  readonly cells: readonly string[];
  /** Known columns with their place in a row, in the order of `rosterColumns`. */
  readonly places: readonly { readonly column: RosterColumn; readonly index: number }[];
  /** For each of `rosterColumns` its place in a row, -1 where the file lacks it. */
  readonly indexes: readonly number[];
  /** Header cells no column answers to; their cells are ignored. */
  readonly ignored: readonly string[];
}

const invisible = /[\p{White_Space}\p{Cc}\p{Cf}]/gu;

/**
 * Finds the columns by name, whatever their order; white space and invisible characters in a name do not count.
 *
 * @throws {RosterFileError} `header-unreadable` (no known name at all, or undecodable), `header-duplicate`,
 * `header-column-missing`.
 */
export function mapHeader(cells: readonly string[]): RosterHeader {
  const names = cells.map((cell) => cell.replace(invisible, ''));
  const places: { column: RosterColumn; index: number }[] = [];
  const twice: string[] = [];
  const missing: string[] = [];
  for (const column of rosterColumns) {
    const index = names.indexOf(column.header);
    if (index !== -1) places.push({ column, index });
    else if (column.required) missing.push(column.header);
    if (index !== -1 && names.indexOf(column.header, index + 1) !== -1) twice.push(column.header);
  }
  if (places.length === 0) throw new RosterFileError('header-unreadable');
  if (twice.length > 0) throw new RosterFileError('header-duplicate', twice);
  if (missing.length > 0) throw new RosterFileError('header-column-missing', missing);
  const known = new Set(places.map((place) => place.index));
  const indexes = rosterColumns.map((column) => names.indexOf(column.header));
  return { cells, places, indexes, ignored: names.filter((name, index) => !known.has(index) && name !== '') };
}
