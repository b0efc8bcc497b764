import { type FieldModel, modelOf, toHandIn } from '@lanyard/look/forms/form-model.js';
import type { FormField, FormValues } from '../answers.js';

/** What is wrong with a field; texts are looked up by code. */
export interface FieldFault {
  /** Names from the top: `members/0`. */
  readonly at: string;
  readonly code:
    | 'fill-in'
    | 'choose'
    | 'choose-file'
    | 'too-long'
    | 'too-short'
    | 'not-a-number'
    | 'not-whole'
    | 'too-small'
    | 'too-big'
    | 'not-a-date'
    | 'not-a-time'
    | 'ends-before'
    | 'form-of'
    | 'too-few'
    | 'too-many'
    | 'twice'
    | 'known-changed'
    | 'not-accepted';
  readonly values?: Readonly<Record<string, string | number>>;
}

/** All faults of a form, in its order. What the server checks is checked here by the same schema. */
export function checkForm(models: readonly FieldModel[], values: FormValues): FieldFault[] {
  const handed = toHandIn(models, values);
  return models.flatMap((model) => checkModel(model, handed, ''));
}

/** Faults of one field of the top, after it was left. */
export function checkOne(models: readonly FieldModel[], values: FormValues, name: string): FieldFault[] {
  return checkForm(models, values).filter(({ at }) => at === name || at.startsWith(`${name}/`));
}

function checkModel(model: FieldModel, handed: FormValues, above: string): FieldFault[] {
  const { name, field, kind, isRequired } = model;
  if (kind === 'known') return [];
  const at = above === '' ? name : `${above}/${name}`;
  const value = handed[name];
  if (kind === 'counted') {
    // The dates it follows from are asked for; only its own limits are told.
    return value === undefined ? [] : checkValue(field, value, at).map((fault) => ({ ...fault, at: 'to' }));
  }
  if (value === undefined) return isRequired ? [{ at, code: emptyCode(kind) }] : [];
  const faults = checkValue(field, value, at);
  const from = handed['from'];
  if (name === 'to' && field.type === 'string' && field.format === 'date' && typeof from === 'string' && above === '')
    if (typeof value === 'string' && value < from) faults.push({ at, code: 'ends-before', values: { from } });
  return faults;
}

const emptyCode = (kind: FieldModel['kind']): FieldFault['code'] =>
  kind === 'file'
    ? 'choose-file'
    : ['choice', 'list-choice', 'yes-no', 'several', 'date', 'time', 'date-time'].includes(kind)
      ? 'choose'
      : 'fill-in';

function checkValue(field: FormField, value: unknown, at: string): FieldFault[] {
  switch (field.type) {
    case 'string':
      return checkText(field, value, at);
    case 'integer':
    case 'number':
      return checkNumber(field, value, at);
    case 'boolean':
      return typeof value === 'boolean' ? [] : [{ at, code: 'choose' }];
    case 'array': {
      const items = Array.isArray(value) ? value : [];
      const few = field.minItems ?? 0;
      if (items.length < few) return [{ at, code: 'too-few', values: { few } }];
      if (items.length > field.maxItems) return [{ at, code: 'too-many', values: { many: field.maxItems } }];
      if (field.uniqueItems && new Set(items.map((item) => JSON.stringify(item))).size < items.length)
        return [{ at, code: 'twice' }];
      return items.flatMap((item, index) => checkValue(field.items, item, `${at}/${index}`));
    }
    case 'object':
      return modelOf(field, {}, false).flatMap((model) => checkModel(model, value as FormValues, at));
  }
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/;

function checkText(field: Extract<FormField, { type: 'string' }>, value: unknown, at: string): FieldFault[] {
  if (typeof value !== 'string') return [{ at, code: 'fill-in' }];
  if (field.enum !== undefined) return field.enum.includes(value) ? [] : [{ at, code: 'choose' }];
  if (field.format === 'date')
    return DATE.test(value) && !Number.isNaN(Date.parse(value)) ? [] : [{ at, code: 'not-a-date' }];
  if (field.format === 'time') return TIME.test(value) ? [] : [{ at, code: 'not-a-time' }];
  if (field.format === 'date-time') return Number.isNaN(Date.parse(value)) ? [{ at, code: 'not-a-date' }] : [];
  const length = [...value].length;
  const { minLength = 0, maxLength, pattern } = field;
  if (maxLength !== undefined && length > maxLength)
    return [{ at, code: 'too-long', values: { over: length - maxLength, max: maxLength } }];
  if (length < minLength) return [{ at, code: 'too-short', values: { min: minLength } }];
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return [{ at, code: 'form-of' }];
  return [];
}

function checkNumber(field: Extract<FormField, { type: 'integer' | 'number' }>, value: unknown, at: string) {
  const fault = (code: FieldFault['code'], values?: FieldFault['values']): FieldFault[] => [
    values === undefined ? { at, code } : { at, code, values },
  ];
  if (typeof value !== 'number' || !Number.isFinite(value)) return fault('not-a-number');
  if (field.type === 'integer' && !Number.isInteger(value)) return fault('not-whole');
  if (field.minimum !== undefined && value < field.minimum) return fault('too-small', { min: field.minimum });
  if (field.maximum !== undefined && value > field.maximum) return fault('too-big', { max: field.maximum });
  return [];
}

const CODE_OF: Readonly<Record<string, FieldFault['code']>> = {
  required: 'fill-in',
  maxLength: 'not-accepted',
  enum: 'choose',
  known: 'known-changed',
};
/** What the server found, as faults of this form; `errors: [{at: '/days', message: 'minimum: …'}]`. */
export function faultsOf(errors: unknown): FieldFault[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: { at?: unknown; message?: unknown }): FieldFault[] => {
    const message = String(error.message ?? '');
    const [keyword = ''] = message.split(':');
    const missing = /required property '([a-z0-9_]+)'/.exec(message)?.[1];
    const path = [String(error.at ?? '').replace(/^\//, ''), missing].filter(Boolean).join('/');
    return path === '' ? [] : [{ at: path, code: CODE_OF[keyword] ?? 'not-accepted' }];
  });
}
