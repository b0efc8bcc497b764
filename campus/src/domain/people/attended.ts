import { dayInShanghai } from '@lanyard/platform';

/** What somebody was read in and out for at the activities of a service, as a document says it. */
export interface Attended {
  /** Hours with one decimal, rounded down; `0` where there are none. */
  readonly hours: string;
  /** The newest activities in words. */
  readonly record: string;
}

/** One activity of a granted case. */
export interface Visit {
  readonly service: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly starts_at: Date;
  readonly minutes: number;
}

/** A document's line holds 500 characters. */
const MAX_RECORD = 460;

const hoursOf = (minutes: number): string => {
  const tenths = Math.floor(minutes / 6);
  return tenths === 0 ? '0' : `${Math.floor(tenths / 10)}.${tenths % 10}`;
};

/** @param visits the newest first */
export function attendedOf(visits: readonly Visit[]): Attended {
  const counted = visits.filter(({ minutes }) => hoursOf(minutes) !== '0');
  const lines: string[] = [];
  let length = 0;
  for (const { title_zh, title_en, starts_at, minutes } of counted) {
    const line = `${dayInShanghai(starts_at.getTime())} ${title_zh} ${title_en} ${hoursOf(minutes)} h`;
    length += line.length + 1;
    if (length > MAX_RECORD) break;
    lines.push(line);
  }
  const left = counted.length - lines.length;
  if (left > 0) lines.push(`另有 ${left} 项 and ${left} more`);
  return {
    hours: hoursOf(counted.reduce((sum, { minutes }) => sum + minutes, 0)),
    record: lines.length === 0 ? '—' : lines.join('；'),
  };
}
