import { enrolmentStateByCode } from '@lanyard/protocol';
import type { PersonClaims } from '../relying-parties/claims.js';

/** What the names are made of. */
interface Person {
  readonly kind: 'student' | 'staff';
  readonly number: string;
  readonly enrolmentStatus: string;
}

/** The university as relying parties know it: its ten digits, and the DNS domain that federations scope names by. */
export interface HomeUniversity {
  readonly code: string;
  readonly domain: string;
}

/**
 * eduPersonAffiliation (eduPerson 202208). Who may not use the student ID at this time is no member; who has
 * completed studies is an alum; of who left otherwise nothing is said.
 */
export function affiliationsOf(account: Omit<Person, 'number'>): string[] {
  if (account.kind === 'staff') return ['employee', 'member'];
  const state = enrolmentStateByCode(account.enrolmentStatus);
  if (state?.credential === 'valid') return ['student', 'member'];
  if (state?.credential === 'suspended') return ['affiliate'];
  return state?.alumniCredential === true ? ['alum'] : [];
}

/**
 * A person under the names that federations of universities share, in the form OpenID Connect carries them: eduPerson
 * and SCHAC attributes. The European Student Identifier holds the student number and is a student's alone.
 */
export function researchClaims(account: Person, { domain }: HomeUniversity): PersonClaims {
  const affiliations = affiliationsOf(account);
  const isStudent = affiliations.some((one) => one === 'student' || one === 'affiliate');
  return {
    eduperson_affiliation: affiliations,
    eduperson_scoped_affiliation: affiliations.map((one) => `${one}@${domain}`),
    schac_home_organization: domain,
    ...(isStudent
      ? { schac_personal_unique_code: [`urn:schac:personalUniqueCode:int:esi:${domain}:${account.number}`] }
      : {}),
  };
}
