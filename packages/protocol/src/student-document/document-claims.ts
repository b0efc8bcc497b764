import { isJsonObject } from '../base64url/strict-json.js';
import type { NameInTwo } from '../student-id/claim-names.js';
import { isStudentIdClaimValue, type StudentIdClaims } from '../student-id/student-id-claims.js';

export const DOCUMENT_VCT = 'urn:lanyard:document:1';

/** What a document says beside who it is for: its facts as the page behind its code shows them. */
export type StudentDocumentFact = { readonly title: NameInTwo; readonly value: NameInTwo };

/** Claims of a document a university issued to one of its students (docs/formats.md). Nothing the paper does not say. */
export type StudentDocumentClaims = Partial<Pick<StudentIdClaims, 'name' | 'student_number'>> &
  Pick<StudentIdClaims, 'university_code' | 'university_name'> & {
    /** 2026-000123, as on the paper. */
    readonly document_number: string;
    /** `enrolment-certificate`: what verifiers ask for. */
    readonly kind: string;
    readonly title: NameInTwo;
    readonly issued_on: string;
    /** Last day, inclusive as on the paper. */
    readonly valid_until: string;
    readonly facts?: readonly StudentDocumentFact[];
  };
export type StudentDocumentClaim = keyof StudentDocumentClaims;

export type StudentDocumentErrorCode = 'document-claim-unknown' | 'document-claim-malformed' | 'document-claim-missing';

/** A claim that does not fit the schema; `claim` names it. */
export class StudentDocumentError extends Error {
  override readonly name = 'StudentDocumentError';
  constructor(
    readonly code: StudentDocumentErrorCode,
    readonly claim: string,
  ) {
    super(`${code}: ${claim}`);
  }
}

/** Ten facts of the register and ten of the case. */
const MAX_FACTS = 20;
const MAX_TEXT_CHARACTERS = 500;

const isText = (value: unknown) => typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT_CHARACTERS;
const isPair = (value: unknown, first: string, second: string, isPart: (part: unknown) => boolean) =>
  isJsonObject(value) && Object.keys(value).length === 2 && isPart(value[first]) && isPart(value[second]);
const isInTwo = (value: unknown) => isPair(value, 'zh', 'en', isText);
const isDay = (value: unknown) => isStudentIdClaimValue('entry_date', value);

const checks: { readonly [Claim in StudentDocumentClaim]: (value: unknown) => boolean } = {
  document_number: (value) => typeof value === 'string' && DOCUMENT_NUMBER.test(value),
  kind: (value) => typeof value === 'string' && /^[a-z][a-z0-9-]{0,39}$/.test(value),
  title: isInTwo,
  university_code: (value) => isStudentIdClaimValue('university_code', value),
  university_name: (value) => isStudentIdClaimValue('university_name', value),
  name: (value) => isStudentIdClaimValue('name', value),
  student_number: (value) => isStudentIdClaimValue('student_number', value),
  issued_on: isDay,
  valid_until: isDay,
  facts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_FACTS &&
    value.every((fact) => isPair(fact, 'title', 'value', isInTwo)),
};

/** The number of a document: the year of its issue, then counted. */
export const DOCUMENT_NUMBER = /^\d{4}-\d{6,12}$/;

export const DOCUMENT_CLAIMS = Object.keys(checks) as readonly StudentDocumentClaim[];
export const REQUIRED_DOCUMENT_CLAIMS: readonly StudentDocumentClaim[] = [
  'document_number',
  'kind',
  'title',
  'university_code',
  'issued_on',
  'valid_until',
];

/** What people read for a claim of a document. */
export const DOCUMENT_CLAIM_NAMES: { readonly [Claim in StudentDocumentClaim]: NameInTwo } = {
  document_number: { zh: '证明编号', en: 'Document number' },
  kind: { zh: '证明种类', en: 'Kind of document' },
  title: { zh: '证明名称', en: 'Title' },
  university_code: { zh: '学校标识码', en: 'University code' },
  university_name: { zh: '学校', en: 'University' },
  name: { zh: '姓名', en: 'Name' },
  student_number: { zh: '学号', en: 'Student number' },
  issued_on: { zh: '出具日期', en: 'Issued on' },
  valid_until: { zh: '有效期至', en: 'Valid until' },
  facts: { zh: '证明内容', en: 'What it certifies' },
};

export const DOCUMENT_LOOK = {
  name: { zh: '电子证明', en: 'Electronic document' },
  backgroundColour: '#2F5D50',
  textColour: '#FFFFFF',
} as const;

/**
 * Checks all claims before issuing, and what a wallet was given. @throws StudentDocumentError `document-claim-unknown`,
 * `document-claim-malformed`, `document-claim-missing`.
 */
export function parseDocumentClaims(value: { readonly [name: string]: unknown }): StudentDocumentClaims {
  for (const [name, claim] of Object.entries(value)) {
    if (!Object.hasOwn(checks, name)) throw new StudentDocumentError('document-claim-unknown', name);
    if (!checks[name as StudentDocumentClaim](claim)) throw new StudentDocumentError('document-claim-malformed', name);
  }
  for (const name of REQUIRED_DOCUMENT_CLAIMS) {
    if (value[name] === undefined) throw new StudentDocumentError('document-claim-missing', name);
  }
  return value as StudentDocumentClaims;
}

/** The claims of a document among those that a verified credential holds; registered ones are left out. @throws StudentDocumentError */
export function documentClaimsOf(claims: { readonly [name: string]: unknown }): StudentDocumentClaims {
  const own = DOCUMENT_CLAIMS.filter((name) => claims[name] !== undefined).map((name) => [name, claims[name]]);
  return parseDocumentClaims(Object.fromEntries(own));
}
