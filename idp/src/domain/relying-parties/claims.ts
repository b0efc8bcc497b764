/** What federations of universities call a person's kind, university and number (docs/join-with-oidc.md). */
export const FEDERATION_CLAIMS = [
  'eduperson_affiliation',
  'eduperson_scoped_affiliation',
  'schac_home_organization',
  'schac_personal_unique_code',
] as const;

/**
 * Claims a relying party may be granted besides `sub`. Each goes out only where the relying party's registration lists
 * it and records a purpose.
 */
export const GRANTABLE_CLAIMS = [
  'name',
  'student_number',
  'staff_number',
  'account_kind',
  'university_code',
  'college',
  'major',
  'class',
  'level',
  'enrolment_status',
  'roles',
  'groups',
  ...FEDERATION_CLAIMS,
] as const;
export type GrantableClaim = (typeof GRANTABLE_CLAIMS)[number];

/** What the layer can say of a person; lists stay lists (CAS repeats the element). */
export type PersonClaims = Partial<Record<GrantableClaim, string | string[]>>;
