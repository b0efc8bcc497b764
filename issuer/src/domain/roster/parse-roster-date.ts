import type { FindingCode } from './finding.js';

export interface RosterDate {
  /** full-date, `YYYY-MM-DD`. */
  readonly fullDate: string;
  /** Set when the date was written in another form. */
  readonly repair?: FindingCode;
}

const canonical = /^(\d{4})-(\d{2})-(\d{2})$/;
/** A spreadsheet adds midnight when a cell was formatted as date and time. */
const midnight = '(?:[ T]0{1,2}:00(?::00(?:\\.0+)?)?)?';
const otherForms: readonly (readonly [RegExp, FindingCode])[] = [
  [new RegExp(`^(\\d{4})/(\\d{1,2})/(\\d{1,2})${midnight}$`), 'slashed-date'],
  [/^(\d{4})(\d{2})(\d{2})$/, 'compact-date'],
  [/^(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?$/, 'dotted-date'],
  [/^(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?$/, 'chinese-date'],
  [new RegExp(`^(\\d{4})-(\\d{1,2})-(\\d{1,2})${midnight}$`), 'unpadded-date'],
];

/**
 * Reads a date of a roster. Only forms in which year, month and day cannot be mistaken for each other are taken, and
 * only days that exist, from 1900 to 2199. Answers undefined for everything else.
 */
export function parseRosterDate(text: string): RosterDate | undefined {
  const plain = canonical.exec(text);
  if (plain !== null) return exists(plain) ? { fullDate: text } : undefined;
  for (const [form, repair] of otherForms) {
    const match = form.exec(text);
    if (match !== null) return exists(match) ? { fullDate: fullDateOf(match), repair } : undefined;
  }
  return undefined;
}

function exists(match: readonly (string | undefined)[]): boolean {
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  return year >= 1900 && year <= 2199 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function fullDateOf(match: readonly (string | undefined)[]): string {
  return `${match[1]}-${match[2]?.padStart(2, '0')}-${match[3]?.padStart(2, '0')}`;
}
