/**
 * Whether an import waits for a second person (design section 3): it would alter the enrolment status of more than
 * 2 % of the students in the register, or end more than 50 credentials. New students never count, so that a first
 * import is one person's work.
 */
export function needsSecondPerson(difference: {
  readonly state_changes: number;
  readonly revocations: number;
  readonly existing: number;
}): boolean {
  return difference.revocations > 50 || difference.state_changes * 50 > difference.existing;
}
