import { decodeBase64url, encodeBase64url } from '../base64url/base64url.js';
import { type CborItem, cborTag, isCborItemMap, isTagged } from '../cbor/cbor-value.js';
import type { MdocElements } from '../mdoc/elements.js';
import {
  disclosedStudentIdClaims,
  parseStudentIdClaims,
  STUDENT_ID_CLAIMS,
  type StudentIdClaim,
  type StudentIdClaims,
  StudentIdError,
} from './student-id-claims.js';

/** Type and namespace of the student ID as an mdoc. */
export const STUDENT_ID_DOC_TYPE = 'org.lanyard.student-id.1';
export const STUDENT_ID_NAMESPACE = 'org.lanyard.student-id.1';

/** How one kind of claim is written in each format. `read` answers undefined for an item of another kind. */
type Kind = {
  readonly write: (claim: never) => CborItem;
  readonly read: (item: CborItem) => unknown;
};

const text: Kind = {
  write: (claim: string) => claim,
  read: (item) => (typeof item === 'string' ? item : undefined),
};
const uint: Kind = {
  write: (claim: number) => claim,
  read: (item) => (typeof item === 'number' ? item : undefined),
};
/** base64url text and bytes. */
const bytes: Kind = {
  write: (claim: string) => decodeBase64url(claim),
  read: (item) => (item instanceof Uint8Array ? encodeBase64url(item) : undefined),
};
/** Tag 1004 (RFC 8943). */
const fullDate: Kind = {
  write: (claim: string) => ({ tag: cborTag.fullDate, value: claim }),
  read: (item) => (isTagged(item, cborTag.fullDate) ? item.value : undefined),
};
/** Whole years are an integer; "2.5" is a text, because CBOR as ISO/IEC 18013-5 uses it has no half. */
const years: Kind = {
  write: (claim: number) => (Number.isInteger(claim) ? claim : String(claim)),
  read: (item) => {
    if (typeof item === 'string') return /^[0-9]\.5$/.test(item) ? Number(item) : undefined;
    return Number.isInteger(item) ? item : undefined;
  },
};
const textPair: Kind = {
  write: (claim: { readonly [name: string]: string }) => new Map(Object.entries(claim)),
  read: (item) => (isCborItemMap(item) ? Object.fromEntries(item) : undefined),
};

const kinds: { readonly [Claim in StudentIdClaim]: Kind } = {
  name: text,
  name_latin: text,
  portrait: bytes,
  student_number: text,
  university_code: text,
  university_name: text,
  college: text,
  major: text,
  class: text,
  level: text,
  length_of_study: years,
  study_form: text,
  entry_date: fullDate,
  expected_graduation: fullDate,
  enrolment_status: text,
  registered_until: fullDate,
  birth_date: fullDate,
  sex: uint,
  identity_document: textPair,
  rail_interval: textPair,
};

/** Checked claims as elements of the namespace. @throws StudentIdError */
export function studentIdElements(claims: { readonly [name: string]: unknown }): MdocElements {
  const elements = Object.entries(parseStudentIdClaims(claims)).map(([name, value]): [string, CborItem] => [
    name,
    writeClaim(name as StudentIdClaim, value),
  ]);
  return new Map([[STUDENT_ID_NAMESPACE, new Map(elements)]]);
}

function writeClaim(name: StudentIdClaim, value: NonNullable<StudentIdClaims[StudentIdClaim]>): CborItem {
  try {
    return kinds[name].write(value as never);
  } catch {
    // A portrait that is no canonical base64url passes the check of its characters.
    throw new StudentIdError('student-id-claim-malformed', name);
  }
}

/**
 * The claims that a verified student ID disclosed, in the very shape an SD-JWT has them: so policies know one shape.
 * Elements of other namespaces and other names are left out.
 * @throws StudentIdError `student-id-claim-malformed` for an element of another kind than the table's.
 */
export function studentIdClaimsOfElements(elements: MdocElements): Partial<StudentIdClaims> {
  const values = elements.get(STUDENT_ID_NAMESPACE);
  const claims: { [name: string]: unknown } = {};
  for (const name of STUDENT_ID_CLAIMS) {
    const item = values?.get(name);
    if (item === undefined) continue;
    const claim = kinds[name].read(item);
    if (claim === undefined) throw new StudentIdError('student-id-claim-malformed', name);
    claims[name] = claim;
  }
  return disclosedStudentIdClaims(claims);
}
