export {
  AuthorizationDetailsError,
  type GrantedCredentialDetail,
  grantedCredentialDetails,
  OPENID_CREDENTIAL,
  readCredentialDetail,
  readCredentialDetails,
} from './openid4vci/authorization-details.js';
export {
  CREDENTIAL_CONFIGURATION_IDS,
  type CredentialConfigurationId,
  configurationOfIdentifier,
  credentialIdentifierOf,
  isCredentialConfigurationId,
} from './openid4vci/credential-configurations.js';
export {
  type NameInTwo,
  STUDENT_ID_CLAIM_NAMES,
  STUDENT_ID_LOOK,
  STUDENT_ID_MEMBER_NAMES,
} from './student-id/claim-names.js';
export { STUDENT_ID_TYPE_METADATA, STUDENT_ID_VCT_INTEGRITY } from './student-id/type-metadata.js';
