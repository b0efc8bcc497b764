export {
  createAlumniIdSdJwt,
  type EncodedAlumniIdClaims,
  encodeAlumniIdClaims,
} from './alumni-id/create-alumni-id-sd-jwt.js';
export { decodeBase64 } from './base64url/base64.js';
export {
  decodeBase64url,
  encodeBase64url,
  encodeBase64urlText,
  isBase64urlOfLength,
} from './base64url/base64url.js';
export { Base64urlError, type Base64urlErrorCode } from './base64url/errors.js';
export {
  DEFAULT_JSON_LIMITS,
  decodeBase64urlJson,
  encodeBase64urlJson,
  isJsonObject,
  type JsonLimits,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  StrictJsonError,
  type StrictJsonErrorCode,
} from './base64url/strict-json.js';
export {
  assembleJws,
  encodeJwsHeader,
  type JwsHeader,
  type PreparedJws,
  prepareEncodedJws,
  prepareJws,
  signJws,
} from './jws/create-jws.js';
export { JwkError, type JwkErrorCode, JwsError, type JwsErrorCode } from './jws/errors.js';
export {
  type CheckedP256Jwk,
  p256JwkThumbprint,
  p256JwkThumbprintBytes,
  parseP256Jwk,
  publicJwkMembers,
} from './jws/p256-jwk.js';
export { DEFAULT_JWS_LIMITS, type JwsLimits, jwsJsonPayload, type ParsedJws, parseJws } from './jws/parse-jws.js';
export { type VerifiedJws, type VerifyJwsOptions, verifyJws } from './jws/verify-jws.js';
export { readableX5cChain } from './jws/x5c.js';
export {
  assembleSdJwt,
  createSdJwt,
  type PreparedSdJwt,
  prepareSdJwt,
  type SdTools,
  type SdTree,
  type Selective,
  selective,
  withDecoys,
} from './sd-jwt/create-sd-jwt.js';
export { type DigestText, digestTextWith } from './sd-jwt/digest-text.js';
export type { Disclosure, SaltSource } from './sd-jwt/disclosure.js';
export { SdJwtError, type SdJwtErrorCode } from './sd-jwt/errors.js';
export { DEFAULT_SD_JWT_LIMITS, type ParsedSdJwt, parseSdJwt, type SdJwtLimits } from './sd-jwt/parse-sd-jwt.js';
export {
  assembleKeyBinding,
  type ClaimSelector,
  type KeyBindingRequest,
  prepareKeyBinding,
  presentSdJwt,
} from './sd-jwt/present-sd-jwt.js';
export {
  type ClaimPath,
  type DisclosedClaim,
  type ProcessedClaims,
  processDisclosures,
} from './sd-jwt/process-disclosures.js';
export { createSaltSource } from './sd-jwt/salt-source.js';
export {
  type KeyBindingContext,
  type KeyBindingPolicy,
  type VerifiedKeyBinding,
  verifyKeyBinding,
} from './sd-jwt/verify-key-binding.js';
export { SdJwtVcError, type SdJwtVcErrorCode } from './sd-jwt-vc/errors.js';
export { holderJwkOf, NEVER_SELECTIVE, statusReferenceOf } from './sd-jwt-vc/registered-claims.js';
export {
  SD_JWT_VC_TYP,
  type UnverifiedIssuer,
  type VerifiedSdJwtVc,
  type VerifySdJwtVcOptions,
  verifySdJwtVc,
} from './sd-jwt-vc/verify-sd-jwt-vc.js';
export {
  createStatusListToken,
  prepareStatusListToken,
  STATUS_LIST_TYP,
  type StatusListToken,
} from './status-list/create-status-list.js';
export {
  assembleStatusListCwt,
  createStatusListCwt,
  type PreparedStatusListCwt,
  prepareStatusListCwt,
  STATUS_LIST_CWT_TYP,
  type StatusListCwt,
} from './status-list/create-status-list-cwt.js';
export { type DeterminedStatus, determineStatus } from './status-list/determine-status.js';
export { StatusListError, type StatusListErrorCode } from './status-list/errors.js';
export {
  createStatusBits,
  STATUS_INVALID,
  STATUS_SUSPENDED,
  STATUS_VALID,
  type StatusBits,
  setStatus,
  statusAt,
} from './status-list/status-bits.js';
export {
  DEFAULT_STATUS_LIST_LIMITS,
  type Inflate,
  type StatusListContent,
  type StatusListLimits,
  type VerifiedStatusList,
} from './status-list/status-list-content.js';
export type { StatusReference } from './status-list/status-reference.js';
export {
  type UnverifiedStatusListToken,
  type VerifyStatusListOptions,
  verifyStatusListToken,
} from './status-list/verify-status-list.js';
export {
  type UnverifiedStatusListCwt,
  type VerifyStatusListCwtOptions,
  verifyStatusListCwt,
} from './status-list/verify-status-list-cwt.js';
export {
  createDocumentSdJwt,
  encodeDocumentClaims,
} from './student-document/create-document-sd-jwt.js';
export {
  createStudentIdSdJwt,
  createStudentIdSigner,
  type EncodedStudentIdClaims,
  encodeStudentIdClaims,
  prepareStudentIdSdJwt,
  type StudentIdInput,
  type StudentIdSigner,
} from './student-id/create-student-id-sd-jwt.js';
export {
  type CredentialEffect,
  ENROLMENT_STATES,
  type EnrolmentState,
  type EnrolmentStatus,
  enrolmentStateByCode,
  enrolmentStateByNumber,
  enrolmentStateByZh,
  isEnrolmentStatus,
} from './student-id/enrolment-states.js';
export {
  disclosedStudentIdClaims,
  parseStudentIdClaims,
  REQUIRED_STUDENT_ID_CLAIMS,
  STUDENT_ID_CLAIMS,
  STUDENT_ID_VCT,
  type StudentIdClaim,
  type StudentIdClaims,
  StudentIdError,
  type StudentIdErrorCode,
} from './student-id/student-id-claims.js';
export {
  isLevel,
  isStudyForm,
  LEVELS,
  type Level,
  levelByZh,
  STUDY_FORMS,
  type StudyForm,
  type StudyTerm,
  studyFormByZh,
} from './student-id/study-terms.js';
