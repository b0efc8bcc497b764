import { ENROLMENT_STATES } from '@lanyard/protocol';

/** Who has one of these has left, and the student ID with him. */
export const REVOKING_STATUSES: readonly string[] = ENROLMENT_STATES.filter(
  ({ credential }) => credential === 'revoked',
).map(({ code }) => code);
