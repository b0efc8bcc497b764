import type { FormField, FormObject, Words } from '../answers.js';

/** What one can sign up for, with its places. */
export interface Activity {
  readonly id: string;
  readonly title: Words;
  readonly place: Words;
  readonly starts_at: string;
  readonly capacity: number;
  readonly taken: number;
  readonly waiting: number;
}
const isActivity = (field: FormField): boolean => field.type === 'string' && field['x-reference'] === 'activities';
export const asksActivity = (form: FormObject): boolean => Object.values(form.properties).some(isActivity);

/** A field that names an activity becomes a choice among those there are: nobody knows their ids. */
export function withActivities(form: FormObject, activities: readonly Activity[], wordsOf: (one: Activity) => Words) {
  if (activities.length === 0) return form;
  const properties = Object.entries(form.properties).map(([name, field]): [string, FormField] => {
    if (field.type !== 'string' || !isActivity(field)) return [name, field];
    const { pattern: _, maxLength: __, ...rest } = field;
    return [name, { ...rest, enum: activities.map(({ id }) => id), 'x-titles': activities.map(wordsOf) }];
  });
  return { ...form, properties: Object.fromEntries(properties) };
}
