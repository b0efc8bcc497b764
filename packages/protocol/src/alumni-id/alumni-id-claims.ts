import type { NameInTwo } from '../student-id/claim-names.js';
import { ENROLMENT_STATES, type EnrolmentStatus } from '../student-id/enrolment-states.js';
import { isStudentIdClaimValue, type StudentIdClaims, StudentIdError } from '../student-id/student-id-claims.js';

export const ALUMNI_ID_VCT = 'urn:lanyard:alumni-id:1';

type Shared = Pick<
  StudentIdClaims,
  'name' | 'name_latin' | 'portrait' | 'student_number' | 'university_code' | 'university_name'
> &
  Pick<StudentIdClaims, 'college' | 'major' | 'level' | 'entry_date'>;

/** How a person may end for whom there is an alumni ID. */
export type AlumniOutcome = Extract<EnrolmentStatus, 'graduated' | 'completed' | 'attended'>;
const OUTCOMES = ENROLMENT_STATES.filter((state) => state.alumniCredential).map((state) => state.code);

/** Claims of the alumni ID (docs/formats.md). It says what was; nothing in it says that somebody studies. */
export type AlumniIdClaims = Shared & {
  readonly left_on: string;
  readonly outcome: AlumniOutcome;
};
export type AlumniIdClaim = keyof AlumniIdClaims;

const shared = (name: keyof Shared) => (value: unknown) => isStudentIdClaimValue(name, value);
const checks: { readonly [Claim in AlumniIdClaim]: (value: unknown) => boolean } = {
  name: shared('name'),
  name_latin: shared('name_latin'),
  portrait: shared('portrait'),
  student_number: shared('student_number'),
  university_code: shared('university_code'),
  university_name: shared('university_name'),
  college: shared('college'),
  major: shared('major'),
  level: shared('level'),
  entry_date: shared('entry_date'),
  left_on: shared('entry_date'),
  outcome: (value) => OUTCOMES.some((outcome) => outcome === value),
};

export const ALUMNI_ID_CLAIMS = Object.keys(checks) as readonly AlumniIdClaim[];
export const REQUIRED_ALUMNI_ID_CLAIMS: readonly AlumniIdClaim[] = [
  'name',
  'student_number',
  'university_code',
  'left_on',
  'outcome',
];

/** What people read, for claims the student ID does not have. */
export const ALUMNI_ID_OWN_CLAIM_NAMES: { readonly [claim: string]: NameInTwo } = {
  left_on: { zh: '离校日期', en: 'Date of leaving' },
  outcome: { zh: '学业结果', en: 'Outcome of study' },
};

export const ALUMNI_ID_LOOK = {
  name: { zh: '电子校友证', en: 'Electronic alumni ID' },
  backgroundColour: '#4A3B6B',
  textColour: '#FFFFFF',
} as const;

/**
 * Checks all claims before issuing. @throws StudentIdError `student-id-claim-unknown`,
 * `student-id-claim-malformed`, `student-id-claim-missing`.
 */
export function parseAlumniIdClaims(value: { readonly [name: string]: unknown }): AlumniIdClaims {
  for (const [name, claim] of Object.entries(value)) {
    if (!Object.hasOwn(checks, name)) throw new StudentIdError('student-id-claim-unknown', name);
    if (!checks[name as AlumniIdClaim](claim)) throw new StudentIdError('student-id-claim-malformed', name);
  }
  for (const name of REQUIRED_ALUMNI_ID_CLAIMS) {
    if (value[name] === undefined) throw new StudentIdError('student-id-claim-missing', name);
  }
  return value as AlumniIdClaims;
}
