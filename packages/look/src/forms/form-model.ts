import type { FormField, FormObject, FormValues, Words } from './form-schema.js';

/** How a field is asked. `known` ones are shown and never asked, `counted` ones follow from others. */
export type FieldKind =
  | 'known'
  | 'counted'
  | 'choice'
  | 'list-choice'
  | 'yes-no'
  | 'date'
  | 'time'
  | 'date-time'
  | 'number'
  | 'line'
  | 'text'
  | 'several'
  | 'rows'
  | 'group'
  | 'file';
export interface FieldModel {
  readonly name: string;
  readonly field: FormField;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
}

const RADIO_AT_MOST = 7;
const LINE_AT_MOST = 200;

/**
 * The fields of a form in its own order. A field the register fills is known where it holds something; a field the link
 * fills (`given`) is known as well.
 */
export function modelOf(
  form: FormObject,
  known: Readonly<Record<string, unknown>> = {},
  isTop = true,
): readonly FieldModel[] {
  return Object.entries(form.properties).map(([name, field]) => ({
    name,
    field,
    kind: isTop && isKnown(name, known) ? 'known' : isTop && isCounted(form, name) ? 'counted' : kindOf(field),
    isRequired: form.required?.includes(name) ?? false,
  }));
}
const isKnown = (name: string, known: Readonly<Record<string, unknown>>): boolean =>
  known[name] !== undefined && known[name] !== '';

export function kindOf(field: FormField): FieldKind {
  switch (field.type) {
    case 'boolean':
      return 'yes-no';
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return field.items.type === 'string' && field.items.enum !== undefined ? 'several' : 'rows';
    case 'object':
      return 'group';
    case 'string':
      if (field.enum !== undefined) return field.enum.length <= RADIO_AT_MOST ? 'choice' : 'list-choice';
      if (field.format === 'attachment') return 'file';
      if (field.format !== undefined) return field.format;
      return (field.maxLength ?? 0) > LINE_AT_MOST ? 'text' : 'line';
  }
}

/** `days` beside the dates `from` and `to` is their number: nobody is asked to count. */
function isCounted(form: FormObject, name: string): boolean {
  const isDate = (other: string) => {
    const field = form.properties[other];
    return field?.type === 'string' && field.format === 'date';
  };
  return name === 'days' && form.properties[name]?.type === 'integer' && isDate('from') && isDate('to');
}
const DAY_MS = 86_400_000;
/** Days from the first to the last, both counted; undefined until both are there and in order. */
export function daysBetween(from: unknown, to: unknown): number | undefined {
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return Number.isFinite(days) && days >= 1 ? days : undefined;
}

/** The values with what follows from them. */
export function withCounted(models: readonly FieldModel[], values: FormValues): FormValues {
  const counted = models.filter(({ kind }) => kind === 'counted');
  if (counted.length === 0) return values;
  const { days: _, ...rest } = values;
  const days = daysBetween(values['from'], values['to']);
  return days === undefined ? rest : { ...rest, days };
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value as object).length === 0);

/** What is handed in: nothing that is empty, nothing that is known, texts without spaces around them. */
export function toHandIn(models: readonly FieldModel[], values: FormValues): FormValues {
  return clean(models, withCounted(models, values));
}

function clean(models: readonly FieldModel[], values: FormValues): FormValues {
  const handed: FormValues = {};
  for (const { name, field, kind } of models) {
    if (kind === 'known') continue;
    const value = cleanValue(field, values[name]);
    if (!isEmpty(value)) handed[name] = value;
  }
  return handed;
}

function cleanValue(field: FormField, value: unknown): unknown {
  if (typeof value === 'string' && field.type === 'string') return value.trim();
  if (typeof value === 'string' && (field.type === 'integer' || field.type === 'number'))
    return value.trim() === '' ? undefined : Number.isNaN(Number(value)) ? value : Number(value);
  if (field.type === 'array' && Array.isArray(value))
    return value.map((item) => cleanValue(field.items, item)).filter((item) => !isEmpty(item));
  if (field.type === 'object' && typeof value === 'object' && value !== null)
    return clean(modelOf(field, {}, false), value as FormValues);
  return value;
}

/** After a return the former form is mended: what was emptied is sent as null, so that it is emptied there too. */
export function toHandInAgain(models: readonly FieldModel[], values: FormValues, former: FormValues): FormValues {
  const handed = toHandIn(models, values);
  const emptied = models.filter(({ name, kind }) => kind !== 'known' && !(name in handed) && name in former);
  return { ...handed, ...Object.fromEntries(emptied.map(({ name }) => [name, null])) };
}

export const choicesOf = (field: FormField): { readonly value: string; readonly title: Words }[] =>
  field.type !== 'string'
    ? []
    : (field.enum ?? []).map((value, at) => ({ value, title: field['x-titles']?.[at] ?? { zh: value, en: value } }));

/** Where the register cannot be asked now, it fills its fields all the same when the form is handed in. */
export const knownLater = (form: FormObject, text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(form.properties).flatMap(([name, field]) =>
      field['x-prefill'] === undefined ? [] : [[name, text]],
    ),
  );

/** What people read of a value, for the known block. */
export function wordsOf(field: FormField, value: unknown): Words {
  const chosen = choicesOf(field).find((choice) => choice.value === value);
  return chosen?.title ?? { zh: String(value ?? ''), en: String(value ?? '') };
}
