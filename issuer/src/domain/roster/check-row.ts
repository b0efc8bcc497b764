import { createDateCheck } from './checks/check-date.js';
import { checkIdentityNumber, identityDocumentTypeOf } from './checks/check-identity-number.js';
import { checkGrade, checkLengthOfStudy } from './checks/check-numbers.js';
import { checkStudentNumber } from './checks/check-student-number.js';
import { checkUniversityCode } from './checks/check-university-code.js';
import { checkEnrolmentStatus, checkLevel, checkSex, checkStudyForm } from './checks/check-words.js';
import { createDuplicateIndex } from './duplicate-index.js';
import type { RowReport } from './finding.js';
import type { RosterColumnKey } from './roster-columns.js';
import type { RosterRecord } from './roster-record.js';

export type CleanCells = Readonly<Record<RosterColumnKey, string>>;

/**
 * All checks of one row in the order in which a person would want to hear of them. It remembers numbers from row to
 * row: a later row that repeats the student number or the identity document of an earlier one is refused, even where
 * the earlier one was refused for another reason, because only a person can say which of the two is right.
 *
 * @returns a check that answers the record, or undefined when the row was refused.
 */
export function createRowCheck(universityCode: string) {
  const studentNumbers = createDuplicateIndex();
  const identityNumbers = createDuplicateIndex();
  const checkBirthDate = createDateCheck('birthDate', 'birth-date-impossible');
  const checkEntryDate = createDateCheck('entryDate', 'entry-date-impossible');
  const checkGraduation = createDateCheck('expectedGraduation', 'expected-graduation-impossible');

  return (cells: CleanCells, line: number, report: RowReport): RosterRecord | undefined => {
    const numbered = checkStudentNumber(cells.studentNumber, report);
    if (numbered) {
      const sameAsLine = studentNumbers.firstLineOf(cells.studentNumber, line);
      if (sameAsLine !== 0) report.add('student-number-duplicate', 'studentNumber', { sameAsLine });
    }
    if (cells.name === '') report.add('name-missing', 'name');
    const sex = checkSex(cells.sex, report);
    const birthDate = checkBirthDate(cells.birthDate, report);
    const identityDocumentType = identityDocumentTypeOf(cells.identityDocumentType);
    if (identityDocumentType === '') report.add('value-missing', 'identityDocumentType');
    const identityNumber = checkIdentityNumber(identityDocumentType, cells.identityNumber, birthDate, sex, report);
    if (identityNumber !== undefined) {
      const sameAsLine = identityNumbers.firstLineOf(`${identityNumber}\n${identityDocumentType}`, line);
      if (sameAsLine !== 0) report.add('identity-number-duplicate', 'identityNumber', { sameAsLine });
    }
    const ours = checkUniversityCode(cells.universityCode, universityCode, report);
    if (cells.college === '') report.add('value-missing', 'college');
    if (cells.major === '') report.add('value-missing', 'major');
    const grade = checkGrade(cells.grade, report);
    const level = checkLevel(cells.level, report);
    const lengthOfStudy = checkLengthOfStudy(cells.lengthOfStudy, report);
    const studyForm = checkStudyForm(cells.studyForm, report);
    const entryDate = checkEntryDate(cells.entryDate, report);
    const expectedGraduation = checkGraduation(cells.expectedGraduation, report);
    // full-dates compare as text.
    if (entryDate !== undefined && expectedGraduation !== undefined && expectedGraduation <= entryDate) {
      report.add('graduation-before-entry', 'expectedGraduation', { found: cells.expectedGraduation });
    }
    const enrolmentStatus = checkEnrolmentStatus(cells.enrolmentStatus, report);

    if (
      !numbered ||
      !ours ||
      sex === undefined ||
      birthDate === undefined ||
      identityNumber === undefined ||
      grade === undefined ||
      level === undefined ||
      lengthOfStudy === undefined ||
      studyForm === undefined ||
      entryDate === undefined ||
      expectedGraduation === undefined ||
      enrolmentStatus === undefined
    ) {
      return undefined;
    }
    return {
      studentNumber: cells.studentNumber,
      name: cells.name,
      sex,
      birthDate,
      ethnicity: cells.ethnicity,
      identityDocumentType,
      identityNumber,
      college: cells.college,
      majorCode: cells.majorCode,
      major: cells.major,
      className: cells.className,
      grade,
      level,
      lengthOfStudy,
      studyForm,
      entryDate,
      expectedGraduation,
      enrolmentStatus,
      campus: cells.campus,
      railFrom: cells.railFrom,
      railTo: cells.railTo,
      phone: cells.phone,
      email: cells.email,
      counsellorStaffNumber: cells.counsellorStaffNumber,
    };
  };
}
