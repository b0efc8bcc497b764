import type { Sign } from '../crypto/port.js';
import type { CheckedP256Jwk } from '../jws/p256-jwk.js';
import {
  assembleIssuerSigned,
  type IssuerSignedInput,
  type PreparedIssuerSigned,
  prepareIssuerSigned,
} from '../mdoc/create-issuer-signed.js';
import { type EncodedMdocElements, encodeMdocElements } from '../mdoc/encode-elements.js';
import { STUDENT_ID_DOC_TYPE, studentIdElements } from './student-id-elements.js';

declare const checked: unique symbol;

/** Checked claims of one student, encoded once for all copies. Made only by {@link encodeStudentIdElements}. */
export type EncodedStudentIdElements = EncodedMdocElements & { readonly [checked]: true };

/** Checks claims against the schema and encodes them. @throws StudentIdError */
export function encodeStudentIdElements(claims: { readonly [name: string]: unknown }): EncodedStudentIdElements {
  return encodeMdocElements(studentIdElements(claims)) as EncodedStudentIdElements;
}

export type StudentIdMdocInput = Omit<IssuerSignedInput, 'docType' | 'elements' | 'deviceKey'> & {
  readonly elements: EncodedStudentIdElements;
  readonly holderJwk: CheckedP256Jwk;
};

/**
 * Builds one copy of the student ID (mdoc) up to its signature. Write the status entry down before signing.
 * @throws TypeError where a time or the index is not a whole number.
 */
export function prepareStudentIdMdoc(input: StudentIdMdocInput): PreparedIssuerSigned {
  return prepareIssuerSigned({ ...input, docType: STUDENT_ID_DOC_TYPE, deviceKey: input.holderJwk });
}

/** Creates one copy of the student ID at once: IssuerSigned, which OpenID4VCI issues as base64url text. */
export function createStudentIdMdoc(input: StudentIdMdocInput & { readonly sign: Sign }): Uint8Array {
  const prepared = prepareStudentIdMdoc(input);
  return assembleIssuerSigned(prepared, input.sign(prepared.toBeSigned));
}
