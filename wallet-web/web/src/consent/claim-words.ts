import {
  type Candidate,
  type DisclosedValue,
  enrolmentStateByCode,
  isJsonObject,
  type NameInTwo,
  STUDENT_ID_CLAIMS,
} from '@lanyard/protocol';
import type { Language } from '../app/preferences.js';
import { cardTexts } from '../texts/card.js';
import { consentTexts } from '../texts/consent.js';
import { reasonKey, stateTexts } from '../texts/state.js';
import { translator } from '../texts/translate.js';
import type { CardOfWallet, HeldCopy } from './held-copies.js';

/** What a candidate discloses, named alike in both formats: an mdoc's namespace says nothing to a person. */
export function shownClaims({
  format,
  disclosed,
}: Pick<Candidate<HeldCopy>, 'format' | 'disclosed'>): DisclosedValue[] {
  return disclosed.map(({ path, value }) => ({ path: format === 'mso_mdoc' ? path.slice(1) : path, value }));
}

/** The card in words; the student ID says its format, because there may be two of it. */
export function cardName({ names, format }: Pick<CardOfWallet, 'names' | 'format'>, language: Language): string {
  const t = translator(consentTexts, language);
  if (names === undefined) return t(format === 'mso_mdoc' ? 'card-mdoc' : 'card-sd-jwt');
  return format === 'mso_mdoc' ? t('named-mdoc', { name: names[language] }) : names[language];
}

/** What a claim is called: our words for the student ID, the issuer's for its own card. */
export function labelOf(card: CardOfWallet, claim: DisclosedValue, language: Language): string {
  if (card.own) return claimLabel(String(claim.path[0]), language);
  // An mdoc's labels begin with the namespace.
  const named = card.labels.find(
    ({ path }) => path.at(-1) === String(claim.path.at(-1)) && path.length - claim.path.length <= 1,
  );
  return named?.[language] ?? claim.path.map(String).join(' · ').slice(0, 64);
}

/** Names of what a card holds beside what is sent, for a card of another issuer. */
export function labelsLeft(candidate: Candidate<HeldCopy>, language: Language): string[] {
  const { held } = candidate;
  const paths =
    'mdoc' in held
      ? [...held.mdoc.items.values()].flatMap((items) => items.map(({ element }) => [element]))
      : held.sdJwt.disclosures.flatMap(({ name }) => (name === undefined ? [] : [[name]]));
  const sent = shownClaims(candidate).map(({ path }) => String(path[0]));
  return paths
    .filter(([name]) => !sent.includes(name ?? ''))
    .map((path) => labelOf(held.card, { path, value: null }, language));
}

/** What a person calls a claim; the claim's own name where it has no word. */
export function claimLabel(name: string, language: Language): string {
  const key = `claim-${name}`;
  return Object.hasOwn(consentTexts, key)
    ? translator(consentTexts, language)(key as keyof typeof consentTexts)
    : name.slice(0, 64);
}

/** Claims in the order of the card, unknown ones last. */
export function inCardOrder(claims: readonly DisclosedValue[]): DisclosedValue[] {
  const place = ({ path }: DisclosedValue) => {
    const at = (STUDENT_ID_CLAIMS as readonly unknown[]).indexOf(path[0]);
    return at === -1 ? STUDENT_ID_CLAIMS.length : at;
  };
  return [...claims].sort((a, b) => place(a) - place(b));
}

/** What people ask about first. */
const FIRST = ['name', 'portrait', 'student_number', 'identity_document', 'birth_date', 'sex'];
/** Every presentation names its issuer, so these cannot be promised to stay; the other form of a name goes without saying. */
const NOT_PROMISED = ['university_code', 'university_name', 'name_latin'];

/** The labels of what stays in the wallet. */
export function labelsExcept(names: readonly string[], language: Language): string[] {
  const kept = STUDENT_ID_CLAIMS.filter((name) => !names.includes(name) && !NOT_PROMISED.includes(name));
  const order = [...FIRST.filter((name) => (kept as string[]).includes(name)), ...kept];
  return [...new Set(order)].map((name) => claimLabel(name, language));
}

/** Chinese text has no space beside a Chinese name that was filled in. */
export const tidy = (text: string): string => text.replace(/([\u3000-\u9fff“”]) (?=[\u3000-\u9fff“”])/g, '$1');

/** Claims by which a person can be told apart from all others. */
const NAMING = ['name', 'name_latin', 'portrait', 'student_number', 'identity_document'];
export const namesTheHolder = (names: readonly string[]): boolean => names.some((name) => NAMING.includes(name));

/** Words that a document says in both languages. */
const isInTwo = (value: unknown): value is NameInTwo =>
  isJsonObject(value) &&
  typeof value['zh'] === 'string' &&
  typeof value['en'] === 'string' &&
  Object.keys(value).length === 2;
/** What a document certifies. */
const isFact = (value: unknown): value is { title: NameInTwo; value: NameInTwo } =>
  isJsonObject(value) && isInTwo(value['title']) && isInTwo(value['value']) && Object.keys(value).length === 2;

/** The value that will really be sent, in words; nothing is shortened but the picture. */
export function claimValue({ path, value }: DisclosedValue, language: Language): string {
  const t = translator(consentTexts, language);
  const word = (table: object, key: string, text: (known: never) => string) =>
    Object.hasOwn(table, key) ? text(key as never) : String(value);
  switch (path[0]) {
    case 'portrait':
      return t('portrait-value');
    case 'level':
      return word(cardTexts, `level-${value}`, translator(cardTexts, language));
    case 'study_form':
      return word(consentTexts, `form-${value}`, t);
    case 'kind':
      return word(consentTexts, `kind-${value}`, t);
    case 'sex':
      return word(consentTexts, `sex-${value}`, t);
    case 'length_of_study':
      return t('years', { count: String(value) });
    case 'enrolment_status':
      return language === 'zh'
        ? (enrolmentStateByCode(String(value))?.zh[0] ?? String(value))
        : translator(stateTexts, language)(reasonKey(String(value)));
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isFact))
    return value
      .map((fact) => t('fact', { title: fact.title[language], value: fact.value[language] }))
      .join(t('facts'));
  if (!isJsonObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  if (isInTwo(value)) return value[language];
  if (path[0] === 'rail_interval') return `${value['from']} ⇄ ${value['to']}`;
  // The kind of document and its number go out together.
  return Object.values(value).map(String).join(' ');
}
