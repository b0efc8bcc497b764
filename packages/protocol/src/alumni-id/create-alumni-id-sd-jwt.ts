import type { Sign } from '../crypto/port.js';
import { assembleSdJwt } from '../sd-jwt/create-sd-jwt.js';
import { encodeMemberTail } from '../sd-jwt/disclosure.js';
import {
  type EncodedStudentIdClaims,
  prepareTypedIdSdJwt,
  type StudentIdInput,
} from '../student-id/create-student-id-sd-jwt.js';
import { ALUMNI_ID_VCT, parseAlumniIdClaims } from './alumni-id-claims.js';
import { ALUMNI_ID_VCT_INTEGRITY } from './alumni-type-metadata.js';

declare const checkedAlumni: unique symbol;

/** Checked claims of one alumnus. Made only by {@link encodeAlumniIdClaims}. */
export type EncodedAlumniIdClaims = { readonly tails: readonly string[]; readonly [checkedAlumni]: true };

const TYPE = `"vct":"${ALUMNI_ID_VCT}","vct#integrity":"${ALUMNI_ID_VCT_INTEGRITY}",`;

/** Checks claims against the schema and encodes them. @throws StudentIdError */
export function encodeAlumniIdClaims(claims: { readonly [name: string]: unknown }): EncodedAlumniIdClaims {
  const tails = Object.entries(parseAlumniIdClaims(claims)).map(([name, value]) => encodeMemberTail(name, value));
  return { tails } as unknown as EncodedAlumniIdClaims;
}

/** Creates one copy of the alumni ID: every claim selectively disclosable, times and status as in the student ID. */
export function createAlumniIdSdJwt(
  input: Omit<StudentIdInput, 'claims'> & { readonly claims: EncodedAlumniIdClaims; readonly sign: Sign },
): string {
  const claims = input.claims as unknown as EncodedStudentIdClaims;
  const prepared = prepareTypedIdSdJwt({ ...input, claims }, TYPE);
  return assembleSdJwt(prepared, input.sign(prepared.signingInput));
}
