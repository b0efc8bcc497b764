import type { Words } from '@lanyard/look/forms/form-schema.js';
import { bothLanguages } from './both-languages.js';

/** Kinds of field that the console writes; what else a form may hold is written in its file. */
export type FieldKind = 'choice' | 'yes-no' | 'scale' | 'number' | 'date' | 'text' | 'attachment';

/** A question as it is typed in. */
export interface WrittenField<Kind extends FieldKind = FieldKind> {
  kind: Kind;
  zh: string;
  en: string;
  /** Of a choice: one on each line, `中文 | English`. */
  choices: string;
  isRequired: boolean;
}

/** What a choice may be, line by line; a line without English says the same in both languages. */
export const choicesIn = (text: string): Words[] =>
  text
    .split('\n')
    .map((line) => line.split('|'))
    .map(([zh = '', en]) => bothLanguages(zh, en))
    .filter(({ zh }) => zh !== '');

/** The field of a form that a question is. */
export function fieldOf({ kind, zh, en, choices }: WrittenField): object {
  const title = bothLanguages(zh, en);
  switch (kind) {
    case 'choice': {
      const words = choicesIn(choices);
      return { type: 'string', title, enum: words.map((_, at) => `c${at + 1}`), 'x-titles': words };
    }
    case 'yes-no':
      return { type: 'boolean', title };
    case 'scale':
      return { type: 'integer', title, minimum: 1, maximum: 5 };
    case 'number':
      return { type: 'integer', title, minimum: 0 };
    case 'date':
    case 'attachment':
      return { type: 'string', title, format: kind };
    case 'text':
      return { type: 'string', title, maxLength: 1_000 };
  }
}
