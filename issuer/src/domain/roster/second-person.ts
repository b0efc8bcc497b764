/** Above what a change waits for a second person; the table `approval_rule`. */
export interface ApprovalRule {
  /** Share of the register whose enrolment status would change. */
  readonly stateChangeShare: number;
  /** Credentials that would end. */
  readonly revocations: number;
  /** Rows of students already in the register: both have to be exceeded. */
  readonly changedShare: number;
  readonly changedRows: number;
  readonly expiresAfterHours: number;
}

/** Design section 3. */
export const DESIGN_RULE: ApprovalRule = {
  stateChangeShare: 0.02,
  revocations: 50,
  changedShare: 0.5,
  changedRows: 1000,
  expiresAfterHours: 72,
};

/**
 * Whether a change of many waits for a second person: it would alter the enrolment status of more than a share of the
 * students in the register, end more than a number of credentials, or change very many rows. New students never count,
 * so that a first import is one person's work.
 */
export function needsSecondPerson(
  difference: {
    readonly state_changes: number;
    readonly revocations: number;
    readonly existing: number;
    readonly changed?: number;
  },
  rule: ApprovalRule = DESIGN_RULE,
): boolean {
  const { state_changes: states, revocations, existing, changed = 0 } = difference;
  return (
    revocations > rule.revocations ||
    states > rule.stateChangeShare * existing ||
    (changed > rule.changedRows && changed > rule.changedShare * existing)
  );
}
