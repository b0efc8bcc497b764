import type { Applicant } from '../people/person.js';

/** Student numbers, telephone numbers, identity numbers: no answer for everybody needs five digits in a row. */
const NUMBER = /\d[\d\s-]{3,}\d/;
const DAY = /\b20\d\d-\d\d-\d\d\b/g;
const ROOM = /\d{2,5}\s*(?:室|房|号房|寝室|宿舍)|\broom\s+\w*\d/i;

/**
 * Whether a text for everybody says who asked: a name or a part of one, a number, a class, a room. What it does not find
 * is for the eyes of whoever publishes. Days and the telephone of the office say nothing of anybody.
 */
export function namesSomebody(text: string, { facts }: Applicant, officePhone: string): boolean {
  const numbered = text.replaceAll(officePhone, '').replace(DAY, '');
  const parts = [facts.name, ...facts.name.split('·'), facts.student_number, facts.class, facts.counsellor];
  const known = parts.map((part) => part.trim().toLowerCase()).filter((part) => part.length >= 2);
  const lower = text.toLowerCase();
  return NUMBER.test(numbered) || ROOM.test(text) || known.some((part) => lower.includes(part));
}
