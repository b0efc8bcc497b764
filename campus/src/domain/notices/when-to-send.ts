import type { NoticeChannel, NoticeSettings } from '../../api/index.js';
import type { NoticeKind } from './notice.js';
import { URGENCY_OF, wakes } from './settings.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export type SendingTime =
  | { readonly is: 'at-once' }
  | { readonly is: 'after-quiet-hours'; readonly atMs: number }
  | { readonly is: 'with-digest'; readonly atMs: number }
  | { readonly is: 'never' };

const msOf = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE_MS;

/** The first instant at or after `fromMs` at which a clock of the zone shows that time. */
function nextTime(fromMs: number, time: string, zoneOffsetMs: number): number {
  const midnightMs = Math.floor((fromMs + zoneOffsetMs) / DAY_MS) * DAY_MS - zoneOffsetMs;
  const todayMs = midnightMs + msOf(time);
  return todayMs >= fromMs ? todayMs : todayMs + DAY_MS;
}

/**
 * The end of the quiet hours an instant lies in; itself outside of them. The first minute is quiet, the minute of their
 * end is not. They may span midnight.
 */
export function outsideQuietHours(
  { quiet_from, quiet_until }: Pick<NoticeSettings, 'quiet_from' | 'quiet_until'>,
  atMs: number,
  zoneOffsetMs: number,
): number {
  if (quiet_from === quiet_until) return atMs;
  const endMs = nextTime(atMs, quiet_until, zoneOffsetMs);
  const lengthMs = (msOf(quiet_until) - msOf(quiet_from) + DAY_MS) % DAY_MS;
  return atMs >= endMs - lengthMs ? endMs : atMs;
}

/** When notices that go out together may be sent: at any hour where one of them wakes, else outside of quiet hours. */
export const mayLeaveAt = (
  kinds: readonly NoticeKind[],
  settings: NoticeSettings,
  atMs: number,
  zoneOffsetMs: number,
): number => (kinds.some(wakes) ? atMs : outsideQuietHours(settings, atMs, zoneOffsetMs));

/**
 * When a notice leaves the house by a channel. A digest in quiet hours waits for their end as well.
 * @param zoneOffsetMs of the school's zone, which has no summer time
 */
export function whenToSend(
  kind: NoticeKind,
  channel: NoticeChannel,
  settings: NoticeSettings,
  atMs: number,
  zoneOffsetMs: number,
): SendingTime {
  if (wakes(kind)) return { is: 'at-once' };
  const pace = settings.channels[channel][URGENCY_OF[kind]];
  if (pace === 'in-app') return { is: 'never' };
  if (pace === 'digest') {
    const digestMs = nextTime(atMs, settings.digest_at, zoneOffsetMs);
    return { is: 'with-digest', atMs: outsideQuietHours(settings, digestMs, zoneOffsetMs) };
  }
  const loudMs = outsideQuietHours(settings, atMs, zoneOffsetMs);
  return loudMs === atMs ? { is: 'at-once' } : { is: 'after-quiet-hours', atMs: loudMs };
}
