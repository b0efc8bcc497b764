/** A text in both languages. */
export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** The closed part of JSON Schema that forms of services use, as pages read it (docs/formats.md). */
interface Hints {
  readonly title: Words;
  readonly description?: Words;
  readonly 'x-prefill'?: string | { readonly attended: string; readonly as: 'hours' | 'record' };
  readonly 'x-reference'?: string;
  readonly 'x-sensitive'?: boolean;
  readonly 'x-audience'?: readonly string[];
}
export type FormField = Hints &
  (
    | {
        readonly type: 'string';
        readonly minLength?: number;
        readonly maxLength?: number;
        readonly enum?: readonly string[];
        readonly 'x-titles'?: readonly Words[];
        readonly format?: 'date' | 'time' | 'date-time' | 'attachment';
        readonly pattern?: string;
        readonly 'x-accept'?: readonly string[];
        readonly 'x-max-bytes'?: number;
        /** What the list of `x-reference` offers now; something else may be written. */
        readonly 'x-choices'?: readonly string[];
      }
    | { readonly type: 'integer' | 'number'; readonly minimum?: number; readonly maximum?: number }
    | { readonly type: 'boolean' }
    | {
        readonly type: 'array';
        readonly items: FormField;
        readonly minItems?: number;
        readonly maxItems: number;
        readonly uniqueItems?: boolean;
      }
    | ({ readonly type: 'object' } & FormObject)
  );
export interface FormObject {
  readonly properties: Readonly<Record<string, FormField>>;
  readonly required?: readonly string[];
}
export type FormValues = Record<string, unknown>;
