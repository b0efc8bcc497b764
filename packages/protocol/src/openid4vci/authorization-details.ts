import { isJsonObject } from '../base64url/strict-json.js';
import {
  type CredentialConfigurationId,
  credentialIdentifierOf,
  isCredentialConfigurationId,
  isSingleConfiguration,
} from './credential-configurations.js';

export const OPENID_CREDENTIAL = 'openid_credential';
const MAX_DETAILS = 8;

/** Authorization details that are not ours to grant (RFC 9396 §5, `invalid_authorization_details`); `message` for the log. */
export class AuthorizationDetailsError extends Error {
  override readonly name = 'AuthorizationDetailsError';
}

/**
 * Checks one authorization detail of type `openid_credential` (OpenID4VCI 1.0 §5.1.1). With more than one authorization
 * server in the issuer's metadata `locations` is the credential issuer and nothing else. Unknown members are let be.
 * @throws AuthorizationDetailsError
 */
export function readCredentialDetail(detail: unknown, credentialIssuer: string): CredentialConfigurationId {
  if (!isJsonObject(detail) || detail.type !== OPENID_CREDENTIAL) throw new AuthorizationDetailsError('type');
  const { locations, credential_configuration_id: id, claims } = detail;
  if (!Array.isArray(locations) || locations.length !== 1 || locations[0] !== credentialIssuer)
    throw new AuthorizationDetailsError('locations');
  if (!isCredentialConfigurationId(id)) throw new AuthorizationDetailsError('credential_configuration_id');
  // A claims description may ask for less; all copies hold every claim and disclose what the holder chooses.
  if (claims !== undefined && (!Array.isArray(claims) || claims.length === 0))
    throw new AuthorizationDetailsError('claims');
  return id;
}

/** The configurations a list of authorization details asks for, each once. @throws AuthorizationDetailsError */
export function readCredentialDetails(details: unknown, credentialIssuer: string): CredentialConfigurationId[] {
  if (!Array.isArray(details) || details.length === 0 || details.length > MAX_DETAILS)
    throw new AuthorizationDetailsError('a list of one to eight');
  return [...new Set(details.map((detail) => readCredentialDetail(detail, credentialIssuer)))];
}

/** Granted details as token answers and access tokens carry them (§6.2). */
export type GrantedCredentialDetail = {
  readonly type: typeof OPENID_CREDENTIAL;
  readonly locations: readonly string[];
  readonly credential_configuration_id: CredentialConfigurationId;
  readonly credential_identifiers: readonly string[];
};

/**
 * What is granted of each configuration. Of documents those that there are now, by `documents`; where there is none
 * nothing of them is granted, since a detail without identifiers would name nothing.
 */
export const grantedCredentialDetails = (
  ids: readonly CredentialConfigurationId[],
  credentialIssuer: string,
  documents: readonly string[] = [],
): GrantedCredentialDetail[] =>
  ids
    .filter((id) => isSingleConfiguration(id) || documents.length > 0)
    .map((id) => ({
      type: OPENID_CREDENTIAL,
      locations: [credentialIssuer],
      credential_configuration_id: id,
      credential_identifiers: isSingleConfiguration(id) ? [credentialIdentifierOf(id)] : documents,
    }));
