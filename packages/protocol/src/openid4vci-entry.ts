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
