/** Offices that have to agree, each once and each by another person, before passages are read with names. */
export const OPENING_APPROVERS = ['data-protection-officer', 'security-auditor', 'registrar'] as const;
export type OpeningApprover = (typeof OPENING_APPROVERS)[number];

export const OPENING_RULES = {
  /** From the request on. */
  approveHours: 24,
  /** From the opening on, for who requested it. */
  readableMinutes: 60,
  entries: 500,
  /** Passages are kept seven days; a span may begin in the day before they end. */
  spanDays: 8,
  tellAfterDaysAtMost: 90,
} as const;

export type OpeningTarget =
  | { readonly kind: 'student'; readonly studentNumber: string }
  | { readonly kind: 'checkpoint'; readonly checkpoint: string };

/** `expired` is a matter of time, not a state of its own. */
export type OpeningState = 'requested' | 'declined' | 'opened' | 'expired';
