import type { Applicant } from '../people/person.js';

/** What a text tells of its writer that the other side must not learn from this house. */
export type ContactDetail = 'number' | 'mail' | 'link' | 'messenger' | 'yourself';

const UNSEEN = /[\p{Cf}\p{M}]/gu;
const CHINESE_DIGITS = '〇一二三四五六七八九';
const GAP = String.raw`[\s\-–—._()+*·/]*`;
const DAY = String.raw`(?:20\d\d\s?[-./年]\s?)?(?:0?[1-9]|1[0-2])\s?[-./月]\s?(?:0?[1-9]|[12]\d|3[01])日?`;
/** A time, and a day or a span of days that is no part of a longer number: 10:30, 2026-11-20, 11月20日, 11/20-11/22. */
const TIME = /(?<!\d)[0-2]?\d:[0-5]\d(?!\d)/g;
const DAYS = new RegExp(String.raw`(?<!\d${GAP})${DAY}(?:\s?[-–~]\s?${DAY})?(?!${GAP}\d)`, 'g');
/** Telephone, student number, identity document: six digits, whatever stands between them. */
const NUMBER = new RegExp(String.raw`\d(?:${GAP}\d){5}`);
const MAIL = /[^\s@]+\s?@\s?[a-z0-9-]+(?:\.[a-z0-9-]+)+/;
const LINK = /https?:|www\.|(?<![a-z0-9])[a-z0-9-]+\.(?:com|cn|net|org|me|io|top|xyz)(?![a-z0-9])/;
const MESSENGER = /(?:微信|薇信|wechat|weixin|vx|qq|钉钉|telegram|whatsapp)\s*(?:号|号码|id)?[\s:是为=]*[a-z0-9_-]{5,}/;

/** As it is compared: wide and narrow letters alike, nothing unseen, Chinese digits as digits. */
const plain = (text: string): string =>
  [...text.normalize('NFKC').replace(UNSEEN, '').toLowerCase().replaceAll('零', '〇').replaceAll('幺', '一')]
    .map((letter) => (CHINESE_DIGITS.includes(letter) ? String(CHINESE_DIGITS.indexOf(letter)) : letter))
    .join('');

/**
 * The first thing in a text by which its writer would be known or could be called; undefined where there is none that we
 * know of. It looks for the writer's own name and number alone: looked for the other's, a refusal would tell who that is.
 */
export function contactDetailIn(text: string, writer: Applicant, officePhone: string): ContactDetail | undefined {
  const all = plain(text);
  const rest = all.replaceAll(plain(officePhone), ' ').replace(TIME, ' ').replace(DAYS, ' ');
  if (MAIL.test(all)) return 'mail';
  if (LINK.test(all)) return 'link';
  if (MESSENGER.test(all)) return 'messenger';
  if (NUMBER.test(rest)) return 'number';
  const { name, student_number } = writer.facts;
  const own = [name, ...name.split('·'), student_number].map((part) => plain(part.trim()));
  return own.some((part) => part.length >= 2 && all.includes(part)) ? 'yourself' : undefined;
}
