import {
  ALUMNI_CONFIGURATION_ID,
  CREDENTIAL_CONFIGURATION_IDS,
  type CredentialConfigurationId,
  isCredentialConfigurationId,
} from '@lanyard/protocol';

/** Credential configurations of this issuer (docs/formats.md). Metadata advertises these and nothing else. */
export const STUDENT_ID = 'student-id-sd-jwt';
export const STUDENT_ID_MDOC = 'student-id-mdoc';
export const STUDENT_PASS = 'student-pass';
export const ALUMNI_ID = ALUMNI_CONFIGURATION_ID;
export const CONFIGURATION_IDS = CREDENTIAL_CONFIGURATION_IDS;
export type ConfigurationId = CredentialConfigurationId;
export const isConfigurationId = isCredentialConfigurationId;

const DAY_SECONDS = 86_400;

/** How long a copy lives, how many a batch may have, which lists hold its status, whether it carries a portrait. */
export const CONFIGURATION_RULES: Record<
  ConfigurationId,
  { lifeSeconds: number; batch: number; listKind: 'sd-jwt' | 'mdoc' | 'pass'; portrait: boolean }
> = {
  [STUDENT_ID]: { lifeSeconds: 30 * DAY_SECONDS, batch: 10, listKind: 'sd-jwt', portrait: true },
  [STUDENT_ID_MDOC]: { lifeSeconds: 30 * DAY_SECONDS, batch: 10, listKind: 'mdoc', portrait: true },
  [STUDENT_PASS]: { lifeSeconds: 7 * DAY_SECONDS, batch: 8, listKind: 'pass', portrait: false },
  [ALUMNI_ID]: { lifeSeconds: 30 * DAY_SECONDS, batch: 10, listKind: 'sd-jwt', portrait: true },
};

/** Whether a person whose credentials stand like this gets copies of a configuration: a student or an alumnus, never both. */
export function mayHave(
  id: ConfigurationId,
  person: { readonly credentialState: string; readonly alumniState: string | null },
): boolean {
  return (id === ALUMNI_ID ? person.alumniState : person.credentialState) === 'valid';
}
