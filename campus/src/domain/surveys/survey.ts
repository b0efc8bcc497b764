import { z } from 'zod';
import { campusModules } from '../../api/index.js';
import { compileForm, type FormError } from '../definitions/check-form.js';
import { type FormField, type FormValues, zFormSchema } from '../definitions/form-schema.js';
import { zRoleName, zSlug, zText } from '../definitions/texts.js';

import type { Fact } from '../people/person.js';

const MAX_QUESTIONS = 50;
const zUnits = z.array(z.string().trim().min(1).max(200)).min(1).max(200);

/** Whom a survey asks: students of all the named units at once; without units everybody. */
const zAudience = z.strictObject({
  campus: zUnits.optional(),
  college: zUnits.optional(),
  class: zUnits.optional(),
  level: zUnits.optional(),
});

/**
 * A survey: questions in the words of a form, for whom, until when. `anonymous`: an answer is kept without anything that
 * leads to a person, and there is no way back. It may not be changed once it is there, but ended earlier.
 */
export const zSurvey = z
  .strictObject({
    id: zSlug,
    module: z.enum(campusModules),
    title: zText,
    summary: zText,
    form: zFormSchema,
    audience: zAudience,
    anonymous: z.boolean(),
    /** Who reads what came of it: the role of whoever made it, for the whole university. */
    owner: zRoleName,
    opens_at: z.iso.datetime(),
    closes_at: z.iso.datetime(),
  })
  .superRefine((survey, check) => {
    const problem = (message: string, ...path: string[]) => check.addIssue({ code: 'custom', message, path });
    const fields = Object.entries(survey.form.properties);
    if (fields.length === 0) problem('nothing is asked', 'form');
    if (fields.length > MAX_QUESTIONS) problem(`more than ${MAX_QUESTIONS} questions`, 'form');
    for (const [name, field] of fields)
      if (!isQuestion(field))
        problem('a choice, yes or no, a number or a text, and nothing that is known', 'form', name);
    if (survey.closes_at <= survey.opens_at) problem('ends before it begins', 'closes_at');
  });
export type Survey = z.output<typeof zSurvey>;
export type Audience = Survey['audience'];

/** Nothing nested, no file, nothing filled in from elsewhere, nothing for some readers only. */
function isQuestion(field: FormField): boolean {
  if (field.type === 'object' || field.type === 'array') return false;
  if (field['x-prefill'] !== undefined || field['x-audience'] !== undefined) return false;
  return field.type !== 'string' || field.format !== 'attachment';
}

/** Whether a survey asks a student with these facts. */
export const asks = (audience: Audience, facts: Readonly<Record<Fact, string>>): boolean =>
  (['campus', 'college', 'class', 'level'] as const).every((unit) => audience[unit]?.includes(facts[unit]) ?? true);

/** What does not fit in an answer. */
export const checkAnswer = ({ form }: Pick<Survey, 'form'>, answer: FormValues): readonly FormError[] =>
  compileForm(form)(answer);
