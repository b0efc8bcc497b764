import { z } from 'zod';
import { MEDIA_TYPES } from '../attachments/media-type.js';
import { FACTS } from '../people/person.js';
import { isSafePattern } from './safe-pattern.js';
import { zRoleName, zSlug, zText } from './texts.js';

const MAX_FIELDS = 100;
const MAX_LEVELS = 4;
export const FIELD_NAME = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * What is filled in and not asked: a fact of the register, or what the applicant was read in and out for at the activities
 * of a service.
 */
const zKnown = z.union([z.enum(FACTS), z.strictObject({ attended: zSlug, as: z.enum(['hours', 'record']) })]);
export type Known = z.output<typeof zKnown>;

/** Hints beside the schema words: how a field is shown, filled and to whom it is told. */
const hints = {
  title: zText,
  description: zText.optional(),
  /** Filled by the service; whoever fills the form reads it. */
  'x-prefill': zKnown.optional(),
  /** A list outside the form that the value is chosen from, by name: `buildings`. */
  'x-reference': z
    .string()
    .regex(/^[a-z][a-z-]{0,39}$/)
    .optional(),
  /** Illness, poverty, beliefs: never in lists, exports or notices. */
  'x-sensitive': z.boolean().optional(),
  /** Roles that read it; without it all who may read the case. */
  'x-audience': z.array(zRoleName).min(1).max(10).optional(),
};

const zStringField = z
  .strictObject({
    type: z.literal('string'),
    ...hints,
    minLength: z.int().min(0).max(4_000).optional(),
    maxLength: z.int().min(1).max(4_000).optional(),
    enum: z.array(z.string().min(1).max(100)).min(1).max(100).optional(),
    /** Texts of the values of `enum`, in its order. */
    'x-titles': z.array(zText).min(1).max(100).optional(),
    /** `attachment`: the id of a file handed in with the form. */
    format: z.enum(['date', 'time', 'date-time', 'attachment']).optional(),
    /** Kinds of file an attachment may be; without it every kind there is. */
    'x-accept': z.array(z.enum(MEDIA_TYPES)).min(1).max(MEDIA_TYPES.length).optional(),
    pattern: z.string().refine(isSafePattern, 'not a safe pattern').optional(),
  })
  .refine(
    (field) => field.maxLength !== undefined || field.enum !== undefined || field.format !== undefined,
    'a text has a longest length',
  )
  .refine(
    (field) => field['x-titles'] === undefined || field['x-titles'].length === field.enum?.length,
    'one title for each value',
  )
  .refine((field) => field['x-accept'] === undefined || field.format === 'attachment', 'x-accept is for attachments');
const zNumberField = z.strictObject({
  type: z.enum(['integer', 'number']),
  ...hints,
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const zBooleanField = z.strictObject({ type: z.literal('boolean'), ...hints });

export type FormField =
  | z.output<typeof zStringField>
  | z.output<typeof zNumberField>
  | z.output<typeof zBooleanField>
  | (z.output<z.ZodObject<typeof hints>> & {
      type: 'array';
      items: FormField;
      minItems?: number | undefined;
      maxItems: number;
      uniqueItems?: boolean | undefined;
    })
  | (z.output<z.ZodObject<typeof hints>> & FormObject & { type: 'object' });
interface FormObject {
  properties: Record<string, FormField>;
  required?: string[] | undefined;
  additionalProperties: false;
}

const zField: z.ZodType<FormField> = z.lazy(() =>
  z.discriminatedUnion('type', [
    zStringField,
    zNumberField,
    zBooleanField,
    z.strictObject({
      type: z.literal('array'),
      ...hints,
      items: zField,
      minItems: z.int().min(0).max(50).optional(),
      maxItems: z.int().min(1).max(50),
      uniqueItems: z.boolean().optional(),
    }),
    z.strictObject({ type: z.literal('object'), ...hints, ...objectWords() }),
  ]),
);

function objectWords() {
  return {
    properties: z.record(z.string().regex(FIELD_NAME), zField),
    required: z.array(z.string().regex(FIELD_NAME)).max(MAX_FIELDS).optional(),
    additionalProperties: z.literal(false),
  };
}

/**
 * The closed part of JSON Schema 2020-12 that forms may use: no `$ref`, nothing remote, bounded texts and lists, only
 * patterns that cannot take long. A field named as a fact of the register has to be filled from it.
 */
export const zFormSchema = z
  .strictObject({ type: z.literal('object'), ...objectWords() })
  .superRefine((form, check) => {
    const problem = (message: string, path: string[]) => check.addIssue({ code: 'custom', message, path });
    const fields = listFields(form, []);
    if (fields.length > MAX_FIELDS) problem(`more than ${MAX_FIELDS} fields`, []);
    for (const { path, field } of fields) {
      if (path.length > MAX_LEVELS) problem(`deeper than ${MAX_LEVELS} levels`, path);
      const name = path.at(-1);
      if ((FACTS as readonly string[]).includes(name ?? '') && field['x-prefill'] === undefined)
        problem('the register holds this: fill it by x-prefill', path);
      if (field['x-prefill'] !== undefined && (field.type !== 'string' || path.length > 1))
        problem('only a text at the top is filled by the service', path);
    }
    for (const [path, words] of objectsOf(form, []))
      for (const name of words.required ?? [])
        if (!Object.hasOwn(words.properties, name)) problem(`required field ${name} is missing`, path);
  });
export type FormSchema = z.output<typeof zFormSchema>;
export type FormValues = Readonly<Record<string, unknown>>;

/** A field at the top of a form; undefined for what is none, whatever it is called. */
export const fieldNamed = (form: FormSchema, name: string): FormField | undefined =>
  Object.hasOwn(form.properties, name) ? form.properties[name] : undefined;

/** Words of whoever fills the form: no choice, no day, no file. */
export const isFreeText = (field: FormField | undefined): field is z.output<typeof zStringField> =>
  field?.type === 'string' && field.enum === undefined && field.format === undefined;

/** Every field with its path, lists counted as one level. */
export function listFields(form: FormObject, above: string[]): { path: string[]; field: FormField }[] {
  return Object.entries(form.properties).flatMap(([name, field]) => below(field, [...above, name]));
}

function below(field: FormField, path: string[]): { path: string[]; field: FormField }[] {
  if (field.type === 'object') return [{ path, field }, ...listFields(field, path)];
  if (field.type === 'array') return [{ path, field }, ...below(field.items, [...path, 'items']).slice(1)];
  return [{ path, field }];
}

function objectsOf(form: FormObject, path: string[]): [string[], FormObject][] {
  const inner = listFields(form, path).flatMap(({ path: at, field }): [string[], FormObject][] =>
    field.type === 'object' ? [[at, field]] : [],
  );
  return [[path, form], ...inner];
}
