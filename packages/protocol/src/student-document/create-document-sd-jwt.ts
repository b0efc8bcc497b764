import type { Sign } from '../crypto/port.js';
import { assembleSdJwt } from '../sd-jwt/create-sd-jwt.js';
import { encodeMemberTail } from '../sd-jwt/disclosure.js';
import {
  type EncodedStudentIdClaims,
  prepareTypedIdSdJwt,
  type StudentIdInput,
} from '../student-id/create-student-id-sd-jwt.js';
import { DOCUMENT_VCT, parseDocumentClaims } from './document-claims.js';
import { DOCUMENT_VCT_INTEGRITY } from './document-type-metadata.js';

declare const checkedDocument: unique symbol;

/** Checked claims of one document. Made only by {@link encodeDocumentClaims}. */
export type EncodedDocumentClaims = { readonly tails: readonly string[]; readonly [checkedDocument]: true };

const TYPE = `"vct":"${DOCUMENT_VCT}","vct#integrity":"${DOCUMENT_VCT_INTEGRITY}",`;

/** Checks claims against the schema and encodes them. @throws StudentDocumentError */
export function encodeDocumentClaims(claims: { readonly [name: string]: unknown }): EncodedDocumentClaims {
  const tails = Object.entries(parseDocumentClaims(claims)).map(([name, value]) => encodeMemberTail(name, value));
  return { tails } as unknown as EncodedDocumentClaims;
}

/** Creates one copy of a document: every claim selectively disclosable, times and status as in the student ID. */
export function createDocumentSdJwt(
  input: Omit<StudentIdInput, 'claims'> & { readonly claims: EncodedDocumentClaims; readonly sign: Sign },
): string {
  const claims = input.claims as unknown as EncodedStudentIdClaims;
  const prepared = prepareTypedIdSdJwt({ ...input, claims }, TYPE);
  return assembleSdJwt(prepared, input.sign(prepared.signingInput));
}
