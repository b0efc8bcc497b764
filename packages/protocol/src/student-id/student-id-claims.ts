import { isJsonObject } from '../base64url/strict-json.js';
import { type EnrolmentStatus, isEnrolmentStatus } from './enrolment-states.js';
import { isLevel, isStudyForm, type Level, type StudyForm } from './study-terms.js';

export const STUDENT_ID_VCT = 'urn:lanyard:student-id:1';

/** Claims of the electronic student ID (docs/formats.md, student ID). Every one of them is selectively disclosable. */
export type StudentIdClaims = {
  readonly name: string;
  readonly name_latin?: string;
  /** JPEG as base64url text. */
  readonly portrait?: string;
  readonly student_number: string;
  /** 10 digits. */
  readonly university_code: string;
  readonly university_name?: string;
  readonly college?: string;
  readonly major?: string;
  readonly class?: string;
  readonly level?: Level;
  /** 学制 in years; halves occur. */
  readonly length_of_study?: number;
  readonly study_form?: StudyForm;
  readonly entry_date?: string;
  readonly expected_graduation?: string;
  readonly enrolment_status: EnrolmentStatus;
  readonly registered_until?: string;
  readonly birth_date?: string;
  /** ISO/IEC 5218. */
  readonly sex?: 0 | 1 | 2 | 9;
  readonly identity_document?: { readonly type: string; readonly number: string };
  /** 乘车区间 */
  readonly rail_interval?: { readonly from: string; readonly to: string };
};
export type StudentIdClaim = keyof StudentIdClaims;

export type StudentIdErrorCode = 'student-id-claim-unknown' | 'student-id-claim-malformed' | 'student-id-claim-missing';

/** A claim that does not fit the schema; `claim` names it. */
export class StudentIdError extends Error {
  override readonly name = 'StudentIdError';
  readonly code: StudentIdErrorCode;
  readonly claim: string;
  constructor(code: StudentIdErrorCode, claim: string) {
    super(`${code}: ${claim}`);
    this.code = code;
    this.claim = claim;
  }
}

const MAX_TEXT_CHARACTERS = 200;
/** 12 kB of JPEG as base64url. */
const MAX_PORTRAIT_CHARACTERS = 16_384;
const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const checks: { readonly [Claim in StudentIdClaim]: (value: unknown) => boolean } = {
  name: isText,
  name_latin: isText,
  portrait: (value) =>
    typeof value === 'string' && value.length <= MAX_PORTRAIT_CHARACTERS && /^[A-Za-z0-9_-]+$/.test(value),
  student_number: (value) => typeof value === 'string' && /^[0-9A-Za-z-]{1,32}$/.test(value),
  university_code: (value) => typeof value === 'string' && /^[0-9]{10}$/.test(value),
  university_name: isText,
  college: isText,
  major: isText,
  class: isText,
  level: isLevel,
  length_of_study: (value) => typeof value === 'number' && value > 0 && value <= 10 && Number.isInteger(value * 2),
  study_form: isStudyForm,
  entry_date: isFullDate,
  expected_graduation: isFullDate,
  enrolment_status: isEnrolmentStatus,
  registered_until: isFullDate,
  birth_date: isFullDate,
  sex: (value) => value === 0 || value === 1 || value === 2 || value === 9,
  identity_document: (value) => isTextPair(value, 'type', 'number'),
  rail_interval: (value) => isTextPair(value, 'from', 'to'),
};

/** The claims in the order of docs/formats.md. */
export const STUDENT_ID_CLAIMS = Object.keys(checks) as readonly StudentIdClaim[];
export const REQUIRED_STUDENT_ID_CLAIMS: readonly StudentIdClaim[] = [
  'name',
  'student_number',
  'university_code',
  'enrolment_status',
];

/**
 * Checks all claims before issuing. @throws StudentIdError `student-id-claim-unknown`,
 * `student-id-claim-malformed`, `student-id-claim-missing`.
 */
export function parseStudentIdClaims(value: { readonly [name: string]: unknown }): StudentIdClaims {
  for (const [name, claim] of Object.entries(value)) requireClaim(name, claim);
  for (const name of REQUIRED_STUDENT_ID_CLAIMS) {
    if (value[name] === undefined) throw new StudentIdError('student-id-claim-missing', name);
  }
  return value as StudentIdClaims;
}

/**
 * The student-ID claims among those that a verified credential disclosed; the registered claims are left out.
 * @throws StudentIdError `student-id-claim-malformed`.
 */
export function disclosedStudentIdClaims(claims: { readonly [name: string]: unknown }): Partial<StudentIdClaims> {
  const result: { [name: string]: unknown } = {};
  for (const name of STUDENT_ID_CLAIMS) {
    if (!Object.hasOwn(claims, name)) continue;
    requireClaim(name, claims[name]);
    result[name] = claims[name];
  }
  return result;
}

/** Whether a value fits the schema of one claim. */
export const isStudentIdClaimValue = (name: StudentIdClaim, value: unknown): boolean => checks[name](value);

function requireClaim(name: string, value: unknown): void {
  if (!Object.hasOwn(checks, name)) throw new StudentIdError('student-id-claim-unknown', name);
  if (!checks[name as StudentIdClaim](value)) throw new StudentIdError('student-id-claim-malformed', name);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT_CHARACTERS;
}

function isTextPair(value: unknown, first: string, second: string): boolean {
  return isJsonObject(value) && Object.keys(value).length === 2 && isText(value[first]) && isText(value[second]);
}

/** A day of RFC 3339 full-date that exists. */
function isFullDate(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value)) return false;
  const year = Number(value.slice(0, 4));
  const month = Number(value.slice(5, 7));
  const day = Number(value.slice(8));
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2 && day === 29) return leap;
  return day >= 1 && day <= (DAYS_OF_MONTH[month - 1] ?? 0);
}
