import { zInstant } from '@lanyard/platform';
import { z } from 'zod';
import { zSlug } from '../domain/definitions/texts.js';
import { parsePersonId } from '../domain/people/person.js';

const zNumber = z.string().regex(/^[A-Za-z0-9-]{1,32}$/);
const zReason = z.string().trim().max(500).default('');
const zGivenReason = z.string().trim().min(2).max(500);
export const zForm = z.record(z.string().max(40), z.unknown());
const zStaff = zNumber.transform((number, check) => {
  const person = parsePersonId(`staff:${number.toLowerCase()}`);
  if (person !== undefined) return person;
  check.addIssue({ code: 'custom', message: 'not a staff number' });
  return z.NEVER;
});
const zId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const zVersion = z.int().min(1).optional();

/** `student_number` only where staff begin a case on behalf of somebody; an incident is about nobody. */
export const zStart = z.strictObject({ service: zSlug, form: zForm, student_number: zNumber.optional() });
export const zAct = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('resubmit'), form: zForm, version: zVersion }),
  z.strictObject({
    verb: z.literal('agree'),
    ...{ step: zSlug, comment: zReason, choice: zSlug.optional(), version: zVersion },
  }),
  z.strictObject({ verb: z.literal('refuse'), step: zSlug, reason: zGivenReason, version: zVersion }),
  z.strictObject({
    verb: z.literal('return'),
    step: zSlug,
    to: z.union([z.literal('previous'), z.literal('applicant'), z.strictObject({ step: zSlug })]),
    ...{ reason: zGivenReason, version: zVersion },
  }),
  z.strictObject({ verb: z.literal('transfer'), step: zSlug, to: zStaff, reason: zReason, version: zVersion }),
  z.strictObject({ verb: z.literal('add-cosigner'), step: zSlug, person: zStaff, version: zVersion }),
  z.strictObject({ verb: z.literal('drop-cosigner'), step: zSlug, person: zStaff, version: zVersion }),
  z.strictObject({
    verb: z.literal('note'),
    ...{ step: zSlug, text: z.string().trim().max(2_000).default(''), item: zSlug.optional(), version: zVersion },
    files: z
      .array(zId)
      .max(30)
      .refine((files) => new Set(files).size === files.length, 'a file twice')
      .optional(),
  }),
  z.strictObject({ verb: z.literal('withdraw'), reason: zReason, version: zVersion }),
  z.strictObject({ verb: z.literal('urge'), version: zVersion }),
  z.strictObject({ verb: z.literal('void'), reason: zGivenReason, version: zVersion }),
]);
export const zDelegation = z.strictObject({
  to: zStaff,
  from: zInstant,
  until: zInstant,
});
export const zCaseId = z.object({ id: zId });
export const zRating = z.strictObject({ stars: z.int().min(1).max(5), comment: zReason });
