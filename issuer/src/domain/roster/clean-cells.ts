import type { CleanCells } from './check-row.js';
import { cleanCell, isPlainRow } from './clean-cell.js';
import type { CsvRecord } from './csv-splitter.js';
import type { FindingCode, RowReport } from './finding.js';
import type { RosterHeader } from './map-header.js';
import { maxCellLength, type RosterColumnKey } from './roster-columns.js';

/** Signs of plain rows that may still need mending in a name: a full stop or two dots for one, padding spaces. */
const unusualInName = /[ .*]|··/;
const noCells: CleanCells = { ...pickCells(() => '') };

/** The cells of one row by column, mended, with a remark for each repair. A row that needs none is only picked apart. */
export function cleanCells(record: CsvRecord, header: RosterHeader, report: RowReport): CleanCells {
  const { cells, text } = record;
  const { indexes } = header;
  const name = cells[indexes[1] ?? -1] ?? '';
  // No cell can be too long while the whole row is not.
  if (text.length <= maxCellLength * 2 && isPlainRow(text) && !unusualInName.test(name)) {
    const plain = pickCells((column) => cells[indexes[column] ?? -1] ?? '');
    if (text.length <= maxCellLength || cells.every((cell) => cell.length <= maxCellLength)) return plain;
  }
  const clean: Record<RosterColumnKey, string> = { ...noCells };
  for (const { column, index } of header.places) {
    const raw = cells[index] ?? '';
    const repairs: FindingCode[] = [];
    const cell = cleanCell(raw, column, (code) => repairs.push(code));
    for (const code of repairs) report.add(code, column.key, { found: raw, becomes: cell });
    if (cell.length > maxCellLength) report.add('value-too-long', column.key, { found: cell });
    clean[column.key] = cell;
  }
  return clean;
}

/** One object literal, so that all rows share one shape; `pick` is asked by place in `rosterColumns`. */
function pickCells(pick: (column: number) => string): CleanCells {
  return {
    studentNumber: pick(0),
    name: pick(1),
    sex: pick(2),
    birthDate: pick(3),
    ethnicity: pick(4),
    identityDocumentType: pick(5),
    identityNumber: pick(6),
    universityCode: pick(7),
    college: pick(8),
    majorCode: pick(9),
    major: pick(10),
    className: pick(11),
    grade: pick(12),
    level: pick(13),
    lengthOfStudy: pick(14),
    studyForm: pick(15),
    entryDate: pick(16),
    expectedGraduation: pick(17),
    enrolmentStatus: pick(18),
    campus: pick(19),
    railFrom: pick(20),
    railTo: pick(21),
    phone: pick(22),
    email: pick(23),
    counsellorStaffNumber: pick(24),
  };
}
