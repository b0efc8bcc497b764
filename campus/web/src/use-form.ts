import { daysBetween, modelOf } from '@lanyard/look/forms/form-model.js';
import { computed, type Ref, ref, shallowRef } from 'vue';
import type { FormObject, FormValues } from './answers.js';
import { checkForm, checkOne, type FieldFault } from './domain/check-field.js';
import { provideForm } from './form-context.js';

/** Values and faults of one form: checked when a field is left, never while it is being filled in. */
export function useFormState(parts: {
  module: string;
  number: string;
  form: Ref<FormObject | undefined>;
  known: Ref<Readonly<Record<string, unknown>>>;
  onChange: (values: FormValues) => void;
}) {
  const values = shallowRef<FormValues>({});
  const faults = shallowRef<readonly FieldFault[]>([]);
  /** Counts the times a hand-in was held back: the list of faults takes the focus each time. */
  const turn = ref(0);
  const isListed = ref(false);
  const models = computed(() => (parts.form.value === undefined ? [] : modelOf(parts.form.value, parts.known.value)));
  const knownModels = computed(() => models.value.filter(({ kind }) => kind === 'known'));
  const asked = computed(() => models.value.filter(({ kind }) => kind !== 'known'));
  const days = computed(() => daysBetween(values.value['from'], values.value['to']));

  const topOf = (at: string) => at.split('/')[0] ?? at;
  const others = (name: string) => faults.value.filter(({ at }) => topOf(at) !== name);
  const inOrder = (found: readonly FieldFault[]) => {
    const order = models.value.map(({ name }) => name);
    return [...found].sort((a, b) => order.indexOf(topOf(a.at)) - order.indexOf(topOf(b.at)));
  };
  function leave(at: string): void {
    const name = topOf(at);
    faults.value = inOrder([...others(name), ...checkOne(models.value, values.value, name)]);
  }
  function change(name: string, value: unknown): void {
    values.value = { ...values.value, [name]: value };
    // A fault that is mended goes at once; a new one waits until the field is left.
    const before = faults.value.filter(({ at }) => topOf(at) === name || (name === 'from' && topOf(at) === 'to'));
    if (before.length > 0) {
      const still = checkForm(models.value, values.value).map(({ at, code }) => `${at} ${code}`);
      const mended = new Set(before.filter(({ at, code }) => !still.includes(`${at} ${code}`)));
      faults.value = faults.value.filter((fault) => !mended.has(fault));
    }
    if (faults.value.length === 0) isListed.value = false;
    parts.onChange(values.value);
  }
  /** @returns whether nothing holds the hand-in back; else the list of faults is shown */
  function check(): boolean {
    return show(checkForm(models.value, values.value));
  }
  function show(found: readonly FieldFault[]): boolean {
    faults.value = inOrder(found);
    isListed.value = found.length > 0;
    if (isListed.value) turn.value++;
    return !isListed.value;
  }
  provideForm({ module: parts.module, number: parts.number, faults, leave });
  return { values, faults, isListed, turn, models, knownModels, asked, days, change, check, show };
}
