import type { Language } from '@lanyard/look/staff/language.js';

/** All times are those of the university: China has one. */
const SHANGHAI_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');
const at = (iso: string) => new Date(Date.parse(iso) + SHANGHAI_MS);

/** `2026-11-29` in Shanghai. */
export const dayIn = (nowMs: number): string => new Date(nowMs + SHANGHAI_MS).toISOString().slice(0, 10);

/** `10:32` */
export const clockOf = (iso: string): string => `${two(at(iso).getUTCHours())}:${two(at(iso).getUTCMinutes())}`;

/** `11 月 26 日`, with the year where it is another one. */
export function dayText(iso: string, nowMs: number, language: Language): string {
  const day = at(iso);
  const isThisYear = day.getUTCFullYear() === new Date(nowMs + SHANGHAI_MS).getUTCFullYear();
  const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()];
  if (language === 'zh') return `${isThisYear ? '' : `${year} 年 `}${month + 1} 月 ${date} 日`;
  return `${date} ${MONTHS[month]}${isThisYear ? '' : ` ${year}`}`;
}

/** `今天 17:00`, `明天 9:00`, else the day with the time. */
export function momentText(iso: string, nowMs: number, language: Language): string {
  const dayNumber = (ms: number) => Math.floor((ms + SHANGHAI_MS) / DAY_MS);
  const distance = dayNumber(Date.parse(iso)) - dayNumber(nowMs);
  const near = { '-1': ['昨天', 'yesterday'], '0': ['今天', 'today'], '1': ['明天', 'tomorrow'] }[String(distance)];
  const day = near?.[language === 'zh' ? 0 : 1] ?? dayText(iso, nowMs, language);
  return language === 'zh' || near !== undefined ? `${day} ${clockOf(iso)}` : `${day}, ${clockOf(iso)}`;
}

/** Working hours as people count them: up to seven in hours, else in working days of seven. */
export function workingTime(hours: number): { readonly unit: 'hours' | 'days'; readonly count: number } {
  return hours < 7 ? { unit: 'hours', count: hours } : { unit: 'days', count: Math.ceil(hours / 7) };
}

/** Less than a day is left, or it is over. */
export const isSoon = (iso: string, nowMs: number): boolean => Date.parse(iso) - nowMs < DAY_MS;
export const isLate = (iso: string, nowMs: number): boolean => Date.parse(iso) < nowMs;
