import type { Words } from './affairs.js';

/** A service window and a visit there, as `campus/v1` answers them. */
export interface ClerkWindow {
  readonly id: string;
  readonly title: Words;
  readonly place: Words;
}
export interface WindowService {
  readonly id: string;
  readonly title: Words;
  readonly summary: Words;
}
export interface WindowRequest {
  readonly id: string;
  readonly verb: 'submit' | 'resubmit' | 'withdraw';
  readonly service: string;
  readonly state: 'waiting' | 'confirmed' | 'refused' | 'expired';
  readonly case: string | null;
  readonly confirmed_by: 'phone' | 'scan' | null;
  readonly expires_at: string;
}
export interface Visit {
  readonly id: string;
  readonly person: {
    readonly name: string;
    readonly student_number: string;
    readonly college: string;
    readonly class: string;
  };
  readonly ends_at: string;
  readonly state: 'open' | 'over';
  readonly services: readonly WindowService[];
  readonly cases: readonly {
    readonly id: string;
    readonly service: { readonly id: string; readonly title: Words };
    readonly status: string;
    readonly due_at: string | null;
  }[];
  readonly requests: readonly WindowRequest[];
  readonly drafts: readonly { readonly service: string; readonly form: Readonly<Record<string, unknown>> }[];
}
export interface ScanVerdict {
  readonly verdict: 'accepted' | 'rejected' | 'cannot-decide';
  readonly title_zh: string;
  readonly title_en: string;
  readonly next_zh: string | null;
  readonly next_en: string | null;
}
export type ScanAnswer = ScanVerdict & { readonly visit: Visit | null; readonly portrait: string | null };
export interface ServiceForm {
  readonly id: string;
  readonly title: Words;
  readonly summary: Words;
  readonly form: { readonly properties: Readonly<Record<string, SchemaField>>; readonly required?: readonly string[] };
  readonly known: Readonly<Record<string, string>>;
}
export interface SchemaField {
  readonly type: string;
  readonly title: Words;
  readonly description?: Words;
  readonly enum?: readonly string[];
  readonly 'x-titles'?: readonly Words[];
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: SchemaField;
  readonly maxItems?: number;
}
export interface Queue {
  readonly called: { readonly id: string; readonly number: string; readonly absences: number } | null;
  readonly next: readonly string[];
  readonly waiting: number;
}

export interface AskedField {
  readonly name: string;
  readonly field: SchemaField;
  readonly kind:
    | 'choice'
    | 'several'
    | 'yes-no'
    | 'date'
    | 'time'
    | 'date-time'
    | 'number'
    | 'line'
    | 'text'
    | 'own-phone';
  readonly isRequired: boolean;
}
const LINE_AT_MOST = 200;

function kindOf(field: SchemaField): AskedField['kind'] {
  if (field.type === 'boolean') return 'yes-no';
  if (field.type === 'integer' || field.type === 'number') return 'number';
  if (field.type === 'array') return field.items?.enum === undefined ? 'own-phone' : 'several';
  if (field.type !== 'string' || field.format === 'attachment') return 'own-phone';
  if (field.enum !== undefined) return 'choice';
  if (field.format === 'date' || field.format === 'time' || field.format === 'date-time') return field.format;
  return (field.maxLength ?? 0) > LINE_AT_MOST ? 'text' : 'line';
}

/** `days` beside the dates `from` and `to` is counted, not typed. */
const isCounted = ({ properties }: ServiceForm['form'], name: string): boolean =>
  name === 'days' && properties['from']?.format === 'date' && properties['to']?.format === 'date';

/** What a clerk types: everything the house does not know, in the order of the form. */
export const askedFields = ({ form, known }: ServiceForm): AskedField[] =>
  Object.entries(form.properties)
    .filter(([name]) => known[name] === undefined && !isCounted(form, name))
    .map(([name, field]) => ({
      ...{ name, field, kind: kindOf(field), isRequired: form.required?.includes(name) ?? false },
    }));

/** Files, lists and groups are filled in on the student’s own phone; a form that needs one is not written here. */
export const isForOwnPhone = (service: ServiceForm): boolean =>
  askedFields(service).some(({ kind, isRequired }) => kind === 'own-phone' && isRequired);

const DAY_MS = 86_400_000;
export type Typed = Readonly<Record<string, string | readonly string[]>>;

/** What was typed as the schema has it; what was left empty is not there. */
export function toForm(service: ServiceForm, typed: Typed): Record<string, unknown> {
  const form: Record<string, unknown> = {};
  for (const { name, kind } of askedFields(service)) {
    const value = typed[name];
    if (value === undefined || value.length === 0 || kind === 'own-phone') continue;
    if (typeof value !== 'string') form[name] = value;
    else if (kind === 'number') form[name] = Number(value);
    else if (kind === 'yes-no') form[name] = value === 'true';
    else if (kind === 'time' || kind === 'date-time') form[name] = `${value}:00+08:00`;
    else form[name] = value.trim();
  }
  const { from, to } = form;
  if (isCounted(service.form, 'days') && typeof from === 'string' && typeof to === 'string')
    form['days'] = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return form;
}

/** The other way round, for what was written before. */
export function toTyped(
  service: ServiceForm,
  form: Readonly<Record<string, unknown>>,
): Record<string, string | string[]> {
  const typed: Record<string, string | string[]> = {};
  for (const { name, kind } of askedFields(service)) {
    const value = form[name];
    if (kind === 'several') typed[name] = Array.isArray(value) ? value.map(String) : [];
    else if (value !== undefined) typed[name] = String(value).replace(/:00\+08:00$/, '');
  }
  return typed;
}

/** The field a fault of the schema is about: `/reason` is of `reason`. */
export const faultyFields = (errors: readonly { readonly at: string; readonly message: string }[]): string[] => [
  ...new Set(errors.map(({ at, message }) => at.split('/')[1] ?? /property '([a-z0-9_]+)'/.exec(message)?.[1] ?? '')),
];
