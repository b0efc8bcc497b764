import { z } from 'zod';
import { FIELD_NAME, type FormSchema, type FormValues, fieldNamed, isFreeText } from './form-schema.js';

const zField = z.string().regex(FIELD_NAME);

/**
 * Which cases of one service may belong together: what somebody lost and what somebody found. Of the two values of `kind`
 * one each, that of who misses a thing first; `same` are equal, the days of `day` no further apart than `within_days`, and
 * the texts of `like` alike.
 */
export const zMatch = z.strictObject({
  kind: zField,
  pair: z.tuple([z.string().min(1).max(100), z.string().min(1).max(100)]),
  same: z.array(zField).max(5),
  day: zField,
  within_days: z.int().min(1).max(365),
  like: z.array(zField).min(1).max(5),
});
export type Match = z.output<typeof zMatch>;

const DAY_MS = 86_400_000;

/** What the rule and the form have to say of each other. */
export function matchProblems({
  form,
  match,
}: {
  readonly form: FormSchema;
  readonly match?: Match | undefined;
}): string[] {
  if (match === undefined) return [];
  const field = (name: string) => fieldNamed(form, name);
  const kind = field(match.kind);
  const choices = kind?.type === 'string' ? (kind.enum ?? []) : [];
  const day = field(match.day);
  return [
    ...(match.pair.every((value) => choices.includes(value)) && match.pair[0] !== match.pair[1]
      ? []
      : ['no two choices of the field']),
    ...(match.same.every((name) => field(name) !== undefined) ? [] : ['no such field']),
    ...(day?.type === 'string' && day.format === 'date' ? [] : ['no field of a day']),
    ...(match.like.every((name) => isFreeText(field(name))) ? [] : ['compares a field that is no text']),
  ];
}

/** How well two forms fit, 0 to 1; undefined where they cannot belong together. */
export function fitOf(match: Match, one: FormValues, other: FormValues): number | undefined {
  const kinds = [one[match.kind], other[match.kind]];
  if (!match.pair.every((value) => kinds.includes(value))) return undefined;
  if (match.same.some((name) => one[name] !== other[name])) return undefined;
  const apart = Math.abs(Date.parse(String(one[match.day])) - Date.parse(String(other[match.day]))) / DAY_MS;
  if (!(apart <= match.within_days)) return undefined;
  const near = 1 - apart / (match.within_days + 1);
  return (2 * likeness(textOf(match, one), textOf(match, other)) + near) / 3;
}

const textOf = ({ like }: Match, form: FormValues): string =>
  like
    .map((name) => (typeof form[name] === 'string' ? form[name] : ''))
    .join(' ')
    .normalize('NFKC')
    .toLowerCase();

/** Pairs of neighbouring letters that both have, of all they have (Dice): needs no words, so Chinese goes as well. */
function likeness(one: string, other: string): number {
  const [mine, theirs] = [pairsIn(one), pairsIn(other)];
  if (mine.size + theirs.size === 0) return 0;
  const shared = [...mine].filter((pair) => theirs.has(pair)).length;
  return (2 * shared) / (mine.size + theirs.size);
}

function pairsIn(text: string): ReadonlySet<string> {
  const letters = [...text].filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  return new Set(letters.slice(1).map((letter, at) => `${letters[at]}${letter}`));
}
