import type { FindingCode, RowReport } from '../finding.js';
import type { RosterColumnKey } from '../roster-columns.js';
import { enrolmentStatusByWord, type Level, type Sex, type StudyForm } from '../roster-record.js';

/**
 * A check for a column that holds one of a closed list of words.
 *
 * @returns the code for the word, or undefined when it was refused with `unknown`; an empty cell is no known word.
 */
function createWordCheck<T>(
  column: RosterColumnKey,
  unknown: FindingCode,
  words: ReadonlyMap<string, T>,
): (cell: string, report: RowReport) => T | undefined {
  return (cell, report) => {
    const value = words.get(cell) ?? words.get(cell.replace(brackets, ''));
    if (value === undefined) report.add(unknown, column, { found: cell });
    return value;
  };
}
const brackets = /[()（）]/g;

// Words of GB/T 2261.1 beside the two in use.
export const checkSex = createWordCheck<Sex>(
  'sex',
  'sex-unknown',
  new Map<string, Sex>([
    ['男', 1],
    ['女', 2],
    ['男性', 1],
    ['女性', 2],
    ['未知的性别', 0],
    ['未说明的性别', 9],
  ]),
);

export const checkLevel = createWordCheck<Level>(
  'level',
  'level-unknown',
  new Map<string, Level>([
    ['专科', 'junior-college'],
    ['大专', 'junior-college'],
    ['高职', 'junior-college'],
    ['高职专科', 'junior-college'],
    ['专科高职', 'junior-college'],
    ['本科', 'bachelor'],
    ['专升本', 'bachelor'],
    ['第二学士学位', 'second-bachelor'],
    ['二学位', 'second-bachelor'],
    ['硕士', 'master'],
    ['硕士研究生', 'master'],
    ['博士', 'doctor'],
    ['博士研究生', 'doctor'],
    ['预科', 'preparatory'],
  ]),
);

export const checkStudyForm = createWordCheck<StudyForm>(
  'studyForm',
  'study-form-unknown',
  new Map<string, StudyForm>([
    ['全日制', 'full-time'],
    ['普通全日制', 'full-time'],
    ['脱产', 'full-time'],
    ['非全日制', 'part-time'],
    ['业余', 'part-time'],
    ['函授', 'part-time'],
  ]),
);

export const checkEnrolmentStatus = createWordCheck(
  'enrolmentStatus',
  'enrolment-status-unknown',
  enrolmentStatusByWord,
);
