import { type FieldKind, type FieldModel, modelOf, toHandIn } from '@lanyard/look/forms/form-model.js';
import type { FormObject, FormValues, Words } from '@lanyard/look/forms/form-schema.js';

/** A service window and a visit there, as `campus/v1` answers them. */
export interface ClerkWindow {
  readonly id: string;
  readonly title: Words;
  readonly place: Words;
  /** Taps come in there. */
  readonly has_reader: boolean;
  readonly card_confirms: boolean;
}
/** How somebody was read at a window. */
export type ReadWay = 'scan' | 'phone-tap' | 'card-tap';
export interface Tap {
  readonly id: string;
  readonly read_by: ReadWay;
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
  readonly confirmed_by: 'phone' | ReadWay | null;
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
  readonly read_by: ReadWay;
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
  readonly form: FormObject;
  readonly known: Readonly<Record<string, string>>;
  /** What is said to the student before he tells: where danger to life is named, a duty learns it at once. */
  readonly danger: { readonly said: Words } | null;
}
export interface Queue {
  readonly called: { readonly id: string; readonly number: string; readonly absences: number } | null;
  readonly next: readonly string[];
  readonly waiting: number;
}

const OWN_PHONE: readonly FieldKind[] = ['file', 'rows', 'group'];

/** What the clerk types: all that the house does not know and that does not follow from the rest, in the form's order. */
export const askedFields = ({ form, known }: ServiceForm): readonly FieldModel[] =>
  modelOf(form, known).filter(({ kind }) => kind !== 'known' && kind !== 'counted');

/** Files, lists and groups are filled in on the student’s own phone; an incident has none, and its report takes files here. */
export const isForOwnPhone = ({ kind }: FieldModel): boolean => OWN_PHONE.includes(kind);

/** The form as it is handed in. */
export const writtenForm = ({ form, known }: ServiceForm, values: FormValues): FormValues =>
  toHandIn(modelOf(form, known), values);

/** The field a fault of the schema is about: `/reason` is of `reason`. */
export const faultyFields = (errors: readonly { readonly at: string; readonly message: string }[]): string[] => [
  ...new Set(errors.map(({ at, message }) => at.split('/')[1] ?? /property '([a-z0-9_]+)'/.exec(message)?.[1] ?? '')),
];
