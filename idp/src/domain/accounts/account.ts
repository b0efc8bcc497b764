import { roleTextOf } from '@lanyard/platform';
import type { GrantableClaim, PersonClaims } from '../relying-parties/claims.js';
import type { RelyingParty } from '../relying-parties/relying-party.js';
import { type HomeUniversity, researchClaims } from './research-names.js';

export const ROLES = [
  'registrar',
  'card-officer',
  'operator',
  'security-auditor',
  'data-protection-officer',
  'guard',
  'window-clerk',
  'counsellor',
  'department-officer',
  'partner-manager',
  // Of offices that take part in the services of the five modules.
  'student-affairs-officer',
  'aid-officer',
  'loan-officer',
  'finance-officer',
  'library-officer',
  'laboratory-officer',
  'dormitory-officer',
  'logistics-officer',
  'security-officer',
  'venue-officer',
  'innovation-officer',
  'community-officer',
  'community-lead',
  'teaching-secretary',
  'course-teacher',
  'project-tutor',
  'psychologist',
  'party-organiser',
  'party-secretary',
  'repair-dispatcher',
  'repair-furniture',
  'repair-network',
  'repair-water-power',
] as const;
export type Role = (typeof ROLES)[number];

export const SCOPE_KINDS = ['university', 'campus', 'college', 'class', 'building', 'assigned'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** A role holds for a part of the university; `assigned` means the students whose counsellor the person is. */
export interface ScopedRole {
  role: Role;
  scopeKind: ScopeKind;
  /** Name of the campus, college, class or building; empty for `university` and `assigned`. */
  scopeValue: string;
}

/** A person who may sign in (统一身份账号). */
export interface Account {
  /** Random, internal. */
  id: string;
  kind: 'student' | 'staff';
  number: string;
  name: string;
  college: string;
  major: string;
  class: string;
  level: string;
  enrolmentStatus: string;
  state: 'active' | 'closed';
  claimed: boolean;
  roles: readonly ScopedRole[];
}

/** Inverse of `roleTextOf`; undefined for what is none of ours. */
export function parseRoleText(text: string): ScopedRole | undefined {
  const [, name, kind, value = ''] = /^([a-z-]+)@([a-z]+)(?::(.+))?$/.exec(text) ?? [];
  const role = ROLES.find((one) => one === name);
  const scopeKind = SCOPE_KINDS.find((one) => one === kind);
  return role === undefined || scopeKind === undefined ? undefined : { role, scopeKind, scopeValue: value };
}

/** The claims a relying party was granted of a person, and no others; what a person has not is left out. */
export function grantedClaims(account: Account, party: RelyingParty, home: HomeUniversity): PersonClaims {
  const all: PersonClaims = {
    name: account.name,
    [account.kind === 'student' ? 'student_number' : 'staff_number']: account.number,
    account_kind: account.kind,
    university_code: home.code,
    college: account.college,
    major: account.major,
    class: account.class,
    level: account.level,
    enrolment_status: account.enrolmentStatus,
    roles: account.roles.map(roleTextOf),
    // Units, the outer first: what old systems read as `memberOf`.
    groups: [account.college, account.class].filter((unit) => unit !== ''),
    ...researchClaims(account, home),
  };
  const granted: PersonClaims = {};
  for (const claim of party.claims as GrantableClaim[]) {
    const value = all[claim];
    if (value !== undefined && value.length > 0) granted[claim] = value;
  }
  return granted;
}

/** Whether a person of this kind may enter at all. */
export const mayEnter = (account: Account, party: RelyingParty): boolean =>
  account.state === 'active' &&
  (party.people === 'all' ||
    (party.people === 'students' && account.kind === 'student') ||
    (party.people === 'staff' && account.kind === 'staff'));
