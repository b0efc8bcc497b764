import { nameKeysOf } from '../../domain/roster/name-keys.js';
import type { RosterRecord } from '../../domain/roster/roster-record.js';
import { type FieldSealer, fieldPlace } from './field-sealer.js';

/** Columns of the staging table in the order of `toStagingLine`. */
export const stagingColumns = [
  'student_number',
  'name',
  'sex',
  'birth_date',
  'ethnicity',
  'identity_document_type',
  'college',
  'major_code',
  'major',
  'class',
  'grade',
  'level',
  'length_of_study',
  'study_form',
  'entry_date',
  'expected_graduation',
  'enrolment_status',
  'campus',
  'rail_from',
  'rail_to',
  'counsellor_staff_number',
  'line',
  'identity_number_masked',
  'identity_number_hash',
  'contact_hash',
  'row_digest',
  'name_match_key',
  'name_latin',
  'pinyin_full',
  'pinyin_initials',
  'identity_number_encrypted',
  'phone_encrypted',
  'email_encrypted',
] as const;

/** The imported columns as one text, whose digest recognises an unchanged row. Cleaned cells hold no tabs. */
export function rowImage(record: RosterRecord): string {
  return `${openColumns(record)}\t${record.identityNumber}\t${record.phone}\t${record.email}`;
}

function openColumns(record: RosterRecord): string {
  return (
    `${record.studentNumber}\t${record.name}\t${record.sex}\t${record.birthDate}\t${record.ethnicity}\t` +
    `${record.identityDocumentType}\t${record.college}\t${record.majorCode}\t${record.major}\t${record.className}\t` +
    `${record.grade}\t${record.level}\t${record.lengthOfStudy}\t${record.studyForm}\t${record.entryDate}\t` +
    `${record.expectedGraduation}\t${record.enrolmentStatus}\t${record.campus}\t${record.railFrom}\t` +
    `${record.railTo}\t${record.counsellorStaffNumber}`
  );
}

const contactHashBytes = 16;

/**
 * One line of COPY in text format. A dry run needs only what the difference compares; sealing and the name's other
 * forms are left out then.
 */
export function toStagingLine(
  record: RosterRecord,
  line: number,
  rowDigest: string,
  sealer: FieldSealer,
  dryRun: boolean,
): string {
  const identityHash = sealer.hash(record.identityNumber).toString('hex');
  const contactHash = sealer.hash(`${record.phone}\t${record.email}`).toString('hex', 0, contactHashBytes);
  const checked =
    `${escapeText(openColumns(record))}\t${line}\t${escapeText(masked(record.identityNumber))}\t` +
    `\\\\x${identityHash}\t\\\\x${contactHash}\t\\\\x${rowDigest}`;
  if (dryRun) return `${checked}\t\t\t\t\t\\N\t\\N\t\\N\n`;
  const keys = nameKeysOf(record.name);
  const number = record.studentNumber;
  const sealed = (column: 'identity_number' | 'phone' | 'email', text: string) =>
    text === '' ? '\\N' : `\\\\x${sealer.seal(text, fieldPlace(column, number)).toString('hex')}`;
  return (
    `${checked}\t${escapeText(`${keys.matchKey}\t${keys.latin}\t${keys.full}\t${keys.initials}`)}\t` +
    `${sealed('identity_number', record.identityNumber)}\t${sealed('phone', record.phone)}\t` +
    `${sealed('email', record.email)}\n`
  );
}

/** Cleaned cells hold no control characters, so the backslash is all that COPY could misread. */
function escapeText(text: string): string {
  return text.includes('\\') ? text.replaceAll('\\', '\\\\') : text;
}

function masked(identityNumber: string): string {
  if (identityNumber.length < 3) return '*'.repeat(identityNumber.length);
  return `${identityNumber.slice(0, 1)}${'*'.repeat(identityNumber.length - 2)}${identityNumber.slice(-1)}`;
}
