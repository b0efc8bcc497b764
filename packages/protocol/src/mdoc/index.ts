/**
 * Mobile documents (ISO/IEC 18013-5): issue, hold, present and verify. An entry of its own, so that a page that shows
 * codes only does not load it.
 */
export type { CborItem, CborItemMap, CborTagged } from '../cbor/cbor-value.js';
export { cborTag } from '../cbor/cbor-value.js';
export {
  createMdocPresentation,
  sessionTranscriptOf,
  signMdocPresentation,
} from '../openid4vp/wallet/create-mdoc-presentation.js';
export { createStatusListCwt, STATUS_LIST_CWT_TYP } from '../status-list/create-status-list-cwt.js';
export { verifyStatusListCwt } from '../status-list/verify-status-list-cwt.js';
export {
  createStudentIdMdoc,
  type EncodedStudentIdElements,
  encodeStudentIdElements,
  prepareStudentIdMdoc,
  type StudentIdMdocInput,
} from '../student-id/create-student-id-mdoc.js';
export {
  STUDENT_ID_DOC_TYPE,
  STUDENT_ID_NAMESPACE,
  studentIdClaimsOfElements,
  studentIdElements,
} from '../student-id/student-id-elements.js';
export {
  assembleDeviceResponse,
  type MdocElementPath,
  type PreparedDeviceResponse,
  prepareDeviceResponse,
} from './create-device-response.js';
export {
  assembleIssuerSigned,
  createIssuerSigned,
  createMdocSigner,
  type IssuerSignedInput,
  type MdocSigner,
  type PreparedIssuerSigned,
  prepareIssuerSigned,
} from './create-issuer-signed.js';
export { jsonOfElements, type MdocElements } from './elements.js';
export { type EncodedMdocElements, encodeMdocElements } from './encode-elements.js';
export { MdocError, type MdocErrorCode } from './errors.js';
export { DIGEST_ID_END, MDOC_MAX_BYTES, MDOC_MAX_ELEMENTS, MDOC_MAX_NAMESPACES } from './limits.js';
export type { MdocValidity, MobileSecurityObject } from './mobile-security-object.js';
export { type ParsedMdocDocument, parseDeviceResponse } from './parse-device-response.js';
export { type IssuerSignedItem, type ParsedIssuerSigned, parseIssuerSigned } from './parse-issuer-signed.js';
export { createMdocRandomSource, type MdocRandomSource } from './random-source.js';
export {
  dcApiSessionTranscript,
  foreignSessionTranscript,
  openid4vpSessionTranscript,
  type SessionTranscript,
} from './session-transcript.js';
export {
  type PresentedMdoc,
  type VerifyDeviceResponseOptions,
  verifyDeviceResponse,
} from './verify-device-response.js';
export {
  type UnverifiedMdocIssuer,
  type VerifiedMdoc,
  type VerifyMdocOptions,
  verifyIssuerSigned,
} from './verify-issuer-signed.js';
