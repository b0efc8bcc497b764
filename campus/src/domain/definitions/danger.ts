import { z } from 'zod';
import { FIELD_NAME, type FormSchema, type FormValues, fieldNamed, isFreeText } from './form-schema.js';
import { type OnBreach, type OwnerRule, zOnBreach, zOwnerRule } from './step.js';
import { type Text, zText } from './texts.js';

/** The step of a case that names danger to life; no definition may call one of its own so. */
export const DUTY_STEP = 'danger-duty';
export const DUTY_TITLE: Text = { zh: '生命安全值班', en: 'Duty: danger to life' };

const zPhone = z.strictObject({ title: zText, number: z.string().regex(/^[0-9+ -]{3,20}$/) });

/**
 * Which texts of a form are looked at for which words, whom it goes to at once, and what the author reads before writing.
 * `due_minutes` run by the clock, at night and on days off too.
 */
export const zDanger = z.strictObject({
  fields: z.array(z.string().regex(FIELD_NAME)).min(1).max(10),
  words: z.array(z.string().trim().min(2).max(40)).min(1).max(200),
  duty: zOwnerRule,
  due_minutes: z.int().min(5).max(1_440),
  on_breach: zOnBreach,
  said: zText,
  phones: z.array(zPhone).min(1).max(5),
});
export type Danger = z.output<typeof zDanger>;

const LATIN = /[a-z0-9]/;
const UNSEEN = /[\s\p{Cc}\p{Cf}\p{Zs}]/u;

/**
 * The letters of a text as they are compared: wide and narrow, upper and lower case, spaces and what is not seen make no
 * difference. A Latin letter behind another one begins no word, so that "spend my life" does not end one; how a word goes
 * on is left open: "kill himself".
 */
function lettersOf(text: string): { letters: readonly string[]; begins: (at: number) => boolean } {
  const letters: string[] = [];
  const gaps = new Set<number>();
  for (const letter of text.normalize('NFKC').toLowerCase())
    if (UNSEEN.test(letter)) gaps.add(letters.length);
    else letters.push(letter);
  const isLatin = (at: number) => LATIN.test(letters[at] ?? '');
  return { letters, begins: (at) => gaps.has(at) || !isLatin(at - 1) || !isLatin(at) };
}
const plain = (text: string): string => lettersOf(text).letters.join('');

/** The texts that are looked at, as they are compared. */
export const watchedTexts = ({ fields }: Danger, form: FormValues): string[] =>
  fields.map((name) => (typeof form[name] === 'string' ? plain(form[name]) : ''));

/** Whether one of the words stands in one of the fields. Decided from the form alone. */
export function namesDanger(danger: Danger, form: FormValues): boolean {
  const words = danger.words.map((word) => lettersOf(word).letters);
  return danger.fields.some((name) => {
    const text = form[name];
    if (typeof text !== 'string') return false;
    const { letters, begins } = lettersOf(text);
    return letters.some((_, from) =>
      words.some((word) => begins(from) && word.every((one, n) => letters[from + n] === one)),
    );
  });
}

interface Around {
  readonly form: FormSchema;
  readonly danger?: Danger | undefined;
  readonly visible_to: 'everyone' | { readonly roles: readonly string[] };
}

/** What the rule and the rest of a definition have to say of each other. */
export function dangerProblems({ form, danger, visible_to }: Around): string[] {
  if (danger === undefined) return [];
  const problems: string[] = [];
  const told = rolesTold(danger).map(({ role }) => role);
  for (const name of danger.fields) {
    const field = fieldNamed(form, name);
    if (!isFreeText(field)) problems.push('looks at a field that is no text');
    else if (field['x-audience'] !== undefined && told.some((role) => field['x-audience']?.includes(role) !== true))
      problems.push('whoever is told may not read the field');
  }
  if (visible_to !== 'everyone' && told.some((role) => !visible_to.roles.includes(role)))
    problems.push('whoever is told may not see the service');
  if (danger.words.some((word) => plain(word).length < 2)) problems.push('a word of one letter');
  if (new Set(danger.words.map(plain)).size !== danger.words.length) problems.push('a word stands twice');
  return problems;
}

/** The duty, and whom it goes to when nobody answers. */
export const rolesTold = ({ duty, on_breach }: { duty: OwnerRule; on_breach: OnBreach }): OwnerRule[] => [
  duty,
  ...(on_breach.do === 'escalate' ? [on_breach.to] : []),
];
