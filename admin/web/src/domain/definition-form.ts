import type { Words } from '@lanyard/look/forms/form-schema.js';
import { type Draft, withValue } from './definition-draft.js';
import { fieldOf, type WrittenField } from './written-field.js';

/** A field at the top of a form, as the designer lists it. */
export interface FieldLine {
  readonly name: string;
  readonly title: Words;
  /** What it is, by the word for it: a kind of its own, or what the schema calls it. */
  readonly kind: string;
  readonly isRequired: boolean;
  /** Filled by the house and not asked. */
  readonly isKnown: boolean;
}
interface Schema {
  type?: string;
  title?: Words;
  format?: string;
  enum?: unknown[];
  'x-prefill'?: unknown;
}
const formOf = (draft: Draft) =>
  (draft['form'] ?? {}) as { properties?: Record<string, Schema>; required?: string[]; additionalProperties?: false };

export function fieldLines(draft: Draft): FieldLine[] {
  const { properties = {}, required = [] } = formOf(draft);
  return Object.entries(properties).map(([name, field]) => ({
    ...{ name, title: field.title ?? { zh: name, en: name }, kind: kindOf(field) },
    ...{ isRequired: required.includes(name), isKnown: field['x-prefill'] !== undefined },
  }));
}

function kindOf({ type, format, enum: choices }: Schema): string {
  if (type === 'string') return choices !== undefined ? 'choice' : (format ?? 'text');
  if (type === 'boolean') return 'yes-no';
  return type === 'integer' || type === 'number' ? 'number' : (type ?? '');
}

/**
 * With a field more at the end, and where it has to be filled in with a sample in each of the definition's own tests; a name
 * that is taken changes nothing.
 */
export function withField(draft: Draft, name: string, written: WrittenField): Draft {
  const form = formOf(draft);
  if (form.properties?.[name] !== undefined) return draft;
  const properties = { ...form.properties, [name]: fieldOf(written) };
  const required = [...(form.required ?? []), ...(written.isRequired ? [name] : [])];
  const changed = withValue(draft, ['form'], { ...form, properties, required });
  if (!written.isRequired) return changed;
  return withTestForms(changed, (test) => ({ ...test.form, [name]: sampleOf(written, test.day) }));
}

/** Without a field, in the tests' forms as well. */
export function withoutField(draft: Draft, name: string): Draft {
  const form = formOf(draft);
  const { [name]: _, ...properties } = form.properties ?? {};
  const required = (form.required ?? []).filter((one) => one !== name);
  return withTestForms(withValue(draft, ['form'], { ...form, properties, required }), (test) => {
    const { [name]: __, ...others } = test.form;
    return others;
  });
}

interface DraftTest {
  name: string;
  day: string;
  form: Record<string, unknown>;
  path?: string[];
}
const testsOf = (draft: Draft) => (Array.isArray(draft['tests']) ? (draft['tests'] as DraftTest[]) : []);
const withTestForms = (draft: Draft, formOfTest: (test: DraftTest) => Record<string, unknown>): Draft =>
  withValue(
    draft,
    ['tests'],
    testsOf(draft).map((test) => ({ ...test, form: formOfTest(test) })),
  );

/** A test that is to take the way it was found to take. */
export const withTestPath = (draft: Draft, name: string, path: readonly string[]): Draft =>
  withValue(
    draft,
    ['tests'],
    testsOf(draft).map((test) => (test.name === name && test.path !== undefined ? { ...test, path: [...path] } : test)),
  );

function sampleOf({ kind }: WrittenField, day: string): unknown {
  switch (kind) {
    case 'choice':
      return 'c1';
    case 'yes-no':
      return true;
    case 'scale':
    case 'number':
      return 1;
    case 'date':
      return day;
    case 'text':
      return '示例';
    case 'attachment':
      return 'A'.repeat(22);
  }
}

export function withRequired(draft: Draft, name: string, isRequired: boolean): Draft {
  const form = formOf(draft);
  const others = (form.required ?? []).filter((one) => one !== name);
  return withValue(draft, ['form', 'required'], isRequired ? [...others, name] : others);
}

/** Comparisons a rule may make with a field. */
export const COMPARISONS = ['>', '>=', '<', '<=', '==', '!='] as const;

/** With a rule more: a field against a number, or against the word of a choice. A name that is taken changes nothing. */
export function withRule(
  draft: Draft,
  rule: { name: string; field: string; comparison: string; value: string },
): Draft {
  const rules = (draft['rules'] ?? {}) as Record<string, unknown>;
  if (rules[rule.name] !== undefined) return draft;
  const when = { [rule.comparison]: [{ var: `form.${rule.field}` }, valueIn(rule.value)] };
  const version = { version: 1, effective_from: draft['effective_from'], when };
  return withValue(draft, ['rules'], { ...rules, [rule.name]: [version] });
}

function valueIn(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
