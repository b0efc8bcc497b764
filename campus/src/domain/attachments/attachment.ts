import type { FormField, FormSchema, FormValues } from '../definitions/form-schema.js';
import type { MediaType } from './media-type.js';

/** A file a form names, with the kinds of file its field takes. */
export interface NamedAttachment {
  readonly id: string;
  /** The field at the top of the form. */
  readonly field: string;
  readonly accepts: readonly MediaType[] | undefined;
}

/** Every file that a form names, wherever in it; each once. */
export function attachmentsIn(form: FormSchema, values: FormValues): NamedAttachment[] {
  const found = Object.entries(form.properties).flatMap(([name, field]) =>
    within(field, values[name]).map(({ id, accepts }) => ({ id, field: name, accepts })),
  );
  return [...new Map(found.map((one) => [one.id, one])).values()];
}

function within(field: FormField, value: unknown): { id: string; accepts: readonly MediaType[] | undefined }[] {
  if (field.type === 'array') return Array.isArray(value) ? value.flatMap((item) => within(field.items, item)) : [];
  if (field.type === 'object' && typeof value === 'object' && value !== null)
    return Object.entries(field.properties).flatMap(([name, inner]) => within(inner, (value as FormValues)[name]));
  if (field.type === 'string' && field.format === 'attachment' && typeof value === 'string')
    return [{ id: value, accepts: field['x-accept'] }];
  return [];
}
