import type { PersonActor } from '../cases/action.js';
import type { CaseState } from '../cases/case-state.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import type { FormField } from '../definitions/form-schema.js';
import { visibleForm } from './who-sees.js';

export interface Words {
  readonly zh: string;
  readonly en: string;
}
/** A field of the form as people read it: its name, and the text of what was chosen or written. */
export interface ShownField {
  readonly id: string;
  readonly title: Words;
  readonly value: Words;
}

/** What one reader sees of the form, in the order and the words of the version the case began with. */
export function shownFields(
  definition: ServiceDefinition,
  state: CaseState,
  viewer: PersonActor,
  isWanted: (field: FormField) => boolean = () => true,
): ShownField[] {
  const form = visibleForm(definition, state, viewer);
  return Object.entries(definition.form.properties)
    .filter(([id, field]) => Object.hasOwn(form, id) && !isFile(field) && isWanted(field))
    .map(([id, field]) => ({ id, title: field.title, value: wordsOf(field, form[id]) }));
}

/** Files are listed by themselves, with their names. */
const isFile = (field: FormField): boolean =>
  field.type === 'array' ? isFile(field.items) : field.type === 'string' && field.format === 'attachment';

/** The text of a value, in the words of the definition where it was chosen. */
export function wordsOf(field: FormField, value: unknown): Words {
  const title = field.type === 'string' ? field['x-titles']?.[field.enum?.indexOf(String(value)) ?? -1] : undefined;
  if (title !== undefined) return title;
  if (typeof value === 'boolean') return value ? { zh: '是', en: 'yes' } : { zh: '否', en: 'no' };
  if (field.type === 'string' && field.format === 'date-time') return bothWays(minuteOf(String(value)));
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return bothWays(text);
}

const bothWays = (text: string): Words => ({ zh: text, en: text });
/** As a clock of the school shows it; forms write the zone, which is the school's. */
const minuteOf = (text: string): string => text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, '$1 $2');
