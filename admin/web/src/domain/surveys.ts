import { wordsOf } from '@lanyard/look/forms/form-model.js';
import type { FormField, FormObject, Words } from '@lanyard/look/forms/form-schema.js';
import { fieldOf, type WrittenField } from './written-field.js';

/** A survey as `GET campus/v1/surveys` lists it. */
export interface SurveyLine {
  readonly id: string;
  readonly module: string;
  readonly title: Words;
  readonly anonymous: boolean;
  readonly owner: string;
  readonly opens_at: string;
  readonly closes_at: string;
  readonly answers: number;
}

/** What came of one; null where it would tell of fewer than five people. */
export interface SurveyResults extends SurveyLine {
  readonly form: FormObject;
  readonly questions:
    | readonly {
        readonly field: string;
        readonly choices: readonly { readonly value: string; readonly n: number | null }[] | null;
        readonly numbers: { readonly n: number; readonly mean: number } | null;
        readonly texts: readonly string[] | null;
      }[]
    | null;
  readonly by_college: readonly { readonly college: string; readonly answers: number | null }[] | null;
}

export const QUESTION_KINDS = ['choice', 'yes-no', 'scale', 'text'] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

/** A question as it is written here. */
export type DraftQuestion = WrittenField<QuestionKind>;

export const newQuestion = (): DraftQuestion => ({ kind: 'choice', zh: '', en: '', choices: '', isRequired: true });

/** The form that `POST campus/v1/surveys` takes. */
export function surveyForm(questions: readonly DraftQuestion[]): object {
  const entries = questions.map((question, at) => [`q${at + 1}`, fieldOf(question)] as const);
  const required = questions.flatMap(({ isRequired }, at) => (isRequired ? [`q${at + 1}`] : []));
  return { type: 'object', properties: Object.fromEntries(entries), required, additionalProperties: false };
}

/** The words of an answer of a closed question. */
export function choiceWords(field: FormField | undefined, value: string): Words {
  if (field === undefined) return { zh: value, en: value };
  if (field.type === 'boolean') return value === 'true' ? { zh: '是', en: 'Yes' } : { zh: '否', en: 'No' };
  return wordsOf(field, value);
}
