import { z } from 'zod';
import { zEffect } from '../effects/effect.js';
import { SCOPE_KINDS } from '../people/person.js';
import { FIELD_NAME } from './form-schema.js';
import { zRoleName, zSlug, zText } from './texts.js';

const zHours = z.int().min(1).max(2_000);

/** Which part of the university a role must hold: of the applicant, or the part a form field names. */
const zScopeRule = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('university') }),
  z.strictObject({ of: z.literal('applicant'), unit: z.enum(SCOPE_KINDS).exclude(['university']) }),
  z.strictObject({
    of: z.literal('field'),
    unit: z.enum(SCOPE_KINDS).exclude(['university', 'assigned']),
    field: z.string().regex(FIELD_NAME),
  }),
]);
export type ScopeRule = z.output<typeof zScopeRule>;

export const zOwnerRule = z.strictObject({ role: zRoleName, scope: zScopeRule });
export type OwnerRule = z.output<typeof zOwnerRule>;

/** What happens when the due time passes: a reminder, or one more owner and the same time again. Once each. */
export const zOnBreach = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('remind') }),
  z.strictObject({ do: z.literal('escalate'), to: zOwnerRule }),
]);
export type OnBreach = z.output<typeof zOnBreach>;

const base = {
  id: zSlug,
  title: zText,
  /** Name of a rule: the step is skipped where it does not hold. */
  when: zSlug.optional(),
};
const due = { due_working_hours: zHours, on_breach: zOnBreach };
const owned = {
  ...base,
  ...due,
  owners: z.array(zOwnerRule).min(1).max(5),
  signing: z.enum(['any', 'all']).default('any'),
};

const zApprove = z.strictObject({ kind: z.literal('approve'), ...owned });
/** Answered by a source system; its owner decides where the system does not know or says no. */
const zCheck = z.strictObject({
  kind: z.literal('check'),
  ...owned,
  source: zSlug,
  /** Of the source `register` alone, which then answers by itself. */
  asks: z.enum(['enrolled', 'registered']).optional(),
});
const zWindow = z.strictObject({ kind: z.literal('window'), ...owned, place: zText });
/** Chooses who does the work: by itself where exactly one choice's rule holds, else by a person. */
const zDispatch = z.strictObject({
  kind: z.literal('dispatch'),
  ...owned,
  choices: z
    .array(z.strictObject({ id: zSlug, title: zText, owner: zOwnerRule, when: zSlug.optional() }))
    .min(1)
    .max(30),
});
/** Work by its owners, or by whom a dispatch step chose. */
const zWork = z.strictObject({ kind: z.literal('work'), ...owned, chosen_by: zSlug.optional() });
/**
 * A place out of a number of places. What the number is for is `key` and what the form says of `key_fields`: a
 * competition, or a venue on a day in the morning. `places` is the number where nobody sets up each one by itself.
 */
const zQuota = z.strictObject({
  kind: z.literal('quota'),
  ...owned,
  key: zSlug,
  key_fields: z.array(z.string().regex(FIELD_NAME)).max(5).default([]),
  places: z.int().min(1).max(1_000_000).optional(),
  when_full: z.enum(['wait', 'refuse']).default('wait'),
});
/**
 * Of an incident: its owners are called at any hour and have it by the clock, not by working hours. What they do goes into
 * the log as they do it; every item of the list is ticked before the step is done.
 */
const zRespond = z.strictObject({
  kind: z.literal('respond'),
  ...base,
  owners: owned.owners,
  signing: owned.signing,
  due_minutes: z.int().min(1).max(1_440),
  on_breach: zOnBreach,
  checklist: z.array(z.strictObject({ id: zSlug, title: zText })).max(20),
});
const zCheckIn = z.strictObject({ kind: z.literal('check-in'), ...owned });
/** The applicant says whether it is done; "no" reopens the named step for whoever did it. */
const zStudentConfirm = z.strictObject({
  kind: z.literal('student-confirm'),
  ...base,
  ...due,
  reopens: zSlug.optional(),
});
/**
 * Says that something is issued. With an effect it is brought about at the issuer first: the step opens, is done when the
 * effect is, and comes to its owners with the reason where the register refuses.
 */
const zEmit = z.strictObject({
  kind: z.literal('emit'),
  ...base,
  document: zSlug,
  effect: zEffect.optional(),
  due_working_hours: zHours.optional(),
  on_breach: zOnBreach.optional(),
  owners: z.array(zOwnerRule).min(1).max(5).optional(),
});

export type PersonStep =
  | z.output<typeof zApprove>
  | z.output<typeof zCheck>
  | z.output<typeof zWindow>
  | z.output<typeof zDispatch>
  | z.output<typeof zWork>
  | z.output<typeof zQuota>
  | RespondStep
  | z.output<typeof zCheckIn>;
export type RespondStep = z.output<typeof zRespond>;
export type CheckStep = z.output<typeof zCheck>;
export type StudentConfirmStep = z.output<typeof zStudentConfirm>;
export type EmitStep = z.output<typeof zEmit>;
export type EffectStep = EmitStep & {
  [Part in 'effect' | 'due_working_hours' | 'on_breach' | 'owners']-?: NonNullable<EmitStep[Part]>;
};
export type WaitingStep = PersonStep | StudentConfirmStep | EffectStep;
export interface ParallelStep {
  readonly kind: 'parallel';
  readonly id: string;
  readonly title: z.output<typeof zText>;
  readonly when?: string | undefined;
  readonly branches: readonly (readonly Step[])[];
}
export type Step = WaitingStep | EmitStep | ParallelStep;
export type StepKind = Step['kind'];

export const zStep: z.ZodType<Step> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    zApprove,
    zCheck,
    zWindow,
    zDispatch,
    zWork,
    zQuota,
    zRespond,
    zCheckIn,
    zStudentConfirm,
    zEmit,
    z.strictObject({
      kind: z.literal('parallel'),
      ...base,
      branches: z.array(z.array(zStep).min(1).max(10)).min(2).max(10),
    }),
  ]),
);
