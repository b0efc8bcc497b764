import { DOCUMENT_NUMBER } from '../student-document/document-claims.js';

/** Configurations that only who studies gets. The same words are scope values at the identity layer. */
export const STUDENT_CONFIGURATION_IDS = ['student-id-sd-jwt', 'student-id-mdoc', 'student-pass'] as const;
/** What a person gets who has graduated or otherwise ended regularly. */
export const ALUMNI_CONFIGURATION_ID = 'alumni-id-sd-jwt';
/** Documents that were issued to a person: many of one configuration. */
export const DOCUMENT_CONFIGURATION_ID = 'document-sd-jwt';

/**
 * Credential configurations of a Lanyard issuer (docs/formats.md §2), so that both authorization servers and wallets
 * mean the same by them.
 */
export const CREDENTIAL_CONFIGURATION_IDS = [
  ...STUDENT_CONFIGURATION_IDS,
  ALUMNI_CONFIGURATION_ID,
  DOCUMENT_CONFIGURATION_ID,
] as const;
export type CredentialConfigurationId = (typeof CREDENTIAL_CONFIGURATION_IDS)[number];

export function isCredentialConfigurationId(value: unknown): value is CredentialConfigurationId {
  return CREDENTIAL_CONFIGURATION_IDS.some((id) => id === value);
}

/** Configurations of which a person has one dataset at most. */
export type SingleConfigurationId = Exclude<CredentialConfigurationId, typeof DOCUMENT_CONFIGURATION_ID>;
export const isSingleConfiguration = (id: CredentialConfigurationId): id is SingleConfigurationId =>
  id !== DOCUMENT_CONFIGURATION_ID;

/**
 * The one credential dataset there is of a configuration: the student as the register has them now. What authorization
 * servers answer as `credential_identifiers` (OpenID4VCI 1.0 §6.2).
 */
export const credentialIdentifierOf = (id: SingleConfigurationId): string => `${id}.current`;

/** One dataset for each document, by its number. Whose it is, the issuer looks up. */
export const documentIdentifierOf = (number: string): string => `${DOCUMENT_CONFIGURATION_ID}.${number}`;

/** The number of a document in an identifier; undefined for any other identifier. */
export function documentOfIdentifier(identifier: string): string | undefined {
  const number = identifier.slice(DOCUMENT_CONFIGURATION_ID.length + 1);
  return DOCUMENT_NUMBER.test(number) && identifier === documentIdentifierOf(number) ? number : undefined;
}

export const configurationOfIdentifier = (identifier: string): CredentialConfigurationId | undefined =>
  documentOfIdentifier(identifier) === undefined
    ? CREDENTIAL_CONFIGURATION_IDS.filter(isSingleConfiguration).find((id) => credentialIdentifierOf(id) === identifier)
    : DOCUMENT_CONFIGURATION_ID;
