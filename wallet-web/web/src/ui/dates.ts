import type { Language } from '../app/preferences.js';

const ZONE = 'Asia/Shanghai';
const dayFormat = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});
const timeFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** The day at the university, `2026-11-23`. */
export const localDate = (ms: number): string => dayFormat.format(ms);
/** The time of day at the university, `08:12:36`. */
export const localTime = (ms: number): string => timeFormat.format(ms);

/** A day in prose: 11 月 23 日, 23 Nov. */
export function proseDate(ms: number, language: Language): string {
  const [, month, day] = localDate(ms).split('-').map(Number);
  if (language === 'zh') return `${month} 月 ${day} 日`;
  return new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, day: 'numeric', month: 'short' }).format(ms);
}

/** Day and minute in prose. */
export function proseMoment(ms: number, language: Language): string {
  return `${proseDate(ms, language)}${language === 'zh' ? ' ' : ', '}${localTime(ms).slice(0, 5)}`;
}
