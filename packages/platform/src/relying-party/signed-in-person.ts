import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A role as the identity layer prints it, for a part of the university: `guard@campus:花都校区`. */
export interface ScopedRoleText {
  role: string;
  scopeKind: string;
  /** Empty for `university` and `assigned`. */
  scopeValue: string;
}

/** Who signed in, as a relying party keeps it. */
export interface SignedInPerson {
  /** Pairwise subject: another relying party knows the same person by another. */
  subject: string;
  /** Session at the identity layer; a logout token names it. */
  sid: string;
  name: string;
  /** Empty where there is none, or where the registration does not grant it. */
  staffNumber: string;
  studentNumber: string;
  roles: readonly ScopedRoleText[];
  acr: string;
  /** For signing out; it names nobody. */
  idToken: string;
}

const ROLE = /^([a-z][a-z-]{0,39})@([a-z]{1,20})(?::(.{1,100}))?$/u;

/** Reads one text of the claim `roles`; undefined for what has not its form. Unknown roles are read and give no right. */
export function readRoleText(text: string): ScopedRoleText | undefined {
  const [, role, scopeKind, scopeValue = ''] = ROLE.exec(text) ?? [];
  return role === undefined || scopeKind === undefined ? undefined : { role, scopeKind, scopeValue };
}

/** The inverse of {@link readRoleText}: the form relying parties read. */
export const roleTextOf = ({ role, scopeKind, scopeValue }: ScopedRoleText): string =>
  `${role}@${scopeKind}${scopeValue === '' ? '' : `:${scopeValue}`}`;

const zPersonClaims = z.object({
  sub: z.string().min(1).max(255),
  sid: z.string().min(1).max(255),
  acr: z.string().max(255),
  name: z.string().max(200).default(''),
  staff_number: z.string().max(64).default(''),
  student_number: z.string().max(64).default(''),
  roles: z.array(z.string().max(200)).max(100).default([]),
});

/** The person behind verified claims; undefined where one is missing or of another kind. */
export function readPersonClaims(claims: unknown): Omit<SignedInPerson, 'idToken'> | undefined {
  const read = zPersonClaims.safeParse(claims);
  if (!read.success) return undefined;
  const { sub, sid, acr, name, staff_number: staffNumber, student_number: studentNumber } = read.data;
  const roles = read.data.roles.flatMap((text) => readRoleText(text) ?? []);
  return { subject: sub, sid, name, staffNumber, studentNumber, roles, acr };
}

/**
 * The name of an account in audit rows and in `Lanyard-Actor`: `account:` and the first 16 bytes of SHA-256 over its
 * pairwise subject in hex. Subjects are base64url, and actors are lower case.
 */
export const actorOfSubject = (subject: string): string =>
  `account:${createHash('sha256').update(subject).digest('hex').slice(0, 32)}`;
