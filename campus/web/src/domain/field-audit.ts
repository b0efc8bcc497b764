import { modelOf } from '@lanyard/look/forms/form-model.js';
import type { FormObject } from '../answers.js';

/** What a form would ask although the university holds it: has to be empty for every service. */
export function askedThoughKnown(form: FormObject, facts: Readonly<Record<string, string>>): string[] {
  const known = Object.fromEntries(
    Object.entries(form.properties).flatMap(([name, field]) => {
      const fact = field['x-prefill'];
      return typeof fact === 'string' ? [[name, facts[fact] ?? '']] : [];
    }),
  );
  return modelOf(form, known)
    .filter(({ name, kind }) => kind !== 'known' && facts[name] !== undefined && facts[name] !== '')
    .map(({ name }) => name);
}
