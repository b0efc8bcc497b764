import type { FormSchema } from '../definitions/form-schema.js';
import type { EmitStep, Step } from '../definitions/step.js';
import { inputsOf } from './effect.js';

/**
 * What an emit step with an effect has to say. It stands in line and nothing but other emit steps comes behind it, so no
 * return leads back over what the register has done.
 */
export function effectProblems(step: EmitStep, form: FormSchema, steps: readonly Step[]): string[] {
  const { effect, owners, due_working_hours: due, on_breach: onBreach } = step;
  if (effect === undefined)
    return owners === undefined && due === undefined && onBreach === undefined ? [] : ['owners of nothing'];
  const problems: string[] = [];
  if (owners === undefined || due === undefined || onBreach === undefined)
    problems.push('an effect has owners and a due time: somebody answers for what is refused');
  const at = steps.findIndex(({ id }) => id === step.id);
  if (at < 0) problems.push('an effect stands in line, in no branch');
  else if (steps.slice(at + 1).some(({ kind }) => kind !== 'emit'))
    problems.push('nothing but emit steps behind an effect');
  const { days, texts } = inputsOf(effect);
  for (const name of days) {
    const field = form.properties[name];
    if (field?.type !== 'string' || field.format !== 'date') problems.push(`${name} is no day`);
  }
  for (const name of texts) {
    const field = form.properties[name];
    if (field === undefined || field.type === 'object' || field.type === 'array') problems.push(`${name} is no text`);
    else if (field.type === 'string' && field.format === 'attachment') problems.push(`${name} is a file`);
    else if (field['x-sensitive'] === true || field['x-audience'] !== undefined)
      problems.push(`${name} is not for everybody`);
  }
  return problems;
}
