/** Configurations that only who studies gets. The same words are scope values at the identity layer. */
export const STUDENT_CONFIGURATION_IDS = ['student-id-sd-jwt', 'student-id-mdoc', 'student-pass'] as const;
/** What a person gets who has graduated or otherwise ended regularly. */
export const ALUMNI_CONFIGURATION_ID = 'alumni-id-sd-jwt';

/**
 * Credential configurations of a Lanyard issuer (docs/formats.md §2), so that both authorization servers and wallets
 * mean the same by them.
 */
export const CREDENTIAL_CONFIGURATION_IDS = [...STUDENT_CONFIGURATION_IDS, ALUMNI_CONFIGURATION_ID] as const;
export type CredentialConfigurationId = (typeof CREDENTIAL_CONFIGURATION_IDS)[number];

export function isCredentialConfigurationId(value: unknown): value is CredentialConfigurationId {
  return CREDENTIAL_CONFIGURATION_IDS.some((id) => id === value);
}

/**
 * The one credential dataset there is of a configuration: the student as the register has them now. What authorization
 * servers answer as `credential_identifiers` (OpenID4VCI 1.0 §6.2).
 */
export const credentialIdentifierOf = (id: CredentialConfigurationId): string => `${id}.current`;

export const configurationOfIdentifier = (identifier: string): CredentialConfigurationId | undefined =>
  CREDENTIAL_CONFIGURATION_IDS.find((id) => credentialIdentifierOf(id) === identifier);
