import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { attendedOf } from '../people/attended.js';
import type { Applicant } from '../people/person.js';
import type { FormSchema, FormValues, Known } from './form-schema.js';

export interface FormError {
  readonly at: string;
  readonly message: string;
}

/** Of an attachment: 16 bytes in base64url. */
const ATTACHMENT_ID = /^[A-Za-z0-9_-]{22}$/;
const HINTS = ['x-accept', 'x-prefill', 'x-reference', 'x-sensitive', 'x-audience', 'x-titles'];

/** A form compiled once; schemas were parsed by {@link zFormSchema}, so nothing in them is remote or slow. */
export function compileForm(form: FormSchema): (values: unknown) => readonly FormError[] {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: false, keywords: HINTS });
  addFormats.default(ajv, ['date', 'time', 'date-time']);
  ajv.addFormat('attachment', ATTACHMENT_ID);
  // Titles are objects here, which the vocabulary knows as texts only.
  const validate = ajv.compile(withoutTexts(form) as object);
  return (values) =>
    validate(values)
      ? []
      : (validate.errors ?? []).slice(0, 20).map((error) => ({
          at: error.instancePath.slice(0, 200),
          message: `${error.keyword}: ${error.message ?? 'does not fit'}`.slice(0, 200),
        }));
}

function withoutTexts(node: unknown, isProperties = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutTexts(item));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name]) => isProperties || (name !== 'title' && name !== 'description'))
      .map(([name, value]) => [name, withoutTexts(value, name === 'properties' && !isProperties)]),
  );
}

/** The fields that are filled for this applicant: what the register holds nothing of is asked, attendance never is. */
export function prefilled(form: FormSchema, applicant: Applicant): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const [name, field] of Object.entries(form.properties)) {
    const known = field['x-prefill'];
    const value = known === undefined ? '' : knownValue(known, applicant);
    if (value !== '') filled[name] = value;
  }
  return filled;
}

function knownValue(known: Known, { facts, attended }: Applicant): string {
  if (typeof known === 'string') return facts[known];
  return (attended?.[known.attended] ?? attendedOf([]))[known.as];
}

/** Services whose activities a form tells of. */
export const attendedServices = (form: FormSchema): string[] => [
  ...new Set(
    Object.values(form.properties).flatMap((field) => {
      const known = field['x-prefill'];
      return typeof known === 'object' ? [known.attended] : [];
    }),
  ),
];

/** Whether a form tells of activities at which the applicant never was. */
export const tellsOfNothing = (form: FormSchema, applicant: Applicant): boolean =>
  attendedServices(form).some((service) => knownValue({ attended: service, as: 'hours' }, applicant) === '0');

export type FilledForm =
  | { readonly ok: true; readonly values: FormValues }
  | { readonly ok: false; readonly errors: readonly FormError[] };

/**
 * Lays what was handed in over the former form and the known fields over that; null empties a field. A known field may
 * be sent back as it was shown, and nothing else.
 */
export function fillForm(
  form: FormSchema,
  check: (values: unknown) => readonly FormError[],
  parts: { readonly former: FormValues; readonly given: FormValues; readonly applicant: Applicant },
): FilledForm {
  const known = prefilled(form, parts.applicant);
  for (const [name, value] of Object.entries(known))
    if (Object.hasOwn(parts.given, name) && parts.given[name] !== value)
      return { ok: false, errors: [{ at: `/${name}`, message: 'known: ask for its correction instead' }] };
  const laid = { ...parts.former, ...parts.given, ...known };
  const values = Object.fromEntries(Object.entries(laid).filter(([, value]) => value !== null && value !== undefined));
  const errors = check(values);
  return errors.length === 0 ? { ok: true, values } : { ok: false, errors };
}
