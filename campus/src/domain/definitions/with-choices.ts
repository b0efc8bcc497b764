import type { FormField, FormSchema } from './form-schema.js';

/** A form as it is shown: what a list outside of it offers stands at its fields, to choose from or to write something else. */
export async function withChoices(
  form: FormSchema,
  read: (list: string) => Promise<readonly { readonly name: string; readonly offered: boolean }[]>,
): Promise<FormSchema> {
  const names = [...new Set(Object.values(form.properties).flatMap(referencesIn))];
  if (names.length === 0) return form;
  const offered = async (list: string) => (await read(list)).filter((one) => one.offered).map(({ name }) => name);
  const lists = new Map(await Promise.all(names.map(async (name) => [name, await offered(name)] as const)));
  return { ...form, properties: fieldsWith(form.properties, lists) };
}

function referencesIn(field: FormField): string[] {
  if (field.type === 'array') return referencesIn(field.items);
  if (field.type === 'object') return Object.values(field.properties).flatMap(referencesIn);
  return field.type === 'string' && field['x-reference'] !== undefined ? [field['x-reference']] : [];
}

type Lists = ReadonlyMap<string, readonly string[]>;
const fieldsWith = (properties: Record<string, FormField>, lists: Lists): Record<string, FormField> =>
  Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, fieldWith(field, lists)]));

function fieldWith(field: FormField, lists: Lists): FormField {
  if (field.type === 'array') return { ...field, items: fieldWith(field.items, lists) };
  if (field.type === 'object') return { ...field, properties: fieldsWith(field.properties, lists) };
  const choices = field.type === 'string' ? (lists.get(field['x-reference'] ?? '') ?? []) : [];
  return choices.length === 0 ? field : Object.assign({ ...field }, { 'x-choices': choices });
}
