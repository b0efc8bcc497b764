import { type InjectionKey, inject, provide, type Ref } from 'vue';
import type { FieldFault } from './domain/check-field.js';

/** What every field of a form needs of it. */
export interface FormContext {
  /** Whose session attachments are sent with. */
  readonly module: string;
  readonly number: string;
  readonly faults: Ref<readonly FieldFault[]>;
  /** A field was left: the time to check it. */
  readonly leave: (at: string) => void;
}
const KEY: InjectionKey<FormContext> = Symbol('form');
export const provideForm = (context: FormContext): void => provide(KEY, context);
export function useForm(): FormContext {
  const context = inject(KEY);
  if (context === undefined) throw new TypeError('a field stands in a form');
  return context;
}
/** Of the first control of a field, for labels and the list of faults. */
export const idOf = (at: string): string => `f-${at.replaceAll('/', '-')}`;
