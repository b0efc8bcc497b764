import { z } from 'zod';
import { FIELD_NAME } from '../definitions/form-schema.js';

const zField = z.string().regex(FIELD_NAME);
/** Without a field: the day on which the register does it. */
const onDay = { effective_date: zField.optional() };

/** Facts that the register itself writes onto a document; campus names them and never says them. */
export const DOCUMENT_FACTS = [
  ...(['name', 'student_number', 'college', 'major', 'class', 'level', 'entry_date'] as const),
  ...(['expected_graduation', 'enrolment_status', 'registered_until'] as const),
] as const;

/**
 * What an emit step brings about at the issuer: a closed list, the same as the issuer's. Inputs are names of form fields.
 * A case may not ask for more: no admission, no expulsion, no change of a name.
 */
export const zEffect = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('graduate'), ...onDay }),
  z.strictObject({ act: z.literal('leave-of-absence'), ...onDay, until: zField.optional() }),
  z.strictObject({ act: z.literal('return-from-leave'), ...onDay }),
  z.strictObject({
    act: z.literal('change-of-study'),
    ...onDay,
    ...{ college: zField.optional(), major: zField.optional(), class: zField.optional() },
  }),
  z.strictObject({ act: z.literal('withdraw'), ...onDay }),
  z.strictObject({ act: z.literal('register-semester') }),
  z.strictObject({
    act: z.literal('issue-document'),
    register_facts: z.array(z.enum(DOCUMENT_FACTS)).min(1).max(DOCUMENT_FACTS.length),
    form_fields: z.array(zField).max(10).default([]),
    valid_days: z.int().min(1).max(3_650),
  }),
]);
export type Effect = z.output<typeof zEffect>;
export type EffectAct = Effect['act'];

/** Form fields an effect reads as days and as texts. */
export function inputsOf(effect: Effect): { readonly days: string[]; readonly texts: string[] } {
  const given = (...names: (string | undefined)[]) => names.filter((name) => name !== undefined);
  switch (effect.act) {
    case 'graduate':
    case 'return-from-leave':
    case 'withdraw':
      return { days: given(effect.effective_date), texts: [] };
    case 'leave-of-absence':
      return { days: given(effect.effective_date, effect.until), texts: [] };
    case 'change-of-study':
      return { days: given(effect.effective_date), texts: given(effect.college, effect.major, effect.class) };
    case 'register-semester':
      return { days: [], texts: [] };
    case 'issue-document':
      return { days: [], texts: effect.form_fields };
  }
}
