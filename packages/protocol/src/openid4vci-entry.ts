export {
  ALUMNI_ID_CLAIMS,
  ALUMNI_ID_LOOK,
  ALUMNI_ID_VCT,
  type AlumniIdClaim,
  type AlumniIdClaims,
  REQUIRED_ALUMNI_ID_CLAIMS,
} from './alumni-id/alumni-id-claims.js';
export {
  ALUMNI_ID_TYPE_METADATA,
  ALUMNI_ID_VCT_INTEGRITY,
  alumniClaimNameOf,
} from './alumni-id/alumni-type-metadata.js';
export {
  AuthorizationDetailsError,
  type GrantedCredentialDetail,
  grantedCredentialDetails,
  OPENID_CREDENTIAL,
  readCredentialDetail,
  readCredentialDetails,
} from './openid4vci/authorization-details.js';
export {
  ALUMNI_CONFIGURATION_ID,
  CREDENTIAL_CONFIGURATION_IDS,
  type CredentialConfigurationId,
  configurationOfIdentifier,
  credentialIdentifierOf,
  DOCUMENT_CONFIGURATION_ID,
  documentIdentifierOf,
  documentOfIdentifier,
  isCredentialConfigurationId,
  isSingleConfiguration,
  STUDENT_CONFIGURATION_IDS,
} from './openid4vci/credential-configurations.js';
export {
  DOCUMENT_CLAIM_NAMES,
  DOCUMENT_CLAIMS,
  DOCUMENT_LOOK,
  DOCUMENT_NUMBER,
  DOCUMENT_VCT,
  documentClaimsOf,
  REQUIRED_DOCUMENT_CLAIMS,
  type StudentDocumentClaims,
} from './student-document/document-claims.js';
export { DOCUMENT_TYPE_METADATA } from './student-document/document-type-metadata.js';
export {
  type NameInTwo,
  STUDENT_ID_CLAIM_NAMES,
  STUDENT_ID_LOOK,
  STUDENT_ID_MEMBER_NAMES,
} from './student-id/claim-names.js';
export { STUDENT_ID_TYPE_METADATA, STUDENT_ID_VCT_INTEGRITY } from './student-id/type-metadata.js';
