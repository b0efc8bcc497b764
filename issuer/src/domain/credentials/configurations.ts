import {
  ALUMNI_CONFIGURATION_ID,
  CREDENTIAL_CONFIGURATION_IDS,
  type CredentialConfigurationId,
  DOCUMENT_CONFIGURATION_ID,
  isCredentialConfigurationId,
  isSingleConfiguration,
} from '@lanyard/protocol';

/** Credential configurations of this issuer (docs/formats.md). Metadata advertises these and nothing else. */
export const STUDENT_ID = 'student-id-sd-jwt';
export const STUDENT_ID_MDOC = 'student-id-mdoc';
export const STUDENT_PASS = 'student-pass';
export const ALUMNI_ID = ALUMNI_CONFIGURATION_ID;
export const DOCUMENT = DOCUMENT_CONFIGURATION_ID;
export const CONFIGURATION_IDS = CREDENTIAL_CONFIGURATION_IDS;
/** What an offer holds where nothing is named. Documents come over the line that such an offer makes. */
export const SINGLE_CONFIGURATION_IDS: ConfigurationId[] = CONFIGURATION_IDS.filter(isSingleConfiguration);
export type ConfigurationId = CredentialConfigurationId;
export const isConfigurationId = isCredentialConfigurationId;

const DAY_SECONDS = 86_400;

/**
 * How long a copy lives at most, how many a batch may have, how many one wallet may hold alive (of documents: of each),
 * which lists hold its status, whether it carries a portrait.
 */
export const CONFIGURATION_RULES: Record<
  ConfigurationId,
  {
    lifeSeconds: number;
    batch: number;
    alive: number;
    listKind: 'sd-jwt' | 'mdoc' | 'pass';
    portrait: boolean;
  }
> = {
  [STUDENT_ID]: { lifeSeconds: 30 * DAY_SECONDS, batch: 10, alive: 100, listKind: 'sd-jwt', portrait: true },
  [STUDENT_ID_MDOC]: { lifeSeconds: 30 * DAY_SECONDS, batch: 10, alive: 100, listKind: 'mdoc', portrait: true },
  [STUDENT_PASS]: { lifeSeconds: 7 * DAY_SECONDS, batch: 8, alive: 100, listKind: 'pass', portrait: false },
  [ALUMNI_ID]: { lifeSeconds: 30 * DAY_SECONDS, batch: 10, alive: 100, listKind: 'sd-jwt', portrait: true },
  [DOCUMENT]: { lifeSeconds: 30 * DAY_SECONDS, batch: 3, alive: 12, listKind: 'sd-jwt', portrait: false },
};

/**
 * Whether a person whose credentials stand like this gets copies of a configuration: a student or an alumnus, never
 * both. Documents stand by themselves: which of them there are is asked apart.
 */
export function mayHave(
  id: ConfigurationId,
  person: { readonly credentialState: string; readonly alumniState: string | null },
): boolean {
  if (id === DOCUMENT) return true;
  return (id === ALUMNI_ID ? person.alumniState : person.credentialState) === 'valid';
}
