import type { FormField, FormSchema, FormValues } from '../definitions/form-schema.js';
import { SMALLEST_GROUP, suppressed } from '../statistics/suppress.js';

/** One answer as it is kept: what was said, and of which college; who said it is not here. */
export interface KeptAnswer {
  readonly college: string;
  readonly values: FormValues;
}

export interface QuestionResult {
  readonly field: string;
  /** How often each choice was made; null where that would tell of fewer than five people. */
  readonly choices: readonly { readonly value: string; readonly n: number | null }[] | null;
  readonly numbers: { readonly n: number; readonly mean: number } | null;
  /** Words, in an order that says nothing. */
  readonly texts: readonly string[] | null;
}

export interface SurveyResults {
  readonly answers: number;
  /** Null where fewer than five answered. */
  readonly questions: readonly QuestionResult[] | null;
  readonly by_college: readonly { readonly college: string; readonly answers: number | null }[] | null;
}

/** What came of a survey, and nothing of fewer than five people. */
export function resultsOf(form: FormSchema, answers: readonly KeptAnswer[]): SurveyResults {
  if (answers.length < SMALLEST_GROUP) return { answers: answers.length, questions: null, by_college: null };
  const colleges = countBy(answers.map(({ college }) => college));
  return {
    answers: answers.length,
    questions: Object.entries(form.properties).map(([field, schema]) => questionOf(field, schema, answers)),
    by_college: tell(colleges).map(([college, n]) => ({ college, answers: n })),
  };
}

function questionOf(field: string, schema: FormField, answers: readonly KeptAnswer[]): QuestionResult {
  const said = answers.flatMap(({ values }) => (values[field] === undefined ? [] : [values[field]]));
  const none = { field, choices: null, numbers: null, texts: null };
  if (said.length < SMALLEST_GROUP) return none;
  if (schema.type === 'boolean' || (schema.type === 'string' && schema.enum !== undefined)) {
    const known = schema.type === 'boolean' ? ['true', 'false'] : (schema.enum ?? []);
    const counts = countBy(said.map(String), known);
    return { ...none, choices: tell(counts).map(([value, n]) => ({ value, n })) };
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    const numbers = said.map(Number);
    const sum = numbers.reduce((total, one) => total + one, 0);
    return { ...none, numbers: { n: numbers.length, mean: Math.round((sum / numbers.length) * 100) / 100 } };
  }
  return { ...none, texts: said.map(String).sort() };
}

function countBy(values: readonly string[], known: readonly string[] = []): Map<string, number> {
  const counts = new Map(known.map((value) => [value, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Each answer is one person's. */
function tell(counts: ReadonlyMap<string, number>): [string, number | null][] {
  const told = suppressed([...counts].map(([name, n]) => ({ name, cases: n, people: n })));
  return [...counts.keys()].map((name) => [name, told.get(name) ?? null]);
}
