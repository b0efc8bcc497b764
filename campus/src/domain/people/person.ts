import type { Attended } from './attended.js';

/** A person by number: `student:…` or `staff:…`. Numbers are opaque texts of the university. */
export type PersonId = string & { readonly __brand: 'PersonId' };

const PERSON = /^(?:student|staff):[A-Za-z0-9-]{1,32}$/;

/** Undefined for what is none. */
export const parsePersonId = (text: string): PersonId | undefined =>
  PERSON.test(text) ? (text as PersonId) : undefined;

const numberIn = (person: PersonId): string => person.slice(person.indexOf(':') + 1).toLowerCase();
/** Whether a member of staff and a student are one: somebody who works here while he studies has one number. Null is nobody. */
export const isSamePerson = (one: PersonId | null, other: PersonId): boolean =>
  one !== null && numberIn(one) === numberIn(other);

/** `assigned`: the students whose counsellor somebody is; the value is the number of that member of staff. */
export const SCOPE_KINDS = ['university', 'campus', 'college', 'class', 'building', 'assigned'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** A part of the university; the value is empty for the whole. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly value: string;
}
export const WHOLE_UNIVERSITY: Scope = { kind: 'university', value: '' };

/** A role held for a part of the university. Roles are open names: a new service may bring a new one. */
export interface HeldRole {
  readonly role: string;
  readonly scope: Scope;
}

/** Whether a held role reaches an owner: the same role, for the same part or for the whole university. */
export const reaches = (held: HeldRole, owner: HeldRole): boolean =>
  held.role === owner.role &&
  (held.scope.kind === 'university' ||
    (held.scope.kind === owner.scope.kind && held.scope.value === owner.scope.value));

/** Roles held for the whole university. */
export const wholeRoles = (held: readonly HeldRole[]): string[] => [
  ...new Set(held.flatMap(({ role, scope }) => (scope.kind === 'university' ? [role] : []))),
];

/** What the register holds of an applicant and the service may fill into a form. Empty where it holds nothing. */
export const FACTS = [
  'name',
  'student_number',
  'campus',
  'college',
  'major',
  'class',
  'level',
  'building',
  'enrolment_status',
  /** Staff number of the counsellor, lower case. */
  'counsellor',
] as const;
export type Fact = (typeof FACTS)[number];

/** Where the register is not asked: of whoever reports an incident. */
export const NO_FACTS = Object.fromEntries(FACTS.map((fact) => [fact, ''])) as Readonly<Record<Fact, string>>;

/** Who a case is about, with the facts of the day it was handed in; of an incident, who reported it. */
export interface Applicant {
  readonly person: PersonId;
  readonly facts: Readonly<Record<Fact, string>>;
  /** By service, where the form tells of its activities. */
  readonly attended?: Readonly<Record<string, Attended>>;
}
