import { z } from 'zod';

/** A student as the register's feed tells of them (issuer `GET /v1/account-feed`). */
export const zFeedAccount = z.object({
  student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
  name: z.string().min(1),
  college: z.string(),
  major: z.string(),
  class: z.string(),
  level: z.string(),
  enrolment_status: z.string().min(1),
  campus: z.string(),
  counsellor_staff_number: z.string(),
});
export type FeedAccount = z.output<typeof zFeedAccount>;

export const zFeedPage = z.object({ accounts: z.array(zFeedAccount), next: z.string(), more: z.boolean() });

/** Who has left does not sign in; leave of absence and the like do: they have affairs to settle. */
const LEFT = new Set(['transferred-out', 'withdrawn', 'expelled', 'graduated', 'completed', 'attended', 'deceased']);

export const stateOf = (enrolmentStatus: string): 'active' | 'closed' =>
  LEFT.has(enrolmentStatus) ? 'closed' : 'active';
